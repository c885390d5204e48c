// Which slots two jobs both decided, asked before the two become one.

import type { Status } from "../../domain/backup.ts";
import type { SlotRecord } from "../../ports/queries.ts";
import type { Database } from "../database/database.ts";
import { fromOldSlots, OLD_SLOTS_OF_BOTH, oldCells } from "../schema/old_runs.ts";
import { readRows } from "../database/json_rows.ts";

type Cells = [runId: string, status: Status, reason: string | null, slot: number, until: number | null];

/** Rows of `job` and rows of `other` that decide the same slot, pair by pair; `most` at most. */
export async function readSharedSlots(
  database: Database,
  job: string,
  other: string,
  most: number,
): Promise<{ of: SlotRecord; other: SlotRecord }[]> {
  const found = await readRows<[Cells, Cells]>(database, SHARED, [job, other, BigInt(most)]);
  return found.map(([of, other]) => ({ of: recordOf(of), other: recordOf(other) }));
}

const cells = (row: string) =>
  `json_array(${row}.run_id, ${row}.status, ${row}.reason, ${row}.slot, ${row}.slot_until)`;

const oldCellsOf = `json_array(${oldCells("run_id, status, reason, slot, slot_until", false)})`;

// Of each slot its first try. What begins inside a row of the first, and ranges that begin before it and reach into it.
const SHARED = `
  SELECT json_array(json(one), json(two)) AS row FROM (
    SELECT ${cells("mine")} AS one, ${cells("their")} AS two FROM runs AS mine INDEXED BY runs_slot
      CROSS JOIN runs AS their INDEXED BY runs_slot ON their.job = ?2 AND their.attempt = 1 AND their.slot >= mine.slot
        AND their.slot <= coalesce(mine.slot_until, mine.slot)
      WHERE mine.job = ?1 AND mine.attempt = 1 AND mine.slot IS NOT NULL AND their.slot IS NOT NULL
    UNION ALL
    SELECT ${cells("mine")}, ${cells("their")} FROM runs AS mine INDEXED BY runs_slot
      CROSS JOIN runs AS their INDEXED BY runs_range ON their.job = ?2 AND their.slot_until >= mine.slot
        AND their.slot < mine.slot
      WHERE mine.job = ?1 AND mine.attempt = 1 AND mine.slot IS NOT NULL AND their.slot_until IS NOT NULL
    UNION ALL
    SELECT ${cells("mine")}, ${oldCellsOf} FROM runs AS mine INDEXED BY runs_slot CROSS JOIN ${
  fromOldSlots("?2", "mine.slot", "(coalesce(mine.slot_until, mine.slot) + 1)")
} WHERE mine.job = ?1 AND mine.attempt = 1 AND mine.slot IS NOT NULL
    UNION ALL
    SELECT ${oldCellsOf}, ${cells("their")} FROM runs AS their INDEXED BY runs_slot CROSS JOIN ${
  fromOldSlots("?1", "their.slot", "(coalesce(their.slot_until, their.slot) + 1)")
} WHERE their.job = ?2 AND their.attempt = 1 AND their.slot IS NOT NULL
    UNION ALL
    SELECT ${oldCellsOf}, ${oldCellsOf} FROM ${OLD_SLOTS_OF_BOTH}
    LIMIT ?3)`;

function recordOf([runId, status, reason, slot, slotUntil]: Cells): SlotRecord {
  return { runId, status, reason, slot, slotUntil };
}
