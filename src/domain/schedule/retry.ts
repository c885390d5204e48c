// Whether a scheduled backup that failed is tried again, and when. Each try is a run of its own for the same slot.

import type { RetryEnd, Run } from "../backup.ts";
import type { RetrySettings } from "../job.ts";
import { type Blackout, mayStartAt } from "./blackout.ts";

/**
 * Ends of a run after which another try is pointless, unwanted, or could make one backup more of which nobody knows:
 * `unsettled` has been sent as often as a start of unknown fate may be.
 */
const FINAL_REASONS: ReadonlySet<string> = new Set(["refused", "unsettled", "cancelled"]);

/** What a run that fails now, for `reason`, is to carry: when it is tried again, or why it is not. */
export function afterFailure(
  run: Pick<Run, "trigger" | "attempt" | "slot">,
  reason: string,
  { attempts, afterMs }: RetrySettings,
  now: number,
): Pick<Run, "retryAt" | "retryEnd"> {
  // What was due in a doubt of the clock has no slot yet, and is wanted like any other.
  const isWanted = run.trigger === "schedule" && attempts > 0 && !FINAL_REASONS.has(reason);
  if (!isWanted) return { retryAt: null, retryEnd: null };
  if (run.attempt > attempts) return { retryAt: null, retryEnd: "used_up" };
  // A backup that a restart cut off failed for no reason of its own.
  const wait = reason === "cut_off" ? 0 : afterMs * 2 ** (run.attempt - 1);
  // A clock that was set back by less than casts doubt may say that the slot itself has not come yet.
  return { retryAt: Math.max(now + wait, run.slot ?? -Infinity), retryEnd: null };
}

/** What the next try is judged by, as of `now`. */
export interface TryFacts {
  now: number;
  retry: RetrySettings;
  /** The next slot that is not decided yet; null when none will come, or nobody knows yet which is the next. */
  nextSlot: number | null;
  /** How late after its slot a backup may start, where the job says so. */
  startDeadlineMs: number | null;
  /** The job is not in force at the time of the next try. */
  inactive: "disabled" | "outside_dates" | "paused" | undefined;
  /** When the job may not start; null: it may at any time. */
  blackout: Blackout | null;
  /** The clock was set back since the run failed. */
  isAhead: boolean;
}

/** Why the pending try of `run` will not be made; undefined while it will. */
export function whyNoTry(
  run: Pick<Run, "slot" | "createdAt" | "attempt" | "retryAt">,
  { now, retry, nextSlot, startDeadlineMs, inactive, blackout, isAhead }: TryFacts,
): Exclude<RetryEnd, "tried_again"> | undefined {
  if (inactive !== undefined) return inactive;
  if (run.attempt > retry.attempts) return "off";
  if (isAhead) return "clock_back";
  const at = mayStartAt(blackout, Math.max(now, run.retryAt!));
  if (blackout?.act === "skip" && blackout.windowAt(at) !== null) return "blackout";
  if (nextSlot !== null && nextSlot <= at) return "next_slot";
  return startDeadlineMs !== null && at > (run.slot ?? run.createdAt) + startDeadlineMs
    ? "too_late"
    : undefined;
}

const END_TEXTS: Record<string, string | undefined> & Record<Exclude<RetryEnd, "tried_again">, string> = {
  used_up: "all its tries have failed",
  next_slot: "the next backup is due before",
  too_late: "start_deadline is over before",
  paused: "the job is paused",
  disabled: "the job is disabled",
  outside_dates: "the job is outside its dates",
  blackout: "it would begin in a blackout",
  removed: "the job left the configuration",
  off: "the configuration asks for no further try any more",
  clock_back: "the clock was set back since it failed",
};

/** Why it is not tried again, in a clause; a word of a later version stays as it is. */
export function retryEndText(end: string): string {
  return END_TEXTS[end] ?? end;
}

/** `try 2 of 3` */
export function tryText(attempt: number, { attempts }: RetrySettings): string {
  return `try ${attempt} of ${Math.max(attempt, attempts + 1)}`;
}
