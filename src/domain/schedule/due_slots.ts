// The slots a job will run: those of its schedule that dispatch lets run when every run is over by the next slot.

import type { Slots } from "./dispatch.ts";
import type { Job } from "../job.ts";

/** First instant strictly after `from` (UTC ms); null when there is none. */
export type Upcoming = Pick<Slots, "next">;

/** A pause of a job; `until` null: until somebody ends it. UTC ms. */
export interface Pause {
  until: number | null;
}

/**
 * Bounds the slots, or the passes, of a job by what stops both: it is disabled, outside its dates, or paused now.
 * `pause` null: it is not paused.
 */
export function dueSlots(
  slots: Upcoming,
  job: Pick<Job, "enabled" | "from" | "to">,
  pause: Pause | null,
): Upcoming {
  if (!job.enabled || (pause !== null && pause.until === null)) return { next: () => null };
  const least = Math.max(job.from === null ? -Infinity : job.from - 1, pause?.until ?? -Infinity);
  return {
    next(from) {
      const slot = slots.next(Math.max(from, least));
      return slot === null || (job.to !== null && slot >= job.to) ? null : slot;
    },
  };
}
