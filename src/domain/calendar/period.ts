// Calendar periods: which bucket of a level an instant falls in, how near it lies to a reference, and what to call it.
//
// Seconds and minutes are counted in UTC, so the two passes of an hour that autumn repeats keep their minutes apart.
// From hours upward a period is read from the wall clock, which here never goes back: while the clock shows a time
// it has already shown, the period is still the latest one. So the repeated hour is one hourly period, and keys
// never fall as time goes on, not even where clocks were set back over midnight (America/St_Johns until 2010).

import { dateOfDay, daysInMonth, formatDate, twoDigits } from "./calendar.ts";
import type { Level, LevelRule, WeekStart } from "../policy.ts";
import { civil, type Span, weekdayOf, type Zone } from "./zone.ts";
import { DAY } from "../duration.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

/** Maps an instant (UTC ms) to a number. Fast when asked for rising times. */
export type TimeFunction = (ms: number) => number;

/** The key of the period an instant falls in: a whole number that never falls as time goes on. */
export function periodKey(level: Level, zone: Zone, weekStarts: WeekStart): TimeFunction {
  switch (level) {
    case "secondly":
      return (ms) => Math.floor(ms / SECOND);
    case "minutely":
      return (ms) => Math.floor(ms / MINUTE);
    case "hourly": {
      const clock = risingClock(zone);
      return (ms) => Math.floor(clock(ms) / HOUR);
    }
    case "daily":
      return dayNumber(zone);
    case "weekly": {
      const day = dayNumber(zone);
      return (ms) => weekOfDay(day(ms), weekStarts);
    }
    case "monthly": {
      const day = dayNumber(zone);
      return (ms) => {
        const date = dateOfDay(day(ms));
        return date.year * 12 + date.month - 1;
      };
    }
    case "yearly": {
      const day = dayNumber(zone);
      return (ms) => dateOfDay(day(ms)).year;
    }
  }
}

/**
 * How far an instant lies from the rule's reference within its period, in the units of the level's field: the
 * second of a minute, minute of an hour, hour of a day, weekday of a week, day of a month, month of a year. Finer
 * fields do not count (2:59 is one hour from 3). Weekdays are counted by their place in the week as it starts, not
 * around its end. Days past the month's end mean its last day. Null where every instant is as near: for `L`, where
 * the latest stands for the period, and for secondly, whose periods have no parts.
 */
export function distance(
  level: Level,
  rule: LevelRule,
  zone: Zone,
  weekStarts: WeekStart,
): TimeFunction | null {
  const { reference } = rule;
  if (reference === "L") return null;
  switch (level) {
    case "secondly":
      return null;
    case "minutely":
      return (ms) => Math.abs(Math.floor(ms / SECOND) - Math.floor(ms / MINUTE) * 60 - reference);
    case "hourly": {
      const clock = wallClock(zone);
      return (ms) => {
        const minute = Math.floor(clock(ms) / MINUTE);
        return Math.abs(minute - Math.floor(minute / 60) * 60 - reference);
      };
    }
    case "daily": {
      const clock = risingClock(zone);
      return (ms) => {
        const hour = Math.floor(clock(ms) / HOUR);
        return Math.abs(hour - Math.floor(hour / 24) * 24 - reference);
      };
    }
    case "weekly": {
      const day = dayNumber(zone);
      const wanted = placeInWeek(reference, weekStarts);
      return (ms) => Math.abs(placeInWeek(weekdayOf(day(ms)), weekStarts) - wanted);
    }
    case "monthly": {
      const day = dayNumber(zone);
      return (ms) => {
        const date = dateOfDay(day(ms));
        return Math.abs(date.day - Math.min(reference, daysInMonth(date.year, date.month)));
      };
    }
    case "yearly": {
      const day = dayNumber(zone);
      return (ms) => Math.abs(dateOfDay(day(ms)).month - reference);
    }
  }
}

/**
 * What people call the period an instant falls in: `2026-11-20 14:05:09`, `2026-11-20 14:05`, `2026-11-20 14h`,
 * `2026-11-20`, `week of 2026-11-15`, `2026-11`, `2026`.
 */
export function periodLabel(level: Level, zone: Zone, weekStarts: WeekStart): (ms: number) => string {
  const key = periodKey(level, zone, weekStarts);
  switch (level) {
    case "secondly":
      return (ms) => `${clockLabel(zone, ms)}:${twoDigits(civil(zone, ms).second)}`;
    case "minutely":
      return (ms) => clockLabel(zone, ms);
    case "hourly":
      return (ms) => {
        const hour = key(ms);
        const day = Math.floor(hour / 24);
        return `${formatDate(dateOfDay(day))} ${twoDigits(hour - day * 24)}h`;
      };
    case "daily":
      return (ms) => formatDate(dateOfDay(key(ms)));
    case "weekly":
      return (ms) => `week of ${formatDate(dateOfDay(firstDayOfWeek(key(ms), weekStarts)))}`;
    case "monthly":
      return (ms) => {
        const year = Math.floor(key(ms) / 12);
        return formatDate({ year, month: key(ms) - year * 12 + 1, day: 1 }).slice(0, -3);
      };
    case "yearly":
      return (ms) => String(key(ms)).padStart(4, "0");
  }
}

/** Local time, in ms as if it were UTC; falls where the clock is set back. */
function wallClock(zone: Zone): TimeFunction {
  let span: Span | null = null;
  return (ms) => {
    if (span === null || ms < span.from || ms >= span.until) span = zone.spanAt(ms);
    return ms + span.offset;
  };
}

/** Local time that stands still while a time that was already shown is shown again. */
function risingClock(zone: Zone): TimeFunction {
  let span: Span | null = null;
  return (ms) => {
    if (span === null || ms < span.from || ms >= span.until) span = zone.spanAt(ms);
    const local = ms + span.offset;
    return local > span.shown ? local : span.shown;
  };
}

function dayNumber(zone: Zone): TimeFunction {
  const clock = risingClock(zone);
  return (ms) => Math.floor(clock(ms) / DAY);
}

// 1970-01-01, day 0, was a Thursday: the fourth day of a Monday week, the fifth of a Sunday week.
function weekOfDay(day: number, weekStarts: WeekStart): number {
  return Math.floor((day + (weekStarts === "monday" ? 3 : 4)) / 7);
}

function firstDayOfWeek(week: number, weekStarts: WeekStart): number {
  return week * 7 - (weekStarts === "monday" ? 3 : 4);
}

function placeInWeek(weekday: number, weekStarts: WeekStart): number {
  return weekStarts === "monday" ? (weekday + 6) % 7 : weekday;
}

function clockLabel(zone: Zone, ms: number): string {
  const { year, month, day, hour, minute } = civil(zone, ms);
  return `${formatDate({ year, month, day })} ${twoDigits(hour)}:${twoDigits(minute)}`;
}
