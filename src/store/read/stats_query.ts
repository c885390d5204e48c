// Counts and sums by job, for metrics: a walk over the index, meant for start-up and occasional looks.

import type { Status } from "../../domain/backup.ts";
import { LEVELS } from "../../domain/policy.ts";
import type { JobStats } from "../../ports/job_facts.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { countLeftovers } from "../schema/leftovers.ts";
import { IS_SOUND } from "../schema/suspects.ts";

/**
 * Statistics of every stored job, by name. Sizes in megabytes, of what is available. `latest`: what is dated later (UTC
 * ms) was dated by a clock that was wrong, and is not the last of anything.
 */
export async function readStats(database: Database, latest: number): Promise<JobStats[]> {
  const last = [BigInt(latest)];
  const stats = new Map<string, JobStats>();
  for (
    const [job] of await readRows<[string]>(database, "SELECT json_array(job) AS row FROM jobs ORDER BY job")
  ) {
    stats.set(job, {
      job,
      byStatus: {},
      byTag: {},
      lastSuccessAt: null,
      lastFailureAt: null,
      lastSizeMb: null,
      lastDurationMs: null,
      totalSizeMb: 0,
      leftovers: 0,
    });
  }
  for (const [job, status, count] of await readRows<[string, Status, number]>(database, BY_STATUS)) {
    stats.get(job)!.byStatus[status] = count;
  }
  for (
    const [job, total, ...counts] of await readRows<[string, number | null, ...number[]]>(database, AVAILABLE)
  ) {
    const of = stats.get(job)!;
    of.totalSizeMb = total ?? 0;
    LEVELS.forEach((level, at) => {
      if (counts[at]! > 0) of.byTag[level] = counts[at]!;
    });
  }
  for (const [job, end] of await readRows<[string, number]>(database, LAST_FAILURE, last)) {
    stats.get(job)!.lastFailureAt = end;
  }
  for (const [job, end] of await readRows<[string, number]>(database, LAST_SUCCESS, last)) {
    stats.get(job)!.lastSuccessAt = end;
  }
  for (const [job, size, duration] of await readRows<MadeCells>(database, LAST_MADE, last)) {
    Object.assign(stats.get(job)!, { lastSizeMb: size, lastDurationMs: duration });
  }
  for (const [job, count] of await countLeftovers(database)) stats.get(job)!.leftovers = count;
  return [...stats.values()];
}

type MadeCells = [job: string, sizeMb: number | null, durationMs: number | null];

const BY_STATUS = `SELECT json_array(job, status, count(*)) AS row
  FROM runs INDEXED BY runs_job_status_at GROUP BY job, status`;

const AVAILABLE = `SELECT json_array(job, sum(size_mb), ${
  LEVELS.map((_, at) => `sum((tags >> ${at}) & 1)`).join(", ")
}) AS row FROM runs INDEXED BY runs_status_at WHERE status = 'available' GROUP BY job`;

// Only what surely was a success: a deleted row may have been a failed one that an operator cleaned up.
// A suspect one is none yet: whoever watches the age of the last success must hear of it.
const LAST_SUCCESS = lastOf(["available", "missing"], "last.end_time", IS_SOUND);
const LAST_MADE = lastOf(["available", "missing"], "last.size_mb, last.end_time - last.start_time");
// It failed, also when what it left is gone by now. A failed try that is followed by another is no failure of the job yet.
const LAST_FAILURE = lastOf(
  ["failed", "lost", "cancelled"],
  "last.end_time",
  "retry_at IS NULL AND retry_end IS NOT 'tried_again'",
  `SELECT * FROM (SELECT rowid AS n, at FROM runs INDEXED BY runs_cleaned
     WHERE runs.job = jobs.job AND ended_as IS NOT NULL AND at <= ?1 AND retry_end IS NOT 'tried_again' ORDER BY at DESC LIMIT 1)`,
);

/** For each job the newest ended row in one of the statuses. */
function lastOf(statuses: readonly Status[], columns: string, only = "true", ...more: string[]): string {
  const newest = [
    ...more,
    ...statuses.map((status) =>
      `SELECT * FROM (SELECT rowid AS n, at FROM runs INDEXED BY runs_job_status_at
      WHERE runs.job = jobs.job AND status = '${status}' AND end_time <= ?1 AND at <= ?1 AND ${only} ORDER BY at DESC LIMIT 1)`
    ),
  ];
  return `SELECT json_array(jobs.job, ${columns}) AS row FROM jobs JOIN runs AS last ON last.rowid =
    (SELECT newest.n FROM (${newest.join(" UNION ALL ")}) AS newest ORDER BY newest.at DESC LIMIT 1)`;
}
