// Which jobs have to look at the clocks after a nap: those that are new to it, and all of them once the clock did anything
// but go on.

import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import { inSlices } from "../context/slices.ts";

/** Looks at the clocks after a nap: `now` is the wall clock as the round began. */
interface ClockLooker {
  watchClock(now: number): Promise<void>;
}

/** One for the life of the engine. */
export class ClockLooks<T extends ClockLooker> {
  #open = new Set<T>();
  #isAll = false;
  #wasInDoubt = false;
  /** The wall clock of the last round. */
  #last = -Infinity;

  constructor(
    private readonly clock: Pick<Clock, "yield">,
    private readonly watch: Pick<ClockWatch, "read">,
    private readonly all: () => Iterable<T>,
  ) {}

  /** This one is to look at the next round. */
  add(one: T): void {
    this.#open.add(one);
  }

  remove(one: T): void {
    this.#open.delete(one);
  }

  /** The clock began or ceased to be in doubt: all are to look at the next round. */
  addAll(): void {
    this.#isAll = true;
  }

  /** Has all look that have to, one after the other. Those that could not are asked again. */
  async look(now: number): Promise<void> {
    const isInDoubt = this.watch.read().inDoubtUntil !== null;
    if (isInDoubt || this.#wasInDoubt || this.#isAll || now < this.#last) {
      for (const one of this.all()) this.#open.add(one);
    }
    this.#isAll = false;
    this.#wasInDoubt = isInDoubt;
    this.#last = now;
    for await (const some of inSlices([...this.#open], this.clock)) {
      for (const one of some) {
        if (!this.#open.has(one)) continue;
        await one.watchClock(now);
        this.#open.delete(one);
      }
    }
  }
}
