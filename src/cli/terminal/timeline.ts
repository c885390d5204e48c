// Draws instants as rows of characters over one axis of ages, so that a person sees how far back each row reaches.

import { DAY } from "../../domain/duration.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const YEAR = 365 * DAY;

/** Ages that people think in, each with its label. */
const TICKS: readonly (readonly [label: string, ms: number])[] = [
  ["1s", SECOND],
  ["10s", 10 * SECOND],
  ["1min", MINUTE],
  ["10min", 10 * MINUTE],
  ["1h", HOUR],
  ["3h", 3 * HOUR],
  ["6h", 6 * HOUR],
  ["12h", 12 * HOUR],
  ["1d", DAY],
  ["2d", 2 * DAY],
  ["4d", 4 * DAY],
  ["1w", 7 * DAY],
  ["2w", 14 * DAY],
  ["1mo", YEAR / 12],
  ["2mo", YEAR / 6],
  ["3mo", YEAR / 4],
  ["6mo", YEAR / 2],
  ["1y", YEAR],
  ["2y", 2 * YEAR],
  ["3y", 3 * YEAR],
  ["5y", 5 * YEAR],
  ["10y", 10 * YEAR],
  ["20y", 20 * YEAR],
];

/** What the characters mean, for the line below. */
export const TIMELINE_LEGEND = "o one backup, 2-9 so many, # more, . none; the right end is that date";

/** One row: its name and its instants, UTC ms, in any order, none after the end of the axis. */
export interface TimelineRow {
  name: string;
  times: readonly number[];
}

/** Narrower than this it shows nothing. */
const LEAST_CELLS = 16;
const MOST_CELLS = 120;
/** Apart by less than this share of the width, instants are told apart by a rising scale only. */
const CROWDED = 1.5;

/**
 * The rows and, under them, the axis: `at` (UTC ms) is at the right end, the oldest instant at the left. A character is
 * a stretch of time: `.` nothing in it, `o` one, a digit so many, `#` more than nine. Where an even scale could not
 * tell neighbours apart, the past is drawn ever smaller. Lines are at most `columns` wide, if that is at least 30.
 */
export function timeline(rows: readonly TimelineRow[], at: number, columns: number): string[] {
  const times = [...new Set(rows.flatMap((row) => row.times))].sort((a, b) => b - a);
  const oldest = times.at(-1);
  if (oldest === undefined) return [];
  const names = Math.max(...rows.map((row) => row.name.length)) + 2;
  const cells = Math.max(LEAST_CELLS, Math.min(MOST_CELLS, columns - names));
  const cellOf = scale([at, ...times], Math.max(at - oldest, SECOND), cells);
  const drawn = rows.map(({ name, times }) => {
    const counts = new Array<number>(cells).fill(0);
    for (const time of times) counts[cellOf(at - time)]!++;
    return name.padEnd(names) + counts.map(mark).join("");
  });
  return [...drawn, axis(at - oldest, names + cells, (age) => names + cellOf(age))];
}

function mark(count: number): string {
  if (count === 0) return ".";
  if (count === 1) return "o";
  return count > 9 ? "#" : String(count);
}

/** From an age (ms) to its cell: the last one is now. `times` newest first. */
function scale(times: readonly number[], span: number, cells: number): (age: number) => number {
  const gaps = times.slice(1).map((time, at) => times[at]! - time).filter((gap) => gap > 0);
  const least = Math.min(span, ...gaps);
  const share = least * cells >= CROWDED * span
    ? (age: number) => age / span
    : (age: number) => Math.log1p(age / least) / Math.log1p(span / least);
  return (age) => cells - 1 - Math.round(share(Math.max(0, age)) * (cells - 1));
}

/** Labels that end below the places of their ages, from now backwards, as far as they have room. */
function axis(span: number, width: number, columnOf: (age: number) => number): string {
  const line = new Array<string>(width).fill(" ");
  let free = width;
  for (const [label, age] of [["0", 0] as const, ...TICKS]) {
    const start = columnOf(age) - label.length + 1;
    if (age > span || start < 0 || start + label.length > free) continue;
    line.splice(start, label.length, ...label);
    free = start - 1;
  }
  return line.join("");
}
