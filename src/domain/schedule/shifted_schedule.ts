// Moves a cron pattern by some minutes, where the result can be written as a pattern.

import { readCronPattern } from "./cron_pattern.ts";

/** The pattern with every time of day so many minutes later; null where no pattern says that. */
export function shiftedSchedule(pattern: string, minutes: number): string | null {
  const read = readCronPattern(pattern);
  if ("error" in read) return null;
  const fields = read.text.split(" ");
  const at = fields.length === 5 ? 0 : 1;
  const step = /^\*\/(\d+)$/.exec(fields[at]!)?.[1];
  if (step !== undefined && minutes < Number(step)) {
    return replaced(fields, at, `${minutes}-59/${step}`, fields[at + 1]!);
  }
  if (read.minutes.length !== 1) return null;
  const total = read.minutes[0]! + minutes;
  const hours = shiftedHours(fields[at + 1]!, read.hours, Math.floor(total / 60), read.everyDay);
  return hours === null ? null : replaced(fields, at, String(total % 60), hours);
}

function shiftedHours(text: string, hours: readonly number[], by: number, everyDay: boolean): string | null {
  if (by === 0 || text === "*") return text;
  const step = /^\*\/(\d+)$/.exec(text)?.[1];
  // With a step it follows the clock where that is changed, so it stays one with a step.
  if (step !== undefined) return by < Number(step) ? `${by}-23/${step}` : null;
  if (text.includes("/")) return null;
  const later = hours.map((hour) => hour + by);
  // Past midnight it would be due on the day after.
  if (later.some((hour) => hour > 23) && !everyDay) return null;
  return later.map((hour) => hour % 24).sort((a, b) => a - b).join(",");
}

function replaced(fields: readonly string[], at: number, minute: string, hour: string): string {
  return [...fields.slice(0, at), minute, hour, ...fields.slice(at + 2)].join(" ");
}
