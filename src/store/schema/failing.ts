// Since when each job fails: the end of the first failure after its last success, kept beside the job in the commit that
// ends the run, so that it outlives a restart and the rows of old failures.

import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { IS_SUSPECT } from "./suspects.ts";
import { isWanted, wantedArgs } from "./wanted_jobs.ts";

/** SQL over a row of `runs`: the run failed and no further try of it follows. */
const isFailure = (row: string) =>
  `(${row}status IN ('failed', 'lost', 'cancelled') AND ${row}end_time IS NOT NULL AND ${row}retry_at IS NULL ` +
  `AND ${row}retry_end IS NOT 'tried_again')`;

/** The same: it made what can be restored. */
const isSuccess = (row: string) =>
  `(${row}status IN ('available', 'missing') AND ${row}end_time IS NOT NULL AND ${row}rejected_at IS NULL AND ` +
  `NOT ${IS_SUSPECT.replace(/\b(?=(?:suspect|rejected|accepted)_at)/g, row)})`;

/** SQL: when the first failure after `success` ended (UTC ms); null for none. */
const firstFailure = (job: string, success: string) =>
  `(SELECT min(end_time) FROM runs INDEXED BY runs_job_status_at WHERE job = ${job} AND ${isFailure("")} ` +
  `AND at > ${success} AND end_time > ${success})`;

/** SQL: when the newest success ended, or a time before all others. */
const newestSuccess = (job: string) =>
  `coalesce((SELECT max(end_time) FROM (${
    ["available", "missing"].map((status) =>
      `SELECT * FROM (SELECT end_time FROM runs INDEXED BY runs_job_status_at WHERE job = ${job} ` +
      `AND status = '${status}' AND ${isSuccess("")} ORDER BY at DESC LIMIT 1)`
    ).join(" UNION ALL ")
  })), -1)`;

/** Only the first after a success counts; what is known of an earlier time of trouble is over by now. */
const began = `UPDATE jobs SET failing_since = new.end_time WHERE job = new.job AND (failing_since IS NULL OR
      EXISTS (SELECT 1 FROM runs INDEXED BY runs_job_status_at WHERE job = new.job AND at >= jobs.failing_since
        AND at <= new.end_time AND ${isSuccess("")} AND end_time <= new.end_time));`;
/** A backup may be made known long after it was made: failures after it stay what they are. */
const ended = (when: string) =>
  `UPDATE jobs SET failing_since = ${firstFailure("new.job", "new.end_time")}
      WHERE job = new.job AND failing_since IS NOT NULL AND ${when};`;

/** SQL of what is so by the rows that there are, of the job that `job` names. */
export const FAILING_SINCE_BY_ROWS: (job: string) => string = (job) => firstFailure(job, newestSuccess(job));

/** The migration that tells it of what there is, and goes on telling it. Released: never changed. */
export const FAILING_MIGRATION: readonly string[] = [
  "ALTER TABLE jobs ADD COLUMN failing_since INTEGER",
  `UPDATE jobs SET failing_since = ${FAILING_SINCE_BY_ROWS("jobs.job")}`,
  `CREATE TRIGGER failing_inserted AFTER INSERT ON runs WHEN ${isFailure("new.")} BEGIN
    ${began}
  END`,
  `CREATE TRIGGER failing_began AFTER UPDATE OF status, end_time, retry_at, retry_end ON runs
    WHEN ${isFailure("new.")} AND NOT ${isFailure("old.")} BEGIN
    ${began}
  END`,
  // A time that a wrong clock had written is put right.
  `CREATE TRIGGER failing_dated AFTER UPDATE OF end_time ON runs
    WHEN ${isFailure("new.")} AND ${isFailure("old.")} AND new.end_time <> old.end_time BEGIN
    UPDATE jobs SET failing_since = new.end_time WHERE job = new.job AND failing_since = old.end_time;
  END`,
  `CREATE TRIGGER works_inserted AFTER INSERT ON runs WHEN ${isSuccess("new.")} BEGIN
    ${ended("failing_since <= new.end_time")}
  END`,
  // What was lost and is found after all never failed.
  `CREATE TRIGGER works_again AFTER UPDATE OF status, end_time, suspect_at, accepted_at, rejected_at ON runs
    WHEN ${isSuccess("new.")} AND NOT ${isSuccess("old.")} BEGIN
    ${ended(`(failing_since <= new.end_time OR ${isFailure("old.")})`)}
  END`,
  // What is found to be worthless was no success.
  `CREATE TRIGGER works_no_more AFTER UPDATE OF suspect_at, accepted_at, rejected_at ON runs
    WHEN ${isSuccess("old.")} AND NOT ${isSuccess("new.")} AND new.status IN ('available', 'missing') BEGIN
    UPDATE jobs SET failing_since = ${FAILING_SINCE_BY_ROWS("new.job")} WHERE job = new.job;
  END`,
];

/**
 * SQL over `jobs`: since when it fails. A start that nobody took failed from its first attempt on, not only once it was
 * given up: to say the latter would move the beginning of an outage by grace time.
 */
const BEGAN =
  `coalesce((SELECT CASE WHEN id IS NULL AND end_time = jobs.failing_since THEN start_time END FROM (
    SELECT id, start_time, end_time FROM runs INDEXED BY runs_job_status_at
    WHERE job = jobs.job AND status = 'failed' AND at <= jobs.failing_since ORDER BY at DESC LIMIT 1)), failing_since)`;

/**
 * When the first failure after the last success of each job ended (UTC ms), or began, where its provider never took it;
 * jobs without one are left out.
 */
export function readFailingSince(
  database: Database,
  jobs?: readonly string[],
): Promise<[job: string, since: number][]> {
  return readRows<[string, number]>(
    database,
    `SELECT json_array(job, ${BEGAN}) AS row FROM jobs WHERE failing_since IS NOT NULL ${
      isWanted(jobs, "job")
    }`,
    wantedArgs(jobs),
  );
}
