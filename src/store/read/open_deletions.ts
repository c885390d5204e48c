// The deletions that found no way yet, by job.

import { PATIENCE_MS } from "../../domain/stuck.ts";
import type { OpenDeletions } from "../../ports/job_facts.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { isLockedSql } from "../schema/locks.ts";
import { isWanted, wantedArgs } from "../schema/wanted_jobs.ts";

/** Of what is only locked nothing is to be told. */
const NOW = `(?1 + ${PATIENCE_MS})`;

// Where there is one minimum, SQLite takes the other columns from its row (https://sqlite.org/lang_select.html#bareagg).
const openOf = (jobs: readonly string[] | undefined) =>
  `SELECT json_array(job, count(*), min(delete_sent_at), message) AS row
  FROM runs INDEXED BY ${jobs === undefined ? "runs_status_at" : "runs_job_status_at"}
  WHERE status IN ('deleting', 'delete-error') AND NOT ${isLockedSql(NOW)} ${isWanted(jobs, "job", 2)}
  AND delete_sent_at IS NOT NULL AND (delete_sent_at <= ?1 OR status = 'delete-error') GROUP BY job ORDER BY job`;

/** See `Reads.openDeletions`. */
export async function readOpenDeletions(
  database: Database,
  sentBefore: number,
  jobs?: readonly string[],
): Promise<OpenDeletions[]> {
  const args = [BigInt(sentBefore), ...wantedArgs(jobs)];
  const rows = await readRows<[string, number, number, string | null]>(database, openOf(jobs), args);
  return rows.map(([job, count, since, cause]) => ({ job, count, since, cause }));
}
