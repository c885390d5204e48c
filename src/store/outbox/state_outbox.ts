// The outbox in the state store: written in the batches of everybody else, its events with what they tell of.

import { StoreError } from "../../domain/errors.ts";
import type { PlannedTold } from "../../domain/notify/planned.ts";
import type { Track } from "../../domain/notify/track.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Backlog, Notice, Outbox } from "../../ports/outbox.ts";
import type { Database, SqlValue } from "../database/database.ts";
import type { Cell } from "../schema/columns.ts";
import type { GroupCommit } from "../write/group_commit.ts";
import type { Part } from "../write/run_parts.ts";
import * as sql from "./outbox_sql.ts";

type BacklogCells = [channel: string, count: number, oldestAt: number, error: string | null];
type WaitingCells = [
  id: string,
  createdAt: number,
  notice: Notice,
  attempts: number,
  nextAt: number,
  error: string | null,
];

/** That in `database`; `sink` is told what was committed. */
export function createOutbox(database: Database, group: GroupCommit, sink: EventSink): Outbox {
  async function write(parts: [text: string, rows: Cell[][]][], events: readonly EngineEvent[] = []) {
    const writes: Part[] = parts.filter(([, rows]) => rows.length > 0)
      .map(([text, rows]) => ({ sql: text, rows, targets: new Set() }));
    if (writes.length === 0 && events.length === 0) return;
    const result = await group.commit({
      // Of no job: what is written of notifications keeps its order.
      job: "notify",
      parts: { conditions: [], writes, endedRuns: undefined, concernsAll: false },
      events,
    });
    if (result.result !== "done") {
      throw new StoreError("failed", `Cannot save notifications: ${result.why}: nothing was saved`);
    }
    for (const event of events) sink.emit(event);
  }

  async function read<T>(text: string, ...args: SqlValue[]): Promise<T> {
    const [row] = await database.read({ sql: text, args });
    return JSON.parse(String(row![0])) as T;
  }

  async function backlog(): Promise<Backlog[]> {
    return (await read<BacklogCells[]>(sql.BACKLOG))
      .map(([channel, count, oldestAt, error]) => ({ channel, count, oldestAt, error }));
  }

  return {
    tracks: (channel) => read<Track[]>(sql.TRACKS, channel),
    planned: (channel) => read<PlannedTold[]>(sql.PLANNED, channel),
    queue: ({ channel, tracks, gone, messages, digestUntil, planned = [] }) =>
      write([
        [sql.TRACK, tracks.map((track) => [channel, track.job, JSON.stringify(track)])],
        [sql.UNTRACK, gone.map((job) => [channel, job])],
        [
          sql.ADD,
          messages.map(({ id, createdAt, notice, nextAt }) => [
            ...[id, channel, createdAt, textOf(notice), 0, nextAt],
          ]),
        ],
        [sql.PLAN, planned.map((told) => [channel, told.job, JSON.stringify(told)])],
        [sql.DIGEST, digestUntil === undefined ? [] : [[channel, digestUntil]]],
      ]),
    async waiting(channel, most) {
      const rows = await read<WaitingCells[]>(sql.WAITING, channel, BigInt(most));
      return rows.map(([id, createdAt, notice, attempts, nextAt, error]) => (
        { id, channel, createdAt, notice, attempts, nextAt, error }
      ));
    },
    backlog,
    held: async () =>
      (await read<[string, number][]>(sql.HELD)).map(([channel, jobs]) => ({ channel, jobs })),
    tried: ({ id, attempts, nextAt, error }, event) =>
      write([[sql.TRIED, [[id, attempts, nextAt, error?.toWellFormed() ?? null]]]], event && [event]),
    ended: (ids, event) => write([[sql.REMOVE, ids.map((id) => [id])]], [event]),
    fold: (ids, { id, channel, createdAt, notice, nextAt }) =>
      write([
        [sql.ADD, [[id, channel, createdAt, textOf(notice), 0, nextAt]]],
        [sql.REMOVE, ids.map((id) => [id])],
      ]),
    async digestUntil(channel) {
      const [row] = await database.read({ sql: sql.DIGEST_UNTIL, args: [channel] });
      return row === undefined ? null : Number(row[0]);
    },
    async happened(since) {
      const [made, failed, deleted] = await read<[number, number, number]>(sql.HAPPENED, BigInt(since));
      return { made, failed, deleted };
    },
    async keepOnly(channels, eventOf) {
      const others = await read<string[]>(sql.OTHERS, JSON.stringify(channels));
      if (others.length === 0) return;
      const waiting = (await backlog()).filter(({ channel }) => others.includes(channel));
      const rows = others.map((channel) => [channel]);
      await write(sql.FORGET.map((text) => [text, rows]), waiting.map(eventOf));
    },
  };
}

function textOf(notice: Notice): string {
  return JSON.stringify(notice).toWellFormed();
}
