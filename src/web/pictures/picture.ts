// What every picture comes with: the drawing, the same in words, and the table behind it.

import { type Child, el } from "./svg.ts";

/** A cell of the table behind a picture; with an address where there is more about it. */
export type Cell = string | { text: string; href: string };

/** What a picture was drawn from, as rows. */
export interface Table {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** What is not among the rows; null when all is. */
  note: string | null;
}

/** What a picture says, under a heading of a word or two. */
export interface Fact {
  term: string;
  text: string;
}

/** A picture. Its colours come from `assets/pictures.css`. */
export interface Picture {
  svg: string;
  /** All that it shows, in words: whoever does not see it misses nothing. */
  facts: readonly Fact[];
  table: Table;
}

/** How a drawing is framed. */
interface Frame {
  /** Names what describes it; one of a kind on its page. */
  id: string;
  kind: string;
  title: string;
  facts: readonly Fact[];
  width: number;
  height: number;
}

/**
 * The outermost element. It is a group and no image, for marks may be links; it shrinks with the page, and its words are
 * tied to it.
 */
export function framed({ id, kind, title, facts, width, height }: Frame, ...children: Child[]): string {
  const described = `${id}-words`;
  return el(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: `picture ${kind}`,
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      width: Math.ceil(width),
      height: Math.ceil(height),
      role: "group",
      "aria-label": title,
      "aria-describedby": described,
    },
    el("desc", { id: described }, facts.map(sentence).join(" ")),
    ...children,
  ).text;
}

/** `Next to go: …` */
function sentence({ term, text }: Fact): string {
  return `${term}: ${text}${/[.!?]$/.test(text) ? "" : "."}`;
}
