// Events as they were committed, by their sequence number: those of the last days row by row, older ones out of packs.

import type { EventQuery, StoredEvent } from "../../ports/queries.ts";
import type { Database, SqlValue } from "../database/database.ts";
import type { OldEvent } from "../history/event_code.ts";
import { readPackedEvents } from "../history/packed_events.ts";

type EventCells = [
  seq: number,
  at: number,
  type: StoredEvent["type"],
  level: StoredEvent["level"],
  job: string | null,
  runId: string | null,
  message: string,
  data: string | null,
];

/** Events of a query, newest first unless it says ascending. */
export async function readEvents(database: Database, query: EventQuery): Promise<StoredEvent[]> {
  const limit = Math.max(0, Math.floor(query.limit));
  // Rows first: those that are packed meanwhile are then found twice, never not at all.
  const rows = await readRows(database, { ...query, limit });
  const beyond = rows[limit - 1]?.seq ?? null;
  const packed = await readPackedEvents(database, { ...query, limit }, beyond);
  if (packed.length === 0) return rows;
  const all = new Map([...packed.map(unpacked), ...rows].map((event) => [event.seq, event]));
  const inOrder = [...all.values()].sort((left, right) =>
    (left.seq - right.seq) * (query.ascending ? 1 : -1)
  );
  return inOrder.slice(0, limit);
}

function unpacked({ seq, at, type, level, job, runId, message, data }: OldEvent): StoredEvent {
  return eventFrom([
    seq,
    at,
    type as StoredEvent["type"],
    level as StoredEvent["level"],
    job,
    runId,
    message,
    data,
  ]);
}

async function readRows(database: Database, query: EventQuery): Promise<StoredEvent[]> {
  const args: SqlValue[] = [];
  const arg = (value: SqlValue) => `?${args.push(value)}`;
  const where: string[] = [];
  if (query.after !== undefined) where.push(`seq > ${arg(BigInt(query.after))}`);
  if (query.before !== undefined) where.push(`seq < ${arg(BigInt(query.before))}`);
  if (query.job !== undefined) where.push(`job = ${arg(query.job)}`);
  if (query.runId !== undefined) where.push(`run_id = ${arg(query.runId)}`);
  if (query.type !== undefined) {
    where.push(`type IN (SELECT value FROM json_each(${arg(JSON.stringify(query.type))}))`);
  }
  const order = query.ascending ? "ASC" : "DESC";
  const limit = arg(BigInt(query.limit));
  const sql = "SELECT json_group_array(json_array(seq, at, type, level, job, run_id, message, data)) FROM " +
    `(SELECT * FROM events${where.length === 0 ? "" : ` WHERE ${where.join(" AND ")}`} ` +
    `ORDER BY seq ${order} LIMIT ${limit})`;
  const [row] = await database.read({ sql, args });
  return (JSON.parse(String(row![0])) as EventCells[]).map(eventFrom);
}

function eventFrom([seq, at, type, level, job, runId, message, data]: EventCells): StoredEvent {
  const event: StoredEvent = { seq, type, level, at, message };
  if (job !== null) event.job = job;
  if (runId !== null) event.runId = runId;
  if (data !== null) event.data = JSON.parse(data);
  return event;
}
