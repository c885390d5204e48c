// Committed events as a stream of server-sent events: first what was missed, then each as it is committed.

import type { Clock } from "../ports/host.ts";
import type { EventQuery, StoredEvent } from "../ports/queries.ts";
import type { Reads } from "../ports/store.ts";
import { eventView } from "./views.ts";

/** A comment is sent when nothing else was for this long, so that proxies keep the stream open. */
const HEARTBEAT_MS = 15_000;
const BATCH = 500;

interface StreamPorts {
  reads: Pick<Reads, "events">;
  clock: Clock;
  subscribe(listener: () => void): () => void;
  closing?: AbortSignal;
  /** False once the reader may no longer read: what let them in is gone. */
  isWelcome(): boolean;
}

/**
 * Streams the events that fit `filter` with a sequence number above `after`.
 * The subscription only wakes it; what it sends is always read from the store, so a slow reader misses nothing,
 * costs no memory, and sees an event once.
 */
export function eventStream(
  ports: StreamPorts,
  filter: Pick<EventQuery, "job" | "runId" | "type">,
  after: number,
  ended: () => void,
): ReadableStream<Uint8Array> {
  const stopped = new AbortController();
  let last = after;
  let news = true;
  let wake = () => {};
  const unsubscribe = ports.subscribe(() => {
    news = true;
    wake();
  });
  const stop = () => {
    if (stopped.signal.aborted) return;
    ports.closing?.removeEventListener("abort", stop);
    unsubscribe();
    stopped.abort();
    wake();
    ended();
  };
  ports.closing?.addEventListener("abort", stop);
  if (ports.closing?.aborted) stop();

  async function waitForNews(ms: number): Promise<void> {
    const over = new AbortController();
    await new Promise<void>((resolve) => {
      wake = resolve;
      ports.clock.sleep(ms, over.signal).then(resolve, () => {});
    });
    wake = () => {};
    over.abort();
  }

  async function readNews(): Promise<StoredEvent[]> {
    // Asked first: what fits the filter up to here is in the answer below, so it need not be looked through again.
    const newest = (await ports.reads.events({ limit: 1 }))[0]?.seq ?? 0;
    const events = await ports.reads.events({ ...filter, after: last, ascending: true, limit: BATCH });
    const isAll = events.length < BATCH;
    last = Math.max(last, events.at(-1)?.seq ?? 0, isAll ? newest : 0);
    if (!isAll) news = true;
    return events;
  }

  /** The next piece of text; undefined at the end. */
  async function next(): Promise<string | undefined> {
    const quietUntil = ports.clock.monotonic() + HEARTBEAT_MS;
    while (!stopped.signal.aborted && ports.isWelcome()) {
      if (news) {
        news = false;
        const events = await readNews();
        if (events.length > 0) return events.map(eventText).join("");
      } else {
        const left = quietUntil - ports.clock.monotonic();
        if (left <= 0) return ": still here\n\n";
        await waitForNews(left);
      }
    }
    return undefined;
  }

  return textStream(next, stop);
}

/** Streams what `next` answers, and ends where it answers undefined. `stop` is called at the end, whoever ends it. */
function textStream(
  next: () => Promise<string | undefined>,
  stop: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let isCancelled = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode("retry: 2000\n\n"));
    },
    async pull(controller) {
      let text: string | undefined;
      try {
        text = await next();
      } catch {
        // The reader comes back with Last-Event-ID and is told then what is wrong with the store.
      }
      if (isCancelled) return;
      if (text !== undefined) return controller.enqueue(encoder.encode(text));
      stop();
      controller.close();
    },
    cancel() {
      isCancelled = true;
      stop();
    },
  });
}

function eventText(event: StoredEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(eventView(event))}\n\n`;
}
