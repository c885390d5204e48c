// What exists of a job on this server, as the beginning of its future.

import type { Existing } from "../../domain/future/play.ts";
import type { ElectionLook } from "../../engine/retention/election_look.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import type { JobScheduler } from "../../engine/job_scheduler.ts";
import type { Present } from "./forecast_view.ts";
import type { Reading } from "../../ports/clock_watch.ts";
import type { RunStore } from "../../ports/store.ts";

/** The job as it stands. Rejected backups take no part in its future. */
export async function presentOf(
  { job, state }: JobScheduler,
  look: Pick<ElectionLook, "election" | "snapshot">,
  store: Pick<RunStore, "run">,
  { now, ends }: Reading,
): Promise<Present> {
  const keepers = new Map<string, KeepReason>();
  for (const { runId, reasons } of look.election.keep) {
    for (const reason of reasons) {
      if (reason.kind === "former_policy" || reason.kind === "shared_data") keepers.set(runId, reason);
    }
  }
  const existing: Existing[] = [];
  for (const { runId, periodTime, endTime, held, suspect } of look.snapshot.rows) {
    const heldUntil = held ? (await store.run(runId))?.holdUntil ?? undefined : undefined;
    existing.push({ runId, periodTime, endTime, held, suspect, heldUntil, keepReason: keepers.get(runId) });
  }
  const isPaused = state.pausedAt !== null && (state.pausedUntil === null || state.pausedUntil > ends);
  return { job, existing, pause: isPaused ? { until: state.pausedUntil } : null, now };
}
