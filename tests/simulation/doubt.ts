// What the world knows of a wrong clock, by its own book: when the program must be in doubt, whatever it thinks itself.

import type { SimClock } from "./sim_clock.ts";

/** The program may have taken some small steps for right before; a deviation beyond this it cannot but notice. */
const SURE_MS = 8 * 60_000;
/** After so long at least an even time may be believed. */
const SETTLES_MS = 3_600_000;

/** Follows the steps that the wall clock is made to take. */
export class KnownDoubt {
  #wrong: { byMs: number; since: number; before: number } | null = null;

  /** Another store was put in place, which remembers nobody knows what of the clock. */
  #isLost = false;

  constructor(private readonly clock: SimClock) {}

  /** The wall clock is about to step. True when a doubt begins. */
  steps(byMs: number): boolean {
    if (this.#isLost) return false;
    const wrong = this.#wrong;
    if (wrong !== null && this.clock.uptime() - wrong.since >= SETTLES_MS) {
      // It may have been believed meanwhile, or not: what the program takes for right now nobody can say.
      this.lost();
      return false;
    }
    const off = (wrong?.byMs ?? 0) + byMs;
    if (Math.abs(off) <= SURE_MS) {
      this.#wrong = null;
      return false;
    }
    this.#wrong = {
      byMs: off,
      since: wrong?.since ?? this.clock.uptime(),
      before: wrong?.before ?? this.clock.now(),
    };
    return wrong === null;
  }

  /** Someone vouches for the clock. */
  trusted(): void {
    this.#wrong = null;
    this.#isLost = false;
  }

  /** The program begins with nothing saved: it cannot know what the clock said before. */
  forgotten(): void {
    this.#wrong = null;
  }

  lost(): void {
    this.#wrong = null;
    this.#isLost = true;
  }

  /** What the wall clock would say if it were right, as far as the program must know better; null else. */
  get rightNow(): number | null {
    return this.lastRight === null ? null : this.clock.now() - this.#wrong!.byMs + SURE_MS;
  }

  /** What the wall clock said when it was last right; null where the program need not be in doubt. */
  get lastRight(): number | null {
    const wrong = this.#wrong;
    return wrong === null || this.clock.uptime() - wrong.since >= SETTLES_MS ? null : wrong.before;
  }
}
