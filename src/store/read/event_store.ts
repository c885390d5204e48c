// The audit trail: events as they were committed, by their sequence number.

import type { EventQuery, StoredEvent } from "../../ports/queries.ts";
import type { Database, SqlValue } from "../database/database.ts";

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
  const args: SqlValue[] = [];
  const arg = (value: SqlValue) => `?${args.push(value)}`;
  const where: string[] = [];
  if (query.after !== undefined) where.push(`seq > ${arg(BigInt(query.after))}`);
  if (query.job !== undefined) where.push(`job = ${arg(query.job)}`);
  if (query.runId !== undefined) where.push(`run_id = ${arg(query.runId)}`);
  if (query.type !== undefined) {
    where.push(`type IN (SELECT value FROM json_each(${arg(JSON.stringify(query.type))}))`);
  }
  const order = query.ascending ? "ASC" : "DESC";
  const limit = arg(BigInt(Math.max(0, Math.floor(query.limit))));
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
