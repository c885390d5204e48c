// How long pictures take to draw: the timeline of very many backups beside that of few, and a page of strips of days.
// Run: deno run -P=default bench/pictures.ts [backups, default 100000]

import { zoneOf } from "../src/domain/calendar/zone.ts";
import { dayStrip } from "../src/web/pictures/day_strip.ts";
import { timeline } from "../src/web/pictures/timeline.ts";
import { mixedDays } from "../tests/support/picture_series.ts";
import { NOW, twoYears, veryMany } from "../tests/support/picture_worlds.ts";
import { say } from "./print.ts";

const ROUNDS = 9;
/** The target of the design. */
const MOST_MS = 150;
const STRIPS = 50;

/** Median of some drawings (ms), the first of them left out. */
function measure(draw: () => unknown): number {
  draw();
  const taken = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    draw();
    return performance.now() - began;
  });
  return taken.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

const count = Number(Deno.args[0] ?? 100_000);
const big = veryMany(count);
const small = twoYears();
const many = measure(() => timeline(big, { id: "t", width: 1120 }));
const few = measure(() => timeline(small, { id: "t", width: 1120 }));
const { svg } = timeline(big, { id: "t", width: 1120 });
say(`timeline of ${count} backups`, `${many.toFixed(1)} ms (target ${MOST_MS}), ${svg.length} bytes`);
say(
  `timeline of ${small.backups.length} backups`,
  `${few.toFixed(2)} ms, ${Math.round(many / few)} times less`,
);
const calendar = { zone: zoneOf("Europe/Berlin"), now: NOW };
const days = mixedDays();
const strips = measure(() =>
  Array.from({ length: STRIPS }, () => dayStrip({ days, isRunning: false, count: 30 }, calendar))
);
say(`${STRIPS} strips of 30 days`, `${strips.toFixed(2)} ms`);
if (many > MOST_MS) Deno.exitCode = 1;
