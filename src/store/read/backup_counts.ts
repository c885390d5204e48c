// How many backups of a job there are in each stretch of time, by the levels that they stand for: counted along indexes, so
// that no row is read.

import type { BackupCount } from "../../ports/history.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { levelsFrom } from "../schema/columns.ts";

/** Stretches in which something is, of `places` equal ones up to `before` (UTC ms), rising. */
export async function readBackupCounts(
  database: Database,
  job: string,
  before: number,
  places: number,
): Promise<BackupCount[]> {
  const rows = await readRows<[levels: number, from: number, until: number, count: number]>(
    database,
    COUNTS,
    [
      job,
      BigInt(before),
      BigInt(places),
    ],
  );
  // Those that stand for no level are the rest of all.
  const rest = new Map<number, number>();
  for (const [levels, from, , count] of rows) {
    rest.set(from, (rest.get(from) ?? 0) + (levels === 0 ? count : -count));
  }
  return rows.flatMap(([levels, from, until, all]): BackupCount[] => {
    const count = levels === 0 ? rest.get(from)! : all;
    return count <= 0 ? [] : [{ from, until, count, tags: levelsFrom(levels) }];
  }).sort((a, b) => a.from - b.from);
}

const ALL = "FROM runs INDEXED BY runs_job_status_at WHERE job = ?1 AND status = 'available'";
const TAGGED = "FROM runs INDEXED BY backups_tagged_job WHERE job = ?1 AND status = 'available' " +
  "AND id IS NOT NULL AND tags <> 0";

const COUNTS = `WITH RECURSIVE
  span (first) AS (SELECT min(at) ${ALL} AND at < ?2),
  places (low, high, ms) AS (
    SELECT first, min(first + ms, ?2), ms FROM (SELECT first, (?2 - first) / ?3 + 1 AS ms FROM span)
      WHERE first IS NOT NULL
    UNION ALL SELECT high, min(high + ms, ?2), ms FROM places WHERE high < ?2
  ),
  sets (levels) AS (
    SELECT (SELECT min(tags) ${TAGGED})
    UNION ALL SELECT (SELECT min(tags) ${TAGGED} AND tags > levels) FROM sets WHERE levels IS NOT NULL
  )
  SELECT json_array(0, low, high, (SELECT count(*) ${ALL} AND at >= low AND at < high)) AS row FROM places
  UNION ALL SELECT json_array(levels, low, high,
    (SELECT count(*) ${TAGGED} AND tags = levels AND at >= low AND at < high))
  FROM sets CROSS JOIN places WHERE levels IS NOT NULL`;
