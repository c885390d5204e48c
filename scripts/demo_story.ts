// What became of the jobs of the demo in two years, as rows: postgres has three holes, a hold, a suspect and a change of the
// clocks; mail fails since some nights; of home an edit would delete most.

import { newRun, type Run } from "../src/domain/backup.ts";
import { zoneOf } from "../src/domain/calendar/zone.ts";
import type { Job } from "../src/domain/job.ts";
import type { LatchedGuard } from "../src/ports/store.ts";
import { type Candidate, elect } from "../src/domain/retention/election.ts";
import { judge } from "../src/domain/retention/guard.ts";
import { drain } from "../src/domain/slices.ts";
import { createScheduleCache } from "../src/domain/schedule/schedule.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const YEARS_MS = 731 * DAY;

/** How the backups of a job were made, and what of them failed. */
interface Story {
  sizeMb: number;
  yearlyGrowth: number;
  minutes: number;
  /** How many days of them are left beside what the policy keeps: an edit of it let go of the rest. */
  keptBefore?: number;
  /** Why no backup came of a slot so many days ago; empty: the machine was off; undefined: it came. */
  lack(ago: number, slot: number, now: number): string | undefined;
  held?: number;
  proved?: readonly number[];
  suspect?: number;
}

const STORIES: Readonly<Record<string, Story>> = {
  postgres: {
    sizeMb: 1_240,
    yearlyGrowth: 0.3,
    minutes: 4,
    lack: (ago, slot, now) =>
      monthsBefore(slot, now) === 5
        ? ""
        : weeksBefore(slot, now) === 3
        ? "pg_dump: connection refused"
        : ago === 4
        ? "no space left on device"
        : undefined,
    held: 398,
    proved: [6, 28, 59],
    suspect: 33,
  },
  mail: {
    sizeMb: 31_000,
    yearlyGrowth: 0.2,
    minutes: 25,
    lack: (ago) => ago < 3 ? "the mail store is locked by a migration" : undefined,
  },
  home: { sizeMb: 82_000, yearlyGrowth: 0.15, minutes: 12, keptBefore: 60, lack: () => undefined },
};

/** What stops deletions of a job of the demo; undefined: nothing does. */
export function guardOf({ name }: Job, rows: readonly Run[], now: number): LatchedGuard | undefined {
  const available = rows.filter(({ status, suspectAt }) => status === "available" && suspectAt === null);
  const victims = available.filter(({ reasons }) => reasons.length === 0).length;
  const facts = {
    missing: 0,
    future: 0,
    foreign: 0,
    clockUntrustedUntil: null,
    freeze: null,
    suspectNewest: null,
  };
  const [found] = judge({ ...facts, job: name, now, counted: available.length, victims, maxPercent: 50 });
  return found && { job: name, guard: found.guard, latchedAt: now - 8 * HOUR, message: found.message };
}

/** The rows of one of these jobs up to `now` (UTC ms), rising; `runId` makes the id of a run of a time. */
export function storyOf(job: Job, now: number, runId: (at: number) => string): Run[] {
  const story = STORIES[job.name];
  if (story === undefined) return [];
  const slots = slotsOf(job, now);
  const made: { run: Run; candidate: Candidate }[] = [];
  const rows: Run[] = [];
  for (const [at, slot] of slots.entries()) {
    const ago = slots.length - 1 - at;
    const message = story.lack(ago, slot, now);
    const run = rowOf(job, slot, runId(slot));
    if (message !== undefined) rows.push(failedRow(run, message));
    else made.push(madeRow(run, story, ago, now));
  }
  for (const run of decided(job, made, now, story.keptBefore ?? 0)) rows.push(run);
  return rows.sort((a, b) => a.slot! - b.slot!);
}

/** How many months of the calendar an instant lies back; hours of a zone do not matter here. */
function monthsBefore(at: number, now: number): number {
  const [then, today] = [new Date(at), new Date(now)];
  return (today.getUTCFullYear() - then.getUTCFullYear()) * 12 + today.getUTCMonth() - then.getUTCMonth();
}

/** How many weeks from Sunday on. */
function weeksBefore(at: number, now: number): number {
  const week = (ms: number) => Math.floor((Math.floor(ms / DAY) + 4) / 7);
  return week(now) - week(at);
}

function slotsOf(job: Job, now: number): number[] {
  const parsed = createScheduleCache().parse(job.schedule, job.timezone, 0);
  if ("error" in parsed) throw new Error(parsed.error);
  const slots: number[] = [];
  for (let slot = parsed.schedule.next(now - YEARS_MS); slot !== null && slot < now - HOUR;) {
    slots.push(slot);
    slot = parsed.schedule.next(slot);
  }
  return slots;
}

function rowOf(job: Job, slot: number, runId: string): Run {
  return newRun({
    ...{ runId, job: job.name, trigger: "schedule", status: "failed", providerKey: job.providerKey, slot },
    ...{ createdAt: slot, startTime: slot + 300, attempts: 1, lastAttemptAt: slot + 300 },
  });
}

function failedRow(run: Run, message: string): Run {
  if (message === "") {
    return { ...run, status: "skipped", reason: "missed", startTime: null, attempts: 0, lastAttemptAt: null };
  }
  return { ...run, reason: "error", message, endTime: run.slot! + MINUTE };
}

function madeRow(
  run: Run,
  { sizeMb, yearlyGrowth, minutes, held, proved, suspect }: Story,
  ago: number,
  now: number,
) {
  const slot = run.slot!;
  // A week has its rhythm, and a storage its years.
  const wave = 1 + 0.03 * Math.sin(ago * 0.9) - yearlyGrowth * ago / 365 / 2;
  const isSuspect = ago === suspect;
  const row: Run = {
    ...run,
    ...{ status: "available", id: run.runId, dataId: run.runId, periodTime: slot },
    endTime: slot + Math.round(minutes * MINUTE * wave),
    sizeMb: isSuspect ? 0.3 : Math.round(sizeMb * wave * 10) / 10,
    ...(isSuspect
      ? { suspectAt: slot + MINUTE, suspectReason: "0.3 MB is under 20 % of the usual 1,210 MB" }
      : {}),
    ...(ago === held ? { holdAt: slot + 9 * HOUR, holdReason: "audit of the year", holdOwner: "anna" } : {}),
    ...(proved?.includes(ago) ? { verification: "passed", verifiedAt: Math.min(slot + 6 * HOUR, now) } : {}),
  };
  const candidate: Candidate = {
    ...{ runId: run.runId, periodTime: slot, endTime: row.endTime, held: ago === held, suspect: isSuspect },
    proved: proved?.includes(ago) ?? false,
  };
  return { run: row, candidate };
}

/** What the policy keeps with its reasons, what went a week after it was made, and what an edit has just let go of. */
function decided(
  { retention, timezone }: Job,
  made: readonly { run: Run; candidate: Candidate }[],
  now: number,
  keptBefore: number,
): Run[] {
  const { keep } = drain(elect(made.map(({ candidate }) => candidate), retention, zoneOf(timezone), now));
  const kept = new Map(keep.map((one) => [one.runId, one]));
  return made.map(({ run }, at): Run => {
    const one = kept.get(run.runId);
    if (one !== undefined) return { ...run, tags: one.tags, reasons: one.reasons };
    if (made.length - at <= keptBefore) return run;
    const gone = run.slot! + 8 * DAY;
    return {
      ...run,
      ...{
        status: "deleted",
        deleteIntentAt: gone,
        deleteSentAt: gone,
        deleteAttempts: 1,
        deleteReason: "policy",
      },
    };
  });
}
