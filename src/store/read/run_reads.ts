// Reads of single runs and of the few that have something in common.

import type { Run, Status } from "../../domain/backup.ts";
import type { StoredReason } from "../../domain/retention/reasons.ts";
import type { Reads, RunStore } from "../../ports/store.ts";
import type { Database, SqlValue } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { type Cell, levelsFrom, RUN_JSON, runFrom, UNFINISHED_SQL } from "../schema/columns.ts";
import { readOldByProviderId, readOldRun } from "./old_reads.ts";

/** What is read of runs besides pages of them. */
type RunReads =
  & Pick<
    Reads,
    | "run"
    | "unfinished"
    | "runsInStatus"
    | "find"
    | "byProviderId"
    | "byCallerKey"
    | "sharedData"
    | "endedHolds"
    | "inDoubt"
  >
  & Pick<RunStore, "pendingTries" | "runsById" | "storedReasons" | "storedNames" | "unknownRuns">;

/** The reads of runs in an open database. All reject with `StoreError`. */
export function createRunReads(database: Database): RunReads {
  const runs = (where: string, args: SqlValue[]) => readRuns(database, where, args);
  return {
    run: async (runId) => (await runs("WHERE run_id = ?1", [runId]))[0] ?? await readOldRun(database, runId),
    runsById: async (runIds) => {
      const found = await runs("WHERE run_id IN (SELECT value FROM json_each(?1))", [JSON.stringify(runIds)]);
      const byId = new Map(found.map((run) => [run.runId, run]));
      for (const runId of runIds) {
        const old = byId.has(runId) ? undefined : await readOldRun(database, runId);
        if (old !== undefined) byId.set(runId, old);
      }
      return runIds.map((runId) => byId.get(runId)).filter((run) => run !== undefined);
    },
    unfinished: (job) =>
      job === undefined
        ? runs(`INDEXED BY runs_unfinished WHERE ${UNFINISHED_SQL} ORDER BY at, run_id`, [])
        : runs(`INDEXED BY runs_unfinished WHERE job = ?1 AND ${UNFINISHED_SQL} ORDER BY at, run_id`, [job]),
    pendingTries: (job) =>
      runs(
        "INDEXED BY runs_retry WHERE retry_at IS NOT NULL AND (?1 IS NULL OR job = ?1) ORDER BY at, run_id",
        [job ?? null],
      ),
    runsInStatus: (statuses, job, limit, endedSince) =>
      runsInStatus(database, statuses, job, limit, endedSince),
    find: (id, job) => findRuns(database, id, job),
    byProviderId: async (providerKey, id) =>
      (await runs("INDEXED BY runs_provider_id WHERE id = ?1 AND provider_key = ?2", [id, providerKey]))[0] ??
        (await readOldByProviderId(database, id)).find((run) => run.providerKey === providerKey),
    byCallerKey: async (job, callerKey) =>
      (await runs("INDEXED BY runs_caller_key WHERE job = ?1 AND caller_key = ?2", [job, callerKey]))[0],
    async sharedData(providerKeys, dataIds, except) {
      const found = await readRows<[string, string, string | null, string]>(
        database,
        "SELECT json_array(data_id, run_id, id, job) AS row FROM runs INDEXED BY runs_data_id " +
          "WHERE data_id IN (SELECT value FROM json_each(?1)) AND status <> 'deleted' " +
          "AND provider_key IN (SELECT value FROM json_each(?2)) " +
          "AND run_id NOT IN (SELECT value FROM json_each(?3)) ORDER BY data_id, run_id",
        [dataIds, providerKeys, except].map((list) => JSON.stringify(list)),
      );
      return found.map(([dataId, runId, id, job]) => ({ dataId, runId, id, job }));
    },
    endedHolds: (now) =>
      runs("INDEXED BY runs_held WHERE hold_at IS NOT NULL AND hold_until <= ?1 ORDER BY at, run_id", [
        BigInt(now),
      ]),
    unknownRuns: (runIds) => findUnknown(database, runIds),
    inDoubt: (job) =>
      runs(
        "INDEXED BY runs_in_doubt WHERE clock_off IS NOT NULL AND (?1 IS NULL OR job = ?1) " +
          "ORDER BY created_at, run_id",
        [job ?? null],
      ),
    async storedNames(runIds) {
      const found = await readRows<[string, string | null, number, number | null]>(
        database,
        "SELECT json_array(run_id, id, tags, size_mb) AS row FROM runs WHERE run_id IN (SELECT value FROM json_each(?1))",
        [JSON.stringify(runIds)],
      );
      return new Map(
        found.map(([runId, id, tags, sizeMb]) => [runId, { id, tags: levelsFrom(tags), sizeMb }]),
      );
    },
    async storedReasons(runIds) {
      const found = await readRows<[string, StoredReason[]]>(
        database,
        "SELECT json_array(run_id, json(reasons)) AS row FROM runs WHERE run_id IN (SELECT value FROM json_each(?1))",
        [JSON.stringify(runIds)],
      );
      return new Map(found);
    },
  };
}

/** Rows first: what becomes old meanwhile is then found twice, never not at all. */
async function findRuns(database: Database, id: string, job: string | undefined): Promise<Run[]> {
  const found = await readRuns(
    database,
    "WHERE rowid IN (SELECT rowid FROM runs WHERE run_id = ?1 " +
      "UNION SELECT rowid FROM runs INDEXED BY runs_provider_id WHERE id = ?1) " +
      "AND (?2 IS NULL OR job = ?2) ORDER BY at DESC, run_id DESC",
    [id, job ?? null],
  );
  const known = new Set(found.map((run) => run.runId));
  for (const run of [await readOldRun(database, id), ...await readOldByProviderId(database, id)]) {
    if (run === undefined || known.has(run.runId) || job !== undefined && run.job !== job) continue;
    known.add(run.runId);
    found.push(run);
  }
  return found;
}

async function findUnknown(database: Database, runIds: readonly string[]): Promise<string[]> {
  const unknown = await readRows<string>(
    database,
    "SELECT json_quote(value) AS row FROM json_each(?1) " +
      "WHERE NOT EXISTS (SELECT 1 FROM runs WHERE run_id = value)",
    [JSON.stringify(runIds)],
  );
  const never: string[] = [];
  for (const runId of unknown) if (await readOldRun(database, runId) === undefined) never.push(runId);
  return never;
}

/** The runs that `where` finds, in its order; it follows `FROM runs`. */
async function readRuns(database: Database, where: string, args: SqlValue[]): Promise<Run[]> {
  return (await readRows<Cell[]>(database, `SELECT ${RUN_JSON} AS row FROM runs ${where}`, args)).map(
    runFrom,
  );
}

function runsInStatus(
  database: Database,
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
  return readRuns(database, `WHERE rowid IN (${oldest}) ORDER BY at, run_id`, args);
}
