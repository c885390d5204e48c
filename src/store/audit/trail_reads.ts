// Reads of the audit trail: its head, its events, and the checkpoints that stand for those that are gone.

import type { ChainedEvent, TrailHead, TrailQuery } from "../../ports/audit_trail.ts";
import { AUDIT_TYPES } from "../../ports/events.ts";
import type { StoredEvent } from "../../ports/queries.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import type { EventCells } from "./digest.ts";
import { GENESIS } from "./digest.ts";

/** A row of the trail, as it is stored. */
export interface TrailRow extends EventCells {
  link: number;
  digest: string;
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

type Cells = [
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
const CELLS = "json_array(link, digest, seq, at, type, level, job, run_id, message, data) AS row";

/** The next rows after one, by their numbers in the chain, then as they were stored. */
export async function readTrail(
  database: Database,
  after: { link: number; seq: number },
  most: number,
): Promise<TrailRow[]> {
  const rows = await readRows<Cells>(
    database,
    `SELECT ${CELLS} FROM events WHERE link IS NOT NULL AND (link, seq) > (?1, ?2) ORDER BY link, seq LIMIT ?3`,
    [BigInt(after.link), BigInt(after.seq), BigInt(most)],
  );
  return rows.map(rowFrom);
}

function rowFrom([link, digest, seq, at, type, level, job, runId, message, data]: Cells): TrailRow {
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

/** Events of the trail, for people. */
export async function readChained(database: Database, query: TrailQuery): Promise<ChainedEvent[]> {
  const { after, limit } = query;
  const rows = await readRows<Cells>(
    database,
    after === undefined
      ? `SELECT ${CELLS} FROM events WHERE link IS NOT NULL ORDER BY link DESC LIMIT ?1`
      : `SELECT ${CELLS} FROM events WHERE link > ?2 ORDER BY link LIMIT ?1`,
    after === undefined ? [BigInt(limit)] : [BigInt(limit), BigInt(after)],
  );
  return rows.map(rowFrom).map(({ job, runId, data, type, level, ...row }) => ({
    ...row,
    type: type as StoredEvent["type"],
    level: level as StoredEvent["level"],
    ...(job === null ? {} : { job }),
    ...(runId === null ? {} : { runId }),
    ...(data === null ? {} : { data: JSON.parse(data) }),
  }));
}
