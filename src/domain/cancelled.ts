// Runs that are ended before their time, and those that do not let themselves be ended: in words that lead with why.

import { formatDuration } from "./duration.ts";

/** The `reason` of a run that makes room for a slot. */
export const GRACE_OVER = "grace time is over and the next backup is due";
/** The `reason` of a run that took longer than it may. */
export const MAX_DURATION = "max_duration";

/** What is known of a run that was cancelled. */
interface Cancelled {
  /** Its `reason`. */
  reason: string;
  /** How long it had been under way (ms). */
  ranMs: number;
  /** The grace time of its job (ms). */
  graceMs: number;
  /** What its provider said of it last: how far it had come. */
  said: string | null;
}

/** Why it was cancelled: how far it had come is no cause of that. */
export function cancelledText({ reason, ranMs, graceMs, said }: Cancelled): string {
  const ran = `it had not ended after ${formatDuration(Math.round(ranMs / 1000) * 1000)}`;
  const why = reason === GRACE_OVER
    ? `${ran}, past its grace time of ${formatDuration(graceMs)}, when the next backup was due: cancelled`
    : reason === MAX_DURATION
    ? `${ran}, longer than 'max_duration' allows: cancelled`
    : `cancelled: ${reason}`;
  return said === null ? why : `${why}; it said last: ${said}`;
}

const NOT_CANCELLED = "not cancelled: ";

/** The `reason` of a run that goes on since it could not be cancelled. */
export function notCancelledReason(why: string): string {
  return NOT_CANCELLED + why;
}

/** Why a run that is under way could not be cancelled, of its `reason`; undefined for one that nobody asked to end. */
export function whyNotCancelled(reason: string | null): string | undefined {
  return reason?.startsWith(NOT_CANCELLED) ? reason.slice(NOT_CANCELLED.length) : undefined;
}

/** What is told of it. */
export function endlessText(why: string): string {
  return `its backup does not end and cannot be cancelled (${why})`;
}
