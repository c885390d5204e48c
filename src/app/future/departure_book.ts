// Keeps how many backups of each job will be deleted within a day, for metrics; part of the composition root.
//
// Foreseeing it takes milliseconds a job, so it is done neither at a scrape nor within a pass: one job after the other,
// hourly, and soon after something happened to it, on a twentieth of the time at most.

import { DAY } from "../../domain/duration.ts";
import { isSameJob, type Job } from "../../domain/job.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import { departuresOf, type DeparturesParts } from "./departures_of.ts";

/** So far ahead is looked. */
const AHEAD_MS = DAY;

const NAP_MS = 5_000;
const STALE_MS = 3_600_000;
/** What a job does often is not followed more closely than this; an edit is, at once. */
const REST_MS = 300_000;
const AFTER_FAILURE_MS = 60_000;
/** So much rest for each millisecond of work. */
const REST_FACTOR = 19;

/** What may change which backups go. */
const CHANGES =
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

  constructor(private readonly parts: DeparturesParts) {}

  start(): void {
    this.#done = this.#run(this.#stop.signal).catch(() => {});
  }

  emit({ type, job }: EngineEvent): void {
    const entry = job === undefined || !CHANGES.test(type) ? undefined : this.#entries.get(job);
    if (entry !== undefined) entry.changed = true;
  }

  /** How many of its backups go within a day, as last foreseen; null where that is not known. */
  countOf(job: string): number | null {
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
      for (const name of this.#entries.keys()) {
        if (engine.job(name) === undefined) this.#entries.delete(name);
      }
      for (const name of engine.jobNames().filter((one) => this.#isDue(one))) {
        const began = clock.monotonic();
        await this.#foresee(name);
        await clock.sleep((clock.monotonic() - began) * REST_FACTOR, signal);
      }
    }
  }

  async #foresee(name: string): Promise<void> {
    const { clock, engine } = this.parts;
    const declared = engine.job(name)?.job;
    if (declared === undefined) return;
    // Set first: what changes meanwhile is seen the next time.
    const entry: Entry = { declared, count: this.countOf(name), at: clock.monotonic(), changed: false };
    this.#entries.set(name, entry);
    try {
      entry.count = (await departuresOf(this.parts, name, AHEAD_MS))?.going.length ?? null;
    } catch {
      // The state cannot be read, which is told elsewhere: soon again, and no old number meanwhile.
      entry.count = null;
      entry.at -= STALE_MS - AFTER_FAILURE_MS;
    }
  }

  #isDue(name: string): boolean {
    const entry = this.#entries.get(name);
    if (entry === undefined) return true;
    const declared = this.parts.engine.job(name)?.job;
    if (declared !== undefined && declared !== entry.declared && !isSameJob(declared, entry.declared)) {
      return true;
    }
    const age = this.parts.clock.monotonic() - entry.at;
    return age >= (entry.changed ? REST_MS : STALE_MS);
  }
}
