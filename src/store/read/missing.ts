// The backups that went missing and that no approval has answered since, by job.

import type { Missing } from "../../domain/missing.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { isWanted, wantedArgs } from "../schema/wanted_jobs.ts";

// The first of them says since when some are. Where there is one maximum, SQLite takes the other columns from its row (https://sqlite.org/lang_select.html#bareagg).
const missingOf = (jobs: readonly string[] | undefined) =>
  `SELECT json_array(runs.job, count(*), runs.id, max(coalesce(runs.missing_at, 0)), (
      SELECT missing_at FROM runs AS one INDEXED BY runs_job_status_at
      WHERE one.job = runs.job AND one.status = 'missing' AND one.missing_at > coalesce(jobs.approved_at, -1)
      ORDER BY one.missing_at LIMIT 1)) AS row
  FROM runs INDEXED BY ${
    jobs === undefined ? "runs_status_at" : "runs_job_status_at"
  } JOIN jobs ON jobs.job = runs.job
  WHERE runs.status = 'missing' ${isWanted(jobs, "runs.job")}
  AND coalesce(runs.missing_at, 0) > coalesce(jobs.approved_at, -1)
  GROUP BY runs.job ORDER BY runs.job`;

/** See `Reads.missing`. */
export async function readMissing(database: Database, jobs?: readonly string[]): Promise<Missing[]> {
  const rows = await readRows<
    [job: string, count: number, latest: string, last: number, since: number | null]
  >(
    database,
    missingOf(jobs),
    wantedArgs(jobs),
  );
  return rows.map(([job, count, latest, , since]) => ({ job, count, latest, since }));
}
