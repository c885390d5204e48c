// The dates a forecast looks at when nobody chose any.

import { DAY } from "../duration.ts";

/** A day, a week, a month, a quarter, half a year, a year … */
const DISTANCES = [1, 7, 30, 91, 182, 365, 730, 1826, 3652];

/** Dates after `from` and well before `until` (UTC ms), ever further apart. */
export function spreadDates(from: number, until: number): number[] {
  const end = from + 0.9 * (until - from);
  return DISTANCES.map((days) => from + days * DAY).filter((date) => date < end);
}
