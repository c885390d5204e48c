// Indexes for lists of backups that are neither there nor gone: they are few, and the rows of their statuses that never
// became backups may be very many.

/** True in an index of them; written out in each query, so that the index may be used. */
export const IS_OTHER = "status NOT IN ('available', 'deleted')";

/** The migration that adds them. Released: never changed. */
export const OTHER_INDEXES_MIGRATION: readonly string[] = [
  `CREATE INDEX backups_other_at ON runs (status, at, run_id) WHERE id IS NOT NULL AND ${IS_OTHER}`,
  `CREATE INDEX backups_other_job_at ON runs (job, status, at, run_id) WHERE id IS NOT NULL AND ${IS_OTHER}`,
];
