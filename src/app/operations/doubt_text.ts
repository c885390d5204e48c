// What is told of a clock in doubt, wherever it shows.

import { iso } from "../../domain/instant.ts";
import type { Reading } from "../../ports/clock_watch.ts";

/** Why the clock is in doubt, what waits for it, and how long; for a reading that is. */
export function doubtText({ now, due, why, inDoubtUntil }: Reading): string {
  return `the clock, which says ${
    iso(now)
  }, is in doubt (${why}): nothing is deleted, no hold, freeze or pause ends, ` +
    `and slots are due by ${iso(due)}, until it is right again, until ${
      iso(inDoubtUntil)
    } at the latest, or until ` +
    "someone says that it is right ('schelly clock trust')";
}
