// Lets so many calls begin in one turn of the event loop, over all providers: where hundreds come to their places
// together, each with work of its own to send it and to take its answer in, nothing else would be let in for long.

import { SliceSize } from "../../domain/slice_size.ts";
import type { Clock } from "../../ports/host.ts";

type GateClock = Pick<Clock, "monotonic" | "yield">;

/** After so long another turn has surely begun (ms). */
const TURN_MS = 8;

/** One for each clock. */
export class TurnGate {
  #slice = new SliceSize();
  #since = -Infinity;
  #entered = 0;
  #waiting: (() => void)[] = [];

  constructor(private readonly clock: GateClock) {}

  /** Resolves when the next call may begin; undefined where that is now. First come, first served. */
  enter(): Promise<void> | undefined {
    if (this.#waiting.length === 0) {
      const now = this.clock.monotonic();
      if (now - this.#since >= TURN_MS) {
        this.#since = now;
        this.#entered = 0;
      }
      if (this.#entered < this.#slice.size) {
        this.#entered++;
        return undefined;
      }
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) void this.#admit();
    });
  }

  async #admit(): Promise<void> {
    const { clock } = this;
    let before = clock.monotonic();
    let count = 0;
    while (this.#waiting.length > 0) {
      await clock.yield();
      const now = clock.monotonic();
      if (count > 0) this.#slice.took(count, now - before);
      before = now;
      const some = this.#waiting.slice(0, this.#slice.size);
      // Those that come meanwhile are put behind them, and find that somebody waits.
      for (const begin of some) begin();
      this.#waiting = this.#waiting.slice(some.length);
      count = some.length;
    }
    this.#since = before;
    this.#entered = count;
  }
}

const gates = new WeakMap<GateClock, TurnGate>();

/** The gate that all calls by this clock go through. */
export function turnGate(clock: GateClock): TurnGate {
  let gate = gates.get(clock);
  if (gate === undefined) gates.set(clock, gate = new TurnGate(clock));
  return gate;
}
