// Reads packs of old events: which may hold what is asked for, and what is in them.

import { StoreError } from "../../domain/errors.ts";
import type { EventQuery } from "../../ports/queries.ts";
import type { Database, SqlRow, SqlValue } from "../database/database.ts";
import { decodeEvents, type OldEvent } from "./event_code.ts";

/** One pack, taken apart. */
export interface EventPack {
  /** The sequence number of its first event. */
  first: number;
  /** The first one's number in the chain; null outside the trail. */
  link: number | null;
  /** The digest that the first one follows, and that of the last; empty outside the trail. */
  before: string;
  digest: string;
  events: OldEvent[];
}

/** Packs looked at in one go. */
const PIECE = 256;

/**
 * Packed events of a query, in its order: all of the first `limit` of them. `beyond` bounds the sequence numbers on the
 * side to which the query goes; null for no bound.
 */
export async function readPackedEvents(
  database: Database,
  query: EventQuery,
  beyond: number | null,
): Promise<OldEvent[]> {
  const { limit, ascending = false } = query;
  const found: OldEvent[] = [];
  if (limit < 1) return found;
  const inOrder = (left: OldEvent, right: OldEvent) => (left.seq - right.seq) * (ascending ? 1 : -1);
  for (let from: number | null = null;;) {
    const heads = await readHeads(database, query, beyond, from);
    for (const [first, last, mayHold] of heads) {
      from = ascending ? first : last;
      const least = found[limit - 1]?.seq;
      if (least !== undefined && (ascending ? least < first : least > last)) return found;
      if (mayHold === 0) continue;
      // It may have gone by its age since.
      for (const event of (await readPack(database, first))?.events ?? []) {
        if (fits(event, query)) found.push(event);
      }
      found.sort(inOrder).splice(limit);
    }
    if (heads.length < PIECE) return found;
  }
}

type Head = [first: number, last: number, mayHold: number];

async function readHeads(
  database: Database,
  query: EventQuery,
  beyond: number | null,
  from: number | null,
): Promise<Head[]> {
  const { job, runId, type, after, before, ascending = false } = query;
  const args: SqlValue[] = [];
  const arg = (value: SqlValue) => `?${args.push(value)}`;
  const has = (kind: KeyKind, text: string) => `instr(keys, ${arg(keyOf(kind, text))}) > 0`;
  const where = ["true"];
  if (after !== undefined) where.push(`last > ${arg(BigInt(after))}`);
  if (before !== undefined) where.push(`first < ${arg(BigInt(before))}`);
  if (beyond !== null) {
    where.push(ascending ? `first < ${arg(BigInt(beyond))}` : `last > ${arg(BigInt(beyond))}`);
  }
  if (from !== null) where.push(ascending ? `first > ${arg(BigInt(from))}` : `last < ${arg(BigInt(from))}`);
  const mayHold = ["true"];
  if (job !== undefined) mayHold.push(has("job", job));
  if (runId !== undefined) mayHold.push(has("run", runId));
  if (type !== undefined) mayHold.push(`(false ${type.map((one) => ` OR ${has("type", one)}`).join("")})`);
  const order = ascending ? "first" : "last DESC";
  const [row] = await database.read({
    sql: `SELECT json_group_array(json_array(first, last, ${mayHold.join(" AND ")})) FROM
      (SELECT first, last, keys FROM event_packs WHERE ${
      where.join(" AND ")
    } ORDER BY ${order} LIMIT ${PIECE})`,
    args,
  });
  return JSON.parse(String(row![0])) as Head[];
}

function fits(event: OldEvent, { job, runId, type, after, before }: EventQuery): boolean {
  return (job === undefined || event.job === job) && (runId === undefined || event.runId === runId) &&
    (type === undefined || (type as readonly string[]).includes(event.type)) &&
    (after === undefined || event.seq > after) && (before === undefined || event.seq < before);
}

const CELLS = "first, count, link, before, digest, ids, body";

/** The pack that begins with this sequence number. */
export async function readPack(database: Database, first: number): Promise<EventPack | undefined> {
  const [row] = await database.read({
    sql: `SELECT ${CELLS} FROM event_packs WHERE first = ?1`,
    args: [BigInt(first)],
  });
  return row === undefined ? undefined : await packFrom(row);
}

/** The first pack of the trail that reaches beyond this number in the chain. */
export async function readTrailPack(database: Database, link: number): Promise<EventPack | undefined> {
  const from = "coalesce((SELECT max(link) FROM event_packs WHERE link <= ?1 + 1), ?1)";
  return await readOne(database, `link >= ${from} AND link + count - 1 > ?1 ORDER BY link`, link);
}

/** The last pack of the trail that begins before this number in the chain. */
export async function readTrailPackBefore(database: Database, link: number): Promise<EventPack | undefined> {
  return await readOne(database, "link < ?1 ORDER BY link DESC", link);
}

async function readOne(database: Database, where: string, link: number): Promise<EventPack | undefined> {
  const [row] = await database.read({
    sql:
      `SELECT ${CELLS} FROM event_packs INDEXED BY event_packs_link WHERE link IS NOT NULL AND ${where} LIMIT 1`,
    args: [BigInt(link)],
  });
  return row === undefined ? undefined : await packFrom(row);
}

async function packFrom(row: SqlRow): Promise<EventPack> {
  const [first, count, link, before, digest, ids, body] = Array.from(row);
  const [start, number] = [Number(first), Number(count)];
  const events = await decodeEvents({ ids: bytesOf(ids), body: bytesOf(body) }).catch((error) => error);
  if (!Array.isArray(events) || events.length !== number || events[0]!.seq !== start) {
    throw new StoreError(
      "corrupt",
      `Cannot read the old events from number ${start} on: their pack is damaged: they are gone unless a snapshot ` +
        "of the state has them",
      events instanceof Error ? events : undefined,
    );
  }
  return {
    first: start,
    link: link === null ? null : Number(link),
    before: String(before ?? ""),
    digest: String(digest ?? ""),
    events,
  };
}

function bytesOf(cell: unknown): Uint8Array {
  return new Uint8Array(cell as ArrayBuffer);
}

/** What packs are looked for by. */
type KeyKind = "job" | "run" | "type";

/** Four bytes that stand for what an event is of: others may have the same. FNV-1a. */
function keyOf(kind: KeyKind, text: string): Uint8Array {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${kind} ${text}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return Uint8Array.of(hash >>> 24, hash >>> 16, hash >>> 8, hash);
}

/** The keys of all that the events are of. */
export function keysOf(events: readonly OldEvent[]): Uint8Array {
  const named = new Map<string, Uint8Array>();
  const name = (kind: KeyKind, text: string | null) => {
    if (text !== null) named.set(`${kind} ${text}`, keyOf(kind, text));
  };
  for (const { type, job, runId } of events) {
    name("type", type);
    name("job", job);
    name("run", runId);
  }
  return Uint8Array.from([...named.values()].flatMap((key) => [...key]));
}
