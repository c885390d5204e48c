// What a timeline's marks stand on: lanes with their names, the axis of time, now, the forecast, and steps of the clock.

import { placeLabels, widthOf } from "./labels.ts";
import { el, type Markup } from "./svg.ts";
import { clockChanges, type Tick, ticksBetween } from "./ticks.ts";
import type { TimelineLayout } from "./timeline_layout.ts";
import type { TimelineModel } from "./timeline_model.ts";
import { dayText, spanText, timeText } from "./words.ts";

/** How much an axis needs below the lanes, in px. */
export const AXIS = 40;

/** The width that a label of the axis has for itself. */
const TICK_WIDTH = 46;

/** The forecast's shade, below everything. */
export function ground({ now, right, top, bottom }: TimelineLayout): Markup {
  return el("rect", {
    class: "forecast",
    x: now,
    y: top - 18,
    width: right - now,
    height: bottom - top + 18,
  });
}

/** Names and lines of the lanes. */
export function laneRows(layout: TimelineLayout): Markup {
  const { isNarrow, left, right, lanes, failures } = layout;
  const rows = lanes.map(({ lane, top, middle, bottom }) =>
    row({ name: lane.name, rule: lane.rule, top, middle, bottom })
  );
  if (failures !== null) rows.push(row({ name: "failed runs", rule: "brought nothing", ...failures }));
  return el("g", { class: "lanes" }, rows);

  function row(one: { name: string; rule: string; top: number; middle: number; bottom: number }): Markup {
    const { name, rule, top, middle, bottom } = one;
    const names = isNarrow
      ? el(
        "text",
        { x: left, y: top + 16 },
        el("tspan", { class: "name" }, name),
        el("tspan", { class: "rule", dx: 6 }, rule),
      )
      : [
        el("text", { class: "name", x: 0, y: middle - 1 }, name),
        el("text", { class: "rule", x: 0, y: middle + 13 }, rule),
      ];
    return el(
      "g",
      {},
      el("line", { class: "edge", x1: isNarrow ? left : 0, x2: right, y1: bottom, y2: bottom }),
      el("line", { class: "rail", x1: left, x2: right, y1: middle, y2: middle }),
      names,
    );
  }
}

/** Marks of time below, where the scale changes, and now. */
export function timeAxis(model: TimelineModel, layout: TimelineLayout): Markup {
  const { left, right, top, bottom, now, scale } = layout;
  const { calendar, setAt } = model;
  const ticks = spread(ticksOf(model, layout), (tick) => scale.x(tick.at));
  const marks = ticks.map(({ at, text }) => {
    const x = scale.x(at);
    return [
      el("line", { class: "grid", x1: x, x2: x, y1: top, y2: bottom + 4 }),
      el("text", { class: "time", x, y: bottom + 17, "text-anchor": "middle" }, text),
    ];
  });
  const seams = scale.stretches.slice(1).map(({ left: x, from }) =>
    from === calendar.now ? null : el("line", { class: "seam", x1: x, x2: x, y1: top - 6, y2: bottom })
  );
  return el(
    "g",
    { class: "axis" },
    marks,
    seams,
    clockSteps(model, layout),
    el("line", { class: "base", x1: left, x2: right, y1: bottom, y2: bottom }),
    setAt === null
      ? null
      : el("line", { class: "set", x1: scale.x(setAt), x2: scale.x(setAt), y1: top - 18, y2: bottom }),
    el("line", { class: "now", x1: now, x2: now, y1: top - 18, y2: bottom + 4 }),
    heads(model, layout),
  );
}

function ticksOf({ calendar: { zone } }: TimelineModel, { scale }: TimelineLayout): Tick[] {
  return scale.stretches.flatMap(({ from, until, left, right }) => {
    // d3-time takes a count as a hint: the most that have room are wanted.
    for (let count = Math.ceil((right - left) / 24); count > 0; count--) {
      const ticks = ticksBetween(from, until, zone, count);
      if (ticks.length * TICK_WIDTH <= right - left + TICK_WIDTH / 2) return ticks;
    }
    return [];
  });
}

/** Those whose words do not touch the words of one before. */
function spread(ticks: readonly Tick[], x: (tick: Tick) => number): Tick[] {
  const kept: Tick[] = [];
  let end = -Infinity;
  for (const tick of ticks) {
    const half = widthOf(tick.text) / 2 + 4;
    if (x(tick) - half < end) continue;
    kept.push(tick);
    end = x(tick) + half;
  }
  return kept;
}

/** Above everything: what is past and what is foreseen, and the moments that part them. */
function heads({ calendar, setAt, input }: TimelineModel, layout: TimelineLayout): Markup[] {
  const { now, left, right, top, scale, isNarrow } = layout;
  const foreseen = typeof input.foreseen === "string" ? "not foreseen" : "forecast";
  const nowText = isNarrow ? "now" : `now, ${timeText(calendar.now, calendar)}`;
  return placeLabels(
    [
      { x: now, y: top - 24, text: nowText, rank: 0, kind: "strong" },
      ...(setAt === null ? [] : [{
        x: scale.x(setAt),
        y: top - 24,
        text: `set at ${dayText(setAt, calendar)}`,
        rank: 1,
        kind: "strong",
      }]),
      { x: left, y: top - 24, text: "past", rank: 2, kind: "" },
      { x: right, y: top - 24, text: foreseen, rank: 3, kind: "" },
    ],
    left,
    right,
  );
}

function clockSteps({ calendar }: TimelineModel, { scale, bottom }: TimelineLayout): Markup[] {
  const from = scale.stretches[0]!.from;
  const until = scale.stretches.at(-1)!.until;
  const steps = clockChanges(from, until, calendar.zone, 12);
  let end = -Infinity;
  return steps.flatMap(({ at, byMs }) => {
    const x = scale.x(at);
    const text = `${byMs > 0 ? "+" : "−"}${spanText(byMs)}`;
    const half = widthOf(text) / 2 + 3;
    const isFree = x - half >= end;
    if (isFree) end = x + half;
    const words = `The clock of ${calendar.zone.name} goes ${byMs > 0 ? "on" : "back"} by ${
      spanText(byMs)
    }: ${timeText(at, calendar)}`;
    return [el(
      "g",
      { class: "clock" },
      el("title", {}, words),
      el("path", { d: `M${Math.round(x)},${Math.round(bottom) - 5}l3.5,5l-3.5,5l-3.5,-5Z` }),
      isFree ? el("text", { x, y: bottom + 32, "text-anchor": "middle" }, text) : null,
    )];
  });
}
