// The backups that went missing and that no approval has answered since, by job.

import type { Missing } from "../../domain/missing.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";

// Where there is one maximum, SQLite takes the other columns from its row (https://sqlite.org/lang_select.html#bareagg).
const MISSING = `SELECT json_array(runs.job, count(*), runs.id, max(coalesce(runs.missing_at, 0))) AS row
  FROM runs INDEXED BY runs_status_at JOIN jobs ON jobs.job = runs.job
  WHERE runs.status = 'missing' AND coalesce(runs.missing_at, 0) > coalesce(jobs.approved_at, -1)
  GROUP BY runs.job ORDER BY runs.job`;

/** See `RunStore.missing`. */
export async function readMissing(database: Database): Promise<Missing[]> {
  const rows = await readRows<[job: string, count: number, latest: string]>(database, MISSING);
  return rows.map(([job, count, latest]) => ({ job, count, latest }));
}
