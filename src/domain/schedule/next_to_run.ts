// The next slot that a job will run: of a schedule that goes on for ever, not each slot is one.

import type { Job } from "../job.ts";
import type { Slots } from "./dispatch.ts";

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
