// What the retention timeline is drawn from: views of one job, and the moment it is looked at.

import type { Level } from "../../domain/policy.ts";
import type { BackupView } from "../../ports/views/backup.ts";
import type { CoverageView } from "../../ports/views/coverage.ts";
import type { JobView } from "../../ports/views/job.ts";
import type { RunView } from "../../ports/views/run.ts";

/** A backup that exists, or that a forecast brings: then it is known by its time alone. */
export type TimelineBackup =
  & Pick<BackupView, "run_id" | "id" | "period_time" | "start_time" | "tags" | "reasons" | "kept_for">
  & Pick<
    BackupView,
    | "size_mb"
    | "suspect"
    | "suspect_reason"
    | "rejected"
    | "verification"
    | "verified_at"
    | "hold"
    | "lock"
  >;

/** A run that brought nothing. */
export type FailedRun = Pick<RunView, "run_id" | "slot" | "created_at" | "state" | "reason" | "custom_data">;

/** A backup that a pass to come deletes. Times are ISO 8601. */
interface Departure {
  run_id: string;
  at: string;
}

/** What was foreseen of the backups that exist. */
export interface Foreseen {
  going: readonly Departure[];
  /** Up to when it was looked; what has no departure stays at least so long. */
  until: string;
  /** Why nothing goes meanwhile, such as a freeze; null where nothing stops deletions. */
  stopped: string | null;
}

/** The set of backups at a date to come. */
export interface SetAt {
  at: string;
  /** What exists then. */
  backups: readonly Pick<BackupView, "period_time" | "tags" | "reasons" | "kept_for">[];
}

/** Another policy, and what the next pass under it would delete of what exists. */
export interface Trial {
  /** As it was asked for: `daily: 3`. */
  change: string;
  goes: ReadonlySet<string>;
}

/** Older backups that are known by their number alone (UTC ms, `until` exclusive). */
export interface Crowd {
  from: number;
  until: number;
  count: number;
  tags: readonly Level[];
}

/** Everything a timeline shows. */
export interface TimelineInput {
  job: Pick<JobView, "job" | "timezone" | "policy">;
  /** UTC ms. */
  now: number;
  /** Those that exist, in any order. */
  backups: readonly TimelineBackup[];
  /** Older ones in stretches, rising; absent: none. */
  crowds?: readonly Crowd[];
  /** How many older ones there are besides, of which nothing is shown; absent: none. */
  undrawn?: number;
  failed: readonly FailedRun[];
  holes: Pick<CoverageView, "holes" | "hole_count" | "promises">;
  /** A text says why nothing could be foreseen. */
  foreseen: Foreseen | string;
  set: SetAt | null;
  trial: Trial | null;
  /** The page of a backup or run. */
  href(runId: string): string;
}

/** How it is drawn. */
export interface TimelineStyle {
  id: string;
  /** In px: 390 and less are drawn narrow, the names of lanes above them. */
  width: number;
}
