// What the store knows of holds and the freeze: the table, its index, the conditions in SQL, and their reads.

import type { Freeze } from "../../domain/freeze.ts";
import type { Database } from "../database/database.ts";
import { isWanted, wantedArgs } from "./wanted_jobs.ts";

/**
 * The migration for holds and the freeze. A table of its own, so that an older Schelly, which knows no freeze, refuses
 * the store instead of deleting. Released: never changed.
 */
export const FREEZE_MIGRATION: readonly string[] = [
  `CREATE TABLE freeze (
    id INTEGER PRIMARY KEY CHECK (id = 1), reason TEXT NOT NULL, owner TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER
  ) STRICT`,
  "CREATE INDEX runs_held ON runs (job, hold_until) WHERE hold_at IS NOT NULL",
];

/** SQL: nothing is frozen at the instant that the expression `at` names. */
export function isUnfrozen(at: string): string {
  return `NOT EXISTS (SELECT 1 FROM freeze WHERE freeze.until IS NULL OR freeze.until > ${at})`;
}

/** SQL over a row of `runs`: it is held at the instant that the expression `at` names. */
export function isHeldSql(at: string): string {
  return `(runs.hold_at IS NOT NULL AND (runs.hold_until IS NULL OR runs.hold_until > ${at}))`;
}

/** The freeze as stored, ended or not. */
export async function readFreeze(database: Database): Promise<Freeze | null> {
  const [row] = await database.read({ sql: "SELECT reason, owner, at, until FROM freeze LIMIT 1", args: [] });
  if (row === undefined) return null;
  const [reason, owner, at, until] = Array.from(row);
  return {
    reason: String(reason),
    owner: String(owner),
    at: Number(at),
    until: until === null ? null : Number(until),
  };
}

/** How many backups of each job, or of those named, are held at `now`, by name; jobs without any are left out. */
export async function readHeld(
  database: Database,
  now: number,
  jobs?: readonly string[],
): Promise<{ job: string; count: number }[]> {
  const [row] = await database.read({
    sql: "SELECT json_group_array(json_array(job, count)) FROM (SELECT job, count(*) AS count " +
      `FROM runs INDEXED BY runs_held WHERE hold_at IS NOT NULL AND ${isHeldSql("?1")} ` +
      "AND status NOT IN ('deleted', 'failed', 'cancelled', 'lost', 'skipped', 'expired') " +
      `${isWanted(jobs, "job", 2)} GROUP BY job ORDER BY job)`,
    args: [BigInt(now), ...wantedArgs(jobs)],
  });
  return (JSON.parse(String(row![0])) as [string, number][]).map(([job, count]) => ({ job, count }));
}
