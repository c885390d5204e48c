// The first page: whether anything is wrong, in words, before anything else; then every job.

import type { Context, Hono } from "hono";
import { counted } from "../../domain/count_text.ts";
import { DAY } from "../../domain/duration.ts";
import type { Freeze } from "../../domain/freeze.ts";
import { isFrozen } from "../../domain/freeze.ts";
import type { JobDay } from "../../domain/job_days.ts";
import type { StatusView } from "../../ports/views/status.ts";
import { jobZones } from "../components/job_zones.ts";
import { capital } from "../components/sentence.ts";
import { agoText } from "../components/time.tsx";
import type { WebEnv, WebParts } from "../deps.ts";
import { type Frame, Page } from "../layout.tsx";
import type { Look } from "../look.ts";
import { FirstRun } from "./first_run.tsx";
import { forgottenWords } from "./forgotten.ts";
import { DAYS_SHOWN, JobTable } from "./job_table.tsx";
import { type Asked, countKinds, readAsked, type Rows, rowsOf } from "./rows.ts";
import { StorageLine } from "./storage_line.tsx";
import { FreezeNote, Troubles } from "./troubles.tsx";

/** Adds the route. */
export function addOverview(
  web: Hono<WebEnv>,
  { look, operations, history }: WebParts,
  frameOf: (c: Context<WebEnv>) => Frame,
): void {
  web.get("/ui/", async (c) => {
    const asked = readAsked((name) => c.req.query(name));
    const [seen, { freeze }] = await Promise.all([look(), operations.freezeState()]);
    const frame = frameOf(c);
    const rows = rowsOf(seen.jobs, asked);
    const days = await history.jobDays(rows.jobs.map(({ job }) => job), frame.now - (DAYS_SHOWN - 1) * DAY);
    return c.html(
      <OverviewPage frame={frame} look={seen} freeze={freeze} asked={asked} rows={rows} days={days} />,
    );
  });
}

interface OverviewProps {
  frame: Frame;
  look: Look;
  /** As stored, ended or not. */
  freeze: Freeze | null;
  asked: Asked;
  rows: Rows;
  days: ReadonlyMap<string, readonly JobDay[]>;
}

/** The page itself. */
export function OverviewPage({ frame, look, freeze, asked, rows, days }: OverviewProps) {
  const { jobs, status } = look;
  const frozen = isFrozen(freeze, frame.now) ? freeze : null;
  const forgotten = forgottenWords(jobs, frozen, frame.now);
  const zones = jobZones(jobs);
  return (
    <Page frame={frame} title={titleOf(status)} place="overview" zone={zones.all} find={asked.find}>
      {jobs.length === 0 ? <FirstRun frame={frame} /> : (
        <div class="stack" id="live" data-live="">
          <div class="stack-s">
            <h1>{summaryOf(look)}</h1>
            <p class="lead">{latelyOf(look, frame.now)}</p>
            <StorageLine storage={look.storage} now={frame.now} />
            {forgotten.length === 0 ? null : (
              <p class="soft">
                <b>Not to forget:</b> {forgotten.join("; ")}.
              </p>
            )}
          </div>
          {frozen === null ? null : <FreezeNote frame={frame} freeze={frozen} zone={zones.of(undefined)} />}
          <Troubles frame={frame} status={status} zones={zones} />
          <JobTable frame={frame} rows={rows} asked={asked} days={days} />
        </div>
      )}
    </Page>
  );
}

/** In the tab of a browser, where many stand beside each other. */
function titleOf({ unwell_count: unwell }: StatusView): string {
  return unwell === 0 ? "Overview" : `${unwell} need${unwell === 1 ? "s" : ""} you`;
}

/** `2 of 41 jobs need you. 36 are safe, 2 not due yet, 1 resting.` Safe is only what has a good backup. */
export function summaryOf({ jobs, status }: Pick<Look, "jobs" | "status">): string {
  const { jobs: total, unwell_count: unwell, notes } = status;
  const { safe, not_due, first, resting } = countKinds(jobs);
  const kinds: [number, string][] = [
    [safe, "safe"],
    [not_due, "not due yet"],
    [first, first === 1 ? "making its first backup" : "making their first backup"],
    [resting, "resting"],
  ];
  const parts = kinds.filter(([count]) => count > 0);
  const rest = parts.map(([count, words], at) =>
    at === 0 ? `${count} ${count === 1 ? "is" : "are"} ${words}` : `${count} ${words}`
  ).join(", ");
  if (unwell > 0) {
    const needs = total === 1
      ? "The one job needs you."
      : `${unwell} of ${counted(total, "job")} need${unwell === 1 ? "s" : ""} you.`;
    return rest === "" ? needs : `${needs} ${rest}.`;
  }
  const [only] = parts;
  const all = parts.length !== 1
    ? `Of ${counted(total, "job")} ${rest}.`
    : total === 1
    ? `The one job is ${only![1]}.`
    : `All ${total} jobs are ${only![1]}.`;
  return notes.some(({ wrong }) => wrong) ? `${all} Something else needs you.` : all;
}

/** `In 24 hours 43 backups were made, 1 run failed, 17 backups were deleted.` and so on. */
export function latelyOf({ jobs, status, lately }: Omit<Look, "storage">, now: number): string {
  const { made, failed, deleted } = lately;
  const parts = [
    `${counted(made, "backup")} made`,
    ...(failed === 0 ? [] : [`${counted(failed, "run")} failed`]),
    `${counted(deleted, "deletion")}`,
  ];
  const { planned, under_way, refused } = status.deletions;
  const going = [
    ...(planned === 0 ? [] : [`${counted(planned, "backup")} will go within a day`]),
    ...(under_way === 0 ? [] : [`${counted(under_way, "deletion")} under way`]),
    ...(refused === 0 ? [] : [`${counted(refused, "deletion")} refused`]),
  ];
  const proved = jobs.flatMap(({ verification }) => verification?.proved_at ?? []).sort().at(-1);
  const asks = jobs.some(({ verification }) => verification !== null);
  return [
    `Within 24 h: ${parts.join(", ")}.`,
    ...(going.length === 0 ? [] : [`${capital(going.join(", "))}.`]),
    proved !== undefined
      ? `Last proof that a backup restores: ${agoText(Date.parse(proved), now)}.`
      : asks
      ? "No backup was proved to restore yet."
      : "No job proves that its backups restore.",
  ].join(" ");
}
