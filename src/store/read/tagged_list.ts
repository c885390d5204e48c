// A page of the backups that stand for a level: a walk for each status and each set of levels that there is, so that no row
// is looked at which is not wanted.

import { STATUSES } from "../../domain/backup.ts";
import type { Level } from "../../domain/policy.ts";
import type { Database, SqlValue } from "../database/database.ts";
import { rowsAsJson } from "../database/json_rows.ts";
import { bitsOf, type Cell } from "../schema/columns.ts";

interface TaggedQuery {
  tag: Level;
  /** Undefined: of any status. */
  statuses: readonly string[] | undefined;
  job: string | undefined;
  /** UTC ms, as is `until`. */
  since: number | undefined;
  until: number | undefined;
  /** Only what comes behind this row. */
  after: readonly [at: number, runId: string] | undefined;
}

/** What `show` makes of them right after they are read; newest first, `most` at most. */
export async function readTagged<Row, Shown>(
  database: Database,
  { json, from: rowFrom }: { json: string; from(cells: readonly Cell[]): Row },
  query: TaggedQuery,
  most: number,
  show: (rows: Row[]) => Shown,
): Promise<Shown> {
  const args: SqlValue[] = [];
  const arg = (value: SqlValue) => `?${args.push(value)}`;
  const rows = query.job === undefined
    ? "runs INDEXED BY backups_tagged WHERE"
    : `runs INDEXED BY backups_tagged_job WHERE job = ${arg(query.job)} AND`;
  const from = `FROM ${rows} id IS NOT NULL AND tags <> 0`;
  const range: string[] = [];
  if (query.since !== undefined) range.push(`AND at >= ${arg(BigInt(query.since))}`);
  if (query.until !== undefined) range.push(`AND at < ${arg(BigInt(query.until))}`);
  if (query.after !== undefined) {
    range.push(`AND (at, run_id) < (${arg(BigInt(query.after[0]))}, ${arg(query.after[1])})`);
  }
  const newest = `ORDER BY at DESC, run_id DESC LIMIT ${arg(BigInt(most))}`;
  const bits = arg(BigInt(bitsOf([query.tag])));
  const statuses = arg(JSON.stringify(query.statuses ?? STATUSES));
  // Each step seeks the next set of levels in the index. Rows are made of the newest of all walks alone.
  const sql = `WITH RECURSIVE
    sets(of, levels) AS (
      SELECT value, (SELECT min(tags) ${from} AND status = value) FROM json_each(${statuses})
      UNION ALL
      SELECT of, (SELECT min(tags) ${from} AND status = of AND tags > levels) FROM sets WHERE levels IS NOT NULL
    ),
    walked(n) AS (
      SELECT walk.value FROM sets, json_each((
        SELECT json_group_array(n) FROM (
          SELECT rowid AS n ${from} AND status = of AND tags = levels ${range.join(" ")} ${newest}))) AS walk
      WHERE levels & ${bits} <> 0
    )
    SELECT ${json} AS row FROM runs WHERE rowid IN (
      SELECT runs.rowid FROM walked CROSS JOIN runs ON runs.rowid = n ${newest}
    ) ORDER BY at DESC, run_id DESC`;
  const statement = { sql: rowsAsJson(sql), args };
  return await database.readAs(
    statement,
    ([row]) => show((JSON.parse(String(row![0])) as Cell[][]).map(rowFrom)),
  );
}
