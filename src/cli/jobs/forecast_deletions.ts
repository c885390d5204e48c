// `schelly forecast` without a job: which backups of all jobs go next, and when.

import type { z } from "zod";
import { countBackups } from "../../domain/backup.ts";
import { counted } from "../../domain/count_text.ts";
import { DAY } from "../../domain/duration.ts";
import { iso } from "../../domain/instant.ts";
import type { Host } from "../../ports/host.ts";
import { DeletionsView, DeparturesView } from "../../ports/views/departures.ts";
import { type Client, connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { lenient } from "../client/lenient.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

const DeletionsAnswer = lenient(DeletionsView, {
  needed: ["until", "days.day", "days.job", "partly.job", "partly.until"],
  otherwise: { pending: 0 },
});
type DeletionsAnswer = z.infer<typeof DeletionsAnswer>;
const DeparturesAnswer = lenient(DeparturesView, {
  needed: ["reached", "going.run_id", "going.period_time", "going.at"],
});

/** What is asked of all jobs. */
interface DeletionsArgs extends ServerArgs {
  /** UTC ms; a day from now where it lacks. */
  until?: number;
  json?: boolean;
}

/** One backup that goes. */
interface Going {
  job: string;
  run_id: string;
  period_time: string;
  at: string;
  size_mb: number | null;
}

interface Foreseen {
  from: string;
  until: string;
  going: Going[];
  /** Jobs that the server had not looked at in time. */
  pending: number;
  unseen: string[];
  partly: { job: string; until: string }[];
}

/** The server looks in the background: so often, and so far apart, it is asked whether it is done. */
const TRIES = 20;
const BETWEEN_MS = 500;
/** Of one job; it waits behind what others ask. */
const TIMEOUT_MS = 120_000;

/** Every backup that goes by then, job by job. */
export async function forecastDeletions(args: DeletionsArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const from = host.clock.now();
  const until = args.until ?? from + DAY;
  const found = await lookedAt(client, host);
  if (until > Date.parse(found.until)) {
    throw new Failure(
      EXIT.usage,
      `Cannot look up to ${
        iso(until)
      } at all jobs: what they delete is foreseen up to ${found.until}: expected a time ` +
        "before that, or the name of a job",
    );
  }
  const foreseen: Foreseen = {
    from: iso(from),
    until: iso(until),
    going: [],
    pending: found.pending,
    unseen: [...found.unseen],
    partly: found.partly.filter((one) => Date.parse(one.until) < until),
  };
  for (const job of jobsUntil(found, until)) await lookAt(job, foreseen, client);
  const display = displayOf(host);
  if (args.json) display.json(foreseen);
  else await print(foreseen, display);
  return EXIT.ok;
}

async function lookedAt(client: Client, host: Host): Promise<DeletionsAnswer> {
  for (let tries = 1;; tries++) {
    const found = await client.get("/calendar/deletions", DeletionsAnswer);
    if (found.pending === 0 || tries >= TRIES) return found;
    await host.clock.sleep(BETWEEN_MS);
  }
}

/** Those of which something goes by then; a day is by the clock of the job's zone, so that one more may have begun. */
function jobsUntil({ days }: DeletionsAnswer, until: number): string[] {
  const last = iso(until + DAY).slice(0, 10);
  return [...new Set(days.filter(({ day }) => day <= last).map(({ job }) => job))].sort();
}

async function lookAt(job: string, foreseen: Foreseen, client: Client): Promise<void> {
  try {
    const { going, reached } = await client.get(
      `/jobs/${segment(job)}/departures`,
      DeparturesAnswer,
      { until: foreseen.until },
      TIMEOUT_MS,
    );
    foreseen.going.push(
      ...going.map(({ run_id, period_time, at, size_mb }) => ({
        ...{ job, run_id, period_time, at },
        size_mb: size_mb ?? null,
      })),
    );
    if (reached < foreseen.until && !foreseen.partly.some((one) => one.job === job)) {
      foreseen.partly.push({ job, until: reached });
    }
  } catch (error) {
    const isOfJob = error instanceof Failure && [404, 422, 503].includes(error.status ?? 0);
    if (!isOfJob) throw error;
    // It has gone from the configuration meanwhile, or takes too long: the others are told all the same.
    if (error.status !== 404) foreseen.unseen.push(job);
  }
}

async function print({ until, going, pending, unseen, partly }: Foreseen, display: Display): Promise<void> {
  const jobs = new Set(going.map(({ job }) => job)).size;
  await display.table(
    ["JOB", "RUN ID", "BACKUP OF", "GOES AT"],
    going.map(({ job, run_id, period_time, at }): Cell[] => [job, run_id, period_time, at]),
    `No backup that is there now goes by ${until}.`,
  );
  if (going.length > 0) {
    const goes = going.length === 1 ? "goes" : "go";
    display.note(
      `${countBackups(going.length)} of ${
        counted(jobs, "job")
      } ${goes} by ${until}, if each run brings a backup and ` +
        "nothing stops deletions: 'schelly backups hold RUN_ID --reason …' keeps one, 'schelly freeze' all.",
    );
  }
  if (pending > 0) display.note(`${counted(pending, "job")} not looked at yet: ask again in some seconds.`);
  if (unseen.length > 0) display.note(`Of these jobs nothing can be foreseen: ${named(unseen)}.`);
  for (const { job, until: reached } of partly) {
    display.note(`What goes of job '${job}' is foreseen up to ${reached} only.`);
  }
}

function named(jobs: readonly string[]): string {
  const more = jobs.length > 10 ? ` and ${jobs.length - 10} more` : "";
  return `${jobs.slice(0, 10).join(", ")}${more}`;
}
