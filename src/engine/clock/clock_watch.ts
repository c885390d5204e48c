// Tells a wrong wall clock from a right one by the machine's uptime, which no correction moves and which counts on while
// the machine sleeps. Every look at the clock that something may end or be deleted by goes through here, so that a jump
// is known before anything follows from it.

import { DAY } from "../../domain/duration.ts";
import { iso } from "../../domain/instant.ts";
import type {
  ClockMemory,
  ClockPace,
  ClockWatch,
  Doubt,
  Instant,
  OpenDates,
  PastClock,
  Reading,
} from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import { CLOCK_TOLERANCE_MS } from "../context/context.ts";
import { creptBy, paced } from "./pace.ts";

const HOUR_MS = 3_600_000;
/** So long at least, and at most, a new time has to go evenly before it is believed. */
const SETTLE_LEAST_MS = HOUR_MS;
const SETTLE_MOST_MS = 6 * HOUR_MS;
/** A machine that was started again may have been off for so long; longer is doubted once. */
const LONGEST_OFF_MS = DAY;
/** Any later time may be right. Infinity cannot be stored. */
const ANY_SLACK = Number.MAX_SAFE_INTEGER;

/**
 * The watch over the clock of one process. The clock is in doubt while it is more than two minutes off the last time at
 * which it was right plus the uptime since, or came to be so far off within an hour by steps that were smaller: until both agree again, or the new time has gone evenly for a while (one
 * interval between two slots, at least one hour and at most six), or an operator vouches for it.
 */
export class SteadyClockWatch implements ClockWatch {
  /** Called as a doubt begins, changes or ends, amid other work: only to be taken note of. */
  changed: () => void = () => {};
  /** The last time at which the clock was right, and how much more than the uptime may have gone by since. */
  #right: Instant & { slack: number };
  #doubt: Doubt | null = null;
  /** The earliest time that the clock has shown in this doubt: nothing ends after it. */
  #earliest = Infinity;
  #why = "";
  /** What was written in a doubt that is over. */
  #open: OpenDates | null = null;
  /** The latest time at which the clock was ever right: later than `#right` where it was set back, however little. */
  #latest = -Infinity;
  /** Somebody said that a time before the build time is right. */
  #vouched = false;
  /** How the clock went of late while it was right: steps that are small each add up in it. */
  #pace: ClockPace | null = null;

  /** `builtAt` (UTC ms): no earlier time can be right, as the program was not there. */
  constructor(private readonly clock: Pick<Clock, "now" | "uptime">, private readonly builtAt = -Infinity) {
    this.#right = this.#begun();
  }

  /** Why the clock is in doubt, or why it is no more, in a clause. */
  get why(): string {
    return this.#why;
  }

  read(): Reading {
    const at = this.#look();
    this.#judge(at);
    const doubt = this.#doubt;
    const memory: ClockMemory = {
      ...this.#right,
      doubt,
      at,
      open: this.#open,
      ...(this.#latest > this.#right.wall ? { latest: this.#latest } : {}),
      ...(this.#vouched ? { vouched: this.builtAt } : {}),
      ...(this.#pace === null ? {} : { pace: this.#pace }),
    };
    if (doubt === null) {
      const { wall } = at;
      const isOpen = this.#open !== null;
      return {
        now: wall,
        steady: wall,
        due: wall,
        inDoubtUntil: isOpen ? wall : null,
        why: isOpen ? "what was written while it was in doubt is being dated" : null,
        ends: wall,
        begins: wall,
        memory,
      };
    }
    const steady = this.#steady(at);
    return {
      now: at.wall,
      steady,
      due: Math.min(at.wall, steady),
      // An even time counts from when the program was built: by this clock that is still to come.
      inDoubtUntil: (this.#vouched ? doubt.wall : Math.max(doubt.wall, this.builtAt)) + doubt.settleMs,
      why: this.#why,
      ends: Math.min(this.#right.wall, this.#earliest),
      begins: Math.max(at.wall, steady),
      memory,
    };
  }

  mark(): number | null {
    const at = this.#look();
    this.#judge(at);
    if (this.#doubt === null) return null;
    if (!this.#doubt.marked) this.#doubt = { ...this.#doubt, marked: true };
    return at.wall - this.#steady(at);
  }

  /** What was written in the doubt that is over; null once it is dated, and while there is a doubt. */
  get open(): OpenDates | null {
    return this.#doubt === null ? this.#open : null;
  }

  /** Something written in a doubt that is over was left undated; it stays as it is dated. */
  reopen(): void {
    if (this.#doubt !== null || this.#open !== null) return;
    const { wall } = this.#right;
    this.#open = { anchor: wall, offset: 0, from: wall };
  }

  /** All of `open` is dated. */
  dated(open: OpenDates): void {
    if (this.#open === open) this.#open = null;
  }

  /** Says after how long an even time is believed: `intervalMs`, within bounds. For the doubt there is. */
  settleAfter(intervalMs: number): void {
    if (this.#doubt === null) return;
    const settleMs = Math.min(Math.max(intervalMs, SETTLE_LEAST_MS), SETTLE_MOST_MS);
    this.#doubt = { ...this.#doubt, settleMs };
  }

  /** Somebody says that the clock is right. */
  trust(by: string): void {
    const at = this.#look();
    this.#vouched = at.wall < this.builtAt;
    this.#pace = null;
    this.#believe(at, `${by} says so`);
  }

  recall({ memory, newest, untrustedUntil }: PastClock): void {
    const at = this.#look();
    this.#doubt = null;
    this.#earliest = Infinity;
    this.#vouched = memory?.vouched === this.builtAt;
    this.#open = memory?.open ?? null;
    this.#latest = memory?.latest ?? -Infinity;
    this.#pace = null;
    if (memory === null) {
      this.#right = newest === null ? this.#begun() : { wall: newest, uptime: at.uptime, slack: ANY_SLACK };
      // An older version had seen it jump, and nobody knows from where.
      if (untrustedUntil !== null && untrustedUntil > at.wall) this.#neverAgrees(at);
    } else if (at.uptime >= (memory.at ?? memory).uptime) {
      const { wall, uptime, slack, doubt } = memory;
      this.#right = { wall, uptime, slack };
      this.#pace = memory.pace ?? null;
      if (doubt !== null) this.#resume(doubt, at);
    } else {
      // The machine was started again: it is up since, and before that was off for nobody knows how long.
      const last = memory.at ?? memory;
      const wall = memory.wall + last.uptime - memory.uptime;
      this.#right = { wall, uptime: 0, slack: memory.slack + LONGEST_OFF_MS };
      if (memory.doubt !== null) this.#goOn(memory.doubt, last, at);
    }
    this.#judge(at, "at start ");
  }

  /** Nothing is known of the past but that the program was built in it. */
  #begun(): Instant & { slack: number } {
    const at = this.#look();
    return at.wall < this.builtAt
      ? { wall: this.builtAt, uptime: at.uptime, slack: ANY_SLACK }
      : { ...at, slack: 0 };
  }

  #look(): Instant {
    return { wall: this.clock.now(), uptime: this.clock.uptime() };
  }

  /** The time by the uptime since the clock was last right. */
  #steady({ uptime }: Instant): number {
    return this.#right.wall + uptime - this.#right.uptime;
  }

  #judge(at: Instant, when = ""): void {
    const ahead = at.wall - this.#steady(at);
    const isTooEarly = at.wall < this.builtAt && !this.#vouched;
    if (isTooEarly) {
      this.#earliest = Math.min(this.#earliest, at.wall);
      const built = `${when}it is before ${iso(this.builtAt)}, when this program was built`;
      if (this.#doubt === null) this.#begin(at, built);
      // No even time makes it right.
      else this.#doubt = { ...this.#doubt, ...at };
      return;
    }
    const agrees = ahead >= -CLOCK_TOLERANCE_MS && ahead <= this.#right.slack + CLOCK_TOLERANCE_MS;
    const crept = agrees ? creptBy(this.#pace, at) : 0;
    if (agrees && crept === 0) return this.#believe(at, "it agrees with the time that went by");
    const doubt = this.#doubt;
    if (doubt === null && crept !== 0) {
      this.#takeBackSteps(at, crept);
      const much = `${Math.round(Math.abs(crept) / 1000)} s ${crept < 0 ? "behind" : "ahead of"}`;
      return this.#begin(
        at,
        `${when}it came to be ${much} the time that went by, by small steps within an hour or two`,
      );
    }
    if (doubt === null) {
      const much = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead < 0 ? "behind" : "ahead of"}`;
      return this.#begin(at, `${when}it is ${much} the time that went by`);
    }
    this.#earliest = Math.min(this.#earliest, at.wall);
    const went = at.uptime - doubt.uptime;
    if (Math.abs(at.wall - doubt.wall - went) > CLOCK_TOLERANCE_MS) this.#begin(at, "it jumped once more");
    else if (went >= doubt.settleMs) {
      this.#pace = null;
      this.#believe(at, `it has gone evenly for ${Math.round(went / HOUR_MS * 10) / 10} hours`);
    }
  }

  #begin(at: Instant, why: string): void {
    this.#doubt = {
      ...at,
      settleMs: SETTLE_MOST_MS,
      marked: this.#doubt?.marked ?? false,
      began: this.#doubt === null ? this.#steady(at) : this.#doubt.began,
    };
    this.#earliest = Math.min(this.#earliest, at.wall);
    this.#why = why;
    this.changed();
  }

  /** What the clock was right by is what it was before it crept: it has to come back to that, or to go evenly. */
  #takeBackSteps(at: Instant, crept: number): void {
    const { wall, uptime } = this.#right;
    const before = at.wall - crept - (at.uptime - uptime);
    if (wall > before) this.#latest = Math.max(this.#latest, wall);
    this.#right = { wall: before, uptime, slack: 0 };
  }

  /** In doubt, and there is no time with which the clock could agree again. */
  #neverAgrees(at: Instant): void {
    this.#right = { ...this.#right, slack: -ANY_SLACK };
    this.#begin(at, "it was not trusted before the restart");
  }

  /**
   * In doubt also after the machine was started again. Where the clock went on from where it was, the even time goes
   * on too: a machine that is never up for hours would else never come to the end of a doubt.
   */
  #goOn(doubt: Doubt, last: Instant, at: Instant): void {
    this.#neverAgrees(at);
    const off = at.wall - last.wall;
    const isEven = off >= -CLOCK_TOLERANCE_MS && off <= at.uptime + LONGEST_OFF_MS &&
      Math.abs(last.wall - doubt.wall - (last.uptime - doubt.uptime)) <= CLOCK_TOLERANCE_MS;
    const went = isEven ? last.uptime - doubt.uptime : 0;
    this.#doubt = { ...doubt, wall: at.wall - went, uptime: at.uptime - went };
  }

  #resume(doubt: Doubt, at: Instant): void {
    this.#doubt = doubt;
    this.#earliest = Math.min(doubt.wall, at.wall);
    this.#why = "it was not trusted before the restart";
  }

  #believe(at: Instant, why: string): void {
    const doubt = this.#doubt;
    const wasInDoubt = doubt !== null;
    if (wasInDoubt) this.#why = why;
    const steady = this.#steady(at);
    // What is not dated yet moves with a clock that jumps before it is, also where nothing was written since.
    if (doubt !== null && (doubt.marked || this.#open !== null)) {
      const before = this.#open;
      const anchor = this.#right.wall;
      const offset = at.wall - steady;
      const latest = before === null ? this.#latest : before.latest ?? -Infinity;
      const moved = (before?.later ?? []).map((one) => ({ ...one, offset: one.offset + offset }));
      this.#open = {
        anchor: before?.anchor ?? anchor,
        offset: offset + (before?.offset ?? 0),
        ...(before === null ? {} : { later: [...moved, { anchor, offset }] }),
        from: at.wall - (at.uptime - doubt.uptime),
        ...(latest > (before?.anchor ?? anchor) ? { latest } : {}),
      };
    }
    // An uptime is told in whole seconds.
    const isBack = steady - at.wall > 1_000;
    this.#latest = Math.max(this.#latest, isBack ? steady : this.#right.wall);
    this.#right = { ...at, slack: 0 };
    this.#pace = paced(this.#pace, at);
    this.#doubt = null;
    this.#earliest = Infinity;
    if (wasInDoubt) this.changed();
  }
}
