// How a storage filled over time: what backups need, and on top of it what a prune would free.

import { sizeText } from "../../domain/size_text.ts";
import type { StorageView } from "../../ports/views/storage.ts";
import { chartOf } from "./chart.ts";
import { placeLabels } from "./labels.ts";
import { areaPath, linePath } from "./lines.ts";
import { type Fact, framed, type Picture } from "./picture.ts";
import { el } from "./svg.ts";
import { type Calendar, dayText, many, timeText } from "./words.ts";

/** One measuring; what was not measured is left out of the picture. */
type Measurement = Pick<StorageView, "measured_at" | "size_mb" | "needed_mb" | "dead_mb">;

const MOST_ROWS = 200;

/** Draws it, from zero. */
export function storageUse(
  measured: readonly Measurement[],
  { id, width, title }: { id: string; width: number; title: string },
  calendar: Calendar,
): Picture {
  const points = measured.flatMap(({ measured_at, size_mb, needed_mb, dead_mb }) => {
    const all = size_mb ?? (needed_mb === null ? null : needed_mb + (dead_mb ?? 0));
    if (measured_at === null || all === null) return [];
    // Where nobody knows what is dead, all of it is needed as far as anybody can say.
    return [{ at: Date.parse(measured_at), all, dead: dead_mb }];
  }).sort((a, b) => a.at - b.at);
  const [first, last] = [points[0], points.at(-1)];
  const facts: Fact[] = [];
  if (first === undefined || last === undefined) facts.push({ term: "Now", text: "never measured" });
  else {
    const dead = last.dead === null
      ? "what a prune would free is not known"
      : `${sizeText(last.dead)} of it a prune would free`;
    facts.push({ term: "Now", text: `${sizeText(last.all)} (${dayText(last.at, calendar)}); ${dead}` });
    if (points.length > 1) {
      facts.push({
        term: "Since",
        text: `${dayText(first.at, calendar)}, when it was ${sizeText(first.all)}`,
      });
    }
  }
  const most = points.reduce((greatest, { all }) => Math.max(greatest, all), 0);
  const chart = chartOf(
    { from: first?.at ?? calendar.now, until: last?.at ?? calendar.now, most },
    width,
    calendar,
    sizeText,
  );
  const places = points.map(({ at, all, dead }) => ({
    x: chart.x(at),
    y: chart.y(all),
    needed: chart.y(Math.max(0, all - (dead ?? 0))),
  }));
  const hasDead = points.some(({ dead }) => dead !== null && dead > 0);
  const end = places.at(-1);
  const labels = end === undefined ? [] : [
    { x: chart.right, y: Math.min(chart.bottom - 6, end.needed + 14), text: "needed", rank: 1, kind: "" },
    ...(hasDead ? [{ x: chart.right, y: end.y - 5, text: "a prune would free", rank: 0, kind: "warn" }] : []),
  ];
  const svg = framed(
    { id, kind: "trend storage", title, facts, width, height: chart.height },
    chart.ground,
    el("path", { class: "dead", d: areaPath(places.map(({ x, y, needed }) => ({ x, y, low: needed }))) }),
    el("path", {
      class: "band",
      d: areaPath(places.map(({ x, needed }) => ({ x, y: needed, low: chart.bottom }))),
    }),
    el("path", { class: "line", d: linePath(places) }),
    places.length === 1 ? el("circle", { class: "point", cx: places[0]!.x, cy: places[0]!.y, r: 2.8 }) : null,
    placeLabels(labels, chart.left, chart.right),
  );
  const rows = points.slice(-MOST_ROWS).reverse().map(({ at, all, dead }) => [
    timeText(at, calendar),
    sizeText(all),
    dead === null ? "–" : sizeText(dead),
  ]);
  const left = points.length - rows.length;
  return {
    svg,
    facts,
    table: {
      caption: `${title}, newest first`,
      head: ["Measured", "Size", "A prune would free"],
      rows,
      note: left === 0 ? null : `${many(left, "older one is", "older ones are")} not listed here`,
    },
  };
}
