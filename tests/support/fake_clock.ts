// A clock that stands still until told to move, so that tests play hours in milliseconds.

import { setImmediate } from "node:timers";
import type { Clock } from "../../src/ports/host.ts";

interface Sleeper {
  at: number;
  order: number;
  wake: () => void;
}

/** Turns of the event loop without any clock activity after which everything is taken to wait for time. */
const QUIET_TURNS = 6;

/** Virtual time. `advance` moves all clocks; `jump` moves only the wall clock. */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 0;
  /** What the uptime is ahead of the monotonic clock. */
  #asleep = 0;
  #sleepers: Sleeper[] = [];
  #order = 0;
  #activity = 0;

  /** `readMs`: how much time passes with each reading, as on a machine with much to do. */
  constructor(startMs: number, private readonly readMs = 0) {
    this.#wall = startMs;
  }

  now(): number {
    this.#pass(this.readMs);
    return Math.floor(this.#wall);
  }

  monotonic(): number {
    this.#pass(this.readMs);
    return this.#monotonic;
  }

  uptime(): number {
    return Math.floor((this.#monotonic + this.#asleep) / 1000) * 1000;
  }

  #pass(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  /** How many sleeps are under way: what leaks show up in. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.#activity++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = {
        at: this.#monotonic + Math.max(0, ms),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  yield(): Promise<void> {
    this.#activity++;
    return new Promise((resolve) => setImmediate(resolve));
  }

  timeout(ms: number): { signal: AbortSignal; dispose(): void } {
    const expired = new AbortController();
    const disposed = new AbortController();
    this.sleep(ms, disposed.signal).then(
      () => expired.abort(new DOMException("The operation timed out", "TimeoutError")),
      () => {},
    );
    return { signal: expired.signal, dispose: () => disposed.abort() };
  }

  /** Moves time on by `ms`, waking sleepers in order and letting all work between them finish. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.settle();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.at > end) break;
      // With readings that take time it may be late already.
      this.#pass(Math.max(0, next.at - this.#monotonic));
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await this.settle();
    }
    this.#pass(Math.max(0, end - this.#monotonic));
    await this.settle();
  }

  /** Moves the wall clock alone, as a wrong clock or its correction does. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** The machine sleeps: only the monotonic clock stands still. */
  suspend(ms: number): void {
    this.#wall += ms;
    this.#asleep += ms;
  }

  /** The machine is off for a while, and started again. */
  reboot(offMs: number): void {
    this.#wall += offMs;
    this.#asleep = -this.#monotonic;
  }

  /** Lets all work run that does not wait for time. */
  async settle(): Promise<void> {
    let quiet = 0;
    let seen = this.#activity;
    while (quiet < QUIET_TURNS) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = seen === this.#activity ? quiet + 1 : 0;
      seen = this.#activity;
    }
  }

  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (
        first === undefined || sleeper.at < first.at ||
        (sleeper.at === first.at && sleeper.order < first.order)
      ) first = sleeper;
    }
    return first;
  }
}
