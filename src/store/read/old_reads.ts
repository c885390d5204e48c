// Reads runs whose backups were deleted some days ago, as the rows that they were.

import type { Run } from "../../domain/backup.ts";
import type { Database, SqlValue } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { type Cell, runFrom } from "../schema/columns.ts";
import {
  FROM_OLD,
  hasOldId,
  numberAt,
  numbersOf,
  OLD_AT,
  OLD_JSON,
  OLD_RUN_ID,
  timeOf,
} from "../schema/old_runs.ts";

/** The old run with this id. */
export async function readOldRun(database: Database, runId: string): Promise<Run | undefined> {
  const numbers = numbersOf(runId);
  if (numbers === null) return undefined;
  const [run] = await read(database, "old.n BETWEEN ?1 AND ?2 AND old.run = unhex(?3, '-')", [
    ...numbers,
    runId,
  ]);
  return run;
}

/** Old runs whose provider's id this is. */
export function readOldByProviderId(database: Database, id: string): Promise<Run[]> {
  return read(database, `${hasOldId("?1")} ORDER BY old.n DESC`, [id]);
}

async function read(database: Database, where: string, args: SqlValue[]): Promise<Run[]> {
  const sql = `SELECT ${OLD_JSON} AS row FROM ${FROM_OLD} WHERE ${where}`;
  return (await readRows<Cell[]>(database, sql, args)).map(runFrom);
}

/** SQL: a number that tells when the last of old runs began; `oldTime` reads it. */
export const NEWEST_OLD = "(SELECT max(n) FROM old_runs)";

/** UTC ms; null where there is none. */
export function oldTime(number: unknown): number | null {
  return number === null ? null : timeOf(BigInt(number as bigint));
}

interface OldQuery {
  job: string | undefined;
  /** UTC ms: since inclusive, until exclusive. */
  since: number | undefined;
  until: number | undefined;
  /** Only what comes behind this row. */
  after: readonly [at: number, runId: string] | undefined;
}

/** A page of old runs, newest first, `most` at most. */
export async function listOldRuns(database: Database, query: OldQuery, most: number): Promise<Run[]> {
  const { job, since, until, after } = query;
  const args: SqlValue[] = [];
  const arg = (value: SqlValue) => `?${args.push(value)}`;
  const range = ["true"];
  if (since !== undefined) range.push(`old.n >= ${numberAt(arg(BigInt(since)))}`);
  if (until !== undefined) range.push(`old.n < ${numberAt(arg(BigInt(until)))}`);
  const where = ["true"];
  if (after !== undefined) {
    const [at, runId] = [arg(BigInt(after[0])), arg(after[1])];
    range.push(`old.n < ${numberAt(`${at} + 1`)}`);
    where.push(`(${OLD_AT}, ${OLD_RUN_ID}) < (${at}, ${runId})`);
  }
  const limit = arg(BigInt(most));
  // Those that began in one instant are sorted by their ids: all of that instant are taken, and as many again as the cursor
  // may leave out. One job never begins two at once.
  const walk = job === undefined
    ? `old.n >= coalesce((SELECT ${
      numberAt(OLD_AT)
    } FROM old_runs AS old JOIN old_groups ON old_groups.no = old.of
        WHERE ${[...range, ...where].join(" AND ")} ORDER BY old.n DESC LIMIT 1 OFFSET ${limit}), 0)`
    : `old.n IN (SELECT walked.value FROM old_groups AS mine, json_each((SELECT json_group_array(n) FROM (SELECT old.n AS n
        FROM old_runs AS old WHERE old.of = mine.no AND ${
      range.join(" AND ")
    } ORDER BY old.n DESC LIMIT ${limit} + 1)))
        AS walked WHERE mine.job = ${arg(job)})`;
  return await read(
    database,
    `${[walk, ...range, ...where].join(" AND ")} ORDER BY ${OLD_AT} DESC, ${OLD_RUN_ID} DESC LIMIT ${limit}`,
    args,
  );
}
