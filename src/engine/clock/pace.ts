// How far the wall clock went off the machine's uptime of late, all its small steps together. Pure.

import type { ClockPace, Instant } from "../../ports/clock_watch.ts";
import { CLOCK_TOLERANCE_MS } from "../context/context.ts";

/** Of so much uptime two parts are looked at, that which is under way and the one before: of one hour at least. */
const PART_MS = 3_600_000;

/** `pace` as far as it still counts at this uptime. */
function current(pace: ClockPace | null, uptime: number): ClockPace | null {
  if (pace === null || uptime < pace.since || uptime - pace.since >= 2 * PART_MS) return null;
  if (uptime - pace.since < PART_MS) return pace;
  return { since: pace.since + PART_MS, part: null, before: pace.part };
}

/** `pace` with one more look, at a clock that is right. */
export function paced(pace: ClockPace | null, { wall, uptime }: Instant): ClockPace {
  const off = wall - uptime;
  const { since, part, before } = current(pace, uptime) ?? { since: uptime, part: null, before: null };
  return {
    since,
    part: { low: Math.min(part?.low ?? off, off), high: Math.max(part?.high ?? off, off) },
    before,
  };
}

/**
 * How far the clock is by now off what it was by one of these looks (ms, positive where it is ahead); 0 as long as that
 * is no more than may be. The kernel slews both clocks alike, and a sleep counts in both: only steps add up.
 */
export function creptBy(pace: ClockPace | null, { wall, uptime }: Instant): number {
  const { part = null, before = null } = current(pace, uptime) ?? {};
  const parts = [part, before].filter((one) => one !== null);
  const ahead = wall - uptime - Math.min(...parts.map(({ low }) => low));
  const behind = wall - uptime - Math.max(...parts.map(({ high }) => high));
  const most = ahead >= -behind ? ahead : behind;
  return parts.length > 0 && Math.abs(most) > CLOCK_TOLERANCE_MS ? most : 0;
}
