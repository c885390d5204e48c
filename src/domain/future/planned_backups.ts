// What an edit does to the backups of a job, as JSON.

import { iso } from "../instant.ts";
import type { Effect } from "./plan_effect.ts";
import type { PlanBackup } from "./plan_job.ts";

/** A number under the configuration before and after the edit; null: there is none, or it is not known. */
export interface BeforeAfter<T> {
  before: T | null;
  after: T | null;
}

/** What becomes of the backups of a job. */
export interface PlannedBackups {
  count: number;
  /** How many nothing touches any more. */
  unmanaged: number;
  /** By the next pass, before pace, holds and guards. */
  deletes_now: BeforeAfter<number>;
  /** Of today's backups. */
  deletes_within_30_days: BeforeAfter<number>;
  /** What is left after the next pass. */
  oldest: BeforeAfter<string>;
  /** What the next pass after the edit elects away, oldest first. */
  remove: { id: string | null; run_id: string; period_time: string }[];
}

/** Of a job with these backups. */
export function plannedBackups(effect: Effect, backups: readonly PlanBackup[]): PlannedBackups {
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
