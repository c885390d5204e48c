// Puts runs whose backups were deleted some days ago where they take little room, a bounded number a call. What would not be
// shown there as it is stays a row.

import type { Database } from "../database/database.ts";
import { MAKE_OLD, MAY_BE_OLD } from "../schema/old_runs.ts";
import type { GroupCommit } from "./group_commit.ts";
import { NOTE_NEWEST, readPastBoots } from "./lease.ts";

/** Rows in one step: some 20 ms of work. */
const MOST = 300;
/** Steps in one call: as many runs as even a busy program has in half a minute. */
const MOST_STEPS = 30;

/** Does some bounded pieces of work, between the batches of everybody else. Rejects with `StoreError`. */
export async function makeOldInSteps(
  database: Database,
  group: GroupCommit,
  before: number,
): Promise<{ more: boolean }> {
  let more = true;
  for (let step = 0; more && step < MOST_STEPS; step++) more = await makeOld(database, group, before);
  return { more };
}

function makeOld(database: Database, group: GroupCommit, before: number): Promise<boolean> {
  return group.alone(async (write) => {
    const [row] = await database.read({ sql: CANDIDATES, args: [BigInt(before), BigInt(MOST)] });
    const rowids = String(row![0]);
    const count = (JSON.parse(rowids) as number[]).length;
    if (count === 0) return false;
    // The newest of all may be among them; the mark beside the file must not seem ahead of the store then.
    const { newestRunId } = await readPastBoots(database);
    const results = await write([
      { sql: NOTE_NEWEST, args: [newestRunId] },
      ...MAKE_OLD.map((sql) => ({ sql, args: sql.includes("?1") ? [rowids] : [] })),
    ]);
    const went = Number(results.at(-3)![0]![0]);
    return went > 0 && count === MOST;
  });
}

const CANDIDATES = `SELECT json_group_array(n) FROM (SELECT rowid AS n FROM runs INDEXED BY runs_status_at
  WHERE ${MAY_BE_OLD} AND delete_intent_at < ?1 ORDER BY at LIMIT ?2)`;
