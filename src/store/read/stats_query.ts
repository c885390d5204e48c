// Counts and sums by job, for metrics and lists: what the store has counted, and the newest run of each kind.

import type { Status } from "../../domain/backup.ts";
import { LEVELS } from "../../domain/policy.ts";
import type { JobStats } from "../../ports/job_facts.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { countLeftovers } from "../schema/leftovers.ts";
import { IS_SOUND } from "../schema/suspects.ts";
import { TALLY_JSON } from "../schema/tallies.ts";
import { isWanted, wantedArgs } from "../schema/wanted_jobs.ts";

/**
 * Statistics of every stored job, or of those named, by name. Sizes in megabytes, of what is available. `latest`: what is dated later (UTC
 * ms) was dated by a clock that was wrong, and is not the last of anything.
 */
export async function readStats(
  database: Database,
  latest: number,
  jobs?: readonly string[],
): Promise<JobStats[]> {
  return (await readDatedStats(database, latest, jobs)).map(({ stats }) => stats);
}

/** The same; beside each job the latest time (UTC ms) that its last runs are dated by, 0 for none. */
export async function readDatedStats(
  database: Database,
  latest: number,
  jobs?: readonly string[],
): Promise<{ stats: JobStats; dated: number }[]> {
  const wanted = wantedArgs(jobs);
  const last = [BigInt(latest), ...wanted];
  const stats = new Map<string, JobStats>();
  const dated = new Map<string, number>();
  const date = (job: string, ...times: (number | null)[]) =>
    dated.set(job, Math.max(dated.get(job) ?? 0, ...times.map((time) => time ?? 0)));
  const names = `SELECT json_array(job) AS row FROM jobs WHERE true ${isWanted(jobs, "job")} ORDER BY job`;
  for (const [job] of await readRows<[string]>(database, names, wanted)) {
    stats.set(job, {
      job,
      byStatus: {},
      byTag: {},
      lastSuccessAt: null,
      lastKeptAt: null,
      lastFailureAt: null,
      lastFailureMessage: null,
      lastSizeMb: null,
      lastDurationMs: null,
      totalSizeMb: 0,
      leftovers: 0,
    });
  }
  const tallies = `SELECT ${TALLY_JSON} AS row FROM tallies WHERE rows > 0 ${isWanted(jobs, "job")}`;
  for (const [job, status, rows, bytes, ...counts] of await readRows<TallyCells>(database, tallies, wanted)) {
    const of = stats.get(job)!;
    of.byStatus[status] = rows;
    if (status !== "available") continue;
    of.totalSizeMb = bytes / 1e6;
    LEVELS.forEach((level, at) => {
      if (counts[at]! > 0) of.byTag[level] = counts[at]!;
    });
  }
  for (const [job, at, end, message] of await readRows<FailedCells>(database, lastFailure(jobs), last)) {
    Object.assign(stats.get(job)!, { lastFailureAt: end, lastFailureMessage: message });
    date(job, at, end);
  }
  const gone: string[] = [];
  for (const [job, at, end, status] of await readRows<SoundCells>(database, lastSuccess(jobs), last)) {
    const isThere = status === "available";
    if (!isThere) gone.push(job);
    Object.assign(stats.get(job)!, { lastSuccessAt: end, lastKeptAt: isThere ? end : null });
    date(job, at, end);
  }
  if (gone.length > 0) {
    const args = [BigInt(latest), ...wantedArgs(gone)];
    for (const [job, , end] of await readRows<LastCells>(database, lastKept(gone), args)) {
      stats.get(job)!.lastKeptAt = end;
    }
  }
  for (const [job, at, end, size, duration] of await readRows<MadeCells>(database, lastMade(jobs), last)) {
    Object.assign(stats.get(job)!, { lastSizeMb: size, lastDurationMs: duration });
    date(job, at, end);
  }
  for (const [job, count] of await countLeftovers(database, jobs)) stats.get(job)!.leftovers = count;
  return Array.from(stats.values(), (one) => ({ stats: one, dated: dated.get(one.job) ?? 0 }));
}

type TallyCells = [job: string, status: Status, rows: number, bytes: number, ...counts: number[]];
type LastCells = [job: string, at: number, end: number];
type SoundCells = [...LastCells, status: Status];
type FailedCells = [...LastCells, message: string | null];
type MadeCells = [...LastCells, sizeMb: number | null, durationMs: number | null];

/** So much of a message is kept of each job: enough to know what is wrong. */
const LONGEST_MESSAGE = 400;

type Jobs = readonly string[] | undefined;

// Only what surely was a success: a deleted row may have been a failed one that an operator cleaned up.
// A suspect one is none yet: whoever watches the age of the last success must hear of it.
const lastSuccess = (jobs: Jobs) => lastOf(jobs, ["available", "missing"], ", last.status", IS_SOUND);
const lastKept = (jobs: Jobs) => lastOf(jobs, ["available"], "", IS_SOUND);
const lastMade = (jobs: Jobs) =>
  lastOf(jobs, ["available", "missing"], ", last.size_mb, last.end_time - last.start_time");
// It failed, also when what it left is gone by now. A failed try that is followed by another is no failure of the job yet.
const lastFailure = (jobs: Jobs) =>
  lastOf(
    jobs,
    ["failed", "lost", "cancelled"],
    `, substr(last.message, 1, ${LONGEST_MESSAGE})`,
    "retry_at IS NULL AND retry_end IS NOT 'tried_again'",
    `SELECT * FROM (SELECT rowid AS n, at FROM runs INDEXED BY runs_cleaned
     WHERE runs.job = jobs.job AND ended_as IS NOT NULL AND at <= ?1 AND retry_end IS NOT 'tried_again' ORDER BY at DESC LIMIT 1)`,
  );

/** For each job the newest ended row in one of the statuses. */
function lastOf(
  jobs: Jobs,
  statuses: readonly Status[],
  columns: string,
  only = "true",
  ...more: string[]
): string {
  const newest = [
    ...more,
    ...statuses.map((status) =>
      `SELECT * FROM (SELECT rowid AS n, at FROM runs INDEXED BY runs_job_status_at
      WHERE runs.job = jobs.job AND status = '${status}' AND end_time <= ?1 AND at <= ?1 AND ${only} ORDER BY at DESC LIMIT 1)`
    ),
  ];
  return `SELECT json_array(jobs.job, last.at, last.end_time${columns}) AS row FROM jobs JOIN runs AS last ON last.rowid =
    (SELECT newest.n FROM (${newest.join(" UNION ALL ")}) AS newest ORDER BY newest.at DESC LIMIT 1)
    WHERE true ${isWanted(jobs, "jobs.job", 2)}`;
}
