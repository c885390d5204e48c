// The signs of a timeline: a backup and what it also is, several of them, a deletion to come, a hole, a failed run.

import { type Badges, type Mark, RADIUS } from "./timeline_marks.ts";
import { type Child, el, type Markup, tenths } from "./svg.ts";
import { shortNumber } from "./words.ts";

const R = RADIUS - 0.3;

/** One backup. */
export function dotSign(x: number, y: number, badges: Badges): Markup {
  const { held, suspect, rejected, proved, locked, tried, gone } = badges;
  const kind = gone > 0
    ? "gone"
    : rejected > 0
    ? "rejected"
    : suspect > 0
    ? "suspect"
    : tried > 0
    ? "tried"
    : "kept";
  return el(
    "g",
    { class: `dot ${kind}` },
    held > 0 ? frame(x - R, x + R, y) : null,
    el("circle", { cx: x, cy: y, r: proved > 0 ? R + 0.9 : R }),
    proved > 0 && gone === 0 ? el("path", { class: "tick", d: check(x, y) }) : null,
    suspect > 0 ? el("text", { class: "ask", x, y: y + 3.5, "text-anchor": "middle" }, "?") : null,
    rejected > 0 ? el("path", { class: "reject", d: cross(x, y, 2.2) }) : null,
    locked > 0 ? el("path", { class: "shackle", d: shackle(x, y - R) }) : null,
    tried > 0
      ? el("path", {
        class: "strike",
        d: `M${tenths(x - 7)},${tenths(y + 6)}L${tenths(x + 7)},${tenths(y - 6)}`,
      })
      : null,
  );
}

/** Several backups that would lie on each other. */
export function manySign(
  { left, right, x, dots }: Mark<unknown>,
  y: number,
  badges: Badges,
  count = dots.length,
): Markup {
  const { held, suspect, rejected, locked, tried, gone } = badges;
  const kind = gone === count
    ? "gone"
    : rejected === count
    ? "rejected"
    : suspect === count
    ? "suspect"
    : tried === count
    ? "tried"
    : "kept";
  const text = shortNumber(count);
  const fits = right - left >= text.length * 6 + 4;
  return el(
    "g",
    { class: `many ${kind}` },
    held > 0 ? frame(left, right, y) : null,
    el("rect", { x: left, y: y - R - 1.5, width: right - left, height: 2 * R + 3, rx: R + 1 }),
    fits ? el("text", { x, y: y + 3.6, "text-anchor": "middle" }, text) : null,
    locked > 0 ? el("path", { class: "shackle", d: shackle(x, y - R - 1.5) }) : null,
    tried > 0
      ? el("path", {
        class: "strike",
        d: `M${tenths(left)},${tenths(y + 7)}L${tenths(right)},${tenths(y - 7)}`,
      })
      : null,
  );
}

/** A backup that a forecast brings. */
export function comingSign({ left, right, x, dots }: Mark<unknown>, y: number): Markup {
  if (dots.length === 1) return el("g", { class: "dot coming" }, el("circle", { cx: x, cy: y, r: R }));
  const text = shortNumber(dots.length);
  return el(
    "g",
    { class: "many coming" },
    el("rect", { x: left, y: y - R - 1.5, width: right - left, height: 2 * R + 3, rx: R + 1 }),
    right - left >= text.length * 6 + 4 ? el("text", { x, y: y + 3.6, "text-anchor": "middle" }, text) : null,
  );
}

/** Where a backup goes, or several. */
export function goingSign({ left, right, x, dots }: Mark<unknown>, y: number, isNext: boolean): Markup {
  const kind = isNext ? "going next" : "going";
  if (dots.length === 1) return el("g", { class: kind }, el("path", { d: cross(x, y, 4) }));
  const text = `×${shortNumber(dots.length)}`;
  const half = Math.max((right - left) / 2, text.length * 3.2 + 3);
  return el(
    "g",
    { class: `${kind} several` },
    el("rect", { x: x - half, y: y - 7, width: 2 * half, height: 14, rx: 3 }),
    el("text", { x, y: y + 3.6, "text-anchor": "middle" }, text),
  );
}

/** A period, or some, without their backup. */
export function holeSign(left: number, right: number, y: number): Markup {
  return el("rect", { class: "hole", x: left - 1, y: y - 6, width: right - left + 2, height: 12, rx: 2 });
}

/** A failed run, or several. */
export function failureSign({ left, right, x, dots }: Mark<unknown>, y: number): Markup {
  if (dots.length === 1) {
    const d = `M${tenths(x)},${tenths(y - 6)}L${tenths(x + 6)},${tenths(y + 5)}L${tenths(x - 6)},${
      tenths(y + 5)
    }Z`;
    return el(
      "g",
      { class: "failure" },
      el("path", { d }),
      el("text", { x, y: y + 4, "text-anchor": "middle" }, "!"),
    );
  }
  const text = `!${shortNumber(dots.length)}`;
  const half = Math.max((right - left) / 2, text.length * 3.2 + 3);
  return el(
    "g",
    { class: "failure several" },
    el("rect", { x: x - half, y: y - 7, width: 2 * half, height: 14, rx: 3 }),
    el("text", { x, y: y + 3.6, "text-anchor": "middle" }, text),
  );
}

/** A small dot where a backup that stands in a coarser lane counts as well. */
export function echoSign(x: number, y: number): Markup {
  return el("circle", { class: "echo", cx: x, cy: y, r: 2.4 });
}

function frame(left: number, right: number, y: number): Child {
  return el("rect", {
    class: "hold",
    x: left - 4,
    y: y - R - 4.5,
    width: right - left + 8,
    height: 2 * R + 9,
    rx: 2,
  });
}

function check(x: number, y: number): string {
  return `M${tenths(x - 2.6)},${tenths(y + 0.2)}L${tenths(x - 0.7)},${tenths(y + 2.2)}L${tenths(x + 2.7)},${
    tenths(y - 2)
  }`;
}

function shackle(x: number, y: number): string {
  return `M${tenths(x - 2.8)},${tenths(y + 1)}v-2.4a2.8,2.8 0 0 1 5.6,0v2.4`;
}

function cross(x: number, y: number, r: number): string {
  return `M${tenths(x - r)},${tenths(y - r)}L${tenths(x + r)},${tenths(y + r)}M${tenths(x - r)},${
    tenths(y + r)
  }L${tenths(x + r)},${tenths(y - r)}`;
}
