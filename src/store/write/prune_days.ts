// Lets days go that are as old as the failed runs that go, a bounded number a call.

import { DAY } from "../../domain/duration.ts";
import { dayOf, DAYS_KEPT } from "../../domain/job_days.ts";
import type { Database } from "../database/database.ts";
import type { GroupCommit } from "./group_commit.ts";

/** Days of jobs in one step: some milliseconds of work. */
const MOST = 5_000;

/** Does one bounded piece of work, once a day; true where there is more to do. Rejects with `StoreError`. */
export function pruneDays(database: Database, group: GroupCommit, now: number): Promise<boolean> {
  const before = BigInt(dayOf(now) / DAY - DAYS_KEPT);
  return group.alone(async (write) => {
    const [row] = await database.read({
      sql: "SELECT (SELECT value FROM meta WHERE key = 'days_pruned')",
      args: [],
    });
    if (row?.[0] === String(before)) return false;
    const results = await write([
      { sql: PRUNE, args: [before, BigInt(MOST)] },
      { sql: "SELECT changes()", args: [] },
      { sql: NOTE, args: [String(before), BigInt(MOST)] },
    ]);
    return Number(results.at(-2)![0]![0]) >= MOST;
  });
}

const PRUNE = `DELETE FROM job_days WHERE (job, day) IN (SELECT jobs.job, old.day FROM jobs
  CROSS JOIN job_days AS old ON old.job = jobs.job AND old.day < ?1 LIMIT ?2)`;
/** Once nothing is left that is as old. */
const NOTE = `INSERT INTO meta SELECT 'days_pruned', ?1 WHERE changes() < ?2
  ON CONFLICT DO UPDATE SET value = excluded.value`;
