// What may be concluded from the clocks at one instant. Types only.

/** One instant by two clocks: the wall clock (UTC ms), and the machine's uptime (ms). */
export interface Instant {
  wall: number;
  uptime: number;
}

/** Since when the wall clock has gone in step with the uptime, while it is in doubt, and how long it has to. */
export interface Doubt extends Instant {
  settleMs: number;
  /** Something was written in it that is to be dated once it is over. */
  marked?: boolean;
  /** When it began, by the time that rows are dated by then (UTC ms); absent in what an older version wrote. */
  began?: number;
}

/** A doubt that is over while what was written in it is not dated yet. All in ms, UTC where an instant. */
export interface OpenDates {
  /** The last time at which the clock was right before: later times on marked rows were written in doubt. */
  anchor: number;
  /** How much later these are by the clock that is now trusted. */
  offset: number;
  /** By this same clock, since when it went evenly, the whole doubt where it was set right. */
  from: number;
  /** Doubts that began after one that was over and not dated yet: the same of the times since they began. */
  later?: { anchor: number; offset: number }[];
  /** The latest time at which the clock was ever right before, where it was set back since: jobs may be known since then. */
  latest?: number;
}

/**
 * How the wall clock went while it was right: the least and the most by which it was ahead of the uptime (ms), in the
 * part of time that began with the uptime `since`, and in the one before; null where nobody looked.
 */
export interface ClockPace {
  since: number;
  part: { low: number; high: number } | null;
  before: { low: number; high: number } | null;
}

/** What a later process needs to go on where this one ends. The instant is the last at which the clock was right. */
export interface ClockMemory extends Instant {
  /** How much later than by the uptime it may be right, since the machine was off (ms). */
  slack: number;
  doubt: Doubt | null;
  /** The clocks as this was made; absent in what an older version wrote. */
  at?: Instant;
  open?: OpenDates | null;
  /** The latest time at which the clock was ever right; absent where it was not set back since. */
  latest?: number;
  /** Somebody vouched for a time before this build time. */
  vouched?: number;
  /** Absent in what an older version wrote, and where nothing counts any more. */
  pace?: ClockPace;
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
  /** The last right time and the uptime since, which rows and events are dated by: now, unless in doubt. */
  steady: number;
  /** What is due by this instant is due by both clocks: now, and while in doubt the earlier of both. */
  due: number;
  /**
   * Null while the wall clock is trusted. Else it is in doubt, and nothing is deleted: until then at the latest, by
   * this same clock, if it goes on evenly.
   */
  inDoubtUntil: number | null;
  /** Why it is in doubt, in a clause; null while it is not. */
  why: string | null;
  /** What was to end by this instant is over: now, and while in doubt no later than when it was last trusted. */
  ends: number;
  /** What begins now is dated so: now, and while in doubt no earlier than it can be. */
  begins: number;
  memory: ClockMemory;
}

/** Knows whether the clock can be trusted. Each look is enough to notice that it cannot. */
export interface ClockWatch {
  read(): Reading;
  /**
   * What a row that is written now is marked with: how much the wall clock is ahead of the time it is dated by (ms);
   * null while the clock is not in doubt. The doubt then ends only once such rows are dated.
   */
  mark(): number | null;
  /** Takes up what a former process left in the store; once, before anything else is asked. */
  recall(past: PastClock): void;
}
