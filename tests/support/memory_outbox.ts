// An outbox in memory, for tests of what is done with one.

import type { PlannedTold } from "../../src/domain/notify/planned.ts";
import type { Track } from "../../src/domain/notify/track.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Notice, Outbox, Waiting } from "../../src/ports/outbox.ts";

export interface MemoryOutbox extends Outbox {
  rows: Map<string, Waiting>;
  events: EngineEvent[];
  add(channel: string, id: string, createdAt: number, title?: string): void;
}

/** A notice that says nothing but its title. */
export function noticeOf(title: string): Notice {
  return { news: "bad", title, text: "", link: null, jobs: [] };
}

export function memoryOutbox(): MemoryOutbox {
  const rows = new Map<string, Waiting>();
  const tracks = new Map<string, Map<string, Track>>();
  const plans = new Map<string, Map<string, PlannedTold>>();
  const digests = new Map<string, number>();
  const events: EngineEvent[] = [];
  const inOrder = (channel: string) =>
    [...rows.values()].filter((row) => row.channel === channel)
      .sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1));
  const put = (row: Waiting) => rows.has(row.id) || rows.set(row.id, row);
  return {
    rows,
    events,
    add: (channel, id, createdAt, title = id) =>
      void put({
        id,
        channel,
        createdAt,
        notice: noticeOf(title),
        attempts: 0,
        nextAt: createdAt,
        error: null,
      }),
    tracks: (channel) => Promise.resolve([...tracks.get(channel)?.values() ?? []]),
    planned: (channel) => Promise.resolve([...plans.get(channel)?.values() ?? []]),
    queue({ channel, tracks: changed, gone, messages, digestUntil, planned = [] }) {
      const told = plans.get(channel) ?? new Map<string, PlannedTold>();
      plans.set(channel, told);
      for (const plan of planned) told.set(plan.job, plan);
      const own = tracks.get(channel) ?? new Map<string, Track>();
      tracks.set(channel, own);
      for (const track of changed) own.set(track.job, track);
      for (const job of gone) own.delete(job);
      for (const message of messages) put({ ...message, channel, attempts: 0, error: null });
      if (digestUntil !== undefined) digests.set(channel, digestUntil);
      return Promise.resolve();
    },
    waiting: (channel, most) => Promise.resolve(inOrder(channel).slice(0, most)),
    backlog: () =>
      Promise.resolve(
        [...new Set([...rows.values()].map(({ channel }) => channel))].map((channel) => {
          const own = inOrder(channel);
          const error = own.find(({ error }) => error !== null)?.error ?? null;
          return { channel, count: own.length, oldestAt: own[0]!.createdAt, error };
        }),
      ),
    held: () =>
      Promise.resolve(
        Array.from(tracks, ([channel, own]) => ({
          channel,
          jobs: [...own.values()].filter(({ held, news }) => held && news !== null).length,
        })).filter(({ jobs }) => jobs > 0),
      ),
    tried({ id, attempts, nextAt, error }, event) {
      const row = rows.get(id);
      if (row !== undefined) rows.set(id, { ...row, attempts, nextAt, error: error ?? row.error });
      if (event !== undefined) events.push(event);
      return Promise.resolve();
    },
    ended(ids, event) {
      for (const id of ids) rows.delete(id);
      events.push(event);
      return Promise.resolve();
    },
    fold(ids, into) {
      for (const id of ids) rows.delete(id);
      put(into);
      return Promise.resolve();
    },
    digestUntil: (channel) => Promise.resolve(digests.get(channel) ?? null),
    happened: () => Promise.resolve({ made: 0, failed: 0, deleted: 0 }),
    async keepOnly(channels, eventOf) {
      for (const backlog of await this.backlog()) {
        if (!channels.includes(backlog.channel)) events.push(eventOf(backlog));
      }
      for (const [id, { channel }] of rows) if (!channels.includes(channel)) rows.delete(id);
      for (const channel of tracks.keys()) if (!channels.includes(channel)) tracks.delete(channel);
    },
  };
}
