// The JSON shapes that leave the program: API answers and `--json` of the CLI. Times are ISO 8601 UTC strings.

import type { SkipReason, Status, Trigger, WireStatus } from "../domain/backup.ts";
import type { Level } from "../domain/policy.ts";

/** A backup as `GET /backups` shows it: the original's fields, then ours. */
export interface BackupView {
  /** The provider's id; null while it is unknown. */
  id: string | null;
  data_id: string | null;
  status: WireStatus;
  start_time: string | null;
  end_time: string | null;
  /** The provider's last message. */
  custom_data: string | null;
  /** Megabytes, as the original; same as `size_mb`. */
  size: number | null;
  tags: Level[];
  job: string;
  run_id: string;
  slot: string | null;
  period_time: string | null;
  state: Status;
  size_mb: number | null;
  reasons: string[];
}

export interface RunView extends BackupView {
  trigger: Trigger;
  reason: SkipReason | string | null;
  slot_until: string | null;
  slots: number | null;
  provider: string;
  attempts: number;
  created_at: string;
  maybe_duplicate: boolean;
  held: boolean;
  suspect: boolean;
  delete_sent_at: string | null;
}

export interface EventView {
  seq: number;
  at: string;
  type: string;
  level: string;
  job: string | null;
  run_id: string | null;
  message: string;
  data: Record<string, unknown>;
}

/** `GET /runs/{run_id}`: the row, what happened to it, and a built-in's output. */
export interface RunDetailView extends RunView {
  events: EventView[];
  output: string | null;
}

export interface GuardView {
  guard: string;
  since: string | null;
  latched: boolean;
  message: string;
}

export interface JobView {
  job: string;
  label: string;
  enabled: boolean;
  schedule: string;
  schedule_derived: boolean;
  timezone: string;
  provider: string;
  policy: string;
  next_slot: string | null;
  paused: boolean;
  paused_until: string | null;
  running: { run_id: string; state: Status; since: string | null; message: string | null } | null;
  last_success: string | null;
  last_failure: string | null;
  available: number;
  guards: GuardView[];
}

export interface RetentionRowView {
  id: string | null;
  run_id: string;
  period_time: string;
  tags: Level[];
  reasons: string[];
}

/** What retention would do now. */
export interface RetentionView {
  job: string;
  policy: string;
  keep: RetentionRowView[];
  remove: RetentionRowView[];
  /** Names exactly the set in `remove`. */
  digest: string;
  guards: GuardView[];
  approved: boolean;
  /** Deletions still on their way. */
  deleting: number;
}

export interface ExplainView {
  id: string | null;
  run_id: string;
  job: string;
  state: Status;
  kept: boolean;
  tags: Level[];
  reasons: string[];
  /** One sentence each, for people. */
  notes: string[];
}

export interface ForecastView {
  job: string;
  schedule: string;
  timezone: string;
  policy: string;
  from: string;
  until: string;
  /** How far it came: `until`, or less when it stopped at the slot limit. */
  reached: string;
  slots: number;
  backups: { period_time: string; tags: Level[]; reasons: string[] }[];
}

/** RFC 9457. */
export interface ProblemView {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { field: string; message: string }[];
  candidates?: { job: string; run_id: string; id: string | null }[];
  /** What retention would do now, where an approval did not fit it. */
  retention?: RetentionView;
}
