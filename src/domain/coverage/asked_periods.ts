// Which periods of a level a policy asks a backup of by now, and whether one is there.

import { periodKey, type TimeFunction } from "../calendar/period.ts";
import type { Level, WeekStart } from "../policy.ts";
import type { SlotHistory } from "../schedule/slot_history.ts";
import type { Zone } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";

/** More periods of one level than these are not looked at; the newest are. */
const MOST_PERIODS = 20_000;

/** A period in which at least one slot fell. Times are UTC ms. */
export interface AskedPeriod {
  from: number;
  /** Exclusive. */
  until: number;
  /** The last slot in it. */
  slot: number;
  covered: boolean;
}

interface AskedInput {
  slots: SlotHistory;
  /** Period times of the restore points, rising. */
  points: Float64Array;
  zone: Zone;
  weekStarts: WeekStart;
}

/**
 * The periods among the newest `count` in which a slot fell, newest first. A period that only holds a backup (by hand,
 * imported) takes one of the places, as it does in an election, and asks for nothing. Yields every few periods.
 */
export function* askedPeriods(
  level: Level,
  count: number,
  input: AskedInput,
): Generator<void, { periods: AskedPeriod[]; cut: boolean }> {
  const { slots, points } = input;
  const key = periodKey(level, input.zone, input.weekStarts);
  const periods: AskedPeriod[] = [];
  let point = points.length - 1;
  let end = Infinity;
  for (let place = 0; place < count; place++) {
    if (place === MOST_PERIODS) return { periods, cut: true };
    while (point >= 0 && points[point]! >= end) point--;
    const slot = slots.latest(end - 1, 4 * SIZES[level]) ?? -Infinity;
    const held = point < 0 ? -Infinity : points[point]!;
    const at = Math.max(slot, held);
    if (at === -Infinity) break;
    const from = beginOf(key, at, SIZES[level]);
    if (slot >= from) {
      periods.push({ from, until: endOf(key, at, SIZES[level]), slot, covered: held >= from });
    }
    end = from;
    if (place % 64 === 63) yield;
  }
  return { periods, cut: false };
}

/** How long a period of each level mostly is, in milliseconds. */
export const SIZES: Readonly<Record<Level, number>> = {
  secondly: 1000,
  minutely: 60_000,
  hourly: 3_600_000,
  daily: DAY,
  weekly: 7 * DAY,
  monthly: 30 * DAY,
  yearly: 365 * DAY,
};

/** The first instant of the period that holds `at`. */
function beginOf(key: TimeFunction, at: number, size: number): number {
  const own = key(at);
  let before = at - size;
  while (key(before) === own) before -= size;
  return firstThat((ms) => key(ms) === own, before, at);
}

/** The first instant after the period that holds `at`. */
export function endOf(key: TimeFunction, at: number, size: number): number {
  const own = key(at);
  let after = at + size;
  while (key(after) === own) after += size;
  return firstThat((ms) => key(ms) !== own, at, after);
}

/** The least instant in (low, high] that fits; `high` fits and what comes after one that fits fits too. */
function firstThat(fits: (ms: number) => boolean, low: number, high: number): number {
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return high;
}
