// How a value of a job went over time: each point where it is, from zero, with a median and where twice that is; what is far
// above the rest is marked at the top with its value, and never quietly cut off.

import { type Chart, chartOf } from "./chart.ts";
import { type Label, placeLabels } from "./labels.ts";
import { areaPath, linePath } from "./lines.ts";
import { type Fact, framed, type Picture } from "./picture.ts";
import { el, type Markup } from "./svg.ts";
import { type Calendar, dayText, listText, many, numberText, spanText, timeText } from "./words.ts";

/** One value. */
export interface TrendPoint {
  /** UTC ms. */
  at: number;
  value: number;
  /** It is drawn, and counts for nothing: why. */
  doubt?: "suspect" | "rejected";
  /** The page of what it is of. */
  href: string | null;
}

/** What a trend is of. */
interface TrendSubject {
  id: string;
  /** `Size of the backups of postgres` */
  title: string;
  /** `size` */
  noun: string;
  /** `1.2 GB` */
  text(value: number): string;
  /** In which values up to the greatest are round; absent: in themselves. */
  unitOf?(most: number): number;
  width: number;
}

/** More points than this are drawn as the band between the least and the greatest of each place. */
const MOST_DOTS = 240;
const MOST_ROWS = 200;
/** So many points at either end are compared. */
const ENDS = 10;
/** What is over this many times the median may be left above the scale. */
const FAR = 4;

/** Draws it. */
export function trend(points: readonly TrendPoint[], subject: TrendSubject, calendar: Calendar): Picture {
  const rising = [...points].sort((a, b) => a.at - b.at);
  const sure = rising.filter(({ doubt }) => doubt === undefined);
  const summary = summaryOf(sure);
  const facts = factsOf(rising, sure, summary, subject, calendar);
  const most = summary === null
    ? 1
    : Math.max(summary.usual, Math.min(2 * summary.middle, summary.usual * 1.5));
  const unit = subject.unitOf?.(most);
  const span = {
    from: rising[0]?.at ?? calendar.now,
    until: Math.max(rising.at(-1)?.at ?? 0, calendar.now),
    most,
    unit,
  };
  const chart = chartOf(span, subject.width, calendar, subject.text);
  const above = rising.filter(({ value }) => value > chart.topValue);
  const svg = framed(
    { id: subject.id, kind: "trend", title: subject.title, facts, width: chart.width, height: chart.height },
    summary === null ? nothingKnown(chart, subject) : [chart.ground, guides(summary, chart)],
    rising.length > MOST_DOTS ? band(sure, chart) : dots(rising, sure, chart, subject, calendar),
    summary === null ? null : guideLabels(summary, chart, subject),
    overTop(above, chart, subject, calendar),
  );
  return { svg, facts, table: tableOf(rising, subject, calendar) };
}

/** Where the values lie. */
interface Summary {
  middle: number;
  first: number;
  last: number;
  most: number;
  /** The greatest but for those far above the rest. */
  usual: number;
}

function summaryOf(sure: readonly TrendPoint[]): Summary | null {
  if (sure.length === 0) return null;
  const values = sure.map(({ value }) => value);
  const middle = median(values);
  const usual = values.filter((value) => middle === 0 || value <= FAR * middle);
  const ends = Math.min(ENDS, Math.ceil(values.length / 3));
  return {
    middle,
    first: median(values.slice(0, ends)),
    last: median(values.slice(-ends)),
    most: greatest(values),
    usual: greatest(usual),
  };
}

function factsOf(
  rising: readonly TrendPoint[],
  sure: readonly TrendPoint[],
  summary: Summary | null,
  { noun, text }: TrendSubject,
  calendar: Calendar,
): Fact[] {
  const last = sure.at(-1);
  if (summary === null || last === undefined) return [{ term: "Newest", text: `no ${noun} is known` }];
  const facts = [{ term: "Newest", text: `${text(last.value)}, ${dayText(last.at, calendar)}` }];
  facts.push({
    term: "Median",
    text: `${text(summary.middle)}; the greatest of ${numberText(sure.length)} is ${text(summary.most)}`,
  });
  const grown = growth(sure, summary);
  if (grown !== null) facts.push({ term: "Change", text: grown });
  const far = sure.filter(({ value }) => summary.middle > 0 && value > FAR * summary.middle);
  if (far.length > 0) {
    const told = far.map(({ at, value }) => `${text(value)} on ${dayText(at, calendar)}`).reverse();
    facts.push({ term: "Far above the rest", text: listText(told, 4) });
  }
  const doubtful = rising.length - sure.length;
  if (doubtful > 0) {
    const term = rising.some(({ doubt }) => doubt === "rejected") ? "Suspect or rejected" : "Suspect";
    facts.push({ term, text: `${many(doubtful, "value")} counted for nothing here` });
  }
  return facts;
}

/** `14 % more than 11 months ago; at this pace twice as much in 6 years`; null where nothing can be compared. */
function growth(sure: readonly TrendPoint[], { first, last }: Summary): string | null {
  const ms = sure.at(-1)!.at - sure[0]!.at;
  if (sure.length < 6 || first <= 0 || ms < 2 * 86_400_000) return null;
  const ratio = last / first;
  const percent = Math.round((ratio - 1) * 100);
  const since = `${spanText(ms)} before`;
  if (percent === 0) return `as much as ${since}`;
  if (ratio >= 1.95) {
    return `${numberText(Math.round(ratio * 10) / 10)} times as much as ${since}`.replace(".0 ", " ");
  }
  const doubles = percent < 5
    ? ""
    : `; at this pace twice as much in ${spanText(ms * Math.LN2 / Math.log(ratio))}`;
  return `${numberText(Math.abs(percent))} % ${percent > 0 ? "more" : "less"} than ${since}${doubles}`;
}

/** The median, and where twice that is, as far as the scale goes. */
function levelsOf({ middle }: Summary, { topValue }: Chart): { value: number; kind: string; word: string }[] {
  return [
    { value: middle, kind: "middle", word: "median" },
    { value: 2 * middle, kind: "twice", word: "twice the median" },
  ].filter(({ value }) => value > 0 && value <= topValue);
}

function guides(summary: Summary, chart: Chart): Markup[] {
  const { left, right, y } = chart;
  return levelsOf(summary, chart).map(({ value, kind }) =>
    el("line", { class: kind, x1: left, x2: right, y1: y(value), y2: y(value) })
  );
}

function guideLabels(summary: Summary, chart: Chart, { text }: TrendSubject): Markup[] {
  const { left, right, top, y } = chart;
  const labels = levelsOf(summary, chart).map(({ value, word }): Label => ({
    // Where the values lie further from it.
    x: Math.abs(summary.first - summary.middle) > Math.abs(summary.last - summary.middle) ? left : right,
    y: Math.max(top - 4, y(value) - 5),
    text: `${word}, ${text(value)}`,
    rank: 0,
    kind: "",
  }));
  return placeLabels(labels, left, right);
}

function nothingKnown({ width, height }: Chart, { noun }: TrendSubject): Markup {
  return el(
    "text",
    { class: "empty-picture", x: width / 2, y: height / 2, "text-anchor": "middle" },
    `no ${noun} is known`,
  );
}

function dots(
  rising: readonly TrendPoint[],
  sure: readonly TrendPoint[],
  { x, y, topValue }: Chart,
  { text }: TrendSubject,
  calendar: Calendar,
): Markup {
  const within = rising.filter(({ value }) => value <= topValue);
  const r = rising.length > 80 ? 1.8 : 2.8;
  // What lies above the scale breaks the line, as nobody sees how high it goes.
  const parts: TrendPoint[][] = [[]];
  for (const point of sure) {
    if (point.value > topValue) parts.push([]);
    else parts.at(-1)!.push(point);
  }
  return el(
    "g",
    { class: "series" },
    parts.map((part) =>
      part.length < 2
        ? null
        : el("path", { class: "line", d: linePath(part.map(({ at, value }) => ({ x: x(at), y: y(value) }))) })
    ),
    within.map((point) => {
      const words = `${timeText(point.at, calendar)}: ${text(point.value)}${
        point.doubt === undefined ? "" : `, ${point.doubt}`
      }`;
      const dot = el(
        "circle",
        { class: point.doubt === undefined ? "point" : "doubtful", cx: x(point.at), cy: y(point.value), r },
        el("title", {}, words),
      );
      return point.href === null
        ? dot
        : el("a", { href: point.href, tabindex: -1, "aria-label": words }, dot);
    }),
  );
}

/** Of many points: for each place the least and the greatest, and the median between. */
function band(sure: readonly TrendPoint[], { x, y, topValue }: Chart): Markup {
  const places = new Map<number, number[]>();
  for (const { at, value } of sure) {
    if (value > topValue) continue;
    const place = Math.round(x(at) / 3) * 3;
    const values = places.get(place);
    if (values === undefined) places.set(place, [value]);
    else values.push(value);
  }
  const area = [...places].map(([place, values]) => ({
    x: place,
    y: y(greatest(values)),
    low: y(least(values)),
  }));
  const middle = [...places].map(([place, values]) => ({ x: place, y: y(median(values)) }));
  return el(
    "g",
    { class: "series" },
    el("path", { class: "band", d: areaPath(area) }),
    el("path", { class: "line", d: linePath(middle) }),
  );
}

/** What is above the scale: a sign at its top, with the value. */
function overTop(
  above: readonly TrendPoint[],
  { x, left, right, top }: Chart,
  { text }: TrendSubject,
  calendar: Calendar,
): Markup | null {
  if (above.length === 0) return null;
  const labels = above.map(({ at, value }): Label => ({
    x: x(at),
    y: top - 9,
    text: text(value),
    rank: -value,
    kind: "warn",
  }));
  const signs = above.slice(-MOST_DOTS).map(({ at, value }) => {
    const d = `M${Math.round(x(at))},${top - 6}l4,7h-8Z`;
    return el(
      "path",
      { class: "above", d },
      el("title", {}, `${timeText(at, calendar)}: ${text(value)}, above the scale`),
    );
  });
  return el("g", { class: "over" }, signs, placeLabels(labels, left, right));
}

function tableOf(
  rising: readonly TrendPoint[],
  { title, noun, text }: TrendSubject,
  calendar: Calendar,
): Picture["table"] {
  const rows = rising.slice(-MOST_ROWS).reverse().map(({ at, value, doubt, href }) => {
    const when = timeText(at, calendar);
    return [
      href === null ? when : { text: when, href },
      `${text(value)}${doubt === undefined ? "" : `, ${doubt}`}`,
    ];
  });
  const left = rising.length - rows.length;
  return {
    caption: `${title}, newest first`,
    head: ["Made", noun.charAt(0).toUpperCase() + noun.slice(1)],
    rows,
    note: left === 0 ? null : `${many(left, "older one is", "older ones are")} not listed here`,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Not by spreading: there may be very many. */
function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function least(values: readonly number[]): number {
  return values.reduce((less, value) => Math.min(less, value), Infinity);
}
