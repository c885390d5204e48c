// The retention timeline: a lane a level, each backup at its time, what keeps it, and when it goes, right of now.

import { keyOf, placeLabels, type Sign } from "./labels.ts";
import { framed, type Picture } from "./picture.ts";
import { el, type Markup } from "./svg.ts";
import { AXIS, ground, laneRows, timeAxis } from "./timeline_axis.ts";
import { drawMarks, type SignName } from "./timeline_drawing.ts";
import type { TimelineInput, TimelineStyle } from "./timeline_input.ts";
import { timelineLayout } from "./timeline_layout.ts";
import { badgesOf } from "./timeline_marks.ts";
import { timelineModel } from "./timeline_model.ts";
import {
  comingSign,
  dotSign,
  echoSign,
  failureSign,
  goingSign,
  holeSign,
  manySign,
} from "./timeline_signs.ts";
import { timelineTable } from "./timeline_table.ts";
import { timelineFacts } from "./timeline_words.ts";

/** So many backups are listed behind the picture. */
const MOST_ROWS = 100;

/** Draws it. Backups that would lie on each other share a mark, which says how many they are. */
export function timeline(input: TimelineInput, { id, width }: TimelineStyle): Picture {
  const model = timelineModel(input);
  const layout = timelineLayout(model, width);
  const facts = timelineFacts(model);
  const { marks, labels, signs } = drawMarks(model, layout);
  const key = keyOf(signsOf(signs), {
    left: layout.isNarrow ? layout.left : 0,
    right: width,
    top: layout.bottom + AXIS,
  });
  const svg = framed(
    {
      id,
      kind: "timeline",
      title: `The backups of ${input.job.job} over time, and when each goes`,
      facts,
      width,
      height: layout.bottom + AXIS + key.height,
    },
    ground(layout),
    laneRows(layout),
    timeAxis(model, layout),
    el("g", { class: "marks" }, marks),
    el("g", { class: "labels" }, placeLabels(labels, layout.left, layout.right)),
    key.drawn,
  );
  return { svg, facts, table: timelineTable(model, MOST_ROWS) };
}

/** What each sign means, of those that are in the picture. */
function signsOf(names: ReadonlySet<SignName>): Sign[] {
  const none = badgesOf([]);
  const three = (draw: typeof comingSign, dots: number) => (x: number, y: number) =>
    draw({ x, left: x - 8, right: x + 8, dots: Array(dots).fill(null) }, y);
  const all: [SignName, string, (x: number, y: number) => Markup][] = [
    ["kept", "backup", (x, y) => dotSign(x, y, none)],
    ["many", "several", three((mark, y) => manySign(mark, y, none), 3)],
    ["echo", "counts here too", echoSign],
    ["proved", "proved", (x, y) => dotSign(x, y, { ...none, proved: 1 })],
    ["held", "held", (x, y) => dotSign(x, y, { ...none, held: 1 })],
    ["locked", "locked by its storage", (x, y) => dotSign(x, y, { ...none, locked: 1 })],
    ["suspect", "suspect", (x, y) => dotSign(x, y, { ...none, suspect: 1 })],
    ["rejected", "rejected", (x, y) => dotSign(x, y, { ...none, rejected: 1 })],
    ["tried", "the policy tried would delete it", (x, y) => dotSign(x, y, { ...none, tried: 1 })],
    ["gone", "gone by then", (x, y) => dotSign(x, y, { ...none, gone: 1 })],
    ["coming", "to be made", three(comingSign, 1)],
    ["going", "goes then", three((mark, y) => goingSign(mark, y, false), 1)],
    ["hole", "no backup", (x, y) => holeSign(x - 6, x + 6, y)],
    ["failure", "failed run", three(failureSign, 1)],
  ];
  return all.filter(([name]) => names.has(name)).map(([, text, draw]) => ({ draw, text }));
}
