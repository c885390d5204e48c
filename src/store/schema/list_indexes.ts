// Indexes for lists whose rows are rare among all others: those nobody's schedule made, and those that still stand for a
// level though they are no backups any more.

/** The migration that adds them. Each is small: it holds the rare rows alone. Released: never changed. */
export const LIST_INDEXES_MIGRATION: readonly string[] = [
  "CREATE INDEX runs_asked_at ON runs (cause, at, run_id) WHERE cause <> 'schedule'",
  "CREATE INDEX runs_asked_job_at ON runs (job, cause, at, run_id) WHERE cause <> 'schedule'",
  "CREATE INDEX backups_tagged_job_at ON runs (job, at, run_id, tags) WHERE id IS NOT NULL AND tags <> 0",
  `CREATE INDEX backups_tagged_status_at ON runs (status, at, run_id)
    WHERE id IS NOT NULL AND tags <> 0 AND status <> 'available'`,
];
