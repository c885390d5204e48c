// When a job is due: a cron pattern in a time zone, as pure questions about instants.
//
// croner answers on a clock without a zone, and plain_days.ts for patterns that need none of its words; wall_clock.ts turns
// their answers into instants: a fixed time that the clock leaps over is due right after the leap, one that it shows twice
// is due once; a pattern with a wildcard or step in its second, minute or hour follows the clock. On days without such
// steps day_slots.ts answers alone.

import { Cron } from "croner";
import { type CronField, type CronPattern, readCronPattern } from "./cron_pattern.ts";
import { DaySlots } from "./day_slots.ts";
import { largestLocalGap } from "./largest_gap.ts";
import { plainMatcher } from "./plain_days.ts";
import { clockSteps, type Matcher, nextFixed, nextOnClock } from "./wall_clock.ts";
import { isZone, type Zone, zoneOf } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";
import { iso } from "../instant.ts";

export { deriveSchedule } from "./derived_schedule.ts";
export { jitterOf } from "./jitter.ts";
export type { CronField } from "./cron_pattern.ts";

const SECOND = 1000;

/** A pattern in a zone. Slots are UTC ms at whole seconds. */
export interface Schedule {
  /** Normalised. */
  readonly pattern: string;
  readonly timezone: string;
  /** First slot strictly after `from`; null when it never fires again. */
  next(from: number): number | null;
  /** Last slot in (from, now]; null when there is none. Logarithmic in the number of slots. */
  latest(from: number, now: number): number | null;
  /** How many slots lie in (from, to]; null when more than `limit`. Takes as many steps as it counts. */
  count(from: number, to: number, limit: number): number | null;
  /** Milliseconds between the next two slots after `from`; null when there are not two. */
  interval(from: number): number | null;
  /**
   * The longest time without a slot that begins within `days` after `from`, in milliseconds: never less than it is,
   * and at most one step of the zone's clock more. Null when fewer than two slots are left. At most one look a day.
   */
  largestGap(from: number, days: number): number | null;
}

/** `error` is one sentence without a full stop; `field` is the cron field at fault, or `timezone`. */
type ParsedSchedule = { schedule: Schedule } | { error: string; field?: CronField | "timezone" };

/** Schedules that share their costly parts. */
export interface ScheduleCache {
  /** As `parseSchedule`; the same object for the same pattern and zone. */
  parse(pattern: string, timezone: string, from?: number): ParsedSchedule;
}

/** Of croner: its objects weigh 80 kB, and making one anew takes a tenth of a millisecond. */
const KEPT_MATCHERS = 256;
/** Of one schedule. */
const KEPT_ANSWERS = 4;

/**
 * Reads a pattern of 5 to 7 fields (or a nickname such as `@daily`) in an IANA zone.
 * A pattern without a slot after `from` (UTC ms, default 1970) is an error too.
 */
export function parseSchedule(pattern: string, timezone: string, from?: number): ParsedSchedule {
  return createScheduleCache().parse(pattern, timezone, from);
}

/** A cache for the life of its owner: one matcher of croner a pattern that needs it, of which the 256 last used are kept. */
export function createScheduleCache(): ScheduleCache {
  const schedules = new Map<string, Schedule>();
  const firesAfter = new Map<Schedule, number>();
  const matchers = new Map<string, Matcher>();
  const matcherOf = (read: CronPattern): Matcher => {
    const plain = plainMatcher(read);
    if (plain !== undefined) return plain;
    const { text } = read;
    const matcher = matchers.get(text) ?? createMatcher(text);
    matchers.delete(text);
    matchers.set(text, matcher); // The last in order is the one last used.
    if (matchers.size > KEPT_MATCHERS) matchers.delete(matchers.keys().next().value!);
    return matcher;
  };

  return {
    parse(pattern, timezone, from = 0) {
      const key = `${timezone}\n${pattern}`;
      let schedule = schedules.get(key);
      if (schedule === undefined) {
        const read = readSchedule(pattern, timezone, matcherOf);
        if ("error" in read) return read;
        const sameKey = `${timezone}\n${read.schedule.pattern}`;
        schedule = schedules.get(sameKey) ?? read.schedule;
        schedules.set(sameKey, schedule);
        schedules.set(key, schedule);
      }
      // Whatever fires after an instant fires after every earlier one.
      if (from <= (firesAfter.get(schedule) ?? -Infinity)) return { schedule };
      if (schedule.next(from) === null) return neverFires(schedule, from);
      firesAfter.set(schedule, from);
      return { schedule };
    },
  };
}

type MatcherOf = (read: CronPattern) => Matcher;

function readSchedule(
  pattern: string,
  timezone: string,
  matcherOf: MatcherOf,
): ParsedSchedule {
  const read = readCronPattern(pattern);
  if ("error" in read) return read;
  if (!isZone(timezone)) {
    return {
      error:
        `Cannot use '${timezone}' as a time zone: it is not known: expected an IANA name such as Europe/Berlin or UTC`,
      field: "timezone",
    };
  }
  try {
    matcherOf(read);
  } catch (cause) {
    return { error: `Cannot read '${pattern}' as a schedule: ${(cause as Error).message}` };
  }
  return { schedule: new PatternSchedule(read, zoneOf(timezone), timezone, matcherOf) };
}

function neverFires(schedule: Schedule, from: number): ParsedSchedule {
  const since = from === 0 ? "" : ` after ${iso(from)}`;
  return {
    error: `Cannot use '${schedule.pattern}' as a schedule: it never fires${since}: ` +
      "expected a day that its months have and a year that is not over",
  };
}

/** croner with a fixed offset reckons without a zone; without a callback it starts no timer. */
function createMatcher(text: string): Matcher {
  // The options object is new each time: croner writes into it.
  const cron = new Cron(text, { utcOffset: 0 });
  return (local) => cron.nextRun(new Date(local))?.getTime() ?? null;
}

/** One object and one list of numbers: there may be as many as there are jobs. */
class PatternSchedule implements Schedule {
  readonly #days: DaySlots;
  /**
   * The last answers, each after the instant that was asked: it holds for every instant up to itself. Jobs that share a
   * schedule ask the same few questions, of the slot just decided and of now, in turns.
   */
  readonly #answers: number[] = Array.from(
    { length: 2 * KEPT_ANSWERS },
    (_, at) => at % 2 === 0 ? Infinity : -Infinity,
  );
  #oldest = 0;

  constructor(
    private readonly read: CronPattern,
    private readonly zone: Zone,
    readonly timezone: string,
    private readonly matcherOf: MatcherOf,
  ) {
    this.#days = new DaySlots(read, zone);
  }

  get pattern(): string {
    return this.read.text;
  }

  next(from: number): number | null {
    const answers = this.#answers;
    for (let at = 0; at < answers.length; at += 2) {
      if (from < answers[at]! || from >= answers[at + 1]!) continue;
      return answers[at + 1]! === Infinity ? null : answers[at + 1]!;
    }
    const quick = this.#days.next(from);
    const answer = quick ?? this.#find(from);
    if (quick === undefined && answer !== null) this.#days.learn(answer);
    answers[this.#oldest] = from;
    answers[this.#oldest + 1] = answer ?? Infinity;
    this.#oldest = (this.#oldest + 2) % answers.length;
    return answer;
  }

  latest(from: number, now: number): number | null {
    let found: number | null = null;
    let low = from;
    // No slot lies in (high, now].
    let high = now;
    for (;;) {
      const following = this.next(low);
      if (following === null || following > high) return found;
      found = low = following;
      const middle = Math.floor((low + high) / 2);
      const later = middle > low ? this.next(middle) : null;
      if (later === null || later > high) high = middle;
      else found = low = later;
    }
  }

  count(from: number, to: number, limit: number): number | null {
    let count = 0;
    for (let slot = this.next(from); slot !== null && slot <= to; slot = this.next(slot)) {
      if (++count > limit) return null;
    }
    return count;
  }

  interval(from: number): number | null {
    const first = this.next(from);
    const second = first === null ? null : this.next(first);
    return second === null ? null : second - first!;
  }

  largestGap(from: number, days: number): number | null {
    const onPaper = largestLocalGap(this.read, this.matcherOf, from + this.zone.spanAt(from).offset, days);
    if (onPaper === null) return null;
    let largest = onPaper;
    for (const step of clockSteps(this.zone, from, from + days * DAY)) {
      const before = this.latest(from, step - SECOND);
      const after = this.next(step - SECOND);
      if (before !== null && after !== null) largest = Math.max(largest, after - before);
    }
    return largest;
  }

  #find(from: number): number | null {
    const findNext = this.read.fixedTime ? nextFixed : nextOnClock;
    return findNext(this.matcherOf(this.read), this.zone, Math.floor(from / SECOND) * SECOND);
  }
}
