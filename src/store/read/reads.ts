// Every read of the store: each is one statement, hence one consistent look, and comes back as one JSON text.

import { type Run, type Status, UNFINISHED } from "../../domain/backup.ts";
import { FUTURE_TOLERANCE_MS } from "../../domain/retention/election.ts";
import type { StoredReason } from "../../domain/retention/reasons.ts";
import type { Clock } from "../../ports/host.ts";
import type { HistoryReads } from "../../ports/history.ts";
import type { JobState, Reads, RunStore } from "../../ports/store.ts";
import { type Cell, JOB_JSON, jobFrom, RUN_JSON, runFrom } from "../schema/columns.ts";
import { readPeriodRecords, readRestorePoints, readSchedules } from "../schema/coverage_reads.ts";
import type { Database, SqlValue } from "../database/database.ts";
import { readElectionChanges, readElectionColumns, readSharedData } from "./election_columns.ts";
import { readElection } from "./election_query.ts";
import { readEvents } from "./event_store.ts";
import { readFreeze, readHeld } from "../schema/freeze.ts";
import { readApproval, readLatched } from "./guard_rows.ts";
import { listBackups, listRuns } from "./list_queries.ts";
import { readStats } from "./stats_query.ts";
import { readPastSizes, readSuspects } from "../schema/suspects.ts";
import { readPlaces } from "../schema/unmanaged.ts";

const UNFINISHED_SQL = `status IN (${UNFINISHED.map((status) => `'${status}'`).join(", ")})`;

/** Reads of retention passes over jobs with very many backups. */
type ElectionReads = Pick<
  RunStore,
  "policyVersions" | "electionColumns" | "electionChanges" | "sharingRows" | "storedReasons"
>;

/**
 * The reads of an open database. All reject with `StoreError`. `ends`: a hold that was to end by then (UTC ms) is over.
 */
export function createReads(
  database: Database,
  clock: Clock,
  ends: () => number,
): Reads & HistoryReads & ElectionReads {
  /** Rows of `SELECT … AS row`, each a JSON array. */
  async function rows(sql: string, args: SqlValue[]): Promise<Cell[][]> {
    const [row] = await database.read({ sql: `SELECT json_group_array(json(row)) FROM (${sql})`, args });
    return JSON.parse(String(row![0]));
  }
  const runs = async (where: string, args: SqlValue[]): Promise<Run[]> =>
    (await rows(`SELECT ${RUN_JSON} AS row FROM runs ${where}`, args)).map(runFrom);
  const jobs = async (where: string, args: SqlValue[]): Promise<JobState[]> =>
    (await rows(`SELECT ${JOB_JSON} AS row FROM jobs ${where}`, args)).map(jobFrom);

  return {
    job: async (job) => (await jobs("WHERE job = ?1", [job]))[0],
    jobs: () => jobs("ORDER BY job", []),
    run: async (runId) => (await runs("WHERE run_id = ?1", [runId]))[0],
    unfinished: (job) =>
      job === undefined
        ? runs(`INDEXED BY runs_unfinished WHERE ${UNFINISHED_SQL} ORDER BY at, run_id`, [])
        : runs(`INDEXED BY runs_unfinished WHERE job = ?1 AND ${UNFINISHED_SQL} ORDER BY at, run_id`, [job]),
    runsInStatus,
    find: (id, job) =>
      runs(
        "WHERE rowid IN (SELECT rowid FROM runs WHERE run_id = ?1 " +
          "UNION SELECT rowid FROM runs INDEXED BY runs_provider_id WHERE id = ?1) " +
          "AND (?2 IS NULL OR job = ?2) ORDER BY at DESC, run_id DESC",
        [id, job ?? null],
      ),
    byProviderId: async (providerKey, id) =>
      (await runs("INDEXED BY runs_provider_id WHERE id = ?1 AND provider_key = ?2", [id, providerKey]))[0],
    byCallerKey: async (job, callerKey) =>
      (await runs("INDEXED BY runs_caller_key WHERE job = ?1 AND caller_key = ?2", [job, callerKey]))[0],
    async sharedData(providerKeys, dataIds, except) {
      const found = await rows(
        "SELECT json_array(data_id, run_id, id, job) AS row FROM runs INDEXED BY runs_data_id " +
          "WHERE data_id IN (SELECT value FROM json_each(?1)) AND status <> 'deleted' " +
          "AND provider_key IN (SELECT value FROM json_each(?2)) " +
          "AND run_id NOT IN (SELECT value FROM json_each(?3)) ORDER BY data_id, run_id",
        [dataIds, providerKeys, except].map((list) => JSON.stringify(list)),
      );
      return (found as [string, string, string | null, string][])
        .map(([dataId, runId, id, job]) => ({ dataId, runId, id, job }));
    },
    election: (job, providerKeys) => readElection(database, clock, ends, job, providerKeys),
    latched: (job) => readLatched(database, job),
    approval: (job) => readApproval(database, job),
    freeze: () => readFreeze(database),
    held: () => readHeld(database, ends()),
    endedHolds: (now) =>
      runs("INDEXED BY runs_held WHERE hold_at IS NOT NULL AND hold_until <= ?1 ORDER BY at, run_id", [
        BigInt(now),
      ]),
    places: () => readPlaces(database),
    pastSizes: (job, providerKeys, most) => readPastSizes(database, job, providerKeys, most),
    suspects: () => readSuspects(database, clock.now() + FUTURE_TOLERANCE_MS),
    backups: (query) => listBackups(database, query),
    runs: (query) => listRuns(database, query),
    events: (query) => readEvents(database, query),
    stats: () => readStats(database),
    scheduleVersions: (job) => readSchedules(database, job),
    restorePoints: (job, providerKeys) => readRestorePoints(database, clock, job, providerKeys),
    periodRecords: (job, periods) => readPeriodRecords(database, job, periods),
    electionColumns: (job, providerKeys, withEnds) =>
      readElectionColumns(database, clock, ends(), job, providerKeys, withEnds),
    electionChanges: (job, providerKeys, since, most) =>
      readElectionChanges(database, ends(), job, providerKeys, since, most),
    sharingRows: (providerKeys, runIds) => readSharedData(database, providerKeys, runIds),
    async storedReasons(runIds) {
      const found = await rows(
        "SELECT json_array(run_id, json(reasons)) AS row FROM runs WHERE run_id IN (SELECT value FROM json_each(?1))",
        [JSON.stringify(runIds)],
      );
      return new Map(found as unknown as [string, StoredReason[]][]);
    },
    async policyVersions(job, since) {
      const found = await rows(
        "SELECT json_array(policy, timezone, since) AS row FROM policy_versions WHERE job = ?1 AND since >= " +
          "coalesce((SELECT max(since) FROM policy_versions WHERE job = ?1 AND since <= ?2), ?2) ORDER BY since",
        [job, BigInt(since)],
      );
      return (found as [string, string, number][])
        .map(([policy, timezone, since]) => ({ policy, timezone, since }));
    },
  };

  function runsInStatus(
    statuses: readonly Status[],
    job?: string,
    limit?: number,
    endedSince?: number,
  ): Promise<Run[]> {
    if (statuses.length === 0) return Promise.resolve([]);
    const args: SqlValue[] = [limit === undefined ? -1n : BigInt(Math.max(0, Math.floor(limit)))];
    const arg = (value: SqlValue) => `?${args.push(value)}`;
    const index = job === undefined ? "runs_status_at" : "runs_job_status_at";
    const ofJob = job === undefined ? "" : ` AND job = ${arg(job)}`;
    const ended = endedSince === undefined ? "" : ` AND end_time >= ${arg(BigInt(endedSince))}`;
    const walks = statuses.map((status) =>
      `SELECT * FROM (SELECT rowid AS n, at, run_id FROM runs INDEXED BY ${index} ` +
      `WHERE status = ${arg(status)}${ofJob}${ended} ORDER BY at, run_id LIMIT ?1)`
    );
    const oldest = `SELECT n FROM (${walks.join(" UNION ALL ")}) ORDER BY at, run_id LIMIT ?1`;
    return runs(`WHERE rowid IN (${oldest}) ORDER BY at, run_id`, args);
  }
}
