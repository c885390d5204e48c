// Where an axis of time is marked, and how: whole hours, days, months and years of a zone's clock.

// d3-time knows the calendar of UTC and of the machine alone, so the zone's clock is handed to it as if it were UTC.
import { utcTicks } from "d3-time";
import { civil, type Zone } from "../../domain/calendar/zone.ts";
import { twoDigits } from "../../domain/calendar/calendar.ts";
import { DAY } from "../../domain/duration.ts";
import { monthName } from "./words.ts";

/** A mark of an axis. */
export interface Tick {
  /** UTC ms. */
  at: number;
  text: string;
}

/** A step of a zone's clock, such as to summer time. */
interface ClockChange {
  /** UTC ms. */
  at: number;
  /** How far the clock goes on; negative where it goes back. */
  byMs: number;
}

/** About `count` round times in [from, until], rising. */
export function ticksBetween(from: number, until: number, zone: Zone, count: number): Tick[] {
  if (count < 1 || until <= from) return [];
  const wall = (ms: number) => ms + zone.spanAt(ms).offset;
  const dates: Date[] = utcTicks(new Date(wall(from)), new Date(wall(until)), count);
  const step = dates.length > 1 ? dates[1]!.getTime() - dates[0]!.getTime() : until - from;
  return dates
    .map((date) => instantAt(zone, date.getTime()))
    .filter((at) => at >= from && at <= until)
    .map((at) => ({ at, text: tickText(at, step, zone) }));
}

/** Steps of the zone's clock in (from, until], rising, the latest `most`. */
export function clockChanges(from: number, until: number, zone: Zone, most: number): ClockChange[] {
  const changes: ClockChange[] = [];
  let span = zone.spanAt(until);
  while (span.from > from && changes.length < most) {
    const before = zone.spanAt(span.from - 1);
    if (before.offset !== span.offset) changes.unshift({ at: span.from, byMs: span.offset - before.offset });
    span = before;
  }
  return changes;
}

/** The instant at which a zone's clock shows this; where it skips it, the same after the step. */
function instantAt(zone: Zone, wall: number): number {
  const guess = wall - zone.spanAt(wall).offset;
  return wall - zone.spanAt(guess).offset;
}

function tickText(at: number, step: number, zone: Zone): string {
  const { year, month, day, hour, minute } = civil(zone, at);
  if (step > 300 * DAY) return String(year);
  if (step > 25 * DAY) return month === 1 ? String(year) : monthName(month);
  if (step >= DAY || (hour === 0 && minute === 0)) return `${day} ${monthName(month)}`;
  return `${twoDigits(hour)}:${twoDigits(minute)}`;
}
