// What the store knows of suspects: their columns and index, how SQL tells them, and the reads that judging needs.

import type { Run } from "../../domain/backup.ts";
import type { PastSize } from "../../domain/suspicion.ts";
import type { JobSuspects } from "../../ports/job_facts.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { type Cell, RUN_JSON, runFrom } from "./columns.ts";
import { numberAt, OLD_AT, oldCells } from "./old_runs.ts";
import { isWanted, wantedArgs } from "./wanted_jobs.ts";

/** The migration that lets a suspect be rejected, and finds suspects among a million rows. Released: never changed. */
export const SUSPECTS_MIGRATION: readonly string[] = [
  "ALTER TABLE runs ADD COLUMN rejected_at INTEGER",
  "CREATE INDEX runs_suspect ON runs (job, at, run_id) WHERE suspect_at IS NOT NULL",
  // Beside the trigger over the other columns that election reads.
  `CREATE TRIGGER runs_rejected AFTER UPDATE OF rejected_at ON runs
    WHEN old.rejected_at IS NOT new.rejected_at
      AND new.status IN ('available', 'missing', 'deleting', 'delete-error', 'deleted') BEGIN
    UPDATE jobs SET revision = revision + 1 WHERE job = new.job;
  END`,
];

/** SQL over a row of `runs`: it is suspect as long as it is there; the same as `isSuspect`, its status apart. */
export const IS_SUSPECT: string = "(suspect_at IS NOT NULL AND rejected_at IS NULL " +
  "AND (accepted_at IS NULL OR accepted_at < suspect_at))";

/** SQL over a row of `runs`: it stands for what can be restored. */
export const IS_SOUND: string = `(rejected_at IS NULL AND NOT ${IS_SUSPECT})`;

// Of each group its newest: nothing but an operator's word makes one of them unsound, which is rare.
const OLD_SIZES = `SELECT ${OLD_AT} AS at, ${
  oldCells("size_mb, suspect_at, accepted_at, rejected_at, run_id")
} FROM old_groups CROSS JOIN json_each((SELECT json_group_array(n) FROM (SELECT n FROM old_runs
    WHERE old_runs.of = old_groups.no AND size_mb IS NOT NULL AND n < ${
  numberAt("?4 + 1")
} ORDER BY n DESC LIMIT 4 * ?3))) AS walked
  JOIN old_runs AS old ON old.n = walked.value
  WHERE old_groups.job = ?1 AND old_groups.provider_key IN (SELECT value FROM json_each(?2))`;

/**
 * Sizes of the newest backups of a job at these providers that are or were sound, newest first. `latest`: those started
 * after this instant (UTC ms) are from the future.
 */
export async function readPastSizes(
  database: Database,
  job: string,
  providerKeys: readonly string[],
  most: number,
  latest: number,
): Promise<PastSize[]> {
  const found = await readRows<[sizeMb: number, wasSuspect: number]>(
    database,
    `SELECT json_array(size_mb, suspect_at IS NOT NULL) AS row FROM (
      SELECT * FROM (SELECT size_mb, suspect_at, at, run_id FROM runs INDEXED BY backups_job_at
        WHERE job = ?1 AND id IS NOT NULL AND at <= ?4 AND size_mb IS NOT NULL AND ${IS_SOUND}
          AND status IN ('available', 'missing', 'deleting', 'delete-error', 'deleted')
          AND provider_key IN (SELECT value FROM json_each(?2))
        ORDER BY at DESC, run_id DESC LIMIT ?3)
      UNION ALL SELECT * FROM (SELECT size_mb, suspect_at, at, run_id FROM (${OLD_SIZES}) WHERE ${IS_SOUND}))
      ORDER BY at DESC, run_id DESC LIMIT ?3`,
    [job, JSON.stringify(providerKeys), BigInt(most), BigInt(latest)],
  );
  return found.map(([sizeMb, wasSuspect]) => ({ sizeMb, accepted: wasSuspect === 1 }));
}

/** The newest backup of a job at these providers, a suspect too; `latest` as above. */
export async function readNewestBackup(
  database: Database,
  job: string,
  providerKeys: readonly string[],
  latest: number,
): Promise<Run | undefined> {
  const found = await readRows<Cell[]>(
    database,
    `SELECT ${RUN_JSON} AS row FROM runs INDEXED BY runs_job_status_at
      WHERE job = ?1 AND status = 'available' AND rejected_at IS NULL AND at <= ?3
        AND provider_key IN (SELECT value FROM json_each(?2))
      ORDER BY at DESC, run_id DESC LIMIT 1`,
    [job, JSON.stringify(providerKeys), BigInt(latest)],
  );
  return found.map(runFrom)[0];
}

/** SQL: since when the newest backup of `found.job` is suspect, without a sound one in between. */
const SUSPECT_SINCE = `(SELECT min(suspect_at) FROM runs INDEXED BY runs_suspect
        WHERE job = found.job AND suspect_at IS NOT NULL AND status = 'available' AND ${IS_SUSPECT} AND at <= ?1 AND at >
          coalesce((SELECT at FROM runs INDEXED BY runs_job_status_at
            WHERE job = found.job AND status = 'available' AND at <= ?1 AND ${IS_SOUND} ORDER BY at DESC LIMIT 1), -1))`;

/** The jobs that have suspects, of all or of those named. `latest`: backups started after this instant (UTC ms) are no newest ones. */
export async function readSuspects(
  database: Database,
  latest: number,
  jobs?: readonly string[],
): Promise<JobSuspects[]> {
  const found = await readRows<
    [job: string, count: number, newest: [string, string | null, string | null, number] | null]
  >(
    database,
    `SELECT json_array(job, count, json((SELECT CASE WHEN ${IS_SUSPECT} THEN json_array(run_id, id, suspect_reason, ${SUSPECT_SINCE}) END
        FROM runs INDEXED BY runs_job_status_at
        WHERE job = found.job AND status = 'available' AND rejected_at IS NULL AND at <= ?1
        ORDER BY at DESC, run_id DESC LIMIT 1))) AS row
      FROM (SELECT job, count(*) AS count FROM runs INDEXED BY runs_suspect
        WHERE suspect_at IS NOT NULL AND ${IS_SUSPECT} AND status IN ('available', 'missing') ${
      isWanted(jobs, "job", 2)
    } GROUP BY job) AS found
      ORDER BY job`,
    [BigInt(latest), ...wantedArgs(jobs)],
  );
  return found.map(([job, count, newest]) => ({
    job,
    count,
    newest: newest === null
      ? null
      : { runId: newest[0], id: newest[1], reason: newest[2] ?? "implausibly small", since: newest[3] },
  }));
}
