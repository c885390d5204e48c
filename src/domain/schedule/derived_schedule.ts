// The schedule that a retention policy asks for when the user gave none.

import { daysInMonth } from "../calendar/calendar.ts";
import type { Level, Policy } from "../policy.ts";
import { LEVELS } from "../policy.ts";

const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;

/**
 * The cron pattern that fires once in each period of the finest level with a count over 0, at the references of that
 * level and of all finer ones (a reference of a level with count 0 holds too; `L` is the last second, minute, hour,
 * day, month). Days that not every month has fall on its last day there; so with a monthly reference of 29 or 30
 * the longer months, where both days exist, fire twice.
 * A policy that keeps all, or no level at all, names no rhythm: an error that asks for a schedule.
 */
export function deriveSchedule(policy: Policy): string | { error: string } {
  const finest = LEVELS.find((level) => policy.levels[level].count > 0);
  if (policy.keepAll || finest === undefined) {
    const why = policy.keepAll ? "keep_all names no level" : "keep_last and keep_within name no level";
    return {
      error: `Cannot derive a schedule from the retention policy: ${why}: expected 'schedule' to be set`,
    };
  }
  const second = finer(finest, "minutely") ? "*" : lastOr(policy, "minutely", 59);
  const minute = finer(finest, "hourly") ? "*" : lastOr(policy, "hourly", 59);
  const hour = finer(finest, "daily") ? "*" : lastOr(policy, "daily", 23);
  const weekday = finest === "weekly" ? weekdayOf(policy) : "*";
  const month = finest === "yearly" ? lastOr(policy, "yearly", 12) : "*";
  const day = finest === "monthly" || finest === "yearly" ? dayOf(policy, month) : "*";
  return `${second} ${minute} ${hour} ${day} ${month} ${weekday}`;
}

function finer(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) < LEVELS.indexOf(b);
}

function lastOr(policy: Policy, level: Level, last: number): string {
  const { reference } = policy.levels[level];
  return String(reference === "L" ? last : reference);
}

function weekdayOf(policy: Policy): string {
  const { reference } = policy.levels.weekly;
  const last = policy.weekStarts === "sunday" ? 6 : 0;
  return WEEKDAYS[reference === "L" ? last : reference]!;
}

/** `month` is `*` or a number. */
function dayOf(policy: Policy, month: string): string {
  const { reference } = policy.levels.monthly;
  if (reference === "L" || reference === 31) return "L";
  if (month === "*") return reference > 28 ? `${reference},L` : String(reference);
  const shortest = daysInMonth(2001, Number(month));
  return reference > shortest ? "L" : String(reference);
}
