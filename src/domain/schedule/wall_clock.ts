// What the steps of a zone's clock do to a pattern that knows no zone: from matches of the wall clock to instants.

import type { Zone } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";

const SECOND = 1000;

/** No zone is further from UTC than this. */
const FARTHEST_OFFSET = 16 * 3_600_000;

/** First match strictly after a local time (ms, as if it were UTC); null when there is none. */
export type Matcher = (local: number) => number | null;

/** Fixed times: in order of the wall clock, each at the first instant that shows it or, leapt over, right after. */
export function nextFixed(match: Matcher, zone: Zone, from: number): number | null {
  const span = zone.spanAt(from);
  // What the clock had shown before it was set back is over.
  let local = match(Math.max(from + span.offset, Math.floor(span.shown / SECOND) * SECOND));
  while (local !== null) {
    const at = firstShown(zone, local);
    if (at > from) return at;
    local = match(local);
  }
  return null;
}

function firstShown(zone: Zone, local: number): number {
  let span = zone.spanAt(local - FARTHEST_OFFSET);
  for (;;) {
    const at = local - span.offset;
    if (at < span.from) return span.from;
    if (at < span.until) return at;
    span = zone.spanAt(span.until);
  }
}

/** Interval patterns: every instant at which the wall clock matches. */
export function nextOnClock(match: Matcher, zone: Zone, from: number): number | null {
  let after = from;
  let span = zone.spanAt(from);
  for (;;) {
    const local = match(after + span.offset);
    const at = local === null ? Infinity : local - span.offset;
    if (at < span.until) return at;
    let skipTo = span.until;
    // Set back within a day (by more than a day no clock ever was), the clock may show matches of before `from` again.
    // Later, no step of the clock brings a match until shortly before `at`.
    if (span.until - from > DAY) {
      if (local === null) return null;
      skipTo = Math.max(skipTo, at - 2 * DAY);
    }
    span = zone.spanAt(skipTo);
    after = skipTo - SECOND;
  }
}

/** Instants in (from, until] at which the clock of the zone is set. */
export function clockSteps(zone: Zone, from: number, until: number): number[] {
  const steps: number[] = [];
  let span = zone.spanAt(from);
  while (span.until <= until) {
    const following = zone.spanAt(span.until);
    if (following.offset !== span.offset) steps.push(following.from);
    span = following;
  }
  return steps;
}
