// What became of jobs by day: what the store has added up, and the slots of rows that stand for many.

import type { Status } from "../../domain/backup.ts";
import { DAY } from "../../domain/duration.ts";
import { dayOf, emptyDay, type JobDay, slotsByDay } from "../../domain/job_days.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { DAY_JSON, STAMP_LENGTH } from "../schema/job_days.ts";

/** The days of these jobs from that of `from` (UTC ms) on, in one statement. */
export async function readJobDays(
  database: Database,
  jobs: readonly string[],
  from: number,
): Promise<Map<string, JobDay[]>> {
  const first = dayOf(from);
  const rows = await readRows<DayCells | RangeCells>(database, DAYS, [
    JSON.stringify(jobs),
    BigInt(first / DAY),
    BigInt(first),
  ]);
  const found = new Map<string, Map<number, JobDay>>();
  for (const cells of rows) {
    const days = found.get(cells[0]) ?? new Map<number, JobDay>();
    found.set(cells[0], days);
    if (cells.length === RANGE_CELLS) addRange(days, cells as RangeCells, first);
    else addCounted(days, cells as DayCells);
  }
  return new Map(
    Array.from(found, ([job, days]) => [job, [...days.values()].sort((left, right) => left.day - right.day)]),
  );
}

type DayCells = [
  job: string,
  day: number,
  succeeded: number,
  suspect: number,
  failed: number,
  cancelled: number,
  missed: number,
  skipped: number,
  bytes: number,
  added: number,
  longestMs: number,
  newest: string,
  newestGood: string,
  deleted: number,
  freed: number,
];
type RangeCells = [
  job: string,
  slot: number,
  slotUntil: number,
  slots: number | null,
  status: Status,
  reason: string | null,
];
const RANGE_CELLS = 6;

// A day that lost all that counted on it is none. A range may begin long before the days asked for.
const DAYS = `SELECT ${DAY_JSON} AS row FROM json_each(?1) AS asked CROSS JOIN job_days
    ON job_days.job = asked.value AND day >= ?2
    AND succeeded + suspect + failed + cancelled + missed + skipped + deleted > 0
  UNION ALL SELECT json_array(runs.job, slot, slot_until, slots, status, reason)
    FROM json_each(?1) AS asked CROSS JOIN runs INDEXED BY runs_range
    ON runs.job = asked.value AND slot_until >= ?3 AND status IN ('skipped', 'expired') AND clock_off IS NULL`;

function addCounted(days: Map<number, JobDay>, cells: DayCells): void {
  const [
    ,
    day,
    succeeded,
    suspect,
    failed,
    cancelled,
    missed,
    skipped,
    bytes,
    added,
    longestMs,
    newest,
    good,
    deleted,
    freed,
  ] = cells;
  const [runId, size] = good.slice(STAMP_LENGTH).split(" ");
  days.set(day * DAY, {
    day: day * DAY,
    succeeded,
    suspect,
    failed,
    cancelled,
    missed,
    skipped,
    deleted,
    bytes,
    added,
    freed,
    longestMs: longestMs === 0 ? null : longestMs,
    newestRunId: newest === "" ? null : newest.slice(STAMP_LENGTH),
    newestGood: good === "" ? null : { runId: runId!, bytes: size === "" ? null : Number(size) },
  });
}

function addRange(days: Map<number, JobDay>, cells: RangeCells, first: number): void {
  const [, from, until, slots, status, reason] = cells;
  const isMissed = status === "expired" || reason === "missed" || reason === "still_running";
  for (const [at, count] of slotsByDay({ from, until, slots }, first)) {
    const day = days.get(at) ?? emptyDay(at);
    days.set(at, day);
    day[isMissed ? "missed" : "skipped"] += count;
  }
}
