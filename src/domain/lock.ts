// When a storage refuses to delete a backup, as far as its provider said, and when it is asked again.

import { DAY } from "./duration.ts";
import { iso } from "./instant.ts";

/** A lock without a date is taken to stand for so long; then the provider is asked again. */
export const UNDATED_LOCK_MS = DAY;
/** A dated one is looked at again so long after it was heard of last, so that one made shorter is noticed. */
export const LOCK_HEARD_MS = DAY;
/** One without a date that was heard of further ahead of now was written by a clock that was set back since. */
export const LOCK_AHEAD_MS = 3 * 3_600_000;

/** What a row knows of its lock: when it was heard of last, and until when it stands (null: no date was given). */
interface Locked {
  lockedAt: number | null;
  lockedUntil: number | null;
}

/** A backup that its storage refuses to delete now. Times are UTC ms. */
export interface LockedRow {
  runId: string;
  periodTime: number;
  lockedAt: number;
  /** Null where no date was given. */
  lockedUntil: number | null;
}

/** Until when nobody asks to delete it (UTC ms), its date where there is one; null where nothing stands in the way. */
export function lockEnd({ lockedAt, lockedUntil }: Locked, now: number): number | null {
  if (lockedAt === null) return null;
  if (lockedUntil !== null) return lockedUntil > now ? lockedUntil : null;
  const end = lockedAt + UNDATED_LOCK_MS;
  return lockedAt <= now + LOCK_AHEAD_MS && end > now ? end : null;
}

/** True while no DELETE may be sent for it. */
export function isLocked(run: Locked, now: number): boolean {
  return lockEnd(run, now) !== null;
}

/** What a provider's word on a lock amounts to: a date that has passed is none. Undefined: it said nothing. */
export function lockHeard(until: number | null | undefined, now: number): number | null | undefined {
  return until === null || until === undefined ? until : until > now ? until : null;
}

/** A lock in words: `locked until …`; without a date, when its provider is asked again. */
export function lockText({ until, again }: { until: number | null; again: number | null }): string {
  if (until !== null) return `locked until ${iso(until)}`;
  return `locked by its storage without a date${again === null ? "" : `, asked again after ${iso(again)}`}`;
}

/** The same of a row whose lock stands; undefined where none does. */
export function lockTextOf(run: Locked, now: number): string | undefined {
  const end = lockEnd(run, now);
  if (end === null) return undefined;
  return lockText(
    run.lockedUntil === null ? { until: null, again: end } : { until: run.lockedUntil, again: null },
  );
}
