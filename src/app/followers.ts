// Who follows what happens: the log, the metrics, the book of upkeep, and who reads the audit trail; part of the
// composition root.

import { hasColour } from "../observe/colour.ts";
import type { LogConfig } from "../config/values/config.ts";
import { foldedLog } from "../observe/folded_log.ts";
import { createLog } from "../observe/log.ts";
import { createMetrics, type Metrics } from "../observe/metrics.ts";
import { repeatedLog } from "../observe/repeated_log.ts";
import { sparedLog } from "../observe/store_trouble_log.ts";
import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { Host } from "../ports/host.ts";
import type { RunStore } from "../ports/store.ts";
import { ContactBook } from "./contact_book.ts";
import { UpkeepBook } from "./upkeep_book.ts";

/** The followers of one running scheduler. */
export interface Followers {
  metrics: Metrics;
  upkeep: UpkeepBook;
  contacts: ContactBook;
  /** Hands every event to all of them. */
  sink: EventSink;
  /** The same for what the store committed; also wakes those who follow the audit trail. */
  committed: EventSink & {
    subscribe(listener: () => void): () => void;
    /** Wakes them where somebody else committed something. */
    news(): void;
  };
  /** Adds one, which learns of what happens from now on. */
  add(follower: EventSink): void;
  /** Tells of the program itself, as of now. */
  say(type: EngineEvent["type"], level: EngineEvent["level"], message: string): void;
  /** Why the last change could not be saved; null when it could. */
  storeTrouble(): string | null;
}

/** Makes them; what happens before has no followers. */
export function createFollowers(log: LogConfig, host: Host): Followers {
  const { clock, terminal } = host;
  const upkeep = new UpkeepBook();
  const contacts = new ContactBook();
  const lines = createLog({
    level: log.level,
    format: log.format === "auto" ? (terminal.errIsTty ? "text" : "json") : log.format,
    colour: hasColour(terminal.errIsTty, host.env),
    write: (line) => terminal.err(`${line}\n`),
  });
  const metrics = createMetrics({
    version: host.version,
    startedAt: clock.now(),
    usage: host.usage,
    logDropped: terminal.errDropped,
    clock,
  });
  const followers: EventSink[] = [
    sparedLog(repeatedLog(foldedLog(lines), clock), clock),
    metrics,
    upkeep,
    contacts,
  ];
  let storeTrouble: string | null = null;
  const sink: EventSink = {
    emit(event) {
      // What cannot be saved must show until something can be again.
      if (event.type === "store.commit") storeTrouble = null;
      else if (event.type === "store.error" && event.level === "error") storeTrouble = event.message;
      for (const follower of followers) follower.emit(event);
    },
  };
  return {
    metrics,
    upkeep,
    contacts,
    sink,
    committed: committedEvents(sink),
    add: (follower) => void followers.push(follower),
    say: (type, level, message) => sink.emit({ type, level, at: clock.now(), message }),
    storeTrouble: () => storeTrouble,
  };
}

/** What upkeep has done belongs to the audit trail; where that cannot be written it is told all the same. */
export function auditUpkeep(store: Pick<RunStore, "commit">, sink: EventSink): EventSink {
  return {
    emit(event) {
      if (event.type !== "provider.upkeep" || event.data?.news !== true) return sink.emit(event);
      void recordEvent(store, sink, event);
    },
  };
}

/** Saves one event; where that cannot be it is told all the same. Never rejects. */
export async function recordEvent(
  store: Pick<RunStore, "commit">,
  sink: EventSink,
  event: EngineEvent,
): Promise<void> {
  await store.commit({ job: "", writes: [], events: [event] }).catch(() => sink.emit(event));
}

function committedEvents(sink: EventSink): Followers["committed"] {
  const listeners = new Set<() => void>();
  return {
    emit(event) {
      sink.emit(event);
      for (const listener of listeners) listener();
    },
    news() {
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
