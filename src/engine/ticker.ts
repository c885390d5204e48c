// The one timer: wakes jobs when their slots are due, and watches the clock it goes by.

import type { Clock } from "../ports/host.ts";

/** Suspended machines break long timers, and a corrected clock must be noticed: no nap is longer. */
const MAX_NAP_MS = 30_000;
/** A job that stays due although it was asked to decide is asked again no sooner. */
const AGAIN_MS = 1_000;
const JUMP_MS = 120_000;

/** What the ticker drives. */
export interface Ticking {
  /** When each thing is due next (UTC ms); null for never. */
  due(): Iterable<{ dueAt: number | null; fire: () => Promise<void> }>;
  /** Called at each wake-up, after the clock was read. */
  woke(now: number, monotonic: number): Promise<void>;
  /** The wall clock went forward by this much more than the monotonic one. */
  jumped(byMs: number): Promise<void>;
  /** All that was due has been asked; called once a round, at most a nap apart. */
  beat(): void;
  /** Firing failed; the ticker goes on. */
  failed(error: unknown): void;
}

/** Runs until `stop` aborts. `nudge()` makes it look again at once. */
export class Ticker {
  #nudge = new AbortController();

  /** `maxNapMs` may shorten the longest nap, for whoever waits for beats. */
  constructor(
    private readonly clock: Clock,
    private readonly ticking: Ticking,
    private readonly maxNapMs = MAX_NAP_MS,
  ) {}

  nudge(): void {
    this.#nudge.abort();
  }

  async run(stop: AbortSignal): Promise<void> {
    let wall = this.clock.now();
    let monotonic = this.clock.monotonic();
    while (!stop.aborted) {
      this.#nudge = new AbortController();
      const now = this.clock.now();
      const passed = this.clock.monotonic() - monotonic;
      const jump = now - wall - passed;
      wall = now;
      monotonic += passed;
      try {
        if (jump > JUMP_MS) await this.ticking.jumped(jump);
        await this.ticking.woke(now, monotonic);
      } catch (error) {
        this.ticking.failed(error);
      }
      const wait = await this.#fireDue(now);
      this.ticking.beat();
      try {
        await this.clock.sleep(wait, AbortSignal.any([stop, this.#nudge.signal]));
      } catch {
        // Nudged or stopped; the loop's condition tells which.
      }
    }
  }

  /** Fires everything due, all at once; returns how long to nap. */
  async #fireDue(now: number): Promise<number> {
    const fired: Promise<void>[] = [];
    let next = now + this.maxNapMs;
    for (const { dueAt, fire } of this.ticking.due()) {
      if (dueAt === null) continue;
      if (dueAt <= now) fired.push(fire().catch((error) => this.ticking.failed(error)));
      else next = Math.min(next, dueAt);
    }
    if (fired.length === 0) return next - now;
    await Promise.all(fired);
    next = now + this.maxNapMs;
    for (const { dueAt } of this.ticking.due()) {
      if (dueAt !== null) next = Math.min(next, Math.max(dueAt, now + AGAIN_MS));
    }
    return Math.max(0, next - this.clock.now());
  }
}
