// What pages that are open hear of: that something changed, and of which jobs. They ask then for themselves what it is.

import type { Clock } from "../../ports/host.ts";
import type { StoredEvent } from "../../ports/queries.ts";
import type { Reads } from "../../ports/store.ts";
import type { Look } from "../look.ts";

/** What is committed within this time is told of together (ms). */
const GATHER_MS = 150;
/** While something runs it is looked so often how far it is (ms). */
const PROGRESS_MS = 1_000;
/** A comment is sent when nothing else was for this long, so that proxies keep the stream open. */
const HEARTBEAT_MS = 15_000;
const MOST_STREAMS = 200;
/** Texts that wait for a page that takes none: it has gone to sleep, and comes back by itself. */
const MOST_WAITING = 100;
/** More jobs than these are not named: everything may have changed. */
const MOST_JOBS = 50;
const BATCH = 500;

interface LiveParts {
  reads: Pick<Reads, "events">;
  clock: Clock;
  subscribe(listener: () => void): () => void;
  closing: AbortSignal;
  look(): Promise<Look>;
}

/** One page that listens. */
interface Listener {
  send(text: string): void;
  end(): void;
}

/**
 * All streams of one server: what changed is found out once, however many pages listen, and nothing at all is looked at
 * while nobody does.
 */
export class LiveStreams {
  readonly #listening = new Set<Listener>();
  /** The number of the last event that was told of. */
  #last = 0;
  #isNews = false;
  #isWatching = false;
  #wake = () => {};

  constructor(private readonly parts: LiveParts) {}

  /** Undefined where too many are open. `after`: the last that the page has heard of; `isWelcome`: asked before each text. */
  async open(
    after: number | undefined,
    isWelcome: () => boolean,
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    const { closing } = this.parts;
    if (this.#listening.size >= MOST_STREAMS || closing.aborted) return undefined;
    const known = await this.#newest();
    const encoder = new TextEncoder();
    let mine: Listener | undefined;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const end = () => {
          if (this.#listening.delete(mine!)) controller.close();
        };
        const send = (text: string) => {
          if (!isWelcome() || (controller.desiredSize ?? 0) < -MOST_WAITING) end();
          else controller.enqueue(encoder.encode(text));
        };
        mine = { send, end };
        this.#listening.add(mine);
        send(`retry: 2000\nid: ${known}\nevent: hello\ndata: {}\n\n`);
        if (after !== undefined && after < known) send(textOf("changed", { jobs: null }));
        if (!this.#isWatching) void this.#watch();
      },
      cancel: () => void this.#listening.delete(mine!),
    });
  }

  /** Works for as long as somebody listens. */
  async #watch(): Promise<void> {
    const { subscribe, closing } = this.parts;
    this.#isWatching = true;
    const unsubscribe = subscribe(() => {
      this.#isNews = true;
      this.#wake();
    });
    const wake = () => this.#wake();
    closing.addEventListener("abort", wake);
    try {
      this.#last = await this.#newest();
      let progress = await this.#progress();
      while (this.#listening.size > 0 && !closing.aborted) progress = await this.#step(progress);
    } catch {
      // Pages come back with the last that they heard of, and are told then what is wrong with the store.
    } finally {
      closing.removeEventListener("abort", wake);
      unsubscribe();
      this.#isWatching = false;
      for (const one of [...this.#listening]) one.end();
    }
  }

  /** Waits for something to tell, and tells it; returns how far runs are. */
  async #step(progress: string): Promise<string> {
    const { clock } = this.parts;
    await this.#pause(progress === "" ? HEARTBEAT_MS : PROGRESS_MS);
    if (this.#isNews) {
      await clock.sleep(GATHER_MS);
      this.#isNews = false;
      await this.#tellChanges();
      return await this.#progress();
    }
    if (progress === "") {
      this.#send(": still here\n\n");
      return progress;
    }
    const now = await this.#progress();
    if (now !== progress) this.#send(textOf("progress", { jobs: [] }));
    return now;
  }

  /** So long, or until there is news, or the end. */
  async #pause(ms: number): Promise<void> {
    if (this.#isNews || this.parts.closing.aborted) return;
    const over = new AbortController();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.parts.clock.sleep(ms, over.signal).then(resolve, () => {});
    });
    this.#wake = () => {};
    over.abort();
  }

  async #tellChanges(): Promise<void> {
    const events = await this.parts.reads.events({ after: this.#last, ascending: true, limit: BATCH });
    if (events.length === 0) return;
    this.#last = events.length < BATCH ? events.at(-1)!.seq : await this.#newest();
    this.#send(textOf("changed", { jobs: jobsOf(events) }, this.#last));
  }

  /** What runs, and how far it is: another text when any of that changed, an empty one when nothing runs. */
  async #progress(): Promise<string> {
    const { jobs } = await this.parts.look();
    return jobs.flatMap(({ job, running, verification }) =>
      running === null && !verification?.running
        ? []
        : [`${job} ${running?.message} ${verification?.running?.message}`]
    ).join("\n");
  }

  async #newest(): Promise<number> {
    return (await this.parts.reads.events({ limit: 1 }))[0]?.seq ?? 0;
  }

  #send(text: string): void {
    for (const one of [...this.#listening]) one.send(text);
  }
}

function textOf(event: string, data: { jobs: string[] | null }, id?: number): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Of which jobs these tell; null for too many to name. */
function jobsOf(events: readonly StoredEvent[]): string[] | null {
  const jobs = new Set(events.flatMap(({ job }) => job ?? []));
  return jobs.size > MOST_JOBS || events.length >= BATCH ? null : [...jobs];
}
