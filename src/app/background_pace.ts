// How much of the time work in the background takes: a twentieth while somebody looks at what comes of it, and next to
// nothing while nobody does. Part of the composition root.

import type { Clock } from "../ports/host.ts";

/** So much rest for each millisecond of work. Two books keep this pace: together they take half a percent of a core. */
const REST_FACTOR = 399;
const REST_FACTOR_ASKED = 19;
/** Longer than between two scrapes, or two looks at a page that somebody has open. */
const ASKED_MS = 900_000;

/** The pace of one book. */
export class BackgroundPace {
  #askedAt = -Infinity;

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  /** Somebody looks at what is worked out. */
  asked(): void {
    this.#askedAt = this.clock.monotonic();
  }

  /** How long to rest after work that began at an instant of the monotonic clock (ms). */
  restAfter(began: number): number {
    const now = this.clock.monotonic();
    return (now - began) * (now - this.#askedAt < ASKED_MS ? REST_FACTOR_ASKED : REST_FACTOR);
  }
}
