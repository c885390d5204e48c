// Given a cursor, the present and what runs, decides every due slot of a job: run, skip with a reason, or make room.

import type { SkipReason, Status } from "../backup.ts";
import { DAY } from "../duration.ts";
import type { Job } from "../job.ts";
import type { Blackout, Window } from "./blackout.ts";

/** The questions dispatch asks of a schedule; `Schedule` of schedule.ts answers them. */
export interface Slots {
  /** First slot strictly after `from`; null when it never fires again. */
  next(from: number): number | null;
  /** Last slot in (from, now]. */
  latest(from: number, now: number): number | null;
  /** How many slots lie in (from, to]; null when more than `limit`. */
  count(from: number, to: number, limit: number): number | null;
  /** Milliseconds between the slots around or after `from`. */
  interval(from: number): number | null;
}

/** What dispatch knows of the unfinished run of the job. */
export interface Occupant {
  runId: string;
  status: Status;
  /** It surely began nothing and waits for its provider: a newer slot takes its place. */
  isWaiting?: boolean;
  /** It is being cancelled for a slot, which waits for that. */
  isMakingRoom?: boolean;
  /** When it was first sent, else made. */
  since: number;
  /** A cancel for its sake ended without making room at this slot. */
  cancelFailedAt: number | null;
}

export interface DispatchInput {
  job: Pick<Job, "enabled" | "from" | "to" | "graceMs" | "missedRuns" | "startDeadlineMs">;
  slots: Slots;
  /** When it may not start; absent: it may at any time. */
  blackout?: Blackout | null;
  /** Nothing may stay open: a start that waits for the end of a window is given up. */
  final?: boolean;
  /** Everything up to and including this instant is decided. */
  cursor: number;
  now: number;
  occupant: Occupant | null;
  pausedAt: number | null;
  pausedUntil: number | null;
  /** Grace time is multiplied by this. */
  graceFactor: number;
  /** The slot for which the last cancel made room. */
  lastCancelSlot: number | null;
  /** A freeze or hold forbids cancelling. */
  mayCancel: boolean;
}

export type Decision =
  | { decide: "run"; slot: number }
  /** All slots in [slot, until]; `slots` is null when too many to count. */
  | { decide: "skip"; reason: SkipReason; slot: number; until: number; slots: number | null }
  /** The run is older than grace time: cancel it, then ask again; `slot` stays undecided. */
  | { decide: "cancel"; slot: number; runId: string }
  /** A cancel is under way: ask again when it is over; `slot` stays undecided. */
  | { decide: "wait"; slot: number };

export interface Dispatched {
  /** The new cursor; the same as before when nothing was due. */
  cursor: number;
  decisions: Decision[];
}

/** A slot later than this was missed, as far as `missed_runs: skip` is concerned. */
const PUNCTUAL_MS = 60_000;
/** Slots of a skipped range beyond this many are not counted. */
export const COUNT_LIMIT = 10_000;

/** Decides every slot in (cursor, now]. Pure; the caller commits all decisions with the new cursor, or none. */
export function dispatch(input: DispatchInput): Dispatched {
  const { slots, cursor, now } = input;
  const last = slots.latest(cursor, now);
  if (last === null) return { cursor, decisions: [] };
  const decisions: Decision[] = [];
  let from = cursor;
  const skipThrough = (end: number, reason: SkipReason) => {
    const until = end > from ? slots.latest(from, end) : null;
    if (until !== null) {
      decisions.push({
        decide: "skip",
        reason,
        slot: slots.next(from)!,
        until,
        slots: slots.count(from, until, COUNT_LIMIT),
      });
    }
    from = Math.max(from, end);
  };

  if (!input.job.enabled) skipThrough(last, "disabled");
  if (input.job.from !== null) skipThrough(Math.min(last, input.job.from - 1), "outside_dates");
  // Slots at or after `to` come last in time, so they are split off here and decided at the end.
  const end = input.job.to === null ? last : Math.min(last, input.job.to - 1);
  if (input.pausedAt !== null) skipThrough(Math.min(end, input.pausedUntil ?? end), "paused");

  const due = end > from ? slots.latest(from, end) : null;
  if (due !== null) {
    const open = decideDue(input, from, due, skipThrough);
    // It stays open with all since the last that was decided, as the window may yet end in time.
    if (open === "wait") return { cursor: lastDecided(decisions) ?? cursor, decisions };
    if (open !== null) {
      decisions.push(open);
      if (open.decide !== "run") return { cursor: due - 1, decisions };
      from = due;
    }
  }
  if (end < last) {
    from = Math.max(from, end);
    skipThrough(last, "outside_dates");
  }
  return { cursor: last, decisions };
}

type SkipThrough = (end: number, reason: SkipReason) => void;

function decideDue(
  input: DispatchInput,
  from: number,
  due: number,
  skipThrough: SkipThrough,
): Decision | "wait" | null {
  const { job, occupant, now, slots } = input;
  const blackout = input.blackout ?? null;
  const windowOfDue = blackout?.windowAt(due) ?? null;
  /** Those before `end` came beside an occupant, or nobody was there, or they lie in a window. */
  const skipBefore = (end: number, reason: SkipReason) => {
    const before = blackout === null || end <= from ? null : slots.latest(from, end);
    const window = before === null ? null : blackout!.windowAt(before);
    if (window !== null) {
      skipThrough(window.start - 1, reason);
      skipThrough(Math.min(end, window.end - 1), "blackout");
    }
    skipThrough(end, reason);
  };
  const windowOfNow = blackout?.windowAt(now) ?? null;
  if (blackout !== null && (windowOfNow ?? windowOfDue) !== null) {
    const mayCome = windowOfNow === null
      ? mayWait(input, due, windowOfDue!)
      : input.final !== true && mayWait(input, due, windowOfNow);
    if (!mayCome) {
      skipBefore(Math.min(due, windowOfDue?.start ?? due) - 1, "missed");
      skipThrough(due, "blackout");
      return null;
    }
    if (windowOfNow !== null) return "wait";
  }
  if (occupant !== null && !occupant.isWaiting) {
    const waiting = occupant.status === "cancelling" && occupant.cancelFailedAt !== due;
    skipBefore(due - 1, whyBefore(input, occupant));
    if (!waiting && !isOverdue(input, occupant, due)) {
      skipThrough(due, "still_running");
      return null;
    }
    return waiting ? { decide: "wait", slot: due } : { decide: "cancel", slot: due, runId: occupant.runId };
  }
  // What waited for the end of its window is as late as that is over.
  const late = now - (windowOfDue?.end ?? due);
  const left = startDeadline(job, slots, due) - waited(job, due, windowOfDue);
  const deadline = windowOfDue === null ? left : Math.max(PUNCTUAL_MS, left);
  if (late > deadline || (job.missedRuns === "skip" && late > PUNCTUAL_MS)) {
    if (windowOfDue !== null) skipBefore(due - 1, "missed");
    skipThrough(due, "missed");
    return null;
  }
  skipBefore(due - 1, "missed");
  return { decide: "run", slot: due };
}

/** True where the start may wait for the end of the window; what the job says of it counts from the slot. */
function mayWait({ blackout, job }: DispatchInput, due: number, { end }: Window): boolean {
  if (blackout?.act !== "wait") return false;
  return job.startDeadlineMs === null || end - due <= job.startDeadlineMs;
}

/** What of the deadline that the job names is over with the window. */
function waited({ startDeadlineMs }: DispatchInput["job"], due: number, window: Window | null): number {
  return window === null || startDeadlineMs === null ? 0 : window.end - due;
}

function lastDecided(decisions: readonly Decision[]): number | null {
  return decisions.reduce<number | null>((last, one) => one.decide === "skip" ? one.until : last, null);
}

/**
 * Why slots before the newest one that is due were not run beside an occupant. Each would have been decided as it came,
 * unless one waited for a cancel: nobody was there, or what was decided could not be saved, whatever ran then.
 */
function whyBefore(
  { cursor }: DispatchInput,
  { isMakingRoom, status, cancelFailedAt }: Occupant,
): SkipReason {
  const waited = isMakingRoom === true || status === "cancelling" || (cancelFailedAt ?? cursor) > cursor;
  return waited ? "still_running" : "missed";
}

/**
 * How late a slot may still start (ms). Where the job does not say: one interval, at most a day, and never so short
 * that a slow second would miss a slot.
 */
export function startDeadline(job: Pick<Job, "startDeadlineMs">, slots: Slots, slot: number): number {
  return job.startDeadlineMs ?? Math.max(PUNCTUAL_MS, Math.min(slots.interval(slot) ?? DAY, DAY));
}

/** True where the run may be cancelled for `due`: past its grace, and not at a second slot in a row. */
function isOverdue(input: DispatchInput, occupant: Occupant, due: number): boolean {
  if (!input.mayCancel || occupant.status !== "running" || occupant.cancelFailedAt === due) return false;
  if (input.now - occupant.since <= input.job.graceMs * input.graceFactor) return false;
  const previous = input.lastCancelSlot;
  return previous === null || input.slots.next(previous) !== due;
}
