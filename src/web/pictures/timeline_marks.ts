// Which marks a timeline has: one for each backup, or one for several where theirs would lie on each other.

import type { TimelineBackup } from "./timeline_input.ts";

/** What a mark may also be. A mark of several counts each. */
export interface Badges {
  held: number;
  suspect: number;
  rejected: number;
  proved: number;
  locked: number;
  newest: number;
  next: number;
  tried: number;
  gone: number;
}
export type Badge = keyof Badges;

/** A backup with its time (UTC ms) and what it also is. */
export interface Dot {
  at: number;
  backup: TimelineBackup;
  badges: readonly Badge[];
}

/** Several older backups that are known by their number alone: they lie from `at` to `until` (UTC ms). */
export interface CrowdDot {
  at: number;
  until: number;
  count: number;
}

/** One mark: the dots from `first` to `last` of a lane in order of time. Px; `left` and `right` are its edges. */
export interface Mark<D> {
  dots: readonly D[];
  x: number;
  left: number;
  right: number;
}

/** Half the width of a mark of one. */
export const RADIUS = 4.5;
/** A mark of several is at most about so wide, so that a dense lane still shows where it is denser. */
const WIDEST = 30;
const GAP = 1;

/**
 * Places what lies in one lane, `dots` rising in time. Neighbours that would touch become one mark, with all of them in it:
 * every dot is in exactly one mark, and no two marks touch.
 */
export function marksOf<D extends { at: number }>(dots: readonly D[], x: (ms: number) => number): Mark<D>[] {
  const marks: Mark<D>[] = [];
  let begin = 0;
  let first = 0;
  let before = -Infinity;
  const close = (end: number) => {
    if (end === begin) return;
    marks.push({
      dots: dots.slice(begin, end),
      x: (first + before) / 2,
      left: first - RADIUS,
      right: before + RADIUS,
    });
    begin = end;
  };
  for (let at = 0; at < dots.length; at++) {
    const place = x(dots[at]!.at);
    const touches = at > begin && place - before < 2 * RADIUS + GAP;
    if (!touches || place - first > WIDEST) {
      close(at);
      first = place;
    }
    before = place;
  }
  close(dots.length);
  return apart(marks);
}

/** Where a mark that is as wide as may be ends, the next may begin within it: they meet halfway. */
function apart<D>(marks: Mark<D>[]): Mark<D>[] {
  for (let at = 1; at < marks.length; at++) {
    const [one, next] = [marks[at - 1]!, marks[at]!];
    if (one.right + GAP <= next.left) continue;
    const middle = (one.right + next.left) / 2;
    one.right = middle - GAP / 2;
    next.left = middle + GAP / 2;
  }
  for (const mark of marks) mark.x = (mark.left + mark.right) / 2;
  return marks;
}

/** How many of a mark are what. */
export function badgesOf(dots: readonly Pick<Dot, "badges">[]): Badges {
  const counts: Badges = {
    held: 0,
    suspect: 0,
    rejected: 0,
    proved: 0,
    locked: 0,
    newest: 0,
    next: 0,
    tried: 0,
    gone: 0,
  };
  for (const { badges } of dots) for (const badge of badges) counts[badge]++;
  return counts;
}
