// Checks the promises of every job by playing its schedule and policy; jobs that are alike in these are played once.

import type { Upcoming } from "../../domain/schedule/due_slots.ts";
import type { ConfigIssue } from "../../domain/errors.ts";
import type { Job } from "../../domain/job.ts";
import { formatPolicy } from "../../domain/policy.ts";
import { formatPromise } from "../../domain/promise.ts";
import { type TrialOutcome, tryPromises } from "../../domain/future/promise_trial.ts";
import { slotsToRun } from "../../domain/schedule/slots_to_run.ts";
import { createScheduleCache, type ScheduleCache } from "../../domain/schedule/schedule.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { iso } from "../../domain/instant.ts";
import type { Config, IssuePosition } from "../values/config.ts";

/** Most slots played for one kind of job, and for all of them: a few seconds each. */
const MAX_SLOTS = 100_000;
const MAX_SLOTS_IN_ALL = 500_000;
/** Most names of jobs in one message. */
const MOST_NAMED = 3;

/** A promise that schedule and policy cannot keep, with all jobs that share its place. */
interface BrokenPromise extends IssuePosition {
  jobs: string[];
  /** As `formatPromise` writes it. */
  promise: string;
  /** The first moment that breaks it, UTC ms. */
  at: number;
  promised: string;
  found: string;
}

/** What was found out about the promises of a configuration. */
export interface PromiseCheck {
  /** In the order of the jobs. */
  broken: BrokenPromise[];
  /** Promises that held as far as was looked, for want of time. */
  notes: ConfigIssue[];
}

/** Plays every kind of job that promises something, from nothing at `now` (UTC ms). Yields at every slot. */
export function* checkPromises(
  config: Pick<Config, "jobs" | "promisePosition">,
  now: number,
  maxSlotsInAll = MAX_SLOTS_IN_ALL,
): Generator<undefined, PromiseCheck> {
  const schedules = createScheduleCache();
  const broken = new Map<string, BrokenPromise>();
  const open = new Map<string, ConfigIssue>();
  let left = maxSlotsInAll;
  for (const jobs of kindsOf(config.jobs)) {
    const [job] = jobs as [Job];
    const parsed = schedules.parse(job.schedule, job.timezone, now);
    if ("error" in parsed) continue; // A schedule that ended since it was loaded promises nothing any more.
    const promises = distinct(jobs);
    const trial = yield* tryPromises({
      slots: slotsToRun(parsed.schedule, job),
      passes: passesOf(job, schedules),
      policy: job.retention,
      zone: zoneOf(job.timezone),
      maxDeletesPerPass: job.maxDeletesPerPass,
      from: now,
      promises: [...promises.values()],
      maxSlots: Math.min(MAX_SLOTS, left),
    });
    left -= trial.slots;
    const trials = new Map([...promises.keys()].map((text, at) => [text, trial.outcomes[at]!]));
    for (const one of jobs) {
      for (const [index, promise] of one.promises.entries()) {
        const text = formatPromise(promise);
        const trial = trials.get(text)!;
        if (trial.outcome === "kept") continue;
        note(one.name, text, trial, config.promisePosition(one.name, index), broken, open);
      }
    }
  }
  return { broken: [...broken.values()], notes: [...open.values()] };
}

/** A broken promise as `validate config` tells it. */
export function issueOf(broken: BrokenPromise): ConfigIssue {
  const { file, line, column, path } = broken;
  return {
    file,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    path,
    message: `${namesOf(broken.jobs)} would break the promise of ${broken.promised} at ` +
      `${iso(broken.at)}: there would be ${broken.found}`,
    hint: "keep more, run more often, or promise less",
    severity: "error",
  };
}

/** Jobs that promise something, those together whose backups come and go alike. */
function kindsOf(jobs: readonly Job[]): Job[][] {
  const kinds = new Map<string, Job[]>();
  for (const job of jobs) {
    if (job.promises.length === 0) continue;
    const key = [
      ...[job.schedule, job.retentionSchedule, job.timezone, job.maxDeletesPerPass],
      JSON.stringify([job.blackout, job.blackout && job.startDeadlineMs]),
      formatPolicy(job.retention),
    ].join("\n");
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, [job]);
    else kind.push(job);
  }
  return [...kinds.values()];
}

function passesOf({ retentionSchedule, timezone }: Job, schedules: ScheduleCache): Upcoming | null {
  if (retentionSchedule === null) return null;
  const parsed = schedules.parse(retentionSchedule, timezone);
  return "error" in parsed ? null : parsed.schedule;
}

function distinct(jobs: readonly Job[]): Map<string, Job["promises"][number]> {
  return new Map(jobs.flatMap((job) => job.promises.map((promise) => [formatPromise(promise), promise])));
}

function note(
  job: string,
  promise: string,
  trial: Exclude<TrialOutcome, { outcome: "kept" }>,
  position: IssuePosition,
  broken: Map<string, BrokenPromise>,
  open: Map<string, ConfigIssue>,
): void {
  const where = `${position.file}:${position.path}`;
  if (trial.outcome === "open") {
    const until = iso(trial.reached);
    const message = `this promise holds until ${until} at least: there are too many slots to look further`;
    open.set(where, { ...position, message, severity: "note" });
    return;
  }
  const { at, promised, found } = trial;
  const key = [where, at, found].join("\n");
  const known = broken.get(key);
  if (known === undefined) broken.set(key, { ...position, jobs: [job], promise, at, promised, found });
  else known.jobs.push(job);
}

function namesOf(jobs: readonly string[]): string {
  if (jobs.length === 1) return `job '${jobs[0]}'`;
  const named = jobs.slice(0, MOST_NAMED).map((job) => `'${job}'`).join(", ");
  const rest = jobs.length - MOST_NAMED;
  return rest > 0 ? `jobs ${named} and ${rest} more` : `jobs ${named}`;
}
