// What the store knows of what failed runs left: its columns and indexes, the condition under which it may go, and the
// read that a clean-up begins with.

import type { Leftovers } from "../../ports/job_facts.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { FUTURE_TOLERANCE_MS } from "../../domain/retention/election.ts";
import { type Cell, RUN_JSON, runFrom } from "./columns.ts";
import { IS_SOUND } from "./suspects.ts";
import { isWanted, wantedArgs } from "./wanted_jobs.ts";

/**
 * The migration for `keep_failed`. A job that was known before it has no `cleans_failed_since`: what its failed runs
 * left stays until somebody has set the key. Released: never changed.
 */
export const LEFTOVERS_MIGRATION: readonly string[] = [
  "ALTER TABLE jobs ADD COLUMN cleans_failed_since INTEGER",
  "ALTER TABLE runs ADD COLUMN ended_as TEXT",
  "CREATE INDEX runs_left ON runs (job, end_time, run_id) WHERE status IN ('failed', 'cancelled') AND id IS NOT NULL",
  "CREATE INDEX runs_cleaned ON runs (job, at) WHERE ended_as IS NOT NULL",
];

/** As in the index over them. */
const IS_LEFT = "status IN ('failed', 'cancelled') AND id IS NOT NULL";

/** SQL over a row of `runs`: the job itself made it, its provider said how it ended, and no further try of it waits. */
const IS_OURS_AND_ENDED =
  "runs.imported_at IS NULL AND runs.cause <> 'import' AND coalesce(runs.reason, '') NOT IN ('unsettled', 'unseen') " +
  "AND runs.end_time IS NOT NULL AND runs.retry_at IS NULL";

/** SQL over a row of `runs`: it is a sound backup of the job's own making that is not dated ahead of `latest`. */
function isSoundSql(providerKeys: string, latest: string): string {
  return `status = 'available' AND ${IS_SOUND} AND imported_at IS NULL AND start_time IS NOT NULL ` +
    `AND at <= ${latest} AND end_time <= ${latest} ` +
    `AND provider_key IN (SELECT value FROM json_each(${providerKeys}))`;
}

/** SQL over a row of `runs`, of the expressions that stand for the parts of the condition `leftover`. */
export function isLeftoverSql(
  { providerKeys, dataIds, keepMs, now }: Record<"providerKeys" | "dataIds" | "keepMs" | "now", string>,
): string {
  const another = (index: string, column: string) =>
    `EXISTS (SELECT 1 FROM runs AS other INDEXED BY ${index} WHERE other.${column} IS NOT NULL ` +
    `AND other.${column} IN (SELECT value FROM json_each(${dataIds})) AND other.status <> 'deleted' ` +
    `AND other.run_id <> runs.run_id AND other.provider_key IN (SELECT value FROM json_each(${providerKeys})))`;
  return `runs.status IN ('failed', 'cancelled') AND runs.id IS NOT NULL AND ${IS_OURS_AND_ENDED} ` +
    `AND runs.end_time <= ${now} - ${keepMs} ` +
    `AND runs.provider_key IN (SELECT value FROM json_each(${providerKeys})) ` +
    "AND EXISTS (SELECT 1 FROM runs AS later INDEXED BY runs_job_status_at WHERE later.job = runs.job " +
    "AND later.at > runs.at AND later.start_time >= runs.end_time " +
    `AND ${isSoundSql(providerKeys, `${now} + ${FUTURE_TOLERANCE_MS}`)}) ` +
    `AND NOT ${another("runs_data_id", "data_id")} AND NOT ${another("runs_provider_id", "id")}`;
}

/** What may have been left, oldest first, and the newest backup dated at most `latest` (UTC ms). */
export async function readLeftovers(
  database: Database,
  job: string,
  providerKeys: readonly string[],
  most: number,
  latest: number,
): Promise<Leftovers> {
  const keys = JSON.stringify(providerKeys);
  const rows = await readRows<Cell[]>(
    database,
    `SELECT ${RUN_JSON} AS row FROM runs INDEXED BY runs_left WHERE job = ?1 AND ${IS_LEFT} AND ${IS_OURS_AND_ENDED}
      AND provider_key IN (SELECT value FROM json_each(?2)) ORDER BY end_time, run_id LIMIT ?3`,
    [job, keys, BigInt(most)],
  );
  // Most jobs have none: then the backups are not looked at.
  if (rows.length === 0) return { rows: [], later: null };
  const [later] = await readRows<[startTime: number, endTime: number]>(
    database,
    `SELECT json_array(start_time, end_time) AS row FROM runs INDEXED BY runs_job_status_at
      WHERE job = ?1 AND ${isSoundSql("?2", "?3")} ORDER BY at DESC, run_id DESC LIMIT 1`,
    [job, keys, BigInt(latest)],
  );
  return {
    rows: rows.map(runFrom),
    later: later === undefined ? null : { startTime: later[0], endTime: later[1] },
  };
}

/** How many rows of each job, or of those named, may have left something; jobs without any are left out. */
export async function countLeftovers(
  database: Database,
  jobs?: readonly string[],
): Promise<[job: string, count: number][]> {
  return await readRows<[string, number]>(
    database,
    `SELECT json_array(job, count(*)) AS row FROM runs INDEXED BY runs_left WHERE ${IS_LEFT} ${
      isWanted(jobs, "job")
    } GROUP BY job ORDER BY job`,
    wantedArgs(jobs),
  );
}
