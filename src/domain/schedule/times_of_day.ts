// The times of day a pattern picks, one after the other, from its parsed fields alone: no calendar is asked.

import type { CronPattern } from "./cron_pattern.ts";

const SECOND = 1000;

/** First time of day strictly after a time of day, in milliseconds since midnight; null when the day has none left. */
type TimesOfDay = (after: number) => number | null;

/** The times of day of a pattern. Any negative time asks for the first one. */
export function timesOfDay(read: Pick<CronPattern, "hours" | "minutes" | "seconds">): TimesOfDay {
  const hours = atLeast(read.hours, 24);
  const minutes = atLeast(read.minutes, 60);
  const seconds = atLeast(read.seconds, 60);
  const firstMinute = read.minutes[0]!;
  const firstSecond = read.seconds[0]!;
  return (after) => {
    if (after < 0) return millis(hours[0]!, firstMinute, firstSecond);
    // Times of day are whole seconds, so the next candidate is the second that begins after this instant.
    const from = Math.floor(after / SECOND) + 1;
    const hour = Math.floor(from / 3600);
    const minute = Math.floor(from / 60) - hour * 60;
    if (hours[hour] === hour) {
      const second = minutes[minute] === minute ? seconds[from - (hour * 60 + minute) * 60]! : NONE;
      if (second !== NONE) return millis(hour, minute, second);
      const later = minutes[minutes[minute] === minute ? minute + 1 : minute]!;
      if (later !== NONE) return millis(hour, later, firstSecond);
    }
    const laterHour = hours[hours[hour] === hour ? hour + 1 : hour];
    return laterHour === undefined || laterHour === NONE ? null : millis(laterHour, firstMinute, firstSecond);
  };
}

const NONE = -1;

/** Of the lists of values that are in use. */
const tables = new WeakMap<readonly number[], Int8Array>();

/** For each value of a field, and one past its end, the least picked value that is not below it. */
function atLeast(picked: readonly number[], size: number): Int8Array {
  const known = tables.get(picked);
  if (known?.length === size + 1) return known;
  const table = new Int8Array(size + 1).fill(NONE);
  tables.set(picked, table);
  const wanted = new Set(picked);
  for (let value = size - 1; value >= 0; value--) {
    table[value] = wanted.has(value) ? value : table[value + 1]!;
  }
  return table;
}

function millis(hour: number, minute: number, second: number): number {
  return ((hour * 60 + minute) * 60 + second) * SECOND;
}
