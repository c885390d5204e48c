// What exists of a job on this server, as the beginning of its future.

import type { Existing } from "../../domain/future/play.ts";
import type { ElectionPlan } from "../../engine/retention/election_plan.ts";
import type { JobEngine } from "../../engine/job_engine.ts";
import type { Present } from "./forecast_view.ts";
import type { Reading } from "../../ports/clock_watch.ts";
import type { RunStore } from "../../ports/store.ts";

/** As election_plan.ts and former_policies.ts write them: what keeps a backup that its policy does not. */
const SHARED = /^shares data with /;
const FORMER = /^kept by the policy before the edit, until (\S+)$/;

/** The job as it stands. Rejected backups take no part in its future. */
export async function presentOf(
  { job, state }: JobEngine,
  plan: Pick<ElectionPlan, "election">,
  store: RunStore,
  { now, ends }: Reading,
): Promise<Present> {
  const keepers = new Map<string, Pick<Existing, "keepReason" | "reasonUntil">>();
  for (const { runId, reasons } of plan.election.keep) {
    for (const reason of reasons) {
      const until = FORMER.exec(reason)?.[1];
      if (until !== undefined) keepers.set(runId, { keepReason: reason, reasonUntil: Date.parse(until) });
      else if (SHARED.test(reason)) keepers.set(runId, { keepReason: reason });
    }
  }
  const existing: Existing[] = [];
  const { rows } = await store.election(job.name, job.providerKeys);
  for (const { runId, periodTime, endTime, held, suspect } of rows) {
    const heldUntil = held ? (await store.run(runId))?.holdUntil ?? undefined : undefined;
    existing.push({ runId, periodTime, endTime, held, suspect, heldUntil, ...keepers.get(runId) });
  }
  const isPaused = state.pausedAt !== null && (state.pausedUntil === null || state.pausedUntil > ends);
  return { job, existing, pause: isPaused ? { until: state.pausedUntil } : null, now };
}
