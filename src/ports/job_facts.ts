// What the store counts and sums up of each job, for views, metrics and readiness.

import type { Run, Status } from "../domain/backup.ts";
import type { Missing } from "../domain/missing.ts";
import type { Level } from "../domain/policy.ts";

/** Counts and sums by job, for metrics and `jobs list`. */
export interface JobStats {
  job: string;
  byStatus: Partial<Record<Status, number>>;
  byTag: Partial<Record<Level, number>>;
  /** End of the newest backup that is not suspect. */
  lastSuccessAt: number | null;
  /** The same of those that its provider still has. */
  lastKeptAt: number | null;
  /** End of the newest run that failed with no further try to follow, was lost or was cancelled. */
  lastFailureAt: number | null;
  /** What that one said last, its beginning; null where it said nothing. */
  lastFailureMessage: string | null;
  lastSizeMb: number | null;
  lastDurationMs: number | null;
  totalSizeMb: number;
  /** Failed and cancelled runs that may have left data at their provider. */
  leftovers: number;
}

/** The available backups of one job at one provider. */
export interface ProviderBackups {
  job: string;
  providerKey: string;
  available: number;
  /** The provider was the job's when the configuration was last read. */
  managed: boolean;
}

/** An automatic stop that stays until approved. */
export interface LatchedGuard {
  job: string;
  guard: string;
  latchedAt: number;
  message: string;
}

/** What the store knows of a job that changes only with changes of the job. */
export interface StoredFacts {
  stats: JobStats;
  /** When the first failure after its last success ended (UTC ms), or began where no provider took it; null for none since. */
  failingSince: number | null;
  latched: LatchedGuard[];
  /** Null for none. */
  missing: Missing | null;
  /** Where it has available backups. */
  places: ProviderBackups[];
}

/** The suspects of a job that has some. */
export interface JobSuspects {
  job: string;
  count: number;
  /**
   * Its newest backup, when that is suspect: then nothing of the job is deleted. `since`: no sound one was made after the
   * first of those that are suspect since then (UTC ms).
   */
  newest: { runId: string; id: string | null; reason: string; since: number } | null;
}

/** Deletions of a job that were sent and found no way yet: they wait to be sent again. */
export interface OpenDeletions {
  job: string;
  count: number;
  /** When the first of them was sent first (UTC ms). */
  since: number;
  /** What that one was answered last; null where nothing was. */
  cause: string | null;
}

/** Runs that may have left data behind, and the backup that makes it worthless. */
export interface Leftovers {
  /** Failed and cancelled ones that the provider gave an id, by their ends, oldest first. */
  rows: Run[];
  /** The newest sound backup of the job's own making that is not dated ahead of now; null when there is none. */
  later: { startTime: number; endTime: number } | null;
}
