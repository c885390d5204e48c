// What an edit of the configuration means for each job: which one becomes which, and what that does to its backups.

import { isSame } from "../same.ts";
import type { Job } from "../job.ts";
import { type Effect, effectOf } from "./plan_effect.ts";
import type { JobDates, NewJob, OldJob, PlanBackup } from "./plan_job.ts";
import { DEFAULT_POLICY, EMPTY_LEVELS, formatPolicy, type Policy } from "../policy.ts";
import type { ScheduleCache } from "../schedule/schedule.ts";
import { diffSettings, type SettingChange, type Settings } from "../settings_diff.ts";

/** What becomes of one job. */
type JobChange = "added" | "removed" | "renamed" | "changed" | "unchanged";

/** A job of either side with its counterpart. */
export interface JobPair {
  change: JobChange;
  before: OldJob | null;
  after: NewJob | null;
  settings: SettingChange[];
  /** True where which backups go, or when, may be other than before: the plan then needs its backups. */
  affects: boolean;
}

/** What is different about one job. */
export interface JobDiff {
  job: string;
  /** Its name before, where that was another. */
  former: string | null;
  change: JobChange;
  settings: SettingChange[];
}

/** What a plan says of one job. */
export interface JobPlan extends JobDiff {
  /** What it does to backups; null where it does nothing to them. */
  effect: Effect | null;
}

/** Settings of a job that tell which job it is, and are said in other words. */
const IDENTITY: ReadonlySet<string> = new Set(["name", "renamed_from"]);

/** What is not worth a word about a new job. */
const ORDINARY: Settings = new Map(
  Object.entries({
    enabled: "true",
    "retention.min_keep": String(DEFAULT_POLICY.minKeep),
    ...policyParts({ ...DEFAULT_POLICY, levels: EMPTY_LEVELS }),
  })
    .map(([key, shown]) => [key, { shown }]),
);

/** Finds for each job its counterpart, by name or by `renamed_from`; in the order of the new jobs, then those gone. */
export function matchJobs(before: readonly OldJob[], after: readonly NewJob[]): JobPair[] {
  const old = new Map(before.map((job) => [job.name, job]));
  const pairs = after.map((one): JobPair => {
    const { name, renamedFrom } = one.job;
    // As the engine does it: a name that is taken already is not taken over.
    const former = old.has(name) ? name : renamedFrom;
    const found = former === null ? undefined : old.get(former);
    if (found === undefined) {
      const settings = diffSettings(ORDINARY, plainSettings(one.job, one.job.retention))
        .flatMap((change) => change.new === null ? [] : [{ ...change, old: null }]);
      return { change: "added", before: null, after: one, settings, affects: true };
    }
    old.delete(found.name);
    const settings = changesOf(found, one);
    const touches = affects(found, one.job);
    const isSame = settings.length === 0 && !touches;
    const change = found.name !== name ? "renamed" : isSame ? "unchanged" : "changed";
    return { change, before: found, after: one, settings, affects: touches };
  });
  for (const gone of old.values()) {
    pairs.push({ change: "removed", before: gone, after: null, settings: [], affects: true });
  }
  return pairs;
}

/** A job of another configuration. */
export function oldJob(job: Job, settings: Settings): OldJob {
  const { name, enabled, schedule, timezone, providerKey, from, to, retentionSchedule, retention } = job;
  return {
    ...{ name, enabled, schedule, timezone, providerKey, settings },
    dates: { from, to, retentionSchedule },
    policy: retention,
    available: null,
    stops: [],
  };
}

/** Plans every job that changes; `backups` are by the job's name before. Yields to let other work run. */
export function* planJobs(
  pairs: readonly JobPair[],
  backups: ReadonlyMap<string, readonly PlanBackup[]>,
  now: number,
  schedules: ScheduleCache,
): Generator<undefined, JobPlan[]> {
  const plans: JobPlan[] = [];
  const budget = { steps: MAX_STEPS };
  for (const pair of pairs) {
    if (pair.change === "unchanged") continue;
    const diff = changeOf(pair);
    const own = backups.get(diff.former ?? diff.job) ?? [];
    const job = pair.after?.job ?? null;
    const effect = pair.affects ? yield* effectOf(pair.before, job, own, { now, schedules, budget }) : null;
    plans.push({ ...diff, effect });
  }
  return plans;
}

/** A pair under the names that people know it by. */
export function changeOf({ change, before, after, settings }: JobPair): JobDiff {
  const job = after?.job.name ?? before!.name;
  return { job, former: before === null || before.name === job ? null : before.name, change, settings };
}

/** Most steps played to look ahead, over all jobs: a few seconds. */
const MAX_STEPS = 1_000_000;

function changesOf(before: OldJob, after: NewJob): SettingChange[] {
  const changes = before.settings === null
    ? diffSettings(plainSettings(before, before.policy), plainSettings(after.job, after.job.retention))
    : diffSettings(before.settings, after.settings);
  return changes.filter(({ key }) => !IDENTITY.has(key));
}

/** What is known of a job without its configuration. */
function plainSettings(
  job: Pick<Job, "enabled" | "schedule" | "timezone" | "providerKey">,
  policy: Policy | null,
): Settings {
  const texts = {
    enabled: String(job.enabled),
    schedule: job.schedule,
    timezone: job.timezone,
    provider: job.providerKey,
    ...(policy === null ? { retention: "unknown" } : policyParts(policy)),
  };
  return new Map(Object.entries(texts).map(([key, shown]) => [key, { shown }]));
}

function policyParts(policy: Policy): Record<string, string> {
  return Object.fromEntries(
    formatPolicy(policy).split(",").map((part) => {
      const [key, value] = part.split("=") as [string, string | undefined];
      return value === undefined ? ["retention", key] : [`retention.${key}`, value];
    }),
  );
}

/** True where the two may treat backups differently. */
function affects(before: OldJob, after: Job): boolean {
  const course = (job: OldJob | Job, policy: Policy, { from, to, retentionSchedule }: JobDates) => [
    ...[formatPolicy(policy), job.schedule, job.timezone, job.enabled, job.providerKey],
    ...[from, to, retentionSchedule],
  ];
  return before.policy === null ||
    !isSame(course(before, before.policy, before.dates ?? after), course(after, after.retention, after));
}
