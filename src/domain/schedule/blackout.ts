// When a job may not start by itself: windows of the week by the clock on the wall of its zone.

import { weekdayOf, type Zone, zoneOf } from "../calendar/zone.ts";
import { DAY } from "../duration.ts";
import type { BlackoutSettings, Job } from "../job.ts";
import { joinSpans, parseWindow, WEEK } from "./blackout_windows.ts";

/** UTC ms: `start` inclusive, `end` exclusive. */
export interface Window {
  start: number;
  end: number;
}

/** The windows of a job as instants. */
export interface Blackout {
  readonly act: BlackoutSettings["act"];
  /** The window an instant lies in, joined with those that it touches; null outside of all. */
  windowAt(ms: number): Window | null;
  /** The first window that ends after an instant. */
  nextWindow(ms: number): Window;
}

/** What of a job says when it may not start. */
export interface BlackoutJob {
  timezone: string;
  blackout?: BlackoutSettings;
}

// Memo of a pure function; it goes with the settings.
const known = new WeakMap<BlackoutSettings, Map<string, Blackout>>();
/** So many windows that touch each other are taken for one; only steps of the clock make windows touch. */
const MOST_JOINED = 8;

/** Null for a job that may start at any time. */
export function blackoutOf({ blackout, timezone }: BlackoutJob): Blackout | null {
  if (blackout === undefined) return null;
  const byZone = known.get(blackout) ?? new Map<string, Blackout>();
  known.set(blackout, byZone);
  const found = byZone.get(timezone) ?? createBlackout(blackout, zoneOf(timezone));
  byZone.set(timezone, found);
  return found;
}

/** The instant at which what is due at `at` may begin: the end of its window where it waits for that. */
export function mayStartAt(blackout: Blackout | null, at: number): number {
  return blackout?.act === "wait" ? blackout.windowAt(at)?.end ?? at : at;
}

/**
 * When what is due at `slot` is to be decided, as of `now`: at once, or at the end of the window whose end its start waits
 * for.
 */
export function decidedAt(
  job: BlackoutJob & Pick<Job, "startDeadlineMs">,
  slot: number,
  now: number,
): number {
  const blackout = blackoutOf(job);
  if (blackout === null) return slot;
  const opens = mayStartAt(blackout, Math.max(slot, now));
  const isInTime = job.startDeadlineMs === null || opens - slot <= job.startDeadlineMs;
  return isInTime && opens > now ? opens : slot;
}

function createBlackout({ windows, act }: BlackoutSettings, zone: Zone): Blackout {
  const spans = joinSpans(windows.flatMap((text) => {
    const read = parseWindow(text);
    return "error" in read ? [] : read;
  }));
  /** Those that may hold or follow an instant, in order. */
  const around = (ms: number): Window[] => {
    const local = ms + zone.spanAt(ms).offset;
    const day = Math.floor(local / DAY);
    const week = (day - weekdayOf(day)) * DAY;
    const windows: Window[] = [];
    for (const base of [week - WEEK, week, week + WEEK]) {
      for (const { start, end } of spans) {
        // A clock may have been set by up to a day since.
        if (base + end > local - 2 * DAY) windows.push(...shownBetween(zone, base + start, base + end));
      }
    }
    return windows.sort((a, b) => a.start - b.start);
  };
  const bareAt = (ms: number): Window | null => {
    for (const window of around(ms)) {
      if (window.start > ms) return null;
      if (window.end > ms) return window;
    }
    return null;
  };
  const windowAt = (ms: number): Window | null => {
    const found = bareAt(ms);
    if (found === null) return null;
    let { start, end } = found;
    for (let joined = 0; joined < MOST_JOINED; joined++) {
      const [before, after] = [bareAt(start - 1), bareAt(end)];
      if (before === null && after === null) break;
      [start, end] = [before?.start ?? start, after?.end ?? end];
    }
    return { start, end };
  };
  return {
    act,
    windowAt,
    nextWindow(ms) {
      for (const window of around(ms)) if (window.end > ms) return windowAt(window.start) ?? window;
      throw new RangeError(`internal rule broken: a blackout has a window after ${ms}`);
    },
  };
}

/** When the clock shows a time from `start` to before `end`: what it shows twice comes twice, what it leaps over never. */
function* shownBetween(zone: Zone, start: number, end: number): Generator<Window> {
  for (let at = start - DAY; at < end + DAY;) {
    const { from, until, offset } = zone.spanAt(at);
    const window = { start: Math.max(from, start - offset), end: Math.min(until, end - offset) };
    if (window.start < window.end) yield window;
    at = until;
  }
}
