// The ground of a chart over time: values upright from zero, times along the bottom in a zone.

import { widthOf } from "./labels.ts";
import { el, type Markup } from "./svg.ts";
import { ticksBetween } from "./ticks.ts";
import { type TimeScale, timeScale } from "./time_scale.ts";
import { type ValueScale, valueScale } from "./value_scale.ts";
import type { Calendar } from "./words.ts";

/** What a chart spans. */
interface Span {
  /** UTC ms. */
  from: number;
  until: number;
  /** The greatest value that has to have room. */
  most: number;
  /** In which values are round: 60 for minutes of seconds; 1 where absent. */
  unit?: number;
}

/** A chart's places. */
export interface Chart {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: TimeScale["x"];
  y: ValueScale["y"];
  /** The greatest value that is shown. */
  topValue: number;
  ground: Markup;
}

const HEIGHT = 176;
const TOP = 22;
const FOOT = 24;
const TICK_WIDTH = 54;

/** Lays a chart out. `text` writes a value of the axis. */
export function chartOf(
  { from, until, most, unit = 1 }: Span,
  width: number,
  calendar: Calendar,
  text: (value: number) => string,
): Chart {
  const [top, bottom] = [TOP, HEIGHT - FOOT];
  const values = valueScale(most, [bottom, top], { unit, marks: 4 });
  const left = Math.ceil(Math.max(...values.marks.map((mark) => widthOf(text(mark))))) + 12;
  const right = width - 12;
  // Of one instant there is no span: a day around it does.
  const [first, last] = from < until ? [from, until] : [from - 43_200_000, from + 43_200_000];
  const scale = timeScale([first, last], [1], [left, right]);
  const upright = values.marks.map((mark) => {
    const y = values.y(mark);
    return [
      el("line", { class: mark === 0 ? "base" : "grid", x1: left, x2: right, y1: y, y2: y }),
      el("text", { class: "value", x: left - 6, y: y + 4, "text-anchor": "end" }, text(mark)),
    ];
  });
  const times = ticksBetween(first, last, calendar.zone, Math.max(1, Math.floor((right - left) / 90)))
    .filter((_, at, all) => all.length * TICK_WIDTH <= right - left || at % 2 === 0)
    .map(({ at, text }) => {
      const x = scale.x(at);
      const half = widthOf(text) / 2;
      const middle = Math.min(width - half, Math.max(half, x));
      return [
        el("line", { class: "grid", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
        el("text", { class: "time", x: middle, y: bottom + 17, "text-anchor": "middle" }, text),
      ];
    });
  return {
    width,
    height: HEIGHT,
    left,
    right,
    top,
    bottom,
    x: scale.x,
    y: values.y,
    topValue: values.top,
    ground: el("g", { class: "axis" }, upright, times),
  };
}
