// Where a value lies on an upright axis from zero, and which round values mark it.

import { linearScale } from "./time_scale.ts";

/** From values to px. */
export interface ValueScale {
  y(value: number): number;
  /** Round values from zero to the top. */
  marks: number[];
  top: number;
}

/** A byte in megabytes, and less than any clock measures. */
const LEAST = 1e-7;

/**
 * From zero, which no axis of ours leaves out, to a value at least as great as `most` that is round in the unit. `low` and
 * `high` are the px of the two ends.
 */
export function valueScale(
  most: number,
  [low, high]: readonly [number, number],
  { unit, marks }: { unit: number; marks: number },
): ValueScale {
  // Of nothing but zeros there is no scale: any top does. So it is where numbers are too small to be told from that.
  const scale = linearScale([0, most / unit > LEAST ? most / unit : 1], [low, high]).nice(marks);
  return {
    y: (value) => scale(value / unit),
    marks: scale.ticks(marks).map((mark) => mark * unit),
    top: scale.domain()[1]! * unit,
  };
}
