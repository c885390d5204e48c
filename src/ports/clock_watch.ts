// What may be concluded from the clocks at one instant. Types only.

/** One instant by two clocks: the wall clock (UTC ms), and the machine's uptime (ms). */
export interface Instant {
  wall: number;
  uptime: number;
}

/** Since when the wall clock has gone in step with the uptime, while it is in doubt, and how long it has to. */
export interface Doubt extends Instant {
  settleMs: number;
}

/** What a later process needs to go on where this one ends. The instant is the last at which the clock was right. */
export interface ClockMemory extends Instant {
  /** How much later than by the uptime it may be right, since the machine was off (ms). */
  slack: number;
  doubt: Doubt | null;
}

/** What a store remembers of the clock as it is opened. */
export interface PastClock {
  /** Null in a store that an older version wrote, or none. */
  memory: ClockMemory | null;
  /** When the newest row was made (UTC ms). */
  newest: number | null;
  /** Until when an older version did not trust the clock (UTC ms). */
  untrustedUntil: number | null;
}

/** One look at all clocks. Times are UTC ms. */
export interface Reading {
  /** The wall clock, right or wrong. */
  now: number;
  /**
   * Null while the wall clock is trusted. Else it is in doubt, and nothing is deleted: until then at the latest, by
   * this same clock, if it goes on evenly.
   */
  inDoubtUntil: number | null;
  /** What was to end by this instant is over: now, and while in doubt no later than when it was last trusted. */
  ends: number;
  /** What begins now is dated so: now, and while in doubt no earlier than it can be. */
  begins: number;
  memory: ClockMemory;
}

/** Knows whether the clock can be trusted. Each look is enough to notice that it cannot. */
export interface ClockWatch {
  read(): Reading;
  /** Takes up what a former process left in the store; once, before anything else is asked. */
  recall(past: PastClock): void;
}
