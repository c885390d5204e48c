// Matches of patterns without words such as L, W and # from their values alone: most patterns are so plain that they need
// no croner, whose object for one weighs 80 kB and takes a tenth of a millisecond to make.

import type { CronPattern, PickedDays } from "./cron_pattern.ts";
import { timesOfDay } from "./times_of_day.ts";
import type { Matcher } from "./wall_clock.ts";
import { dateOfDay, dayOfDate, daysInMonth } from "../calendar/calendar.ts";
import { DAY } from "../duration.ts";

/** From one 29th of February to the next it may take eight years; what is not there in nine is nowhere. */
const MOST_MONTHS = 9 * 12;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4;

/** The matcher of a pattern, the same as croner's; undefined where its words or its years need the calendar of croner. */
export function plainMatcher(read: CronPattern): Matcher | undefined {
  const { picked } = read;
  if (picked === null) return undefined;
  const after = timesOfDay(read);
  const first = after(-1)!;
  return (local) => {
    const today = Math.floor(local / DAY);
    if (isPicked(picked, today)) {
      const time = after(local - today * DAY);
      if (time !== null) return today * DAY + time;
    }
    const day = nextPicked(picked, today);
    return day === null ? null : day * DAY + first;
  };
}

/** `day` counts from 1970-01-01. */
function isPicked(picked: PickedDays, day: number): boolean {
  if (picked.months === null && picked.daysOfMonth === null) return hasWeekday(picked, day);
  const { month, day: ofMonth } = dateOfDay(day);
  return isMonth(picked, month) && hasDay(picked, ofMonth, day);
}

function nextPicked(picked: PickedDays, after: number): number | null {
  const from = dateOfDay(after + 1);
  let { year, month, day: ofMonth } = from;
  for (let months = 0; months < MOST_MONTHS; months++) {
    if (isMonth(picked, month)) {
      const start = dayOfDate(year, month, 1) - 1;
      const last = daysInMonth(year, month);
      for (; ofMonth <= last; ofMonth++) if (hasDay(picked, ofMonth, start + ofMonth)) return start + ofMonth;
    }
    ofMonth = 1;
    month = month === 12 ? 1 : month + 1;
    if (month === 1) year++;
  }
  return null;
}

function isMonth({ months }: PickedDays, month: number): boolean {
  return months === null || months.includes(month);
}

/** Of day of month and weekday, where both are named, one is enough. */
function hasDay(picked: PickedDays, ofMonth: number, day: number): boolean {
  const { daysOfMonth, weekdays } = picked;
  if (daysOfMonth === null) return hasWeekday(picked, day);
  return daysOfMonth.includes(ofMonth) || (weekdays !== null && hasWeekday(picked, day));
}

function hasWeekday({ weekdays }: PickedDays, day: number): boolean {
  return weekdays === null || weekdays.includes((((day + FIRST_WEEKDAY) % 7) + 7) % 7);
}
