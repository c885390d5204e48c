// What the store knows of a job whose decision met a conflict.

import { isUnfinished, type Run } from "../../domain/backup.ts";
import type { JobState, RunStore } from "../../ports/store.ts";
import type { ActiveRun } from "../context/context.ts";

/** What is stored of a job, for a decision to be made anew. */
interface Stored {
  state: JobState;
  openRange: Run | null;
  /** The run that was followed, where it has ended. */
  ended: Run | null;
  /** The run that occupies the job. */
  unfinished: Run | null;
}

/**
 * Only one object decides for a job: where its decision meets a conflict, the row is ahead of it, the run under way has
 * ended meanwhile, or the clock went back.
 */
export async function readAnew(
  store: Pick<RunStore, "job" | "run" | "unfinished">,
  known: JobState,
  active: ActiveRun | null,
): Promise<Stored> {
  const state = (await store.job(known.job)) ?? known;
  const openRange = state.openRangeRunId === null ? undefined : await store.run(state.openRangeRunId);
  const followed = active === null ? undefined : await store.run(active.run.runId);
  return {
    state,
    openRange: openRange ?? null,
    ended: followed === undefined || isUnfinished(followed.status) ? null : followed,
    unfinished: (await store.unfinished(known.job))[0] ?? null,
  };
}
