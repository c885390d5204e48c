// The tables, indexes and triggers of the first schema. Released: never changed, only followed by migrations.

import { LEVELS } from "../../domain/policy.ts";
import { bitsOf } from "./columns.ts";

/** Statements that make an empty database a store. */
export const FIRST_SCHEMA: readonly string[] = firstSchema();

function firstSchema(): string[] {
  // Rows that election, its guards, or the operator's view of the stored set depend on.
  const stored = (row: string) =>
    `${row}.status IN ('available', 'missing', 'deleting', 'delete-error', 'deleted')`;
  const electionReads = [
    "status",
    "period_time",
    "start_time",
    "end_time",
    "id",
    "data_id",
    "provider_key",
    "size_mb",
    "hold_at",
    "hold_until",
    "suspect_at",
    "accepted_at",
    "imported_at",
  ];
  const changed = electionReads.map((column) => `old.${column} IS NOT new.${column}`).join(" OR ");
  const unfinished = "status IN ('intent', 'sending', 'unknown', 'running', 'cancelling')";
  return [
    `CREATE TABLE meta (
      key TEXT PRIMARY KEY, value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,

    // An epoch taken at each boot is the fence of every write; holder and expires are for shared servers.
    `CREATE TABLE lease (
      name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, holder TEXT NOT NULL,
      taken_at INTEGER NOT NULL, expires_at INTEGER, config_hash TEXT
    ) STRICT, WITHOUT ROWID`,

    // Never holds a row: a statement that tries to insert NULL here makes its whole batch roll back.
    `CREATE TABLE guard (
      id INTEGER PRIMARY KEY CHECK (id = 1), ok INTEGER NOT NULL, fence INTEGER NOT NULL
    ) STRICT`,

    `CREATE TABLE jobs (
      job TEXT PRIMARY KEY,
      known_since INTEGER NOT NULL,
      cursor INTEGER NOT NULL,
      revision INTEGER NOT NULL DEFAULT 0,
      available_count INTEGER NOT NULL DEFAULT 0,
      schedule TEXT NOT NULL,
      timezone TEXT NOT NULL,
      policy TEXT NOT NULL,
      policy_since INTEGER NOT NULL,
      provider_key TEXT NOT NULL,
      paused_at INTEGER,
      paused_until INTEGER,
      pause_reason TEXT,
      grace_factor INTEGER NOT NULL DEFAULT 1,
      last_cancel_slot INTEGER,
      open_range_run_id TEXT,
      clock_untrusted_until INTEGER,
      approved_at INTEGER
    ) STRICT, WITHOUT ROWID`,

    `CREATE TABLE runs (
      run_id TEXT PRIMARY KEY,
      job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE,
      cause TEXT NOT NULL CHECK (cause IN ('schedule', 'manual', 'import')),
      slot INTEGER,
      slot_until INTEGER,
      slots INTEGER,
      status TEXT NOT NULL CHECK (status IN (
        'intent', 'sending', 'unknown', 'running', 'cancelling', 'available', 'missing', 'deleting',
        'delete-error', 'deleted', 'failed', 'cancelled', 'lost', 'skipped', 'expired')),
      reason TEXT,
      message TEXT,
      provider_key TEXT NOT NULL,
      id TEXT,
      data_id TEXT,
      period_time INTEGER,
      created_at INTEGER NOT NULL,
      start_time INTEGER,
      end_time INTEGER,
      size_mb REAL,
      attempts INTEGER NOT NULL DEFAULT 0,
      uncertain_attempts INTEGER NOT NULL DEFAULT 0,
      last_attempt_at INTEGER,
      not_before INTEGER,
      tags INTEGER NOT NULL DEFAULT 0,
      reasons TEXT NOT NULL DEFAULT '[]',
      hold_reason TEXT,
      hold_owner TEXT,
      hold_at INTEGER,
      hold_until INTEGER,
      suspect_reason TEXT,
      suspect_at INTEGER,
      accepted_at INTEGER,
      imported_at INTEGER,
      maybe_duplicate_at INTEGER,
      missing_at INTEGER,
      delete_intent_at INTEGER,
      delete_reason TEXT,
      delete_sent_at INTEGER,
      delete_attempts INTEGER NOT NULL DEFAULT 0,
      delete_not_before INTEGER,
      caller_key TEXT,
      shrunk INTEGER NOT NULL DEFAULT 0,
      at INTEGER GENERATED ALWAYS AS (coalesce(start_time, created_at)) VIRTUAL,
      CHECK (slot_until IS NULL OR (slot IS NOT NULL AND slot_until >= slot))
    ) STRICT`,

    // A slot is decided once; a job has one unfinished run; a provider's id is bound once, over all rows ever.
    "CREATE UNIQUE INDEX runs_slot ON runs (job, slot) WHERE slot IS NOT NULL",
    `CREATE UNIQUE INDEX runs_unfinished ON runs (job) WHERE ${unfinished}`,
    "CREATE UNIQUE INDEX runs_provider_id ON runs (id, provider_key) WHERE id IS NOT NULL",
    "CREATE UNIQUE INDEX runs_caller_key ON runs (job, caller_key) WHERE caller_key IS NOT NULL",
    "CREATE INDEX runs_range ON runs (job, slot_until) WHERE slot_until IS NOT NULL",
    "CREATE INDEX runs_data_id ON runs (data_id) WHERE data_id IS NOT NULL AND status <> 'deleted'",
    // Lists, newest first: of all rows, and of those with a provider's id.
    "CREATE INDEX runs_at ON runs (at, run_id)",
    "CREATE INDEX runs_job_at ON runs (job, at, run_id)",
    "CREATE INDEX runs_created ON runs (created_at)",
    "CREATE INDEX runs_status_at ON runs (status, at, run_id)",
    "CREATE INDEX runs_job_status_at ON runs (job, status, at, run_id)",
    "CREATE INDEX backups_at ON runs (at, run_id) WHERE id IS NOT NULL",
    // The tags are there to be filtered by without a look at the row.
    "CREATE INDEX backups_job_at ON runs (job, at, run_id, tags) WHERE id IS NOT NULL",
    ...LEVELS.map((level) =>
      `CREATE INDEX backups_${level}_at ON runs (at, run_id) WHERE id IS NOT NULL AND (tags & ${
        bitsOf([level])
      }) <> 0`
    ),
    // Ordered by rowid within a job: what a retention pass walks.
    "CREATE INDEX runs_available ON runs (job) WHERE status = 'available'",
    "CREATE INDEX runs_to_shrink ON runs (delete_intent_at) WHERE status = 'deleted' AND shrunk = 0",

    `CREATE TRIGGER runs_inserted AFTER INSERT ON runs WHEN ${stored("new")} BEGIN
      UPDATE jobs SET revision = revision + 1, available_count = available_count + (new.status = 'available')
      WHERE job = new.job;
    END`,
    `CREATE TRIGGER runs_updated AFTER UPDATE OF ${electionReads.join(", ")} ON runs
    WHEN (${stored("old")} OR ${stored("new")}) AND (${changed}) BEGIN
      UPDATE jobs SET revision = revision + 1,
        available_count = available_count + (new.status = 'available') - (old.status = 'available')
      WHERE job = new.job;
    END`,
    `CREATE TRIGGER runs_deleted AFTER DELETE ON runs WHEN ${stored("old")} BEGIN
      UPDATE jobs SET revision = revision + 1, available_count = available_count - (old.status = 'available')
      WHERE job = old.job;
    END`,

    `CREATE TABLE latches (
      job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE,
      guard TEXT NOT NULL, latched_at INTEGER NOT NULL, message TEXT NOT NULL,
      PRIMARY KEY (job, guard)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE approvals (
      job TEXT PRIMARY KEY REFERENCES jobs (job) ON UPDATE CASCADE,
      digest TEXT NOT NULL, run_ids TEXT NOT NULL, approved_at INTEGER NOT NULL, approved_by TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    // Every policy a job ever had, with the time it came into force (again).
    `CREATE TABLE policy_versions (
      job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE,
      since INTEGER NOT NULL, policy TEXT NOT NULL, timezone TEXT NOT NULL,
      PRIMARY KEY (job, since, policy, timezone)
    ) STRICT, WITHOUT ROWID`,
    `CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs BEGIN
      INSERT INTO policy_versions VALUES (new.job, new.policy_since, new.policy, new.timezone)
      ON CONFLICT DO NOTHING;
    END`,
    `CREATE TRIGGER jobs_policy_changed AFTER UPDATE OF policy, policy_since, timezone ON jobs
    WHEN old.policy IS NOT new.policy OR old.timezone IS NOT new.timezone BEGIN
      INSERT INTO policy_versions VALUES (new.job, new.policy_since, new.policy, new.timezone)
      ON CONFLICT DO NOTHING;
    END`,

    `CREATE TABLE events (
      seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, level TEXT NOT NULL,
      job TEXT, run_id TEXT, message TEXT NOT NULL, data TEXT
    ) STRICT`,
    "CREATE INDEX events_job ON events (job, seq) WHERE job IS NOT NULL",
    "CREATE INDEX events_run ON events (run_id, seq) WHERE run_id IS NOT NULL",
  ];
}
