// When the pause of a job is over by itself, and what tells of it.

import type { Slots } from "../domain/schedule/dispatch.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { JobChanges, JobState } from "../ports/store.ts";
import { type EngineContext, jobEvent } from "./context/context.ts";

/** What a job's state is without its pause. */
export const NOT_PAUSED: JobChanges = { pausedAt: null, pausedUntil: null, pauseReason: null };

/** Tells that the pause is over; undefined while there is none, or it goes on, as through a doubt about the clock. */
export function pauseEnd(context: EngineContext, state: JobState, slots: Slots): EngineEvent | undefined {
  const { job, cursor, pausedAt, pausedUntil } = state;
  if (pausedAt === null || pausedUntil === null || context.watch.read().ends < pausedUntil) return undefined;
  // What came due during the pause is decided with it, by dispatch; afterwards the pause is over.
  if (slots.latest(cursor, pausedUntil) !== null) return undefined;
  return jobEvent(context, job, "job.resumed", "info", `The pause of job '${job}' is over`);
}

/** The pause that is in force as of `ends`, by which it ends; null while there is none. */
export function pauseOf({ pausedAt, pausedUntil }: JobState, ends: number): { until: number | null } | null {
  const isPaused = pausedAt !== null && (pausedUntil === null || pausedUntil > ends);
  return isPaused ? { until: pausedUntil } : null;
}
