// What exists of a job on this server, as the beginning of its future.

import type { Existing } from "../../domain/future/play.ts";
import type { Candidate } from "../../domain/retention/election.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { Present } from "./forecast_view.ts";
import type { Reading } from "../../ports/clock_watch.ts";
import type { RunStore } from "../../ports/store.ts";

/** The job as it stands, with these backups. */
export async function presentOf(
  { job, state }: Pick<JobScheduler, "job" | "state">,
  candidates: readonly Candidate[],
  store: Pick<RunStore, "run">,
  { now, ends }: Reading,
): Promise<Present> {
  const existing: Existing[] = [...candidates];
  for (const [at, one] of existing.entries()) {
    if (!one.held) continue;
    existing[at] = { ...one, heldUntil: (await store.run(one.runId))?.holdUntil ?? undefined };
  }
  const isPaused = state.pausedAt !== null && (state.pausedUntil === null || state.pausedUntil > ends);
  return { job, existing, pause: isPaused ? { until: state.pausedUntil } : null, now };
}
