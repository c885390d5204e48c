// The marks of a timeline, lane by lane, each with its words, and the labels of those that matter.

import { type Label, widthOf } from "./labels.ts";
import { el, type Markup } from "./svg.ts";
import { keepersOf } from "./timeline_lanes.ts";
import type { PlacedLane, TimelineLayout } from "./timeline_layout.ts";
import { type Badges, badgesOf, type CrowdDot, type Dot, type Mark, marksOf } from "./timeline_marks.ts";
import type { Going, Hole, TimelineModel } from "./timeline_model.ts";
import {
  comingSign,
  dotSign,
  echoSign,
  failureSign,
  goingSign,
  holeSign,
  manySign,
} from "./timeline_signs.ts";
import { backupText } from "./timeline_words.ts";
import { dayText, listText, many, numberText, timeText } from "./words.ts";

/** What is drawn, what is to be labelled, and which signs a key has to explain. */
interface Drawn {
  marks: Markup[];
  labels: Label[];
  signs: Set<SignName>;
}
export type SignName =
  | keyof Badges
  | "kept"
  | "many"
  | "echo"
  | "going"
  | "coming"
  | "hole"
  | "failure"
  | "clock";

/** Draws all lanes. */
export function drawMarks(model: TimelineModel, layout: TimelineLayout): Drawn {
  const drawn: Drawn = { marks: [], labels: [], signs: new Set() };
  const goes = new Map(model.going.map(({ at, dot }) => [dot, at]));
  const places = new Map(layout.lanes.map((placed) => [placed.lane.key as string, placed]));
  const taken = new Map(
    layout.lanes.map(({ lane }) => [
      lane.key as string,
      marksOf<Dot | CrowdDot>([...lane.crowds, ...lane.dots], layout.scale.x),
    ]),
  );
  drawn.marks.push(...echoes(model, layout, places, taken, drawn));
  for (const placed of layout.lanes) {
    drawHoles(placed, layout, drawn);
    for (const mark of taken.get(placed.lane.key)!) {
      drawBackups(mark, placed, { model, goes, now: layout.now }, drawn);
    }
    drawComing(placed, layout, model, drawn);
    drawGoing(placed, layout, model, drawn);
  }
  drawFailures(model, layout, drawn);
  return drawn;
}

function drawBackups(
  mark: Mark<Dot | CrowdDot>,
  { middle }: PlacedLane,
  { model, goes, now }: { model: TimelineModel; goes: ReadonlyMap<Dot, number>; now: number },
  { marks, labels, signs }: Drawn,
): void {
  const own = mark.dots.filter((one) => "backup" in one);
  const badges = badgesOf(own);
  const count = mark.dots.reduce((sum, one) => sum + ("backup" in one ? 1 : one.count), 0);
  for (const name of Object.keys(badges) as (keyof Badges)[]) if (badges[name] > 0) signs.add(name);
  const isOne = mark.dots.length === 1 && own.length === 1;
  signs.add(isOne ? "kept" : "many");
  labelMark(mark, badges, { middle, now }, labels);
  if (!isOne) {
    const words = manyText(mark.dots, count, badges, model);
    marks.push(el("g", {}, el("title", {}, words), manySign(mark, middle, badges, count)));
    return;
  }
  const [dot] = own as [Dot];
  const words = backupText(dot, model, goes.get(dot));
  // Reached by keyboard through the table, which has the same links.
  marks.push(el(
    "a",
    { href: model.input.href(dot.backup.run_id), tabindex: -1, "aria-label": words },
    el("title", {}, words),
    dotSign(mark.x, middle, badges),
  ));
}

function labelMark(
  { x, dots }: Mark<unknown>,
  badges: Badges,
  { middle, now }: { middle: number; now: number },
  labels: Label[],
): void {
  const y = middle - 12;
  const of = (count: number, word: string) => dots.length > 1 ? `${numberText(count)} ${word}` : word;
  const { newest, next, held, suspect, rejected, locked, tried, gone } = badges;
  if (newest > 0) labels.push({ x: Math.min(x, now - 24), y, text: "newest", rank: 0, kind: "strong" });
  if (next > 0 && gone === 0) labels.push({ x, y, text: "goes next", rank: 1, kind: "bad" });
  if (suspect > 0) labels.push({ x, y, text: of(suspect, "suspect"), rank: 2, kind: "warn" });
  if (rejected > 0) labels.push({ x, y, text: of(rejected, "rejected"), rank: 2, kind: "bad" });
  if (held > 0) labels.push({ x, y, text: of(held, "held"), rank: 3, kind: "" });
  if (tried > 0) labels.push({ x, y, text: of(tried, "would go"), rank: 4, kind: "bad" });
  if (locked > 0) labels.push({ x, y, text: of(locked, "locked"), rank: 5, kind: "" });
}

/** What several are that share a mark. */
function manyText(
  dots: readonly (Dot | CrowdDot)[],
  count: number,
  badges: Badges,
  { calendar }: TimelineModel,
): string {
  const last = dots.at(-1)!;
  const until = "backup" in last ? last.at : last.until;
  const span = `${timeText(dots[0]!.at, calendar)} to ${timeText(until, calendar)}`;
  const words: [keyof Badges, string][] = [
    ["newest", "the newest"],
    ["next", "goes next"],
    ["held", "held"],
    ["suspect", "suspect"],
    ["rejected", "rejected"],
    ["proved", "proved"],
    ["locked", "locked by their storage"],
    ["tried", "would go"],
    ["gone", "gone by then"],
  ];
  const told = words.filter(([badge]) => badges[badge] > 0).map(([badge, word]) =>
    `${numberText(badges[badge])} ${word}`
  );
  return `${many(count, "backup")} too close to be told apart here, ${span}${
    told.length === 0 ? "" : `; ${listText(told, 9)}`
  }`;
}

function drawGoing(
  { lane, middle }: PlacedLane,
  { scale, now }: TimelineLayout,
  model: TimelineModel,
  drawn: Drawn,
): void {
  const { calendar, going, setAt } = model;
  // What is gone by the date of the set is drawn as that, at its own time.
  const left = setAt === null ? lane.going : lane.going.filter(({ at }) => at > setAt);
  for (const mark of marksOf<Going>(left, scale.x)) {
    drawn.signs.add("going");
    const isNext = mark.dots.some((one) => one === going[0]);
    const told = mark.dots.slice(0, 3).map(({ at, dot }) =>
      `${timeText(at, calendar)}: that of ${timeText(dot.at, calendar)}`
    );
    const more = mark.dots.length > 3 ? ` and ${numberText(mark.dots.length - 3)} more` : "";
    const words = `${many(mark.dots.length, "backup goes", "backups go")}, ${told.join("; ")}${more}`;
    drawn.marks.push(el("g", {}, el("title", {}, words), goingSign(mark, middle, isNext)));
    if (isNext) {
      const text = dayText(going[0]!.at, calendar);
      const x = Math.max(mark.x, now + widthOf(text) / 2 + 4);
      drawn.labels.push({ x, y: middle - 12, text, rank: 1, kind: "bad" });
    }
  }
}

function drawComing(
  { lane, middle }: PlacedLane,
  { scale }: TimelineLayout,
  { calendar }: TimelineModel,
  drawn: Drawn,
): void {
  for (const mark of marksOf(lane.coming, scale.x)) {
    drawn.signs.add("coming");
    const [first] = mark.dots;
    const words = mark.dots.length === 1
      ? `To be made ${timeText(first!.at, calendar)}${
        first!.reasons.length === 0 ? "" : ` · kept: ${first!.reasons.join(", ")}`
      }`
      : `${many(mark.dots.length, "backup")} to be made, ${timeText(first!.at, calendar)} to ${
        timeText(mark.dots.at(-1)!.at, calendar)
      }`;
    drawn.marks.push(el("g", {}, el("title", {}, words), comingSign(mark, middle)));
  }
}

function drawHoles({ lane, middle }: PlacedLane, { scale }: TimelineLayout, drawn: Drawn): void {
  for (const { dots, x, left, right } of marksOf<Hole>(lane.holes, scale.x)) {
    drawn.signs.add("hole");
    const told = dots.slice(-4).reverse().map(({ period, cause }) => `${period}: ${cause}`);
    const more = dots.length > 4 ? `; and ${numberText(dots.length - 4)} more` : "";
    const words = `${many(dots.length, "hole")}, no ${lane.name} backup for ${told.join("; ")}${more}`;
    drawn.marks.push(el("g", {}, el("title", {}, words), holeSign(left, right, middle)));
    const text = dots.length === 1 ? "hole" : `${numberText(dots.length)} holes`;
    drawn.labels.push({ x, y: middle - 12, text, rank: 2.5, kind: "bad" });
  }
}

function drawFailures(
  { failures, calendar, input }: TimelineModel,
  { failures: row, scale }: TimelineLayout,
  drawn: Drawn,
): void {
  if (row === null) return;
  drawn.signs.add("failure");
  for (const mark of marksOf(failures, scale.x)) {
    const last = mark.dots.at(-1)!;
    const words = last.run.custom_data ?? last.run.reason ?? "";
    const count = mark.dots.length === 1
      ? `Run ${last.run.state}`
      : `${many(mark.dots.length, "failed run")}, the last`;
    const text = `${count} ${timeText(last.at, calendar)}${words === "" ? "" : `: ${words}`}`;
    drawn.marks.push(el(
      "a",
      { href: input.href(last.run.run_id), tabindex: -1, "aria-label": text },
      el("title", {}, text),
      failureSign(mark, row.middle),
    ));
  }
}

/** Where a backup counts in lanes coarser than its own: a small dot there, and a line from one to the other. */
function echoes(
  model: TimelineModel,
  { scale }: TimelineLayout,
  places: ReadonlyMap<string, PlacedLane>,
  taken: ReadonlyMap<string, readonly Mark<unknown>[]>,
  { signs }: Drawn,
): Markup[] {
  const seen = new Set<string>();
  const drawn: Markup[] = [];
  for (const { at, backup, badges } of model.dots) {
    if (backup.kept_for.length < 2 || badges.includes("gone")) continue;
    const [own, ...coarser] = keepersOf(backup).filter((level) => places.has(level));
    if (own === undefined || coarser.length === 0) continue;
    const x = Math.round(scale.x(at));
    const key = `${x} ${coarser.join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    signs.add("echo");
    const high = places.get(coarser.at(-1)!)!.middle;
    drawn.push(el("line", { class: "stem", x1: x, x2: x, y1: places.get(own)!.middle, y2: high }));
    for (const level of coarser) {
      const isTaken = taken.get(level)!.some(({ left, right }) => left - 2 < x && x < right + 2);
      if (!isTaken) drawn.push(echoSign(x, places.get(level)!.middle));
    }
  }
  return drawn;
}
