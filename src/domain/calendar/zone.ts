// What the clock on the wall of a time zone shows at an instant: offsets from Intl, kept in tables, then whole numbers.

import { dateOfDay, dayOfDate } from "./calendar.ts";
import { DAY } from "../duration.ts";
import { assert } from "../errors.ts";

const SECOND = 1000;

/** A stretch of time in which the clock of a zone runs on without a step. All in milliseconds. */
export interface Span {
  /** UTC, inclusive. */
  from: number;
  /** UTC, exclusive. */
  until: number;
  /** Local time minus UTC. */
  offset: number;
  /**
   * The latest local time (as if it were UTC) the clock had shown before the last step; -Infinity when that was
   * long ago. A local time at or before it is a repeated one.
   */
  shown: number;
}

/** A time zone. Immutable to its users; tables grow inside as times are asked for. */
export interface Zone {
  readonly name: string;
  /** The span an instant (UTC ms) lies in. */
  spanAt(ms: number): Span;
}

/** The fields of the wall clock. `month` 1-12, `weekday` 0-6 with 0 = Sunday. */
interface Civil {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
}

// Memo of a pure function: bounded by the names that Intl accepts.
const zones = new Map<string, Zone>();

/** The zone of an IANA name such as `Europe/Berlin`, in any case; throws a RangeError for other names. */
export function zoneOf(name: string): Zone {
  const zone = findZone(name);
  if (zone === undefined) {
    throw new RangeError(
      `Cannot use '${name}' as a time zone: it is not known: expected an IANA name such as Europe/Berlin or UTC`,
    );
  }
  return zone;
}

/** True for IANA names that this machine's zone data knows. Bare offsets such as `+02:00` are not names. */
export function isZone(name: string): boolean {
  return findZone(name) !== undefined;
}

/** The fields of the wall clock of a zone at an instant (UTC ms). */
export function civil(zone: Zone, ms: number): Civil {
  const local = ms + zone.spanAt(ms).offset;
  const dayNumber = Math.floor(local / DAY);
  const secondOfDay = Math.floor((local - dayNumber * DAY) / SECOND);
  return {
    ...dateOfDay(dayNumber),
    hour: Math.floor(secondOfDay / 3600),
    minute: Math.floor(secondOfDay / 60) % 60,
    second: secondOfDay % 60,
    weekday: weekdayOf(dayNumber),
  };
}

/** The weekday (0 = Sunday) of a day number; 1970-01-01 was a Thursday. */
export function weekdayOf(dayNumber: number): number {
  return (((dayNumber + 4) % 7) + 7) % 7;
}

function findZone(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return undefined;
  const offset = name.toUpperCase() === "UTC" ? () => 0 : offsetsOf(name);
  if (offset === undefined) return undefined;
  const zone = createZone(name, offset);
  zones.set(name, zone);
  return zone;
}

/** Local time minus UTC (ms) as Intl tells it; undefined for a name that it does not know. */
function offsetsOf(name: string): ((ms: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      calendar: "gregory",
      numberingSystem: "latn",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch {
    return undefined;
  }
  return (ms) => offsetAt(format, ms);
}

// Tables are built block by block when a time in them is first asked for. No two steps that undo each other lie
// closer than 3.98 days in the zone data (Africa/Freetown 1939; since 1970: 6.96 days), so looking every 3 days
// misses none.
const STEP = 3 * DAY;
const BLOCK = 60 * STEP;

/**
 * A zone from a function that tells local time minus UTC (ms) at whole seconds, `zoneOf` for all but invented zones.
 * The function is asked rarely: a few dozen times for each 180 days that are looked at.
 */
export function createZone(name: string, offset: (ms: number) => number): Zone {
  const blocks = new Map<number, Span[]>();
  const spanAt = (ms: number): Span => {
    const block = Math.floor(ms / BLOCK);
    let spans = blocks.get(block);
    if (spans === undefined) {
      spans = buildSpans(block * BLOCK, (block + 1) * BLOCK, offset);
      blocks.set(block, spans);
    }
    for (const span of spans) {
      if (ms < span.until) return span;
    }
    throw new RangeError(`internal rule broken: ${ms} is a time in a block of ${name}`);
  };
  return { name, spanAt };
}

function buildSpans(from: number, until: number, offset: (ms: number) => number): Span[] {
  const spans: Span[] = [];
  // One step earlier, so that a clock set back shortly before the block is known in it; none was by over a day.
  let span: Span = { from: from - STEP, until, offset: offset(from - STEP), shown: -Infinity };
  for (let at = from; at <= until; at += STEP) {
    const next = at === until ? until - SECOND : at;
    while (offset(next) !== span.offset) {
      const change = firstChange(Math.max(span.from, next - STEP), next, offset);
      if (change > from) spans.push({ ...span, from: Math.max(span.from, from), until: change });
      span = { from: change, until, offset: offset(change), shown: change + span.offset - 1 };
    }
  }
  spans.push({ ...span, from: Math.max(span.from, from) });
  return spans;
}

/** The first instant in (low, high], in whole seconds, whose offset is not that of `low`. */
function firstChange(low: number, high: number, offset: (ms: number) => number): number {
  const before = offset(low);
  let same = low / SECOND;
  let changed = high / SECOND;
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offset(middle * SECOND) === before) same = middle;
    else changed = middle;
  }
  return changed * SECOND;
}

/** Local time minus UTC at a whole second, in milliseconds. */
function offsetAt(format: Intl.DateTimeFormat, ms: number): number {
  const text = format.format(ms);
  const [month, day, yearOfEra, hour, minute, second] = (text.match(/\d+/g) ?? []).map(Number);
  assert(
    month !== undefined && day !== undefined && yearOfEra !== undefined && hour !== undefined &&
      minute !== undefined && second !== undefined,
    `Intl writes month, day, year, hour, minute, second and not '${text}'`,
  );
  const year = /\bB/.test(text) ? 1 - yearOfEra : yearOfEra;
  const local = dayOfDate(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * SECOND;
  return local - ms;
}
