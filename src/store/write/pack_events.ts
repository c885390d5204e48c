// Puts events of some days ago into packs, a bounded number a call. What does not fit into the trail stays as it is, since
// it is evidence; what a pack would not give back as it was stays, too.

import { DAY } from "../../domain/duration.ts";
import { AUDIT_TYPES } from "../../ports/events.ts";
import { digestOf, GENESIS } from "../audit/digest.ts";
import { CELLS, type Cells, readFrame, rowFrom } from "../audit/trail_reads.ts";
import type { Database, Statement } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { decodeEvents, encodeEvents, type OldEvent } from "../history/event_code.ts";
import { type EventPack, keysOf } from "../history/packed_events.ts";
import type { GroupCommit } from "./group_commit.ts";

/** When events are packed. */
export interface Packing {
  /** How old they are then (ms). */
  afterMs: number;
  /** How many one pack holds: none is made of fewer. */
  most: number;
}

/** Few look at what was before yesterday; so many are taken out of a pack in two or three milliseconds. */
export const PACKING: Packing = { afterMs: DAY, most: 1_000 };

/** Packs in one call: as many as even a busy program fills in half a minute. */
const MOST_PACKS = 20;

/** Does some bounded pieces of work, between the batches of everybody else. Rejects with `StoreError`. */
export async function packInSteps(
  database: Database,
  group: GroupCommit,
  now: number,
  packing: Packing,
): Promise<{ more: boolean }> {
  let more = false;
  for (const read of [plainFront, trailFront]) {
    let packed = true;
    for (let pack = 0; packed && pack < MOST_PACKS; pack++) {
      packed = await group.alone(async (write) => {
        const statements = await packOf(await read(database, packing.most), now, packing);
        if (statements.length > 0) await write(statements);
        return statements.length > 0;
      });
    }
    more ||= packed;
  }
  return { more };
}

/** The oldest events that are not packed, in their order, and what they follow. */
interface Front {
  events: OldEvent[];
  /** Null outside the trail. */
  chained: Chained | null;
}

const NEWEST = "(SELECT max(seq) FROM events)";

/** Outside the trail; those of before the chain, and what stands beside it, stay rows. */
async function plainFront(database: Database, most: number): Promise<Front> {
  const rows = await readRows<Cells>(
    database,
    `SELECT ${CELLS} FROM events WHERE link IS NULL AND seq > max(
        coalesce((SELECT last FROM event_packs WHERE link IS NULL ORDER BY last DESC LIMIT 1), -1),
        coalesce((SELECT began_after FROM audit_head), -1))
      AND seq < ${NEWEST} AND type NOT IN (SELECT value FROM json_each(?2)) ORDER BY seq LIMIT ?1`,
    [BigInt(most), JSON.stringify(AUDIT_TYPES)],
  );
  return { events: rows.map(rowFrom), chained: null };
}

/** Of the trail, as far as it fits together. The head stays a row, as does the newest event of all. */
async function trailFront(database: Database, most: number): Promise<Front> {
  const { head, checkpoints } = await readFrame(database);
  const [pack] = await database.read({
    sql: "SELECT link + count - 1, digest FROM event_packs WHERE link IS NOT NULL ORDER BY link DESC LIMIT 1",
    args: [],
  });
  const pruned = checkpoints.at(-1);
  const packed = pack === undefined ? undefined : { last: Number(pack[0]), digest: String(pack[1]) };
  const { last, digest } = packed ?? pruned ?? { last: 0, digest: GENESIS };
  const rows = await readRows<Cells>(
    database,
    `SELECT ${CELLS} FROM events WHERE link > ?1 AND link < ?2 AND seq < ${NEWEST} ORDER BY link, seq LIMIT ?3`,
    [BigInt(last), BigInt(head?.link ?? 0), BigInt(most)],
  );
  const events: OldEvent[] = [];
  let end = digest;
  for (const row of rows.map(rowFrom)) {
    const isNext = row.link === last + 1 + events.length && row.seq > (events.at(-1)?.seq ?? 0);
    if (!isNext || digestOf(end, row.link, row) !== row.digest) break;
    events.push(row);
    end = row.digest;
  }
  return { events, chained: { link: last + 1, before: digest, digest: end } };
}

/** What of a row is packed, in the order in which it comes out again. */
function eventOf({ seq, at, type, level, job, runId, message, data }: OldEvent): OldEvent {
  return { seq, at, type, level, job, runId, message, data };
}

/** The statements that pack it, where all of it is old by now; none for nothing. */
async function packOf({ events, chained }: Front, now: number, packing: Packing): Promise<Statement[]> {
  if (!areOld(events, now, packing)) return [];
  const pack = await packStatement(events, chained, now);
  if (pack === null) return [];
  return [pack, {
    sql: "DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?1))",
    args: [JSON.stringify(events.map(({ seq }) => seq))],
  }];
}

/** One that is dated ahead is as old as those around it. */
function areOld(events: readonly OldEvent[], now: number, { afterMs, most }: Packing): boolean {
  return events.length === most && events.some(({ at }) => at <= now) &&
    events.every(({ at }) => at > now || at < now - afterMs);
}

/** Where events are in the chain: the first one's number, the digest that it follows, and that of the last. */
type Chained = Pick<EventPack, "before" | "digest"> & { link: number };

/** What stores the pack of these events, in the place of one that began with them; null where it would not give them back. */
export async function packStatement(
  events: readonly OldEvent[],
  chained: Chained | null,
  now: number,
): Promise<Statement | null> {
  const plain = events.map(eventOf);
  const { ids, body } = await encodeEvents(plain);
  if (JSON.stringify(await decodeEvents({ ids, body })) !== JSON.stringify(plain)) return null;
  const newestAt = Math.max(...events.map(({ at }) => at).filter((at) => at <= now));
  return {
    sql: "INSERT INTO event_packs (first, last, count, newest_at, link, before, digest, keys, ids, body) " +
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    args: [
      ...[events[0]!.seq, events.at(-1)!.seq, events.length, newestAt].map(BigInt),
      chained === null ? null : BigInt(chained.link),
      chained?.before ?? null,
      chained?.digest ?? null,
      keysOf(events),
      ids,
      body,
    ],
  };
}
