// What the store knows of backups that nobody manages: where each job's backups are, and whether that is still its.

import type { ManagedJob, ProviderBackups } from "../../ports/store.ts";
import type { Run } from "../../domain/backup.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { type Cell, RUN_JSON, runFrom, UNFINISHED_SQL } from "./columns.ts";
import { isWanted, wantedArgs } from "./wanted_jobs.ts";

/**
 * The migration that counts the available backups of each job by provider key, so that those nobody manages are known
 * without a walk over all rows; triggers keep it true, as they do `available_count`. Released: never changed.
 */
export const UNMANAGED_MIGRATION: readonly string[] = [
  "ALTER TABLE jobs ADD COLUMN unmanaged_since INTEGER",
  `CREATE TABLE places (
    job TEXT NOT NULL REFERENCES jobs (job) ON UPDATE CASCADE,
    provider_key TEXT NOT NULL, available INTEGER NOT NULL, managed INTEGER NOT NULL,
    PRIMARY KEY (job, provider_key)
  ) STRICT, WITHOUT ROWID`,
  // Also providers of which only deletions are left: those are sent again only where the provider is the job's.
  `INSERT INTO places SELECT job, provider_key, sum(status = 'available'), 1 FROM runs
    WHERE status IN ('available', 'missing', 'deleting', 'delete-error') GROUP BY job, provider_key`,
  `CREATE TRIGGER places_inserted AFTER INSERT ON runs WHEN new.status = 'available' BEGIN
    ${added("new")};
  END`,
  `CREATE TRIGGER places_entered AFTER UPDATE OF status, provider_key ON runs
    WHEN new.status = 'available' AND (old.status <> 'available' OR old.provider_key <> new.provider_key) BEGIN
    ${added("new")};
  END`,
  `CREATE TRIGGER places_left AFTER UPDATE OF status, provider_key ON runs
    WHEN old.status = 'available' AND (new.status <> 'available' OR old.provider_key <> new.provider_key) BEGIN
    ${removed("old")};
  END`,
  `CREATE TRIGGER places_deleted AFTER DELETE ON runs WHEN old.status = 'available' BEGIN
    ${removed("old")};
  END`,
];

// A provider that is new belongs to its job, unless nobody manages the job.
function added(row: string): string {
  return `INSERT INTO places VALUES (${row}.job, ${row}.provider_key, 1,
      (SELECT unmanaged_since IS NULL FROM jobs WHERE jobs.job = ${row}.job))
    ON CONFLICT DO UPDATE SET available = available + 1`;
}

function removed(row: string): string {
  return `UPDATE places SET available = available - 1
    WHERE job = ${row}.job AND provider_key = ${row}.provider_key`;
}

/** Every provider where a job, or one of those named, has, or had, available backups. */
export async function readProviderBackups(
  database: Database,
  jobs?: readonly string[],
): Promise<ProviderBackups[]> {
  const [row] = await database.read({
    sql: "SELECT json_group_array(json_array(job, provider_key, available, managed)) FROM " +
      `(SELECT * FROM places WHERE true ${isWanted(jobs, "job")} ORDER BY job, provider_key)`,
    args: wantedArgs(jobs),
  });
  return (JSON.parse(String(row![0])) as [string, string, number, number][])
    .map(([job, providerKey, available, managed]) => ({
      job,
      providerKey,
      available,
      managed: managed === 1,
    }));
}

/** Unfinished runs of jobs that are not in the configuration, of all or of those named. */
export async function readStrays(database: Database, jobs?: readonly string[]): Promise<Run[]> {
  const rows = await readRows<Cell[]>(
    database,
    `SELECT ${RUN_JSON} AS row FROM runs INDEXED BY runs_unfinished
      WHERE job IN (SELECT job FROM jobs WHERE unmanaged_since IS NOT NULL ${isWanted(jobs, "job")})
      AND ${UNFINISHED_SQL} ORDER BY job`,
    wantedArgs(jobs),
  );
  return rows.map(runFrom);
}

/** The jobs that were in the configuration when that was last read. */
export async function readManagedJobs(database: Database): Promise<ManagedJob[]> {
  const [row] = await database.read({
    sql: "SELECT json_group_array(json_array(job, available_count)) FROM " +
      "(SELECT job, available_count FROM jobs WHERE unmanaged_since IS NULL ORDER BY job)",
    args: [],
  });
  return (JSON.parse(String(row![0])) as [string, number][])
    .map(([job, availableCount]) => ({ job, availableCount }));
}
