// Which rows changed since a pass last looked: each row that election reads carries the job's count of changes at its
// last one. Beside it, what a pass notes of the words it stored.

/**
 * The migration that adds the stamps. Rows from before it have none: whoever begins to follow a job reads it whole.
 * `verdict` stands for tags and reasons as they were stored; `heads` holds what stored ranks are counted from.
 * Released: never changed. A column that raises the revision belongs in its list too, by a migration after it.
 */
export const STAMPS_MIGRATION: readonly string[] = stampsMigration();

function stampsMigration(): string[] {
  const counts = (row: string) =>
    `${row}.status IN ('available', 'missing', 'deleting', 'delete-error', 'deleted')`;
  const read = [
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
    "rejected_at",
    "imported_at",
  ];
  const stamp = `UPDATE jobs SET changes = changes + 1 WHERE job = new.job;
    UPDATE runs SET stamp = (SELECT changes FROM jobs WHERE job = new.job) WHERE run_id = new.run_id`;
  return [
    "ALTER TABLE jobs ADD COLUMN changes INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE jobs ADD COLUMN heads TEXT",
    "ALTER TABLE runs ADD COLUMN stamp INTEGER",
    "ALTER TABLE runs ADD COLUMN verdict INTEGER",
    "CREATE INDEX runs_stamp ON runs (job, stamp) WHERE stamp IS NOT NULL",
    `CREATE TRIGGER runs_stamped_new AFTER INSERT ON runs WHEN ${counts("new")} BEGIN
      ${stamp};
    END`,
    `CREATE TRIGGER runs_stamped AFTER UPDATE OF ${read.join(", ")} ON runs
    WHEN ${counts("old")} OR ${counts("new")} BEGIN
      ${stamp};
    END`,
  ];
}
