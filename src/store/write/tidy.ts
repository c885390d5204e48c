// Keeps the table from growing for ever: old skipped and expired rows become range rows, old failed ones without a
// provider's id go, and what is deleted is reduced to ids and times. A provider's id is never forgotten.

import { DAY } from "../../domain/duration.ts";
import type { TidyReport } from "../../ports/tidy_report.ts";
import type { Database, SqlRow, Statement } from "../database/database.ts";
import { fromOldSlots } from "../schema/old_runs.ts";
import type { GroupCommit } from "./group_commit.ts";
import { NOTE_NEWEST, readPastBoots } from "./lease.ts";

const FOLD_AFTER_MS = 90 * DAY;
const SHRINK_AFTER_MS = 90 * DAY;
const REMOVE_FAILED_AFTER_MS = 365 * DAY;
/** Rows of each kind in one call: a few tens of milliseconds of work. */
const MOST = 2_000n;

/**
 * Does one bounded piece of work, between the batches of everybody else. Rejects with `StoreError`. `changed` is told of
 * the jobs whose rows went or grew, as soon as they did; what only lost its texts counts as before.
 */
export function tidy(
  database: Database,
  group: GroupCommit,
  now: number,
  changed: (jobs: string[]) => void,
): Promise<TidyReport> {
  return group.alone(async (write) => {
    const fold = await foldOf(database, now - FOLD_AFTER_MS);
    const { newestRunId } = await readPastBoots(database);
    const results = await write([
      // A row that goes may be the newest of all; the mark beside the file must not seem ahead of the store then.
      { sql: NOTE_NEWEST, args: [newestRunId] },
      ...fold.statements,
      { sql: SHRINK_DELETED, args: [BigInt(now - SHRINK_AFTER_MS), MOST] },
      { sql: CHANGES, args: [] },
      { sql: SHRINK_FAILED, args: [BigInt(now - REMOVE_FAILED_AFTER_MS), MOST] },
      { sql: CHANGES, args: [] },
      { sql: REMOVE_FAILED, args: [BigInt(now - REMOVE_FAILED_AFTER_MS), MOST] },
      { sql: CHANGES, args: [] },
    ]);
    const going = [
      results.at(-2)!,
      ...fold.statements.length > 0 ? [results.at(-6 - fold.statements.length)!] : [],
    ];
    changed(going.flat().map((row) => String(row[0])));
    const count = (fromEnd: number) => Number(results.at(-fromEnd)![0]![0]);
    const [shrunkDeleted, shrunkFailed, removed] = [count(5), count(3), count(1)];
    return {
      folded: fold.folded,
      removed,
      shrunk: shrunkDeleted + shrunkFailed,
      more: fold.more || [shrunkDeleted, shrunkFailed, removed].some((rows) => rows >= Number(MOST)),
    };
  });
}

// Texts go; ids and times stay, and so do all columns that election reads.
const SHRINK = "UPDATE runs SET shrunk = 1, reason = NULL, message = NULL, tags = 0, reasons = '[]', " +
  "hold_reason = NULL, hold_owner = NULL, suspect_reason = NULL, delete_reason = NULL, delete_asked_by = NULL, " +
  "caller_key = NULL ";
const SHRINK_DELETED = `${SHRINK} WHERE rowid IN (SELECT rowid FROM runs INDEXED BY runs_to_shrink
  WHERE status = 'deleted' AND shrunk = 0 AND delete_intent_at < ?1 ORDER BY delete_intent_at LIMIT ?2)`;
// A failed run that has an id may still own bytes at the provider, and its id is never bound again.
const SHRINK_FAILED = `${SHRINK} WHERE rowid IN (SELECT rowid FROM runs INDEXED BY runs_status_at
  WHERE status = 'failed' AND at < ?1 AND id IS NOT NULL AND shrunk = 0 ORDER BY at LIMIT ?2)`;
const REMOVE_FAILED = `DELETE FROM runs WHERE rowid IN (SELECT rowid FROM runs INDEXED BY runs_status_at
  WHERE status = 'failed' AND at < ?1 AND id IS NULL ORDER BY at LIMIT ?2) RETURNING job`;
const CHANGES = "SELECT changes()";

interface Fold {
  statements: Statement[];
  folded: number;
  more: boolean;
}

/** A row, or a range that has grown by folding. */
interface Range {
  runId: string;
  until: number;
  slots: number | null;
}

/**
 * Folds the rows decided up to `cutoff` that were not looked at before. A row joins the one before it in the same
 * job when both were decided alike and no other slot was decided between them.
 */
async function foldOf(database: Database, cutoff: number): Promise<Fold> {
  const candidates = await database.read({ sql: CANDIDATES, args: [BigInt(cutoff), MOST] });
  const ranges = new Map<string, Range>();
  const grown = new Map<string, Range>();
  const gone: string[] = [];
  let foldedUntil: bigint | undefined;
  for (const row of candidates) {
    const own = rangeOf(row, 0);
    const before = row[5] === null ? undefined : ranges.get(String(row[5])) ?? rangeOf(row, 5);
    foldedUntil = maxOf(foldedUntil, row[4] as bigint);
    if (before === undefined || row[9] !== 1n || before.until >= Number(row[1])) {
      ranges.set(own.runId, own);
      continue;
    }
    before.until = Math.max(before.until, own.until);
    before.slots = before.slots === null || own.slots === null ? null : before.slots + own.slots;
    // Later rows name the one that goes as the one before them.
    ranges.set(own.runId, before);
    grown.set(before.runId, before);
    gone.push(own.runId);
  }
  if (foldedUntil === undefined) return { statements: [], folded: 0, more: false };
  const growth = Array.from(grown.values(), ({ runId, until, slots }) => [runId, until, slots]);
  return {
    statements: [
      {
        sql: "DELETE FROM runs WHERE run_id IN (SELECT value FROM json_each(?1)) RETURNING job",
        args: [JSON.stringify(gone)],
      },
      { sql: GROW, args: [JSON.stringify(growth)] },
      {
        sql: "INSERT INTO meta VALUES ('folded_until', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
        args: [String(foldedUntil)],
      },
    ],
    folded: gone.length,
    more: candidates.length >= Number(MOST),
  };
}

function rangeOf(row: SqlRow, at: number): Range {
  const slots = row[at + 3];
  return { runId: String(row[at]), until: Number(row[at + 2]), slots: slots === null ? null : Number(slots) };
}

function maxOf(left: bigint | undefined, right: bigint): bigint {
  return left === undefined || right > left ? right : left;
}

const GROW = `UPDATE runs SET slot_until = e.value ->> 1, slots = e.value ->> 2
  FROM json_each(?1) AS e WHERE runs.run_id = e.value ->> 0`;

const foldable = (row: string) =>
  `${row}.status IN ('skipped', 'expired') AND ${row}.slot IS NOT NULL AND ${row}.id IS NULL AND ${row}.at <= ?1
   AND coalesce(${row}.slot_until, ${row}.slot) <= ?1
   AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.job = ${row}.job AND jobs.open_range_run_id = ${row}.run_id)`;

// Whole instants at a time, so that rows of one instant are never half done: the walk goes on after the newest
// instant of the first ?2 rows.
const NEW_ROWS =
  `at > (SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'folded_until'), -1))
  AND at <= ?1`;
const walk = (columns: string, rest: string) =>
  ["skipped", "expired"].map((status) =>
    `SELECT * FROM (SELECT ${columns} FROM runs INDEXED BY runs_status_at WHERE status = '${status}' AND ${rest})`
  ).join(" UNION ALL ");
const CANDIDATES = `
  WITH upto (at) AS (SELECT max(at) FROM (SELECT at FROM (${
  walk("at", `${NEW_ROWS} ORDER BY at LIMIT ?2`)
}) ORDER BY at LIMIT ?2)),
  fresh (n) AS (${walk("rowid", `${NEW_ROWS} AND at <= (SELECT at FROM upto)`)})
  SELECT row.run_id, row.slot, coalesce(row.slot_until, row.slot), row.slots, row.at,
    before.run_id, before.slot, coalesce(before.slot_until, before.slot), before.slots,
    ${foldable("row")} AND ${foldable("before")}
      AND before.status = row.status AND before.reason IS row.reason
      AND NOT EXISTS (SELECT 1 FROM ${fromOldSlots("row.job", "before.slot", "row.slot")})
  FROM fresh JOIN runs AS row ON row.rowid = fresh.n
  LEFT JOIN runs AS before ON before.rowid = (
    SELECT earlier.rowid FROM runs AS earlier INDEXED BY runs_slot
    WHERE earlier.job = row.job AND earlier.slot < row.slot AND earlier.attempt = 1 ORDER BY earlier.slot DESC LIMIT 1)
  ORDER BY row.job, row.slot`;
