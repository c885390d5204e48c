// What channels were told, and the messages that wait for them: each is fixed, whole, before it is sent first.

import type { PlannedTold } from "../domain/notify/planned.ts";
import type { News, Track } from "../domain/notify/track.ts";
import type { EngineEvent } from "./events.ts";

/** One job of a message. Times in ISO 8601. */
export interface NoticeJob {
  job: string;
  state: string;
  well: boolean;
  since: string | null;
  cause: string | null;
  remedy: string | null;
}

/** What a message says, to people and to programs. */
export interface Notice {
  news: News | "planned" | "digest" | "several" | "test";
  /** One line. */
  title: string;
  text: string;
  link: string | null;
  /** Of how many jobs it tells; absent in a message that an earlier version wrote. */
  job_count?: number;
  /** There are more than `jobs` names. */
  jobs_cut?: boolean;
  /** The first of them where they are very many. */
  jobs: NoticeJob[];
}

/** A message that was not taken yet. Instants are UTC ms. */
export interface Waiting {
  /** Stays the same with every try. */
  id: string;
  channel: string;
  createdAt: number;
  notice: Notice;
  /** How often it was sent, or was about to be. */
  attempts: number;
  /** Not before. */
  nextAt: number;
  /** Why it was not taken; null before the first try. */
  error: string | null;
}

/** What one look makes of a channel; all of it or nothing is saved. */
export interface Queued {
  channel: string;
  tracks: readonly Track[];
  /** Jobs that need no track any more. */
  gone: readonly string[];
  messages: readonly Omit<Waiting, "channel" | "attempts" | "error">[];
  /** The digest among them tells of what was up to then (UTC ms). Absent: there is none. */
  digestUntil?: number;
  /** What of deletions to come the channel is told with them. */
  planned?: readonly PlannedTold[];
}

/** How many messages wait for a channel. */
export interface Backlog {
  channel: string;
  count: number;
  /** When the oldest was written (UTC ms). */
  oldestAt: number;
  /** What the one that was tried last was answered; null where none was tried. */
  error: string | null;
}

/** Rejects with `StoreError`; each write is one commit. */
export interface Outbox {
  tracks(channel: string): Promise<Track[]>;
  /** What a channel was told of deletions to come. */
  planned(channel: string): Promise<PlannedTold[]>;
  queue(queued: Queued): Promise<void>;
  /** The oldest messages of a channel, at most so many. */
  waiting(channel: string, most: number): Promise<Waiting[]>;
  /** By channel; those without any are left out. */
  backlog(): Promise<Backlog[]>;
  /** By channel, of how many jobs quiet hours hold the news; channels without any are left out. */
  held(): Promise<{ channel: string; jobs: number }[]>;
  /** A message is about to be sent, or was not taken. */
  tried(message: Pick<Waiting, "id" | "attempts" | "nextAt" | "error">, event?: EngineEvent): Promise<void>;
  /** Messages were taken, or are given up. */
  ended(ids: readonly string[], event: EngineEvent): Promise<void>;
  /** Makes one message of several that were never sent. */
  fold(ids: readonly string[], into: Waiting): Promise<void>;
  /** Until when the last digest of a channel told (UTC ms); null for none. */
  digestUntil(channel: string): Promise<number | null>;
  /** What was made, failed without another try to follow, and was deleted since then (UTC ms), by committed events. */
  happened(since: number): Promise<{ made: number; failed: number; deleted: number }>;
  /** Forgets all of channels but these, and tells the messages that were never sent by an event each. */
  keepOnly(channels: readonly string[], eventOf: (backlog: Backlog) => EngineEvent): Promise<void>;
}
