// What the store knows of locks that storages put on backups: two columns of the backup itself, how SQL tells one that
// stands, and the reads of those that do.

import { LOCK_AHEAD_MS, type LockedRow, UNDATED_LOCK_MS } from "../../domain/lock.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { type Cell, RUN_JSON, runFrom } from "./columns.ts";
import { PERIOD_TIME } from "./doubt.ts";

/**
 * The migration for locks. A lock is what election reads: it raises the revision, and whoever follows a job is told of
 * it. Released: never changed.
 */
export const LOCKS_MIGRATION: readonly string[] = [
  "ALTER TABLE runs ADD COLUMN locked_at INTEGER",
  "ALTER TABLE runs ADD COLUMN locked_until INTEGER",
  "CREATE INDEX runs_locked ON runs (job, locked_at) WHERE locked_at IS NOT NULL",
  `CREATE TRIGGER runs_locked_anew AFTER UPDATE OF locked_at, locked_until ON runs
    WHEN (old.locked_at IS NOT new.locked_at OR old.locked_until IS NOT new.locked_until)
      AND new.status IN ('available', 'missing', 'deleting', 'delete-error', 'deleted') BEGIN
    UPDATE jobs SET revision = revision + 1, changes = changes + 1 WHERE job = new.job;
    UPDATE runs SET stamp = (SELECT changes FROM jobs WHERE job = new.job) WHERE run_id = new.run_id;
  END`,
];

/** SQL over a row of `runs`: `isLocked` at the instant that the expression `at` names. */
export function isLockedSql(at: string): string {
  return `(runs.locked_at IS NOT NULL AND CASE WHEN runs.locked_until IS NOT NULL THEN runs.locked_until > ${at} ` +
    `ELSE runs.locked_at > ${at} - ${UNDATED_LOCK_MS} AND runs.locked_at <= ${at} + ${LOCK_AHEAD_MS} END)`;
}

/** The available backups of a job that are locked at `at` (UTC ms), or those named; in no order. */
export async function readLockedRows(
  database: Database,
  at: number,
  job: string,
  runIds: readonly string[] | null,
): Promise<LockedRow[]> {
  const from = runIds === null
    ? "FROM runs INDEXED BY runs_locked WHERE job = ?2 AND locked_at IS NOT NULL"
    : "FROM json_each(?3) AS wanted JOIN runs ON runs.run_id = wanted.value WHERE job = ?2";
  const rows = await readRows<[string, number, number, number | null]>(
    database,
    `SELECT json_array(run_id, ${PERIOD_TIME}, locked_at, locked_until) AS row ${from}
      AND status = 'available' AND ${PERIOD_TIME} IS NOT NULL AND ${isLockedSql("?1")}`,
    [BigInt(at), job, ...(runIds === null ? [] : [JSON.stringify(runIds)])],
  );
  return rows.map(([runId, periodTime, lockedAt, lockedUntil]) => ({
    runId,
    periodTime,
    lockedAt,
    lockedUntil,
  }));
}

/** Available backups whose dated lock was heard of last before `heardBefore` (UTC ms), those longest ago first. */
export async function readLocksToHear(
  database: Database,
  job: string,
  heardBefore: number,
  most: number,
): Promise<ReturnType<typeof runFrom>[]> {
  const rows = await readRows<Cell[]>(
    database,
    `SELECT ${RUN_JSON} AS row FROM runs INDEXED BY runs_locked WHERE job = ?1 AND locked_at IS NOT NULL
      AND locked_at < ?2 AND locked_until IS NOT NULL AND status = 'available' ORDER BY locked_at, run_id LIMIT ?3`,
    [job, BigInt(heardBefore), BigInt(most)],
  );
  return rows.map(runFrom);
}
