// Which rows of a job have data that others use too, where so many are asked about that a walk over all data costs less
// than to ask for each.

import type { Dated } from "../../domain/retention/order.ts";
import type { Clock } from "../../ports/host.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { PERIOD_TIME } from "../schema/doubt.ts";

/** Ids of data looked at in one go: about 10 ms of work. */
const PIECE = 8_000;

/** Null where the store has had more than `most` rows. Rows that no time is known of are left out. */
export async function readSharedRows(
  database: Database,
  clock: Clock,
  job: string,
  most: number,
): Promise<Dated[] | null> {
  const [row] = await database.read({ sql: "SELECT coalesce(max(rowid), 0) FROM runs", args: [] });
  if (Number(row![0]) > most) return null;
  const found: Dated[] = [];
  // An empty one may be the first.
  for (let sql = walkSql(">="), after = "";; sql = walkSql(">")) {
    const args = [after, BigInt(PIECE)];
    const [walked] = await readRows<[number, string | null, string[]]>(database, sql, args);
    const [count, last, shared] = walked!;
    if (shared.length > 0) {
      const rows = await readRows<[string, number]>(database, ROWS_SQL, [JSON.stringify(shared), job]);
      for (const [runId, periodTime] of rows) found.push({ runId, periodTime });
    }
    if (count < PIECE) return found;
    after = last!;
    await clock.yield();
  }
}

const walkSql = (beyond: ">" | ">=") => `
  SELECT json_array(count(*), max(data_id), json_group_array(data_id) FILTER (WHERE rows > 1)) AS row FROM (
    SELECT data_id, count(*) AS rows FROM runs INDEXED BY runs_data_id
    WHERE data_id ${beyond} ?1 AND data_id IS NOT NULL AND status <> 'deleted' GROUP BY data_id ORDER BY data_id LIMIT ?2)`;

const ROWS_SQL = `
  SELECT json_array(run_id, ${PERIOD_TIME}) AS row FROM runs INDEXED BY runs_data_id
  WHERE data_id IN (SELECT value FROM json_each(?1)) AND data_id IS NOT NULL AND status <> 'deleted' AND job = ?2
    AND ${PERIOD_TIME} IS NOT NULL`;
