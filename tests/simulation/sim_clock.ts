// Virtual time for the simulator: one world clock that wakes sleepers in a seeded order, and a view of it for each
// life of the program that falls silent when that life ends.

import { setImmediate } from "node:timers";
import type { Clock, Random } from "../../src/ports/host.ts";

/** One life of the program, from boot to crash; after its end nothing it awaits is ever answered. */
export interface Life {
  readonly number: number;
  dead: boolean;
}

interface Sleeper {
  at: number;
  /** Decides among sleepers of one instant: drawn from the seed. */
  tie: number;
  life: Life | null;
  wake: () => void;
}

/** What the faults may do to a sleep. */
export interface SleepWatch {
  /** Called as a sleep of a life begins; the answer is called when it is over, before anyone hears of it. */
  begins(life: Life, ms: number): (() => void) | undefined;
}

/** More wake-ups than this within one instant are a busy loop. */
const MOST_WAKES_AN_INSTANT = 3_000;

/** An answer that never comes. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

/** The answer of a promise, unless the life has ended by then. */
export function whileAlive<T>(life: Life, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    promise.then(
      (value) => life.dead || resolve(value),
      (error) => life.dead || reject(error),
    );
  });
}

/** The clock of the simulated world; as a `Clock` it is the one providers live by, which no crash stops. */
export class SimClock implements Clock {
  #monotonic = 0;
  #offset: number;
  /** What the uptime is ahead of the monotonic clock. */
  #asleep = 0;
  #sleepers: Sleeper[] = [];
  #yields: { life: Life | null; wake: () => void }[] = [];
  #wakesNow = 0;
  watch: SleepWatch | undefined;

  constructor(startMs: number, private readonly random: Random) {
    this.#offset = startMs;
  }

  now(): number {
    return Math.floor(this.#monotonic + this.#offset);
  }

  monotonic(): number {
    return this.#monotonic;
  }

  uptime(): number {
    return Math.floor((this.#monotonic + this.#asleep) / 1000) * 1000;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#sleep(null, ms, signal);
  }

  yield(): Promise<void> {
    return this.#yield(null);
  }

  timeout(ms: number): { signal: AbortSignal; dispose(): void } {
    return this.#timeout(null, ms);
  }

  /** The clock as one life of the program sees it. */
  view(life: Life): Clock {
    return {
      now: () => this.now(),
      monotonic: () => this.monotonic(),
      uptime: () => this.uptime(),
      sleep: (ms, signal) => {
        const ends = life.dead ? undefined : this.watch?.begins(life, ms);
        if (life.dead) return never();
        const slept = this.#sleep(life, ms, signal);
        return ends === undefined ? slept : whileAlive(life, slept.then(ends));
      },
      yield: () => life.dead ? never() : this.#yield(life),
      timeout: (ms) => this.#timeout(life, ms),
    };
  }

  /** Moves the wall clock alone: a wrong clock, or its correction. */
  jump(ms: number): void {
    this.#offset += ms;
  }

  /** The machine sleeps: only the monotonic clock stands still. */
  suspend(ms: number): void {
    this.#offset += ms;
    this.#asleep += ms;
  }

  /** Forgets every wait of a life that has ended. */
  bury(life: Life): void {
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.life !== life);
    this.#yields = this.#yields.filter((waiting) => waiting.life !== life);
  }

  /** How many waits are under way: what leaks show up in. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves time on by `ms`, or until `enough` says so; all work between two wake-ups is done first. */
  async advance(ms: number, enough: () => boolean = () => false): Promise<void> {
    const end = this.#monotonic + ms;
    await this.settle();
    while (!enough()) {
      const next = this.#next();
      if (next === undefined || next.at > end) {
        this.#monotonic = end;
        this.#wakesNow = 0;
        break;
      }
      if (next.at > this.#monotonic) this.#wakesNow = 0;
      if (++this.#wakesNow > MOST_WAKES_AN_INSTANT) throw new Error("busy loop: time stands still");
      this.#monotonic = Math.max(this.#monotonic, next.at);
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      next.wake();
      await this.settle();
    }
  }

  /** Lets all work run that does not wait for time. */
  async settle(): Promise<void> {
    for (let turns = 0;; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      const waiting = this.#yields;
      if (waiting.length === 0) return;
      if (turns > MOST_WAKES_AN_INSTANT) throw new Error("busy loop: work yields for ever");
      const at = waiting.length === 1 ? 0 : Math.floor(this.random.next() * waiting.length);
      waiting.splice(at, 1)[0]!.wake();
    }
  }

  #sleep(life: Life | null, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = {
        at: this.#monotonic + Math.max(0, ms),
        tie: this.random.next(),
        life,
        wake: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        const at = this.#sleepers.indexOf(sleeper);
        if (at >= 0) this.#sleepers.splice(at, 1);
        if (!life?.dead) reject(signal!.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  #yield(life: Life | null): Promise<void> {
    return new Promise((wake) => this.#yields.push({ life, wake }));
  }

  #timeout(life: Life | null, ms: number): { signal: AbortSignal; dispose(): void } {
    const expired = new AbortController();
    const disposed = new AbortController();
    this.#sleep(life, ms, disposed.signal).then(
      () => expired.abort(new DOMException("The operation timed out", "TimeoutError")),
      () => {},
    );
    return { signal: expired.signal, dispose: () => disposed.abort() };
  }

  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (
        first === undefined || sleeper.at < first.at || (sleeper.at === first.at && sleeper.tie < first.tie)
      ) first = sleeper;
    }
    return first;
  }
}
