// Reads of the audit trail that look into packs as well: its events for people, and what stands beside it.

import type { ChainedEvent, TrailHead, TrailQuery } from "../../ports/audit_trail.ts";
import { AUDIT_TYPES } from "../../ports/events.ts";
import type { StoredEvent } from "../../ports/queries.ts";
import type { Database } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import {
  type EventPack,
  readPack,
  readPackedEvents,
  readTrailPack,
  readTrailPackBefore,
} from "../history/packed_events.ts";
import { digestOf } from "./digest.ts";
import { CELLS, type Cells, rowFrom, type TrailRow } from "./trail_reads.ts";

/** A pack of the trail that begins within another one. */
export async function findDoubledPack(database: Database): Promise<{ link: number; seq: number } | null> {
  const [row] = await database.read({
    sql: `SELECT link, first FROM (SELECT link, first, lag(link + count) OVER (ORDER BY link) AS ended
        FROM event_packs INDEXED BY event_packs_link WHERE link IS NOT NULL) WHERE link < ended LIMIT 1`,
    args: [],
  });
  return row === undefined ? null : { link: Number(row[0]), seq: Number(row[1]) };
}

/** Of the packs outside the trail after this one, the first, and what is in it that should be of the trail. */
export async function findPackedBeside(
  database: Database,
  after: number,
): Promise<{ first: number; found: { seq: number; type: string } | null } | null> {
  const [row] = await database.read({
    sql: "SELECT first FROM event_packs WHERE link IS NULL AND first > ?1 ORDER BY first LIMIT 1",
    args: [BigInt(after)],
  });
  if (row === undefined) return null;
  const first = Number(row[0]);
  const { events } = await readPack(database, first) ?? { events: [] };
  const found = events.find(({ type }) => (AUDIT_TYPES as readonly string[]).includes(type));
  return { first, found: found === undefined ? null : { seq: found.seq, type: found.type } };
}

/** What the trail itself said last of events that went by their age. */
export async function readLastPruned(database: Database): Promise<string | null> {
  const [row] = await database.read({
    sql:
      "SELECT data FROM events WHERE link IS NOT NULL AND type = 'audit.pruned' ORDER BY link DESC LIMIT 1",
    args: [],
  });
  if (row !== undefined) return String(row[0]);
  const [packed] = await readPackedEvents(database, { type: ["audit.pruned"], limit: 1 }, null);
  return packed?.data ?? null;
}

/** Events of the trail, for people. */
export async function readChained(database: Database, query: TrailQuery): Promise<ChainedEvent[]> {
  const { after, limit } = query;
  if (after !== undefined) return await readChainedAfter(database, after, limit);
  const rows = await readRows<Cells>(
    database,
    `SELECT ${CELLS} FROM events WHERE link IS NOT NULL ORDER BY link DESC LIMIT ?1`,
    [BigInt(limit)],
  );
  const found = rows.map(rowFrom);
  let first = found.at(-1)?.link ?? Number.MAX_SAFE_INTEGER;
  while (found.length < limit) {
    const pack = await readTrailPackBefore(database, first);
    if (pack === undefined) break;
    first = pack.link!;
    found.push(...digestedOf(pack).reverse());
  }
  return found.slice(0, limit).map(chainedFrom);
}

async function readChainedAfter(database: Database, after: number, limit: number): Promise<ChainedEvent[]> {
  const found: (TrailRow & TrailHead)[] = [];
  for (let from = after; found.length < limit;) {
    const pack = await readTrailPack(database, from);
    if (pack === undefined) break;
    found.push(...digestedOf(pack).filter(({ link }) => link > after));
    from = found.at(-1)?.link ?? pack.link! + pack.events.length - 1;
  }
  const rows = await readRows<Cells>(
    database,
    `SELECT ${CELLS} FROM events WHERE link > ?2 ORDER BY link LIMIT ?1`,
    [BigInt(Math.max(0, limit - found.length)), BigInt(found.at(-1)?.link ?? after)],
  );
  return [...found, ...rows.map(rowFrom)].slice(0, limit).map(chainedFrom);
}

/** The events of a pack, each with the digest that it has after the one before it. */
function digestedOf({ link: first, before, digest, events }: EventPack): (TrailRow & TrailHead)[] {
  let last = before;
  return events.map((event, n) => {
    const link = first! + n;
    last = n === events.length - 1 ? digest : digestOf(last, link, event);
    return { ...event, link, digest: last };
  });
}

function chainedFrom({ job, runId, data, type, level, ...row }: TrailRow & TrailHead): ChainedEvent {
  return {
    ...row,
    type: type as StoredEvent["type"],
    level: level as StoredEvent["level"],
    ...(job === null ? {} : { job }),
    ...(runId === null ? {} : { runId }),
    ...(data === null ? {} : { data: JSON.parse(data) }),
  };
}
