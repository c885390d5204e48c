// /ui/deletions: what will be deleted over all jobs, with the backups of one day or of one job.

import type { Context, Hono } from "hono";
import { civil, zoneOf } from "../../domain/calendar/zone.ts";
import { formatDate } from "../../domain/calendar/calendar.ts";
import { DAY } from "../../domain/duration.ts";
import { iso } from "../../domain/instant.ts";
import type { DeletionsView, DeparturesView } from "../../ports/views/departures.ts";
import type { FreezeView } from "../../ports/views/freeze.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { StatusView } from "../../ports/views/status.ts";
import { type ApiReader, apiReader } from "../api_reader.ts";
import type { WebEnv, WebParts } from "../deps.ts";
import type { Frame } from "../layout.tsx";
import { Refused } from "../refused.ts";
import { DeletionsPage, type DeletionsReading } from "./deletions_page.tsx";

/** So many jobs of a day are listed backup by backup on one page. */
const MOST_JOBS = 10;
const AHEAD_MS = 35 * DAY;
const HOUR = 3_600_000;

/** Adds the route. */
export function addDeletionsPage(
  web: Hono<WebEnv>,
  parts: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get("/ui/deletions", async (c) => {
    const frame = frameOf(c);
    const page = Number(c.req.query("page") ?? 1);
    const asked = {
      day: c.req.query("day") ?? null,
      job: c.req.query("job") ?? null,
      page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    };
    if (asked.day !== null && !/^\d{4}-\d\d-\d\d$/.test(asked.day)) {
      throw new Refused(400, `'${asked.day.slice(0, 40)}' is no day: expected one such as 2026-11-30.`);
    }
    const { may } = c.get("viewer");
    if (!may("GET /calendar/deletions")) {
      throw new Refused(403, "Your role may not see what will be deleted.");
    }
    // Of a thousand jobs it is too much to be written and read again.
    const [planned, { jobs }] = await Promise.all([parts.operations.plannedDeletions(), parts.look()]);
    const going = new Set(planned.days.map(({ job }) => job));
    const guarded = jobs.filter(({ job, guards }) => going.has(job) && guards.some(({ latched }) => latched));
    const reading = {
      ...await readDeletions(apiReader(c, parts), planned, asked, frame.now),
      guarded: guarded.map(({ job }) => job),
    };
    return c.html(<DeletionsPage frame={frame} reading={reading} />);
  });
}

/** Reads what the page shows; without a choice the first day on which something goes. */
async function readDeletions(
  api: ApiReader,
  planned: DeletionsView,
  asked: DeletionsReading["chosen"],
  now: number,
): Promise<Omit<DeletionsReading, "guarded">> {
  const [freeze, status] = await Promise.all([
    api.find<FreezeView>("/freeze"),
    api.find<StatusView>("/status"),
  ]);
  if (freeze === null || status === null) {
    throw new Refused(404, "The API has no deletions to tell.");
  }
  const day = asked.day === null && asked.job === null ? planned.days[0]?.day ?? null : asked.day;
  const jobs = asked.job !== null
    ? [asked.job]
    : [...new Set(planned.days.filter((one) => one.day === day).map(({ job }) => job))];
  const pages = Math.max(1, Math.ceil(jobs.length / MOST_JOBS));
  const chosen = { ...asked, day, page: Math.min(asked.page, pages) };
  const listed = await Promise.all(
    jobs.slice((chosen.page - 1) * MOST_JOBS, chosen.page * MOST_JOBS).map(async (job) => ({
      job,
      departures: await readDepartures(api, job, chosen.day, now),
    })),
  );
  const first = jobs[0] ?? planned.days[0]?.job;
  const timezone = first === undefined ? "UTC" : (await api.find<JobView>(jobPath(first)))?.timezone ?? "UTC";
  return {
    planned,
    freeze,
    status,
    timezone,
    chosen,
    listed,
    jobs: jobs.length,
    pages,
  };
}

/** Those of the day, by the clock of the job's zone; without one all that are near. */
async function readDepartures(
  api: ApiReader,
  job: string,
  day: string | null,
  now: number,
): Promise<DeparturesView | string> {
  // The same for an hour: what was foreseen of a large job is told again.
  const hour = Math.ceil(now / HOUR) * HOUR;
  // The day may end a day later by the clock of another zone.
  const end = day === null
    ? hour + AHEAD_MS
    : Math.min(hour + AHEAD_MS, Math.max(hour, Date.parse(day)) + 2 * DAY);
  const view = await api.try<DeparturesView>(`${jobPath(job)}/departures?until=${iso(end)}`);
  if (typeof view === "string" || day === null) return view;
  const zone = zoneOf(view.timezone);
  return { ...view, going: view.going.filter(({ at }) => formatDate(civil(zone, Date.parse(at))) === day) };
}

function jobPath(job: string): string {
  return `/jobs/${encodeURIComponent(job)}`;
}
