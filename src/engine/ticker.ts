// The one timer: wakes jobs when their slots are due.

import type { Clock } from "../ports/host.ts";

/** Suspended machines break long timers, and a corrected clock must be noticed: no nap is longer. */
const MAX_NAP_MS = 30_000;
/** A job that stays due although it was asked to decide is asked again no sooner. */
const AGAIN_MS = 1_000;

/**
 * Something that is due: at an instant of the wall clock (UTC ms), which in doubt has come only when it has come by the
 * steady one too, or of the monotonic clock, which no correction moves;
 * null for never. It says so without a look at any clock: the ticker has read them, once a round.
 */
export interface Due {
  dueAt: number | null;
  by: "wall" | "monotonic";
  /** `now`: the wall clock as the round began. */
  fire(now: number): Promise<void>;
}

/** What the ticker drives. */
interface Ticking {
  due(): Iterable<Due>;
  /** Called at each wake-up, after the clocks were read. */
  woke(now: number): Promise<void>;
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
    while (!stop.aborted) {
      this.#nudge = new AbortController();
      const now = this.clock.now();
      const monotonic = this.clock.monotonic();
      try {
        await this.ticking.woke(now);
      } catch (error) {
        this.ticking.failed(error);
      }
      const wait = await this.#fireDue(now, monotonic);
      this.ticking.beat();
      try {
        await this.clock.sleep(wait, AbortSignal.any([stop, this.#nudge.signal]));
      } catch {
        // Nudged or stopped; the loop's condition tells which.
      }
    }
  }

  /** Fires everything due by this one reading of the clocks, all at once; returns how long to nap. */
  async #fireDue(now: number, monotonic: number): Promise<number> {
    const left = ({ dueAt, by }: Due) =>
      dueAt === null ? Infinity : dueAt - (by === "wall" ? now : monotonic);
    const fired: Promise<void>[] = [];
    let nap = this.maxNapMs;
    for (const due of this.ticking.due()) {
      const wait = left(due);
      if (wait <= 0) fired.push(due.fire(now).catch((error) => this.ticking.failed(error)));
      else nap = Math.min(nap, wait);
    }
    if (fired.length > 0) {
      await Promise.all(fired);
      nap = this.maxNapMs;
      for (const due of this.ticking.due()) nap = Math.min(nap, Math.max(left(due), AGAIN_MS));
    }
    // The round itself took time.
    return Math.max(0, nap - (this.clock.monotonic() - monotonic));
  }
}
