// The JSON shapes that leave the program: API answers and `--json` of the CLI. Times are ISO 8601 UTC strings.

import type { SkipReason, Status, Trigger, WireStatus } from "../domain/backup.ts";
import type { HoleCause } from "../domain/coverage/hole_cause.ts";
import type { Level } from "../domain/policy.ts";
import type { ReasonData } from "../domain/retention/reason_data.ts";

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
  /** The same reasons, in the same order, as data. */
  kept_for: ReasonData[];
  /** Implausibly small, and neither accepted nor rejected: it counts for nothing and is kept. */
  suspect: boolean;
  /** Why it is, or was, suspect. */
  suspect_reason: string | null;
  /** An operator rejected it: retention deletes it. */
  rejected: boolean;
  /** While this stands nothing deletes it; null when it is not held. */
  hold: HoldView | null;
}

/** Why a backup is never deleted, who said so, since when and until when (null: until it is released). */
export interface HoldView {
  reason: string | null;
  owner: string | null;
  since: string;
  until: string | null;
}

/** Whether all deletions are frozen, and what a DELETE may be under way for. */
export interface FreezeView {
  frozen: boolean;
  reason: string | null;
  owner: string | null;
  since: string | null;
  /** Null: until it is released. */
  until: string | null;
  /** Deletions and cancels that were sent, or may have been: no freeze can stop those. */
  on_the_wire: { job: string; run_id: string; id: string | null; state: Status }[];
}

/** Whose a listed backup is, by its provider's word; null and empty where it does not say. */
export interface OwnerView {
  job: string | null;
  host: string | null;
  paths: string[];
}

/** What an import took in from the provider's list, or would take in. */
export interface ImportView {
  job: string;
  provider: string;
  dry_run: boolean;
  imported: (OwnerView & {
    id: string;
    /** Null in a dry run, where it is not proven. */
    run_id: string | null;
    /** The provider proves it to be of this run of the job, which was given up: it is no stranger's. */
    proven: boolean;
    data_id: string | null;
    period_time: string | null;
    size_mb: number | null;
    /** The provider named no time, so it came in held. */
    held: boolean;
  })[];
  /** What stays out, and why. */
  skipped: (OwnerView & { id: string; why: string })[];
  /** What the policy would let go with these in, oldest first; none of it before an approval. */
  would_delete: { id: string; period_time: string | null }[];
}

/** What was taken over from the original's record, or would be. */
export interface MigrationView extends ImportView {
  /** Levels that the original's image keeps where nothing is said, and the job's policy does not: `weekly 4@L`. */
  levels_lost: string[];
}

/** A copy of the state file. */
export interface SnapshotView {
  path: string;
  taken_at: string;
  bytes: number;
  store_id: string;
  jobs: number;
  runs: number;
  /** Backups that can be restored. */
  available: number;
  newest_run_at: string | null;
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
  /** How long the newest available backup took. */
  last_duration_seconds: number | null;
  /** Backups that wait to be accepted or rejected. */
  suspects: number;
  /** Backups that are held. */
  held: number;
  /** False for a job that left the configuration: nothing is started for it, and nothing of it is deleted. */
  managed: boolean;
  unmanaged_since: string | null;
  /** Its available backups that nobody manages, by provider. */
  unmanaged: { provider: string; available: number }[];
  guards: GuardView[];
}

export interface RetentionRowView {
  id: string | null;
  run_id: string;
  period_time: string;
  tags: Level[];
  reasons: string[];
  /** The same reasons, in the same order, as data. */
  kept_for: ReasonData[];
}

/** What retention would do now. */
export interface RetentionView {
  job: string;
  policy: string;
  keep: RetentionRowView[];
  remove: RetentionRowView[];
  /** Names exactly the set in `remove` and the guards that latched on it. */
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
  /** The same reasons, in the same order, as data. */
  kept_for: ReasonData[];
  /** How it stands at the levels that the policy keeps, fine to coarse; empty when it takes no part. */
  levels: LevelPlaceView[];
  /** What will become of it; null when it is gone, or when its job is not in the configuration. */
  fate: FateView | null;
  /** What becomes of a held one that is released now; null when it is not held. */
  released: FateView | null;
  /**
   * The smallest change of the policy that keeps it longer, a held one as if it were released, and what becomes of it
   * then; null when there is none.
   */
  longer: LongerView | null;
  /** How it went, or is going; null while it is not to go. */
  deletion: DeletionView | null;
  /** One sentence each, for people. */
  notes: string[];
}

/** A backup at one level of its policy. */
export interface LevelPlaceView {
  level: Level;
  /** `2026-11-20`, `week of 2026-11-15`. */
  period: string;
  /** The second, minute, hour, weekday (0 is Sunday), day or month nearest to which a backup stands; `L`: the last. */
  reference: number | "L";
  /** How many the policy keeps. */
  limit: number;
  /** Its place among those that stand for a period, the newest being 1; null: another one stands for its period. */
  rank: number | null;
  /** Who stands for its period. */
  instead: { id: string | null; run_id: string } | null;
}

/** What schedule and policy will do to a backup. */
export interface FateView {
  /** `goes` at `at`; `stays` as far as was looked; `kept`: nothing of schedule and policy lets it go. */
  fate: "goes" | "stays" | "kept";
  /** The first pass that elects it away. */
  at: string | null;
  /** The slot whose backup comes last before that pass. */
  slot: string | null;
  /** The pass that deletes it, later than `at` where the pace says so. */
  deleted_at: string | null;
  /** What keeps it. */
  because: string | null;
  looked_until: string | null;
  /** True when no pass is left that could elect it away. */
  ended: boolean;
}

export interface LongerView {
  /** `daily: 9 instead of 7` */
  change: string;
  fate: FateView;
}

/** What a forecast over one job says of one backup. */
export interface ForesightView {
  /** Of the periods and of the schedule. */
  timezone: string;
  levels: LevelPlaceView[];
  fate: FateView;
  released: FateView | null;
  longer: LongerView | null;
}

/** The course of a deletion. */
export interface DeletionView {
  decided_at: string | null;
  /** Why, as it was recorded. */
  why: string | null;
  /** Who asked for it by id, whatever retention thinks of it; null when retention decided it. */
  asked_by: string | null;
  /** When the provider was first asked. */
  sent_at: string | null;
  /** When it was known to be gone. */
  done_at: string | null;
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
  /** What exists at each date, in order; the last one is at `reached`. */
  dates: OutlookView[];
  /** What exists at `reached`, newest first. */
  backups: { period_time: string; tags: Level[]; reasons: string[]; kept_for: ReasonData[] }[];
  /** How many more there are, older than those listed. */
  left_out: number;
}

/** What will exist at a date. */
export interface OutlookView {
  at: string;
  backups: number;
  /** How much of its limit each level of the policy keeps, fine to coarse. */
  levels: { level: Level; kept: number; limit: number }[];
  /** The oldest restore point. */
  oldest: string | null;
  /** The longest time without a restore point, from the oldest one to the date. */
  largest_gap: { from: string; until: string; seconds: number } | null;
}

/** A promise of the configuration, as it stands now. */
export interface PromiseStandingView {
  /** `after 400d: monthly >=12` */
  promise: string;
  /** `not_yet`: the job is not known for as long as the promise needs. */
  state: "kept" | "broken" | "not_yet";
  /** What was promised and what there is instead; null unless broken. */
  why: string | null;
}

/** What a job's levels ask for by now against what exists. */
export interface CoverageSummaryView {
  job: string;
  /** When this was worked out; null when it was not yet, and then nothing below says anything. */
  at: string | null;
  /** Since when the job is known: nothing before is asked for. */
  since: string | null;
  policy: string | null;
  /** Covered of asked, in percent, rounded down to a tenth; null when nothing is asked. */
  score: number | null;
  /** Periods in which a slot fell and that the policy keeps, and how many of them have a backup. */
  asked: number;
  covered: number;
  /** `count` is null where everything is kept. */
  levels: { level: Level; count: number | null; asked: number; covered: number }[];
  /** The time between neighbouring restore points that lost most against the plan; `to` is null for now. */
  worst_gap: {
    from: string;
    to: string | null;
    seconds: number;
    /** The longest gap that would be left if no backup in it were lacking. */
    planned_seconds: number;
    /** Slots that fell in it; null when too many to count. */
    slots: number | null;
  } | null;
  promises: PromiseStandingView[];
}

/** A period without its backup. */
export interface HoleView {
  level: Level;
  /** `2026-11-20`, `week of 2026-11-15`. */
  period: string;
  from: string;
  until: string;
  /** The slot whose backup would stand for it. */
  slot: string;
  /** What became of its slots; empty when no record tells. `runs` counts rows, `run_id` names the newest. */
  why: { cause: HoleCause; runs: number; run_id: string; detail: string | null; asked_by: string | null }[];
}

export interface CoverageView extends CoverageSummaryView {
  /** Newest first, at most 500. */
  holes: HoleView[];
  /** How many holes there are. */
  hole_count: number;
  /** True when a level asks for more periods than were looked at: the newest 20,000. */
  cut: boolean;
}

/** One effective value of the configuration. */
export interface SettingView {
  /** `jobs.postgres.retention.daily` */
  path: string;
  /** As YAML would write it; secrets read `<redacted>`. */
  value: string;
  /** Where it was said: `schelly.yaml:12`, `env SCHELLY_LISTEN`, `default`. */
  source: string;
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
