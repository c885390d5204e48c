// What the store knows of the tries of a slot: one row each, and on a failed one when the next is due.

/**
 * The migration that lets a slot have several tries. The first is unique by job and slot, as every decision was before;
 * further ones by their number too. `retry_end` says why none follows; `gateway_attempts` counts the POSTs that a
 * gateway may have answered. Released: never changed.
 */
export const ATTEMPTS_MIGRATION: readonly string[] = [
  "ALTER TABLE runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1",
  "ALTER TABLE runs ADD COLUMN retry_at INTEGER",
  "ALTER TABLE runs ADD COLUMN retry_end TEXT",
  "ALTER TABLE runs ADD COLUMN gateway_attempts INTEGER NOT NULL DEFAULT 0",
  "DROP INDEX runs_slot",
  "CREATE UNIQUE INDEX runs_slot ON runs (job, slot) WHERE slot IS NOT NULL AND attempt = 1",
  "CREATE UNIQUE INDEX runs_try ON runs (job, slot, attempt) WHERE attempt > 1",
  "CREATE INDEX runs_retry ON runs (job) WHERE retry_at IS NOT NULL",
];
