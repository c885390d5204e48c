// Puts promises to the test: plays schedule and policy from nothing, and finds the first moment that breaks each.

import type { Upcoming } from "../schedule/due_slots.ts";
import { play } from "./play.ts";
import { type Level, LEVELS, type Policy } from "../policy.ts";
import { type Breach, breachOf, firstAfter, type JobPromise } from "../promise.ts";
import type { Zone } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";

/** So long after `after` a promise is watched: all months, leap day and changes of the clock come by. */
export const WATCH_MS = 366 * DAY;

export interface TrialInput {
  slots: Upcoming;
  /** When passes are made; null: after each backup. */
  passes: Upcoming | null;
  policy: Policy;
  zone: Zone;
  maxDeletesPerPass: number;
  /** UTC ms: nothing exists, and the slots after it are played. */
  from: number;
  promises: readonly JobPromise[];
  /** Most slots, and passes of their own, to play. */
  maxSlots: number;
}

/** What became of one promise. */
export type TrialOutcome =
  | { outcome: "kept" }
  | ({ outcome: "broken" } & Breach)
  /** There were too many slots: it held until then (UTC ms). */
  | { outcome: "open"; reached: number };

interface Trial {
  /** At the same places as the promises. */
  outcomes: TrialOutcome[];
  /** How many slots were played. */
  slots: number;
}

/**
 * Judges each promise at every moment of `WATCH_MS` from its `after` on, supposing that each backup succeeds at its
 * slot and each pass deletes at its pace. Ends as soon as nothing is left to learn. Yields to let other work run.
 */
export function* tryPromises(input: TrialInput): Generator<undefined, Trial> {
  const { from, promises } = input;
  const watched = promises.map((promise, at): Watched => {
    const begin = from + promise.afterMs;
    return { at, promise, begin, end: begin + WATCH_MS };
  });
  const levels = LEVELS.filter((level) => promises.some((promise) => promise.levels[level] !== undefined));
  const outcomes: TrialOutcome[] = promises.map(() => ({ outcome: "kept" }));
  const until = Math.max(...watched.map(({ end }) => end));
  let open = watched;
  let since = from;
  /** Of what stands, oldest first. Brought along: read off at each step it would cost the square of the slots. */
  const times: number[] = [];
  const counts = Object.fromEntries(LEVELS.map((level) => [level, 0])) as Record<Level, number>;
  /** What was found at `since` stands until just before `next`. */
  const judge = (next: number): void => {
    for (const { at, promise, begin, end } of open) {
      if (next <= begin) continue;
      const stretch = {
        from: Math.max(since, begin),
        until: Math.min(next, end),
        start: from,
        times,
        counts,
      };
      const breach = breachOf(promise, stretch);
      if (breach !== null) outcomes[at] = { outcome: "broken", ...breach };
    }
    open = open.filter(({ at, end }) => outcomes[at]!.outcome !== "broken" && end > next);
  };

  const { slots, passes, policy, zone, maxDeletesPerPass, maxSlots: maxSteps } = input;
  const course = { existing: [], slots, policy, zone, from, until, maxDeletesPerPass, maxSteps };
  const playing = play(passes === null ? course : { ...course, passes });
  let step = playing.next();
  let played = 0;
  for (; !step.done && open.length > 0; step = playing.next()) {
    const moment = step.value;
    if (moment === undefined) {
      yield;
      continue;
    }
    judge(moment.at);
    since = moment.at;
    if (moment.slot === moment.at) times.push(moment.at);
    for (const { periodTime } of moment.deleted) times.splice(firstAfter(times, periodTime - 1), 1);
    for (const level of levels) counts[level] = moment.representing(level);
    if (++played % STEPS_A_SLICE === 0) yield;
  }
  const isWhole = !step.done || step.value.reached >= until;
  if (isWhole && open.length > 0) judge(until);
  if (!isWhole) { for (const { at } of open) outcomes[at] = { outcome: "open", reached: since }; }
  return { outcomes: outcomes, slots: played };
}

/** A millisecond or so of work. */
const STEPS_A_SLICE = 100;

interface Watched {
  /** Place among the promises. */
  at: number;
  promise: JobPromise;
  /** Judged from `begin` (inclusive) until `end`, UTC ms. */
  begin: number;
  end: number;
}
