// The deletions that found no way yet, by job.

import type { OpenDeletions } from "../../ports/job_facts.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";

// Where there is one minimum, SQLite takes the other columns from its row (https://sqlite.org/lang_select.html#bareagg).
const OPEN = `SELECT json_array(job, count(*), min(delete_sent_at), message) AS row
  FROM runs INDEXED BY runs_status_at WHERE status IN ('deleting', 'delete-error')
  AND delete_sent_at IS NOT NULL AND (delete_sent_at <= ?1 OR status = 'delete-error') GROUP BY job ORDER BY job`;

/** See `Reads.openDeletions`. */
export async function readOpenDeletions(database: Database, sentBefore: number): Promise<OpenDeletions[]> {
  const rows = await readRows<[string, number, number, string | null]>(database, OPEN, [BigInt(sentBefore)]);
  return rows.map(([job, count, since, cause]) => ({ job, count, since, cause }));
}
