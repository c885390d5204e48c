// What an edit does to the backups of one job: what goes now and soon, before and after, and what holds it back.

import { dueSlots } from "../schedule/due_slots.ts";
import { slotsToRun } from "../schedule/slots_to_run.ts";
import { DAY, formatDuration } from "../duration.ts";
import { elect, type Election } from "../retention/election.ts";
import { judge } from "../retention/guard.ts";
import type { Job } from "../job.ts";
import type { OldJob, PlanBackup } from "./plan_job.ts";
import { play } from "./play.ts";
import { formatPolicy, type Policy } from "../policy.ts";
import type { ScheduleCache } from "../schedule/schedule.ts";
import { zoneOf } from "../calendar/zone.ts";

/** How far a plan looks ahead. */
const PLAN_DAYS = 30;
/** Most steps played for one side of one job. */
const MAX_STEPS = 50_000;

/** What becomes of the backups that exist now, under one of the two configurations. */
interface Fate {
  /** Run ids that the next pass elects away, oldest first; before pace, holds of edits and guards. */
  now: string[];
  /** How many of today's backups are gone in `PLAN_DAYS`; null where there are too many slots to play. */
  soon: number | null;
  /** Time of the oldest restore point that the next pass leaves (UTC ms); null when none is left. */
  oldest: number | null;
}

/** What the edit does to the backups of a job. */
export interface Effect {
  /** How many the job has. */
  backups: number;
  /** How many of them nothing touches any more. */
  unmanaged: number;
  /** Null: there was no such job, or its policy is not known. */
  before: Fate | null;
  /** Null: there will be no such job. */
  after: Fate | null;
  /** What stops or delays the deletions, and what else is to be known; one sentence each. */
  notes: string[];
}

/** What all jobs of a plan share. */
interface Outlook {
  /** UTC ms. */
  now: number;
  schedules: ScheduleCache;
  /** Steps left to play, over all jobs. */
  budget: { steps: number };
}

/** Works out the effect of an edit on one job; `before` or `after` is null where there is no such job. */
export function* effectOf(
  before: OldJob | null,
  after: Job | null,
  backups: readonly PlanBackup[],
  outlook: Outlook,
): Generator<undefined, Effect> {
  if (after === null) return effectOfRemoval(before?.available ?? backups.length);
  const formerKey = before?.providerKey ?? after.providerKey;
  const keyOf = (backup: PlanBackup) => backup.providerKey ?? formerKey;
  const managed = backups.filter((backup) => after.providerKeys.includes(keyOf(backup)));
  const strangers = backups.filter((backup) => !after.providerKeys.includes(keyOf(backup)));
  const notes: string[] = [];
  for (const key of new Set(strangers.map(keyOf))) {
    const count = strangers.filter((backup) => keyOf(backup) === key).length;
    notes.push(
      `${counted(count, "becomes", "become")} unmanaged, made at the provider '${key}': ` +
        `put '${key}' into formerly of '${after.providerKey}' to go on with them`,
    );
  }
  const old = before === null || before.policy === null
    ? null
    : (yield* fateOf({ ...(before.dates ?? after), ...before, policy: before.policy }, backups, outlook))
      .fate;
  if (before !== null && before.policy === null) {
    notes.push(
      "the policy before the edit cannot be read by this version: what it would delete is not known",
    );
  }
  const { fate, election } = yield* fateOf({ ...after, policy: after.retention }, managed, outlook);
  notes.push(...obstacles(before, after, managed, fate, election, old, outlook.now));
  return { backups: backups.length, unmanaged: strangers.length, before: old, after: fate, notes };
}

function effectOfRemoval(count: number): Effect {
  const notes = count === 0
    ? []
    : [`${counted(count, "becomes", "become")} unmanaged: nothing touches them until the job is back`];
  return { backups: count, unmanaged: count, before: null, after: null, notes };
}

type Course =
  & Pick<Job, "enabled" | "from" | "to" | "schedule" | "retentionSchedule" | "timezone">
  & Partial<Pick<Job, "blackout" | "startDeadlineMs">>
  & { policy: Policy };

function* fateOf(
  course: Course,
  backups: readonly PlanBackup[],
  { now, schedules, budget }: Outlook,
): Generator<undefined, { fate: Fate; election: Election }> {
  const { policy, timezone } = course;
  const zone = zoneOf(timezone);
  const election = (yield* elect(backups, policy, zone, now) as Generator<undefined, Election>) as Election;
  const gone = new Set(isActive(course, now) ? election.victims : []);
  const left = backups.filter(({ runId }) => !gone.has(runId));
  const points = left.filter(({ suspect }) => !suspect).map(({ periodTime }) => periodTime);
  const oldest = points.reduce<number | null>((least, at) => least === null || at < least ? at : least, null);
  const slotsOf = (pattern: string) => {
    const parsed = schedules.parse(pattern, timezone);
    return "error" in parsed ? { next: () => null, latest: () => null } : parsed.schedule;
  };
  const { startDeadlineMs = null } = course;
  const runs = slotsToRun(slotsOf(course.schedule), { ...course, startDeadlineMs });
  const maxSteps = Math.max(0, Math.min(MAX_STEPS, budget.steps));
  const until = now + PLAN_DAYS * DAY;
  const present = new Set(left.map(({ runId }) => runId));
  let soon = gone.size;
  let steps = 0;
  const playing = play({
    existing: left,
    slots: dueSlots(runs, course, null),
    ...(course.retentionSchedule === null
      ? {}
      : { passes: dueSlots(slotsOf(course.retentionSchedule), course, null) }),
    policy,
    zone,
    from: now,
    until,
    maxDeletesPerPass: Infinity,
    maxSteps,
  });
  let played = playing.next();
  for (; !played.done; played = playing.next()) {
    yield;
    if (played.value === undefined) continue;
    steps++;
    soon += played.value.deleted.filter(({ runId }) => present.has(runId)).length;
  }
  budget.steps -= steps;
  const isWhole = played.value.reached >= until;
  return {
    fate: { now: [...gone], soon: isWhole ? soon : null, oldest },
    election,
  };
}

/** What stands between the edit and the deletions it asks for. */
function obstacles(
  before: OldJob | null,
  after: Job,
  managed: readonly PlanBackup[],
  fate: Fate,
  election: Election,
  old: Fate | null,
  now: number,
): string[] {
  if (!isActive(after, now)) {
    const why = after.enabled ? "it is outside its dates from and to" : "the job is disabled";
    return managed.length === 0 ? [] : [`${why}: nothing runs and nothing is deleted meanwhile`];
  }
  const notes = (before?.stops ?? []).map((message) => `already stopped: ${message}`);
  if (fate.now.length === 0) return notes;
  const findings = judge({
    job: after.name,
    now,
    counted: election.counted,
    victims: fate.now.length,
    maxPercent: after.guard.maxPercent,
    missing: 0,
    future: election.future,
    foreign: before === null ? managed.length : managed.filter(({ foreign }) => foreign).length,
    clockUntrustedUntil: null,
    freeze: null,
    suspectNewest: election.newestSuspect === null
      ? null
      : { id: election.newestSuspect, reason: "implausibly small" },
  });
  notes.push(...findings.map(({ guard, message }) => `the guard ${guard} will stop it: ${message}`));
  const hold = after.guard.policyChangeHoldMs;
  const spared = old === null ? 0 : newlyGone(fate, old);
  if (spared > 0 && hold > 0 && before !== null && isOtherPolicy(before, after)) {
    notes.push(
      `policy_change_hold: ${
        counted(spared, "that goes only by the new policy stays", "that go only by the new policy stay")
      } ` +
        `for ${formatDuration(hold)} after the edit`,
    );
  }
  if (fate.now.length > after.maxDeletesPerPass) {
    const passes = Math.ceil(fate.now.length / after.maxDeletesPerPass);
    notes.push(`max_deletes_per_pass ${after.maxDeletesPerPass}: they go over ${passes} passes`);
  }
  return notes;
}

/** How many of the deletions now only the edit brings. */
export function newlyGone(after: Fate, before: Fate): number {
  const already = new Set(before.now);
  return after.now.filter((runId) => !already.has(runId)).length;
}

function isOtherPolicy(before: OldJob, after: Job): boolean {
  return before.policy === null || before.timezone !== after.timezone ||
    formatPolicy(before.policy) !== formatPolicy(after.retention);
}

function isActive({ enabled, from, to }: Pick<Job, "enabled" | "from" | "to">, now: number): boolean {
  return enabled && (from === null || from <= now) && (to === null || now < to);
}

function counted(backups: number, one: string, many: string): string {
  return backups === 1 ? `1 backup ${one}` : `${backups} backups ${many}`;
}
