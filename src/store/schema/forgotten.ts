// What the store knows of jobs that were forgotten: the column, the condition under which one may be, and what stands
// in the way.

import { UNFINISHED } from "../../domain/backup.ts";
import type { Remains } from "../../domain/remains.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { isWanted, wantedArgs } from "./wanted_jobs.ts";

/** The migration for `jobs forget`. No row of a run goes with a job that is forgotten. Released: never changed. */
export const FORGOTTEN_MIGRATION: readonly string[] = ["ALTER TABLE jobs ADD COLUMN forgotten_at INTEGER"];

/** SQL over a row of `jobs`: what `isForgotten` says of it. */
export const IS_FORGOTTEN = "jobs.forgotten_at IS NOT NULL AND jobs.available_count = 0";

/** SQL over a row of `jobs`: the rows that stand for one kind of what may be left. */
const REST: Record<Exclude<keyof Remains, "job">, string> = {
  underWay: inStatus(UNFINISHED),
  available: inStatus(["available"]),
  missing: inStatus(["missing"]),
  deleting: inStatus(["deleting", "delete-error"]),
  leftovers: `${inStatus(["failed", "cancelled", "lost"])} AND id IS NOT NULL`,
};

function inStatus(statuses: readonly string[]): string {
  return "FROM runs INDEXED BY runs_job_status_at WHERE runs.job = jobs.job " +
    `AND status IN (${statuses.map((status) => `'${status}'`).join(", ")})`;
}

/** SQL over a row of `jobs`: it left the configuration, and nothing of it may be left at a provider. */
export const IS_FORGETTABLE: string = "jobs.unmanaged_since IS NOT NULL" +
  Object.values(REST).map((rows) => ` AND NOT EXISTS (SELECT 1 ${rows})`).join("");

/** What may be left of each job, or of those named, that is not in the configuration; by name. */
export async function readRemains(database: Database, jobs?: readonly string[]): Promise<Remains[]> {
  const { available: _available, ...rest } = REST;
  const kinds = Object.keys(rest) as (keyof typeof rest)[];
  const rows = await readRows<[string, number, ...number[]]>(
    database,
    // There may be very many available ones: the store counts them anyway.
    `SELECT json_array(job, available_count, ${
      kinds.map((kind) => `(SELECT count(*) ${rest[kind]})`).join(", ")
    }) AS row FROM jobs WHERE unmanaged_since IS NOT NULL ${isWanted(jobs, "job")} ORDER BY job`,
    wantedArgs(jobs),
  );
  return rows.map(([name, available, ...counts]) => ({
    job: name,
    available,
    ...Object.fromEntries(kinds.map((kind, at) => [kind, counts[at]!])) as Record<
      typeof kinds[number],
      number
    >,
  }));
}
