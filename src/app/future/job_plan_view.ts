// What an edit does to the backups of a job, as JSON; part of the composition root.

import type { Effect } from "../../domain/future/plan_effect.ts";
import type { PlanBackup } from "../../domain/future/plan_job.ts";
import { iso } from "../../domain/instant.ts";
import type { PlannedBackupsView } from "../../ports/views/job_edit.ts";

/** Of a job with these backups. */
export function plannedBackupsView(effect: Effect, backups: readonly PlanBackup[]): PlannedBackupsView {
  const { before, after } = effect;
  const time = (at: number | null | undefined) => at === null || at === undefined ? null : iso(at);
  const rows = new Map(backups.map((backup) => [backup.runId, backup]));
  return {
    count: effect.backups,
    unmanaged: effect.unmanaged,
    deletes_now: { before: before?.now.length ?? null, after: after?.now.length ?? null },
    deletes_within_30_days: { before: before?.soon ?? null, after: after?.soon ?? null },
    oldest: { before: time(before?.oldest), after: time(after?.oldest) },
    remove: (after?.now ?? []).map((runId) => {
      const row = rows.get(runId)!;
      return { id: row.id, run_id: runId, period_time: iso(row.periodTime) };
    }),
  };
}
