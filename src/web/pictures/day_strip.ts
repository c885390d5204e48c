// What became of a job on each of the last days, in a cell of a table: told apart by height and shape, not by colour alone.

import { DAY } from "../../domain/duration.ts";
import type { Fact, Picture } from "./picture.ts";
import { el } from "./svg.ts";
import { type Calendar, dayText, listText, many, numberText } from "./words.ts";

/** What became of a job on a day, added up. */
export interface StripDay {
  /** The first instant of the day (UTC ms). */
  day: number;
  succeeded: number;
  suspect: number;
  failed: number;
  cancelled: number;
  missed: number;
  skipped: number;
}

/** Which days, and whether a run is under way. */
interface StripInput {
  /** Those on which something was, in any order. */
  days: readonly StripDay[];
  isRunning: boolean;
  /** How many days up to today, which is the last. */
  count: number;
}

const KINDS = ["good", "some", "failed", "missed", "suspect", "running", "nothing"] as const;
type Kind = typeof KINDS[number];

const WORDS: Record<Kind, string> = {
  good: "good",
  some: "good with trouble",
  failed: "failed",
  missed: "missed",
  suspect: "suspect",
  running: "running",
  nothing: "nothing due",
};

const CELL = 6;
const STEP = 8;
const HEIGHT = 20;

/** Draws it; a few hundred letters, for a page shows many. */
export function dayStrip({ days, isRunning, count }: StripInput, calendar: Calendar): Picture {
  const today = Math.floor(calendar.now / DAY) * DAY;
  const known = new Map(days.map((one) => [one.day, one]));
  const cells = Array.from({ length: count }, (_, at) => {
    const day = today - (count - 1 - at) * DAY;
    const what = known.get(day);
    return { day, what, kind: kindOf(what, isRunning && day === today) };
  });
  const utc = {
    ...calendar,
    zone: { name: "UTC", spanAt: () => ({ from: -Infinity, until: Infinity, offset: 0, shown: -Infinity }) },
  };
  const facts = KINDS.flatMap((kind): Fact[] => {
    const of = cells.filter((cell) => cell.kind === kind);
    if (of.length === 0) return [];
    const isPlain = kind === "good" || kind === "nothing";
    const when = isPlain ? "" : ` (${listText(of.map(({ day }) => dayText(day, utc)).reverse(), 3)})`;
    return [{ term: WORDS[kind], text: `${many(of.length, "day")}${when}` }];
  });
  const paths = KINDS.map((kind) => {
    const d = cells.map((cell, at) => cell.kind === kind ? shape(kind, at * STEP) : "").join("");
    return d === "" ? null : el("path", { class: kind, d });
  });
  const words = `Last ${numberText(count)} days: ${
    facts.map(({ term, text }) => `${text} ${term}`).join(", ")
  }`;
  const width = count * STEP - (STEP - CELL);
  const svg = el(
    "svg",
    {
      class: "picture strip",
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
      role: "img",
      "aria-label": words,
    },
    el("title", {}, words),
    paths,
  ).text;
  return {
    svg,
    facts,
    table: {
      caption: `The last ${numberText(count)} days, newest first; days are those of UTC`,
      head: ["Day", "What became of it", "Good", "Failed", "Missed", "Skipped"],
      rows: cells.toReversed().map(({ day, what, kind }) => [
        dayText(day, utc),
        WORDS[kind],
        ...[what?.succeeded, what?.failed, what?.missed, what?.skipped].map((one) => numberText(one ?? 0)),
      ]),
      note: null,
    },
  };
}

function kindOf(what: StripDay | undefined, isRunning: boolean): Kind {
  const { succeeded = 0, failed = 0, missed = 0, suspect = 0 } = what ?? {};
  // A run under way hides nothing that went wrong before it.
  if (failed > 0) return succeeded > 0 ? "some" : "failed";
  if (missed > 0) return succeeded > 0 ? "some" : "missed";
  if (isRunning) return "running";
  if (succeeded > 0) return suspect > 0 ? "some" : "good";
  return suspect > 0 ? "suspect" : "nothing";
}

/** Good fills its cell, trouble leaves a gap, failure half of it, a miss its outline, nothing a dot. */
function shape(kind: Kind, x: number): string {
  const box = (y: number, height: number) => `M${x} ${y}h${CELL}v${height}h-${CELL}z`;
  switch (kind) {
    case "good":
      return box(0, 20);
    case "some":
      return box(0, 9) + box(14, 6);
    case "failed":
      return box(11, 9);
    case "missed":
      return `M${x + 1} 1h4v18h-4z`;
    case "suspect":
      return `M${x + 3} 4l3 6l-3 6l-3-6z`;
    case "running":
      return box(4, 12);
    case "nothing":
      return `M${x + 2} 17h2v2h-2z`;
  }
}
