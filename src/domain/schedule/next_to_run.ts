// The next slot that a job will run: of a schedule that goes on for ever, not each slot is one.

import type { Job } from "../job.ts";
import { type Blackout, type BlackoutJob, blackoutOf } from "./blackout.ts";
import type { Slots } from "./dispatch.ts";
import { slotsToRun, waitingIn } from "./slots_to_run.ts";

/** A pause that is in force; `until` null: until somebody resumes the job. */
interface Pause {
  until: number | null;
}

/**
 * The first slot after `after` that is to run (UTC ms); null where none is to come, as of a job that is disabled, past its
 * dates, or paused without an end.
 */
export function nextToRun(
  { enabled, from, to }: Pick<Job, "enabled" | "from" | "to">,
  pause: Pause | null,
  slots: Pick<Slots, "next">,
  after: number,
): number | null {
  if (!enabled || (pause !== null && pause.until === null)) return null;
  const next = slots.next(Math.max(after, pause?.until ?? after, from === null ? after : from - 1));
  return next === null || (to !== null && next >= to) ? null : next;
}

/** A start to come. UTC ms. */
export interface NextStart {
  at: number;
  /** It is due earlier, and waits for the end of a blackout. */
  waits: boolean;
}

/**
 * The first start that is to come by the schedule: that of a slot after `cursor` that waits already, or of the next one
 * after `after`. Null where none is to come.
 */
export function nextStart(
  job: Pick<Job, "enabled" | "from" | "to" | "startDeadlineMs"> & BlackoutJob,
  pause: Pause | null,
  slots: Pick<Slots, "next" | "latest">,
  { cursor, now }: { cursor: number; now: number },
): NextStart | null {
  const blackout = blackoutOf(job);
  const after = Math.max(cursor, now);
  const waiting = blackout === null ? null : waitingNow(job, pause, slots, blackout, { cursor, now });
  if (waiting !== null) return { at: waiting, waits: true };
  const slot = nextToRun(job, pause, slotsToRun(slots, job), after);
  if (slot === null) return null;
  const at = blackout?.windowAt(slot)?.end ?? slot;
  return { at, waits: at > slot };
}

/** When the start begins that waits as of `now`; null while none does. */
function waitingNow(
  job: Pick<Job, "enabled" | "from" | "to" | "startDeadlineMs">,
  pause: Pause | null,
  slots: Pick<Slots, "next" | "latest">,
  blackout: Blackout,
  { cursor, now }: { cursor: number; now: number },
): number | null {
  const window = blackout.act === "wait" ? blackout.windowAt(now) : null;
  if (window === null || now <= cursor) return null;
  const slot = nextToRun(job, pause, { next: (from) => slots.latest(from, now) }, cursor);
  const isInTime = slot !== null &&
    (job.startDeadlineMs === null || window.end - slot <= job.startDeadlineMs);
  // What is due as the window ends takes its place.
  return isInTime || waitingIn(slots, window, blackout, job) !== null && slot !== null ? window.end : null;
}
