// Reads of the audit trail: its head, its events, and the checkpoints that stand for those that are gone.

import type { TrailHead } from "../../ports/audit_trail.ts";
import { AUDIT_TYPES } from "../../ports/events.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { readTrailPack } from "../history/packed_events.ts";
import type { EventCells } from "../history/event_code.ts";
import { GENESIS } from "./digest.ts";

/** An event of the trail, as it is stored. */
export interface TrailRow extends EventCells {
  link: number;
  /** Null within a pack, which has that of its last event alone. */
  digest: string | null;
  seq: number;
}

/** What stands for the events `first` to `last`, which went. */
export interface Checkpoint {
  /** `2026-03`, of the newest of them, UTC. */
  month: string;
  first: number;
  last: number;
  count: number;
  /** When the first and the last of them were (UTC ms). */
  firstAt: number;
  lastAt: number;
  /** The digest of the last. */
  digest: string;
}

/** What a trail says of itself. */
export interface TrailFrame {
  /** Null where its row is gone. */
  head: TrailHead | null;
  /** Events up to this sequence number are from before the chain. */
  beganAfter: number;
  /** How many of those there are. */
  before: number;
  /** Oldest first. */
  checkpoints: Checkpoint[];
}

/** One consistent look at it. */
export async function readFrame(database: Pick<Database, "read">): Promise<TrailFrame> {
  const [row] = await database.read({
    sql: `SELECT (SELECT json_array(link, digest, began_after) FROM audit_head),
      (SELECT count(*) FROM events WHERE seq <= (SELECT began_after FROM audit_head)),
      (SELECT json_group_array(json_array(month, first, last, count, first_at, last_at, digest))
        FROM (SELECT * FROM audit_checkpoints ORDER BY month))`,
    args: [],
  });
  const [head, before, checkpoints] = Array.from(row!, (cell) => cell === null ? null : String(cell));
  const stored = head === null || head === undefined ? null : JSON.parse(head) as [number, string, number];
  return {
    head: stored === null ? null : { link: stored[0], digest: stored[1] },
    beganAfter: stored?.[2] ?? 0,
    before: Number(before),
    checkpoints: JSON.parse(checkpoints!).map((
      [month, first, last, count, firstAt, lastAt, digest]: [
        string,
        number,
        number,
        number,
        number,
        number,
        string,
      ],
    ) => ({ month, first, last, count, firstAt, lastAt, digest })),
  };
}

/** The head, which is that of an empty trail where its row is gone. */
export async function readHead(database: Pick<Database, "read">): Promise<TrailHead> {
  const [row] = await database.read({ sql: "SELECT link, digest FROM audit_head", args: [] });
  return row === undefined ? { link: 0, digest: GENESIS } : { link: Number(row[0]), digest: String(row[1]) };
}

/** What `CELLS` answers. */
export type Cells = [
  link: number,
  digest: string,
  seq: number,
  at: number,
  type: string,
  level: string,
  job: string | null,
  runId: string | null,
  message: string,
  data: string | null,
];
/** SQL over a row of `events`, for `rowFrom`. */
export const CELLS = "json_array(link, digest, seq, at, type, level, job, run_id, message, data) AS row";

/** Where a look through the trail has come to. */
interface TrailPlace {
  link: number;
  seq: number;
}

/** Before all of it. */
export const TRAIL_START: TrailPlace = { link: Number.MIN_SAFE_INTEGER, seq: 0 };

/** A piece of the trail. */
interface TrailPiece {
  /** By their numbers in the chain, then as they were stored; none at the end of the trail. */
  rows: TrailRow[];
  /** They lay in a pack, which is whole in them. */
  isPack: boolean;
}

/** The next events after a place: a pack, or at most `most` rows. */
export async function readTrail(database: Database, after: TrailPlace, most: number): Promise<TrailPiece> {
  const pack = await readTrailPack(database, after.link);
  const until = pack === undefined ? Number.MAX_SAFE_INTEGER : pack.link! + pack.events.length - 1;
  const found = await readRows<Cells>(
    database,
    `SELECT ${CELLS} FROM events WHERE link IS NOT NULL AND (link, seq) > (?1, ?2) AND link <= ?3
      ORDER BY link, seq LIMIT ?4`,
    [BigInt(after.link), BigInt(after.seq), BigInt(until), BigInt(most)],
  );
  const rows = found.map(rowFrom);
  if (pack === undefined) return { rows, isPack: false };
  // Rows beside those of a pack do not belong there: where they stand, whoever looks takes offence at them.
  const packed = pack.events.map((event, n): TrailRow => ({
    ...event,
    link: pack.link! + n,
    digest: n === pack.events.length - 1 ? pack.digest : null,
  }));
  const all = [...packed, ...rows].sort((left, right) => left.link - right.link || left.seq - right.seq);
  return { rows: all, isPack: true };
}

/** The event in one row of `CELLS`. */
export function rowFrom(
  [link, digest, seq, at, type, level, job, runId, message, data]: Cells,
): TrailRow & TrailHead {
  return { link, digest, seq, at, type, level, job, runId, message, data };
}

/**
 * Of at most `most` events after `seq`, the first that should be chained and is not; and up to where was looked, null for
 * to the end.
 */
export async function findUnchained(
  database: Database,
  seq: number,
  most: number,
): Promise<{ found: { seq: number; type: string } | null; until: number | null }> {
  const [row] = await database.read({
    sql: `WITH looked AS (SELECT seq, type, link FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2)
      SELECT (SELECT json_array(seq, type) FROM looked
        WHERE link IS NULL AND type IN (SELECT value FROM json_each(?3)) LIMIT 1),
        (SELECT CASE WHEN count(*) = ?2 THEN max(seq) END FROM looked)`,
    args: [BigInt(seq), BigInt(most), JSON.stringify(AUDIT_TYPES)],
  });
  const [found, until] = Array.from(row!);
  const cells = found === null ? null : JSON.parse(String(found)) as [number, string];
  return {
    found: cells === null ? null : { seq: cells[0], type: cells[1] },
    until: until === null ? null : Number(until),
  };
}
