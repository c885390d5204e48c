// Which of the backups that exist will be deleted soon, and when.

import { type Course, play } from "./play.ts";

/** A backup of now that a pass to come deletes. Times are UTC ms. */
interface Departure {
  runId: string;
  periodTime: number;
  /** When that pass is. */
  at: number;
}

/** What goes in a stretch of the future, supposing that each backup succeeds and nothing stops deletions. */
export interface Departures {
  /** In the order in which they go. */
  going: Departure[];
  /** How many go as well that are only made meanwhile, as far as that was played. */
  passing: number;
  /** Up to when that was played (UTC ms): the end, unless there was too much to play. */
  reached: number;
}

/**
 * Plays the course to its end; `untilAllWent`: or until all of now are gone, since what comes then changes nothing of them,
 * and a job that is due every few seconds is played in moments. Yields often.
 */
export function* departures(course: Course, untilAllWent = false): Generator<void, Departures> {
  const existing = new Set(course.existing.map(({ runId }) => runId));
  const held = course.existing.filter(({ held, heldUntil }) => held && heldUntil === undefined).length;
  const going: Departure[] = [];
  let passing = 0;
  const moments = play(course);
  for (;;) {
    if (untilAllWent && going.length + held >= existing.size) {
      return { going, passing, reached: course.until };
    }
    const step = moments.next();
    if (step.done) return { going, passing, reached: step.value.reached };
    for (const { runId, periodTime } of step.value?.deleted ?? []) {
      if (existing.has(runId)) going.push({ runId, periodTime, at: step.value!.at });
      else passing++;
    }
    yield;
  }
}
