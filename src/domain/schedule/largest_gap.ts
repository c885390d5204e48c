// The largest gap between slots of a pattern by the calendar alone: cheap even for a pattern of every second.

import { DAY } from "../duration.ts";
import type { CronPattern } from "./cron_pattern.ts";
import type { Matcher } from "./wall_clock.ts";

const SECOND = 1000;

/** The largest gap as if the clock took no steps: within a day by the times of day, between days by their dates. */
export function largestLocalGap(
  read: CronPattern,
  matcherOf: (read: CronPattern) => Matcher,
  from: number,
  days: number,
): number | null {
  const { first, last, widest } = timesOfDay(read);
  if (read.everyDay) return Math.max(widest, DAY - last + first);
  const clock = new Date(first);
  const [second, minute, hour] = [clock.getUTCSeconds(), clock.getUTCMinutes(), clock.getUTCHours()];
  const match = matcherOf({
    ...read,
    text: `${second} ${minute} ${hour} ${read.days}`,
    seconds: [second],
    minutes: [minute],
    hours: [hour],
  });
  // Begins with the day whose last time is still to come.
  let day = match(from - (last - first));
  let largest = day === null || widest === 0 ? null : widest;
  while (day !== null) {
    const following = match(day);
    if (following !== null) largest = Math.max(largest ?? 0, following - day - (last - first));
    // Only the first gap may begin later: it is the one under way.
    if (following !== null && following > from + days * DAY) break;
    day = following;
  }
  return largest;
}

/** First and last time of a day and the widest gap between two of them, in milliseconds; 0 when there is just one. */
function timesOfDay(read: CronPattern): { first: number; last: number; widest: number } {
  let first = 0;
  let last = 0;
  let widest = 0;
  const units: [readonly number[], number][] = [[read.seconds, SECOND], [read.minutes, 60 * SECOND], [
    read.hours,
    3_600 * SECOND,
  ]];
  for (const [values, unit] of units) {
    // From one value of a unit to the next, the smaller units go from their last to their first.
    const steps = values.slice(1).map((value, index) => (value - values[index]!) * unit - (last - first));
    widest = Math.max(widest, ...steps);
    first += values[0]! * unit;
    last += values.at(-1)! * unit;
  }
  return { first, last, widest };
}
