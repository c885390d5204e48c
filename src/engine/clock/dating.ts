// Dates what was written while the clock was in doubt, once it is known which time was right. Pure.

import type { Run } from "../../domain/backup.ts";
import type { OpenDates } from "../../ports/clock_watch.ts";
import type { JobChanges, JobState, RunChanges } from "../../ports/store.ts";
import { CLOCK_TOLERANCE_MS } from "../context/context.ts";

/** Times of a row that the program itself read off a clock. */
const OWN_TIMES = [
  "createdAt",
  "startTime",
  "endTime",
  "lastAttemptAt",
  "notBefore",
  "retryAt",
  "suspectAt",
  "missingAt",
  "deleteIntentAt",
] as const;

/** Of these, how long something waits. */
const WAITS: ReadonlySet<string> = new Set(["notBefore", "retryAt"]);

/** The doubt in which this time was written: where one followed another at once, the last that had begun. */
function doubtOf(
  { anchor, offset, later = [] }: OpenDates,
  time: number,
): { anchor: number; offset: number } {
  let found = { anchor, offset };
  for (const one of later) if (one.anchor >= found.anchor && one.anchor <= time) found = one;
  return found;
}

/** How far a time that was written in the doubt is off (ms); 0 where the clock came back to it. */
export function shiftOf(open: OpenDates, time: number): number {
  const { offset } = doubtOf(open, time);
  return Math.abs(offset) <= CLOCK_TOLERANCE_MS ? 0 : offset;
}

/** What dates the marked row by the clock that is right, `now`; times of before the doubt stay. */
export function datedTimes(run: Run, open: OpenDates, now: number): RunChanges {
  const set: RunChanges = { clockOff: null };
  for (const field of OWN_TIMES) {
    const time = run[field];
    if (time === null || time < open.anchor) continue;
    const shift = shiftOf(open, time);
    if (shift === 0) continue;
    const dated = time + shift;
    // Whatever lies ahead of now would be from the future; only a wait may.
    set[field] = WAITS.has(field) ? dated : Math.min(dated, now);
  }
  // The slot was due by the earlier of both clocks; that its backup was made at that time was not so.
  if (run.periodTime !== null && run.importedAt === null && set.startTime !== undefined) {
    set.periodTime = set.startTime;
  }
  return set;
}

/** What the job knows and has decided, in UTC ms. */
type KnownTimes = Pick<JobState, "knownSince" | "cursor">;

/**
 * What is set of a job of which nothing after `cursor` is decided, as far as the clock that is trusted has come. It is
 * known since no later: a time that lies ahead would keep the slots until then out of every answer, and would be taken
 * for that of a new job once the clock goes forward again.
 */
export function backTo({ knownSince }: KnownTimes, cursor: number): JobChanges & KnownTimes {
  return { cursor, knownSince: Math.min(knownSince, cursor), openRangeRunId: null };
}

/** What the job knows and has decided by the clock that is right, `now`, after a doubt. */
export function datedJob(of: KnownTimes, open: OpenDates, now: number): KnownTimes {
  if (of.cursor > now + CLOCK_TOLERANCE_MS) return backTo(of, Math.min(open.from, now));
  // Nobody had it before the doubt: it is as young as all that was written meanwhile, and what lies before was never
  // its. For every other job a clock that went ahead is downtime. (A former version left some known since later.)
  const { anchor } = doubtOf(open, of.knownSince);
  const isNew = of.knownSince > Math.max(anchor, open.latest ?? anchor) && of.knownSince <= of.cursor;
  if (!isNew) return of;
  const knownSince = Math.max(of.knownSince, Math.min(now, of.knownSince + shiftOf(open, of.knownSince)));
  return { knownSince, cursor: Math.max(of.cursor, knownSince) };
}

/** When the row was begun, with these times. */
export function begunAt(run: Run, set: RunChanges): number {
  return set.startTime ?? run.startTime ?? set.createdAt ?? run.createdAt;
}

/** True for a run whose slot and period are still to be found. */
export function lacksPeriod(run: Run): boolean {
  return run.periodTime === null && run.importedAt === null && run.status !== "skipped" &&
    run.status !== "expired";
}

/** True for a run of a slot that has not come by the clock that is right, `now`. What is only skipped is undecided instead. */
export function hasSlotAhead(run: Run, now: number): boolean {
  return (run.slot ?? 0) > now + CLOCK_TOLERANCE_MS && run.status !== "skipped" && run.status !== "expired";
}

/** True for a run of a slot that the job did not have: it is known only since `dated` by the clock that is right. */
export function hasSlotBefore(run: Run, of: KnownTimes, dated: KnownTimes): boolean {
  return run.slot !== null && run.slot > of.knownSince && run.slot <= dated.knownSince &&
    run.status !== "skipped" && run.status !== "expired";
}
