// Words beside marks: those that matter most get their place, and none lies on another.

import { type Child, el, type Markup } from "./svg.ts";

/** Words that are to stand at a place. */
export interface Label {
  x: number;
  y: number;
  text: string;
  /** The lowest is placed first. */
  rank: number;
  kind: string;
}

/** About how wide a letter is, in px, of text of 11 px. */
const LETTER = 5.9;

/** About how wide a text is. */
export function widthOf(text: string): number {
  return text.length * LETTER;
}

/** Places labels around their x, within [left, right]; what would lie on a more important one is left out. */
export function placeLabels(labels: readonly Label[], left: number, right: number): Markup[] {
  const taken: { from: number; to: number; y: number }[] = [];
  const placed: Markup[] = [];
  for (const { x, y, text, kind } of [...labels].sort((a, b) => a.rank - b.rank)) {
    const half = widthOf(text) / 2 * (kind.includes("strong") ? 1.12 : 1);
    const middle = Math.min(right - half, Math.max(left + half, x));
    const box = { from: middle - half - 3, to: middle + half + 3, y };
    if (taken.some((one) => Math.abs(one.y - y) < 11 && one.from < box.to && box.from < one.to)) continue;
    taken.push(box);
    placed.push(el("text", { class: `label ${kind}`.trim(), x: middle, y, "text-anchor": "middle" }, text));
  }
  return placed;
}

/** One word of a key: what a sign means. */
export interface Sign {
  draw(x: number, y: number): Child;
  text: string;
}

/** A line of signs with their words, broken where it would be too wide; answers its height as well. */
export function keyOf(
  signs: readonly Sign[],
  { left, right, top }: { left: number; right: number; top: number },
): { drawn: Markup; height: number } {
  let x = left;
  let y = top + 10;
  const parts = signs.map(({ draw, text }) => {
    const width = 20 + widthOf(text) + 14;
    if (x + width > right && x > left) {
      x = left;
      y += 18;
    }
    const drawn = [draw(x + 7, y), el("text", { class: "key", x: x + 18, y: y + 4 }, text)];
    x += width;
    return drawn;
  });
  return { drawn: el("g", { class: "keys" }, parts), height: signs.length === 0 ? 0 : y - top + 10 };
}
