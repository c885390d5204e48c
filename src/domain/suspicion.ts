// Decides whether a new backup is implausibly small, by the bound a person set and by the sizes seen before.

import type { Run } from "./backup.ts";
import { sizeText } from "./size_text.ts";

/** When a job's backups are suspect. */
export interface SuspicionBounds {
  /** Megabytes; anything smaller is suspect. Null: no bound by hand. */
  minSizeMb: number | null;
  /** A backup under this share of the usual size is suspect, in percent. 0: nothing is learned. */
  minPercent: number;
}

/** The size of an earlier backup that was not suspect, or was and is accepted. */
export interface PastSize {
  sizeMb: number;
  /** It was suspect, and an operator accepted it: its size is known to be right. */
  accepted: boolean;
}

/** What the usual size is learned from: so many of the newest past sizes at most. */
export const SIZES_LEARNED_FROM = 10;
/** With fewer past sizes nothing is usual yet, unless an operator accepted one of them. */
const ENOUGH_SIZES = 3;

/**
 * Why a backup of this size is suspect, in words and numbers; null when it is not. A backup of unknown size never is.
 * An empty one is from the first one on, whatever the bounds are, until an operator has accepted one: nothing else tells
 * a folder that was not mounted from one that is empty.
 *
 * `past` are the newest sizes, newest first, whether or not those backups still exist. An accepted suspect begins a
 * new era: sizes before it say nothing any more, and its own is enough to judge by. So after a true shrink one accept
 * is enough, and the next backup of that size is not suspect. The usual size is the median; of an even number the
 * smaller of the two in the middle, so that full and incremental backups in turn are no cause for suspicion.
 */
export function suspicionOf(
  sizeMb: number | null,
  { minSizeMb, minPercent }: SuspicionBounds,
  past: readonly PastSize[],
): string | null {
  if (sizeMb === null) return null;
  if (minSizeMb !== null && sizeMb < minSizeMb) {
    const [size, bound] = apart(sizeMb, minSizeMb);
    return `${size} is under min_size, ${bound}`;
  }
  const recent = past.slice(0, SIZES_LEARNED_FROM);
  const anchor = recent.findIndex((one) => one.accepted);
  const era = anchor < 0 ? recent : recent.slice(0, anchor + 1);
  const isEnough = anchor >= 0 || era.length >= ENOUGH_SIZES;
  const small = minPercent > 0 && isEnough ? smallness(sizeMb, minPercent, era) : null;
  if (small !== null) return small;
  const isUsual = era.length > 0 && era.every((one) => one.sizeMb === 0);
  return sizeMb === 0 && !isUsual ? "it is empty" : null;
}

/** Why a size is under its share of the usual one; null when it is not. */
function smallness(sizeMb: number, minPercent: number, era: readonly PastSize[]): string | null {
  const median = lowerMedian(era.map((one) => one.sizeMb));
  if (!(sizeMb * 100 < median * minPercent)) return null;
  const of = era.length === 1 ? "the last one" : `the median of the last ${era.length}`;
  if (sizeMb === 0) return `it is empty; ${of} has ${sizeText(median)}: expected at least ${minPercent} %`;
  const tenths = Math.floor((sizeMb * 1000) / median);
  const share = tenths === 0 ? "less than 0.1 %" : `${tenths / 10} %`;
  return `${sizeText(sizeMb)} is ${share} of ${sizeText(median)}, ${of}: expected at least ${minPercent} %`;
}

/** What tells whether a row is suspect. */
export type SuspectMarks = Pick<Run, "status" | "suspectAt" | "acceptedAt" | "rejectedAt">;

/** True while a backup waits for an operator's word: it counts for nothing and nothing deletes it. */
export function isSuspect(run: SuspectMarks): boolean {
  return run.suspectAt !== null && run.rejectedAt === null && !wasAccepted(run) &&
    (run.status === "available" || run.status === "missing");
}

/** True when it was suspect and an operator said that it is right. */
export function wasAccepted(run: Omit<SuspectMarks, "status">): boolean {
  return run.suspectAt !== null && run.rejectedAt === null && run.acceptedAt !== null &&
    run.acceptedAt >= run.suspectAt;
}

function lowerMedian(sizes: readonly number[]): number {
  return sizes.toSorted((a, b) => a - b)[(sizes.length - 1) >> 1]!;
}

/** Two sizes as people write them, with more digits where those would be the same: `9.96 MB`, not `10 MB`, is under 10 MB. */
function apart(one: number, other: number): [string, string] {
  const texts: [string, string] = [one === 0 ? "0 B" : sizeText(one), sizeText(other)];
  return texts[0] === texts[1] ? [`${one} MB`, `${other} MB`] : texts;
}
