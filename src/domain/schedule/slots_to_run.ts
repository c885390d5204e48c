// Which slots of a schedule are run where a blackout forbids some starts, and how far apart starts may lie then.

import { DAY } from "../duration.ts";
import type { Job } from "../job.ts";
import { type Blackout, type BlackoutJob, blackoutOf, type Window } from "./blackout.ts";
import type { Slots } from "./dispatch.ts";
import type { Upcoming } from "./due_slots.ts";
import type { Schedule } from "./schedule.ts";

type RunJob = BlackoutJob & Pick<Job, "startDeadlineMs">;
type Times = Pick<Slots, "next" | "latest">;

/** So many windows in a row may bring no start before it is taken that none does: over two years of three a day. */
const MOST_BARREN = 2_500;

/**
 * The slots that are run when every run is over by the next slot: of those in a window none, or the last one where its
 * start waits for the end.
 */
export function slotsToRun(slots: Times, job: RunJob): Upcoming {
  const blackout = blackoutOf(job);
  if (blackout === null) return slots;
  return {
    next(from) {
      let after = from;
      for (let barren = 0; barren < MOST_BARREN; barren++) {
        const slot = slots.next(after);
        const window = slot === null ? null : blackout.windowAt(slot);
        if (window === null) return slot;
        const waiting = waitingIn(slots, window, blackout, job);
        if (waiting !== null && waiting > from) return waiting;
        after = window.end - 1;
      }
      return null;
    },
  };
}

/** The slot in a window whose start waits for its end; null where none does. */
export function waitingIn(
  slots: Times,
  { start, end }: Window,
  { act }: Pick<Blackout, "act">,
  { startDeadlineMs }: Pick<Job, "startDeadlineMs">,
): number | null {
  if (act === "skip") return null;
  const last = slots.latest(start - 1, end);
  // One that is due as the window ends takes its place.
  if (last === null || last === end) return null;
  return startDeadlineMs !== null && end - last > startDeadlineMs ? null : last;
}

/**
 * The longest time without a start that begins within `days` after `from` (ms), as `Schedule.largestGap` tells it for a
 * job that may start at any time; null when fewer than two starts are left.
 */
export function largestStartGap(schedule: Schedule, job: RunJob, from: number, days: number): number | null {
  const anywhere = schedule.largestGap(from, days);
  const blackout = blackoutOf(job);
  if (blackout === null || anywhere === null) return anywhere;
  let largest = 0;
  let last: number | null = null;
  let freeFrom = blackout.windowAt(from)?.end ?? from;
  let waits = false;
  for (const until = from + days * DAY; freeFrom <= until || last === null;) {
    if (freeFrom > until + days * DAY) break;
    const window = blackout.nextWindow(freeFrom);
    const slot = schedule.next(freeFrom - 1);
    const first: number | null = waits ? freeFrom : slot !== null && slot < window.start ? slot : null;
    if (first !== null) {
      if (last !== null) largest = Math.max(largest, first - last);
      const lastFree: number = schedule.latest(first, window.start - 1) ?? first;
      largest = Math.max(largest, Math.min(anywhere, lastFree - first));
      last = lastFree;
    }
    waits = waitingIn(schedule, window, blackout, job) !== null;
    freeFrom = window.end;
  }
  // The first start after the last window that was looked at.
  const next = waits ? freeFrom : schedule.next(freeFrom - 1);
  if (last !== null && next !== null) largest = Math.max(largest, Math.min(next - last, anywhere + 7 * DAY));
  return largest > 0 ? largest : null;
}
