// What the store knows of a job's declaration: what the batch that marks a DELETE as sent asks of it.

/**
 * The migration that keeps whether a job is in force beside what its retention reads. `edition` counts its edits. Until
 * the next start or reload has said otherwise, a job is in force. Released: never changed.
 */
export const ACTIVE_MIGRATION: readonly string[] = [
  "ALTER TABLE jobs ADD COLUMN disabled_since INTEGER",
  "ALTER TABLE jobs ADD COLUMN active_from INTEGER",
  "ALTER TABLE jobs ADD COLUMN active_to INTEGER",
  "ALTER TABLE jobs ADD COLUMN edition INTEGER NOT NULL DEFAULT 0",
];

/** SQL over a row of `jobs`: at the instant that the expression `now` names the job is in force, and not paused. */
export function isActiveSql(now: string): string {
  return "(jobs.disabled_since IS NULL AND jobs.paused_at IS NULL " +
    `AND (jobs.active_from IS NULL OR jobs.active_from <= ${now}) ` +
    `AND (jobs.active_to IS NULL OR jobs.active_to > ${now}))`;
}
