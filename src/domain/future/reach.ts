// How far a number of slots and passes reaches: what tells beforehand whether a future can be played.

import type { Course } from "./play.ts";

/** Slots counted between two yields. */
const COUNTED_A_SLICE = 256;

/** How much a course holds. */
interface Reach {
  /** Slots in it, or up to where it ends. */
  slots: number;
  /** The last instant that `most` slots and passes reach (UTC ms); null when they reach its end. */
  end: number | null;
}

/** Counts the instants of slots and passes of a course, up to `most`. Yields often. */
export function* reachOf(
  { slots, passes, from, until }: Pick<Course, "slots" | "passes" | "from" | "until">,
  most: number,
): Generator<void, Reach> {
  let nextSlot = slots.next(from);
  let nextPass = passes?.next(from) ?? null;
  let counted = 0;
  let end = from;
  for (let steps = 0;; steps++) {
    const at = Math.min(nextSlot ?? Infinity, nextPass ?? Infinity);
    if (at > until) return { slots: counted, end: null };
    if (steps === most) return { slots: counted, end };
    end = at;
    if (at === nextSlot) {
      counted++;
      nextSlot = slots.next(at);
    }
    if (at === nextPass) nextPass = passes!.next(at);
    if (steps % COUNTED_A_SLICE === 0) yield;
  }
}
