// Indexes for lists of backups that stand for a level: by all of their levels, so that those of one level are found among a
// great many of another.

import { LEVELS } from "../../domain/policy.ts";

/** The migration that adds them, in the place of one for each level and two over all that have any. Released: never changed. */
export const TAGGED_INDEXES_MIGRATION: readonly string[] = [
  ...LEVELS.map((level) => `DROP INDEX backups_${level}_at`),
  "DROP INDEX backups_tagged_job_at",
  "DROP INDEX backups_tagged_status_at",
  "CREATE INDEX backups_tagged ON runs (status, tags, at, run_id) WHERE id IS NOT NULL AND tags <> 0",
  "CREATE INDEX backups_tagged_job ON runs (job, status, tags, at, run_id) WHERE id IS NOT NULL AND tags <> 0",
];
