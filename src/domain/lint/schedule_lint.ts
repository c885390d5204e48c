// What is odd about the schedules of a configuration: changes of the clock, levels that do not fit, collisions.

import { clockChangeDraft } from "./clock_change_lint.ts";
import { blackoutDrafts } from "./blackout_lint.ts";
import { crowdFinding } from "./crowd_lint.ts";
import { collisionFinding, type PlacedJob, type QueuedProvider } from "./collision_lint.ts";
import type { Job } from "../job.ts";
import { levelFitDrafts, sampleOf, shortestInterval } from "./level_fit_lint.ts";
import { type Draft, type Finding, lengthText } from "./lint_finding.ts";
import { formatPolicy } from "../policy.ts";
import type { Schedule, ScheduleCache } from "../schedule/schedule.ts";
import { zoneOf } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";

/** How far ahead changes of the clock are looked for. */
const LINT_AHEAD_MS = 2 * 366 * DAY;
/** Of one schedule; more would only help patterns that fire every few seconds. */
const MOST_REMEMBERED = 5_000;
/** A jitter over this share of the interval makes the rhythm uneven. */
const MUCH_JITTER = 0.25;

export type LintJob =
  & Partial<Pick<Job, "blackout" | "startDeadlineMs">>
  & Pick<
    Job,
    | "name"
    | "enabled"
    | "from"
    | "to"
    | "schedule"
    | "timezone"
    | "jitterMs"
    | "graceMs"
    | "providerKey"
    | "retention"
    | "retentionSchedule"
    | "maxDeletesPerPass"
  >;

interface LintInput {
  jobs: readonly LintJob[];
  providers: readonly QueuedProvider[];
  /** How long a backup of a job takes, by job, in ms; what is not there was not measured. */
  durations: ReadonlyMap<string, number>;
  schedules: ScheduleCache;
  /** UTC ms. */
  now: number;
}

/**
 * Everything worth saying, warnings first. Jobs for which the same holds share a finding; those that are configured
 * alike are looked at once.
 * Yields between jobs and within the longer looks.
 */
export function* lintSchedules(input: LintInput): Generator<void, Finding[]> {
  const { jobs, providers, durations, schedules, now } = input;
  const drafts = new Map<string, Draft[]>();
  const findings = new Map<string, Finding>();
  const collect = (draft: Draft, job: string) => {
    const { proposal, ...rest } = draft;
    const key = `${draft.message}\n${draft.remedy}`;
    const finding = findings.get(key) ?? { ...rest, jobs: [], proposals: [] };
    finding.jobs.push(job);
    if (proposal !== null) finding.proposals.push({ job, schedule: proposal });
    findings.set(key, finding);
  };
  const scheduleOf = rememberingSchedules(schedules);
  for (const job of jobs) {
    const schedule = scheduleOf(job);
    if (schedule === null) continue;
    const key = kindOf(job);
    if (!drafts.has(key)) drafts.set(key, draftsOf(job, schedule, schedules, now));
    for (const draft of drafts.get(key)!) collect(draft, job.name);
    for (const draft of durationDrafts(job, schedule, durations.get(job.name) ?? null, now)) {
      collect(draft, job.name);
    }
    yield;
  }
  const collisions: Finding[] = [];
  for (const provider of providers) {
    const placed = jobs.flatMap((job): PlacedJob[] => {
      const schedule = scheduleOf(job);
      const isDone = job.to !== null && job.to <= now;
      if (job.providerKey !== provider.key || !job.enabled || isDone || schedule === null) return [];
      return [{ ...job, schedule, durationMs: durations.get(job.name) ?? null }];
    });
    const finding = (yield* collisionFinding(provider, placed, schedules, now)) ??
      crowdFinding(provider.key, placed, now);
    if (finding !== null) collisions.push(finding);
  }
  const rank = (finding: Finding) => finding.severity === "warning" ? 0 : 1;
  return [...findings.values(), ...collisions].sort((a, b) => rank(a) - rank(b));
}

/** Finds the schedule of a job; asked the same thing for many jobs, it answers from memory. */
function rememberingSchedules(schedules: ScheduleCache): (job: LintJob) => Schedule | null {
  const known = new Map<Schedule, Schedule>();
  return (job) => {
    const parsed = schedules.parse(job.schedule, job.timezone);
    if ("error" in parsed) return null;
    const { schedule } = parsed;
    const found = known.get(schedule) ?? remembering(schedule);
    known.set(schedule, found);
    return found;
  };
}

function remembering(schedule: Schedule): Schedule {
  return {
    pattern: schedule.pattern,
    timezone: schedule.timezone,
    next: remember((from) => schedule.next(from)),
    latest: (from, now) => schedule.latest(from, now),
    count: (from, to, limit) => schedule.count(from, to, limit),
    interval: (from) => schedule.interval(from),
    largestGap: (from, days) => schedule.largestGap(from, days),
  };
}

function remember(next: Schedule["next"]): Schedule["next"] {
  const answers = new Map<number, number | null>();
  return (from) => {
    const known = answers.get(from);
    if (known !== undefined) return known;
    const answer = next(from);
    if (answers.size < MOST_REMEMBERED) answers.set(from, answer);
    return answer;
  };
}

/** Everything that `draftsOf` looks at, as one text. */
function kindOf(job: LintJob): string {
  const { schedule, timezone, jitterMs, from, to, retention, retentionSchedule, maxDeletesPerPass } = job;
  const rest = [jitterMs, from, to, formatPolicy(retention), retentionSchedule, String(maxDeletesPerPass)];
  return JSON.stringify([schedule, timezone, ...rest, job.blackout, job.startDeadlineMs]);
}

function draftsOf(job: LintJob, schedule: Schedule, schedules: ScheduleCache, now: number): Draft[] {
  const clock = clockChangeDraft(schedule, zoneOf(job.timezone), schedules, now, now + LINT_AHEAD_MS);
  return [
    ...levelFitDrafts(job, schedule, schedules, now),
    ...jitterDrafts(job, schedule, now),
    ...blackoutDrafts(job, schedule, now),
    ...(clock === null ? [] : [clock]),
  ];
}

function jitterDrafts({ jitterMs, schedule: pattern }: LintJob, schedule: Schedule, now: number): Draft[] {
  const interval = shortestInterval(sampleOf(schedule, now));
  if (jitterMs === 0 || jitterMs <= interval * MUCH_JITTER) return [];
  return [{
    rule: "jitter",
    severity: "notice",
    message: `'jitter: ${lengthText(jitterMs)}' is long for '${pattern}': backups that are due ` +
      `${lengthText(interval)} apart start between ${lengthText(interval - jitterMs)} and ` +
      `${lengthText(interval + jitterMs)} apart`,
    remedy: `set at most ${lengthText(interval * MUCH_JITTER)}`,
    at: [],
    proposal: null,
  }];
}

/** A backup that takes longer than the time until the next one is due. */
function durationDrafts(job: LintJob, schedule: Schedule, durationMs: number | null, now: number): Draft[] {
  if (durationMs === null || !job.enabled) return [];
  const slots = sampleOf(schedule, now);
  const late = slots.slice(1).filter((slot, at) => slot - slots[at]! < durationMs + job.jitterMs).length;
  if (late === 0) return [];
  const cancelled = durationMs > job.graceMs
    ? ", and it is over its grace_time by then, so the next slot cancels it"
    : ", and those slots are skipped";
  return [{
    rule: "overlap",
    severity: "warning",
    message: `the last backup took ${lengthText(durationMs)}, so with '${job.schedule}'` +
      `${job.jitterMs > 0 ? ` and a jitter of ${lengthText(job.jitterMs)}` : ""} ${late} of the next ` +
      `${slots.length - 1} intervals are too short for one${cancelled}`,
    remedy: "fire less often, or split what the job backs up",
    at: [],
    proposal: null,
  }];
}
