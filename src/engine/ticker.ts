// The one timer: wakes jobs when their slots are due.

import type { Clock } from "../ports/host.ts";
import type { Agenda, Clocks } from "./agenda.ts";
import { dealt } from "./deal.ts";
import { SliceSize } from "../domain/slice_size.ts";

/** Suspended machines break long timers, and a corrected clock must be noticed: no nap is longer. */
const MAX_NAP_MS = 30_000;
/** A job that stays due although it was asked to decide is asked again no sooner. */
const AGAIN_MS = 1_000;
/** What the ticker drives. */
interface Ticking {
  agenda: Agenda;
  /** Called at each wake-up, with the clocks as they were read. */
  woke(clocks: Clocks): Promise<void>;
  /** All that was due has been asked; called once a round, at most a nap apart. */
  beat(): void;
  /** Firing failed; the ticker goes on. */
  failed(error: unknown): void;
}

/** Runs until `stop` aborts. `nudge()` makes it look again at once. */
export class Ticker {
  #nudge = new AbortController();
  /** So many are fired before other work is let in; what the first of them saved goes on meanwhile. */
  #slice = new SliceSize();

  /** `maxNapMs` may shorten the longest nap, for whoever waits for beats. */
  constructor(
    private readonly clock: Clock,
    private readonly ticking: Ticking,
    private readonly maxNapMs = MAX_NAP_MS,
  ) {}

  nudge(): void {
    // Told once is enough: each time makes an error with a stack.
    if (!this.#nudge.signal.aborted) this.#nudge.abort();
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#nudge = new AbortController();
      const clocks = { now: this.clock.now(), monotonic: this.clock.monotonic() };
      try {
        await this.ticking.woke(clocks);
      } catch (error) {
        this.ticking.failed(error);
      }
      const wait = await this.#fireDue(clocks);
      this.ticking.beat();
      try {
        await this.clock.sleep(wait, AbortSignal.any([stop, this.#nudge.signal]));
      } catch {
        // Nudged or stopped; the loop's condition tells which.
      }
    }
  }

  async #inSlices<T>(items: readonly T[], each: (item: T) => void): Promise<void> {
    for (let at = 0; at < items.length;) {
      const start = this.clock.monotonic();
      const some = items.slice(at, at + this.#slice.size);
      some.forEach(each);
      at += some.length;
      if (at >= items.length) return;
      await this.clock.yield();
      this.#slice.took(some.length, this.clock.monotonic() - start);
    }
  }

  /** Fires everything due by this one reading of the clocks, slice by slice; returns how long to nap. */
  async #fireDue(clocks: Clocks): Promise<number> {
    const { agenda } = this.ticking;
    const { now, monotonic } = clocks;
    const fired: Promise<void>[] = [];
    const sources = dealt(agenda.due(clocks));
    await this.#inSlices(sources, (source) => {
      for (const { dueAt, by, fire } of source.due()) {
        if (dueAt === null || dueAt > (by === "wall" ? now : monotonic)) continue;
        fired.push(fire(now).catch((error) => this.ticking.failed(error)));
      }
    });
    if (fired.length > 0) await Promise.all(fired);
    await this.#inSlices(sources, (source) => agenda.changed(source));
    const wait = agenda.wait(clocks);
    const nap = Math.min(this.maxNapMs, fired.length > 0 ? Math.max(wait, AGAIN_MS) : wait);
    // The round itself took time.
    return Math.max(0, nap - (this.clock.monotonic() - monotonic));
  }
}
