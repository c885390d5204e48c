// Plays a job into the future, step by step: every slot brings a backup, passes follow as the engine makes them, and
// each pass deletes at its pace.

import type { Upcoming } from "../schedule/due_slots.ts";
import type { Candidate } from "../retention/election.ts";
import type { Level } from "../policy.ts";
import { type Beginning, type Thinned, Thinning, UNTOUCHED } from "./thinning.ts";

/** So many steps are played at most; then it is said how far that came. */
export const MAX_STEPS = 2_000_000;
/** So many backups may come to stand beside those of the beginning: more would not fit into memory. */
const MAX_GROWTH = 200_000;

export type { Existing } from "./thinning.ts";

/** What is played. Times are UTC ms. */
export interface Course extends Beginning {
  slots: Upcoming;
  /** When passes are made; absent: after each backup. */
  passes?: Upcoming;
  /** Slots and passes in (from, until] are played. */
  from: number;
  until: number;
  /** Instants to stop and look at, in any order; those outside (from, until] are left out. */
  dates?: readonly number[];
  /** Most steps; `MAX_STEPS` when absent. */
  maxSteps?: number;
  /** Most backups beside those of the beginning; `MAX_GROWTH` when absent. */
  maxGrowth?: number;
}

/** One step: instants at which a backup is made, a pass, or both; or a date that was asked for. */
export interface Moment {
  at: number;
  /** True for a date that was asked for: what stands after all steps up to and including it. */
  date: boolean;
  /** The last slot that brought a backup; null before the first. */
  slot: number | null;
  /** All that exists; valid until the next step. Costs more the more there is: to be asked for where it is needed. */
  readonly candidates: readonly Candidate[];
  /** Run ids that the pass of this step elects away and the one before it did not, oldest first. */
  victims: readonly string[];
  /** What the pass of this step deletes, oldest first; no longer among the candidates. */
  deleted: readonly Candidate[];
  /** How many backups stand for a period of the level; valid until the next step. */
  representing(level: Level): number;
}

/** How far it came. */
export interface Played {
  slots: number;
  /** `until`, or the last step played when there were too many steps or backups. */
  reached: number;
}

/** The run id of the backup that a slot will bring. */
function runIdOf(slot: number): string {
  return `slot ${slot}`;
}

/** Plays the course, supposing that each backup succeeds at its slot. Yields undefined only to let others work. */
export function* play(course: Course): Generator<Moment | undefined, Played> {
  const { slots, passes, from, until, maxSteps = MAX_STEPS, maxGrowth = MAX_GROWTH } = course;
  const dates = (course.dates ?? []).filter((date) => date > from && date <= until).sort((a, b) => a - b);
  const thinning = new Thinning(course);
  let nextSlot = slots.next(from);
  let nextPass = passes?.next(from) ?? null;
  let slot: number | null = null;
  let played = 0;
  let reached = from;
  const moment = (at: number, date: boolean, thinned: Thinned = UNTOUCHED): Moment => ({
    at,
    date,
    slot,
    get candidates() {
      return thinning.candidates;
    },
    ...thinned,
    representing: (level) => thinning.representing(level, at),
  });
  for (let steps = 0;; steps++) {
    const at = Math.min(nextSlot ?? Infinity, nextPass ?? Infinity);
    while (dates.length > 0 && dates[0]! < at) {
      yield* thinning.release(dates[0]!);
      yield moment(dates.shift()!, true);
    }
    if (at > until) return { slots: played, reached: until };
    const grown = thinning.size - course.existing.length >= maxGrowth;
    if (steps === maxSteps || grown) return { slots: played, reached };
    reached = at;
    // A pass at the instant of a slot is over before the backup of that slot is made.
    const thinned = at === nextPass ? yield* thinning.pass(at) : undefined;
    if (at === nextPass) nextPass = passes!.next(at);
    if (at === nextSlot) {
      slot = at;
      played++;
      thinning.add({ runId: runIdOf(at), periodTime: at, endTime: at, held: false, suspect: false }, at);
      nextSlot = slots.next(at);
    }
    yield moment(at, false, thinned ?? (passes === undefined ? yield* thinning.pass(at) : undefined));
  }
}
