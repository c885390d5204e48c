// Watches over the clock that say what a test wants them to.

import type { ClockWatch, Reading } from "../../src/ports/clock_watch.ts";
import type { Clock } from "../../src/ports/host.ts";

/** One that trusts the clock, whatever it shows. */
export function trusting(clock: Pick<Clock, "now" | "uptime">): ClockWatch {
  return {
    read: () => readingAt(clock.now(), clock.uptime()),
    mark: () => null,
    recall() {},
  };
}

/** One that is set by hand. */
export class HandWatch implements ClockWatch {
  constructor(public reading: Reading) {}

  read(): Reading {
    return this.reading;
  }
  mark(): number | null {
    return null;
  }
  recall(): void {}

  /** The clock is right, and says `now`. */
  set(now: number): void {
    this.reading = readingAt(now, 0);
  }
}

/** The clock is right. */
export function readingAt(now: number, uptime = 0): Reading {
  return {
    now,
    steady: now,
    due: now,
    inDoubtUntil: null,
    why: null,
    ends: now,
    begins: now,
    memory: { wall: now, uptime, slack: 0, doubt: null },
  };
}
