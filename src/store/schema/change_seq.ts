// How many batches a state has seen: what tells a state that went back in time from the one that ran last.

import type { Database } from "../database/database.ts";

/** The migration that counts them beside the lease, which every batch asks for. Released: never changed. */
export const CHANGE_SEQ_MIGRATION: readonly string[] = [
  "ALTER TABLE lease ADD COLUMN change_seq INTEGER NOT NULL DEFAULT 0",
];

/**
 * Counts a batch, and answers its number. Parameters: lease name, the least and the greatest number that may be stored.
 * Any other breaks the column's constraint, and the batch is not committed.
 */
export const COUNT_BATCH: string =
  "UPDATE lease SET change_seq = CASE WHEN change_seq BETWEEN ?2 AND ?3 THEN change_seq + 1 END " +
  "WHERE name = ?1 RETURNING change_seq";

/** Who may write now, and how many batches the state has seen: two looks that answer the same saw the same state. */
export async function readStanding(
  database: Database,
  lease: string,
): Promise<[epoch: number, batches: number]> {
  const [row] = await database.read({
    sql: "SELECT epoch, change_seq FROM lease WHERE name = ?1 LIMIT 1",
    args: [lease],
  });
  return [Number(row?.[0] ?? 0n), Number(row?.[1] ?? 0n)];
}
