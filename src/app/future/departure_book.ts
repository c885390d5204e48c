// Keeps how many backups of each job will be deleted within a day, for metrics; part of the composition root.
//
// Foreseeing it takes milliseconds a job, so it is done neither at a scrape nor within a pass: one job after the other,
// hourly, and soon after something happened to it, on a twentieth of the time at most, and on far less while nobody looks.

import { DAY } from "../../domain/duration.ts";
import { isSameJob, type Job } from "../../domain/job.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import { BackgroundPace } from "../background_pace.ts";
import { departuresOf, type DeparturesParts } from "./departures_of.ts";

/** So far ahead is looked. */
const AHEAD_MS = DAY;

const NAP_MS = 5_000;
const STALE_MS = 3_600_000;
/** What a job does often is not followed more closely than this; an edit is, at once. */
const REST_MS = 300_000;
const AFTER_FAILURE_MS = 60_000;

/** What may change which backups go. */
export const CHANGES =
  /^(run\.(available|accepted|rejected|missing|held|released|locked|unlocked)|retention\.|delete\.|job\.)/;

interface Entry {
  /** What it was foreseen for. */
  declared: Job;
  count: number | null;
  /** By the monotonic clock. */
  at: number;
  changed: boolean;
}

/** Foresees in the background until it is disposed. */
export class DepartureBook implements EventSink, AsyncDisposable {
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  readonly #pace: BackgroundPace;
  /** Nothing is due before; by the monotonic clock. */
  #soonest = -Infinity;

  constructor(private readonly parts: DeparturesParts) {
    this.#pace = new BackgroundPace(parts.clock);
  }

  start(): void {
    this.#done = this.#run(this.#stop.signal).catch(() => {});
  }

  emit({ type, job }: EngineEvent): void {
    // Which jobs that changes is to be found.
    if (type === "config.reloaded") this.#soonest = -Infinity;
    const entry = job === undefined || !CHANGES.test(type) ? undefined : this.#entries.get(job);
    if (entry === undefined) return;
    entry.changed = true;
    this.#soonest = Math.min(this.#soonest, dueAt(entry));
  }

  /** How many of its backups go within a day, as last foreseen; null where that is not known. */
  countOf(job: string): number | null {
    this.#pace.asked();
    return this.#entries.get(job)?.count ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Schelly is stopping"));
    await this.#done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, engine } = this.parts;
    for (;;) {
      await clock.sleep(NAP_MS, signal);
      if (clock.monotonic() < this.#soonest) continue;
      for (const name of this.#entries.keys()) {
        if (engine.job(name) === undefined) this.#entries.delete(name);
      }
      this.#soonest = Infinity;
      for (const name of engine.jobNames().filter((one) => this.#isDue(one))) {
        const began = clock.monotonic();
        await this.#foresee(name);
        await clock.sleep(this.#pace.restAfter(began), signal);
      }
    }
  }

  async #foresee(name: string): Promise<void> {
    const { clock, engine, store } = this.parts;
    const declared = engine.job(name)?.job;
    if (declared === undefined) return;
    // Set first: what changes meanwhile is seen the next time.
    const before = this.#entries.get(name)?.count ?? null;
    const entry: Entry = { declared, count: before, at: clock.monotonic(), changed: false };
    this.#entries.set(name, entry);
    try {
      // What it has none of cannot go.
      const { availableCount = 0 } = await store.job(name) ?? {};
      entry.count = availableCount === 0
        ? 0
        : (await departuresOf(this.parts, name, AHEAD_MS))?.going.length ?? null;
    } catch {
      // The state cannot be read, which is told elsewhere: soon again, and no old number meanwhile.
      entry.count = null;
      entry.at -= STALE_MS - AFTER_FAILURE_MS;
    }
    this.#soonest = Math.min(this.#soonest, dueAt(entry));
  }

  #isDue(name: string): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined) return true;
    const declared = this.parts.engine.job(name)?.job;
    if (declared !== undefined && declared !== entry.declared && !isSameJob(declared, entry.declared)) {
      return true;
    }
    const at = dueAt(entry);
    if (at <= this.parts.clock.monotonic()) return true;
    this.#soonest = Math.min(this.#soonest, at);
    return false;
  }
}

/** By the monotonic clock. */
function dueAt({ at, changed }: Entry): number {
  return at + (changed ? REST_MS : STALE_MS);
}
