// What will exist at dates to come: how much a level will have kept, how far back one can go, and where the gaps are.

import { type Candidate, elect, FUTURE_TOLERANCE_MS, type Kept } from "./election.ts";
import { type Course, play, type Played } from "./play.ts";
import { type Level, LEVELS, type Policy } from "./policy.ts";
import { tagsOf } from "./tagging.ts";

/** A backup that exists at a date. What a pass would delete then has no reasons. */
export interface Foreseen extends Kept {
  periodTime: number;
  /** Neither suspect nor from the future: one can rely on it. */
  counts: boolean;
}

/** How much a level keeps: the newest `limit` of those that stand for its periods. */
export interface LevelCount {
  level: Level;
  kept: number;
  limit: number;
}

/** A stretch without a restore point, UTC ms. */
export interface Gap {
  from: number;
  until: number;
}

/** What exists at one date. Times are UTC ms. */
export interface Outlook {
  at: number;
  /** How many backups exist, those that do not count included. */
  backups: number;
  /** The levels that the policy keeps, fine to coarse. */
  levels: LevelCount[];
  /** Period time of the oldest backup that counts; null when none does. */
  oldest: number | null;
  /** The longest of the stretches between neighbours that count, and from the newest one to the date. */
  largestGap: Gap | null;
}

/** What the future of a job looks like. */
export interface Forecast extends Played {
  /** One for each date, in order; the last one is at `reached`. */
  outlooks: Outlook[];
  /** What exists at `reached`, newest first. */
  existing: Foreseen[];
}

/** Plays the course and looks at each of its dates, and at its end. Yields often. */
export function* forecast(course: Course): Generator<void, Forecast> {
  const dates = [...new Set(course.dates ?? [])].filter((date) => date < course.until);
  const outlooks: Outlook[] = [];
  let candidates: readonly Candidate[] = course.existing;
  const moments = play({ ...course, dates });
  for (;;) {
    const step = moments.next();
    if (step.done) {
      const { reached } = step.value;
      if (outlooks.at(-1)?.at === reached) outlooks.pop();
      const existing = yield* standing(candidates, course, reached);
      outlooks.push(outlookOf(existing, course.policy, reached));
      return { ...step.value, outlooks, existing };
    }
    if (step.value !== undefined) candidates = step.value.candidates;
    if (step.value?.date) {
      const existing = yield* standing(candidates, course, step.value.at);
      outlooks.push(outlookOf(existing, course.policy, step.value.at));
    }
    yield;
  }
}

/** What exists and what keeps it, newest first. */
function* standing(
  candidates: readonly Candidate[],
  { policy, zone }: Course,
  at: number,
): Generator<void, Foreseen[]> {
  const { keep, victims, victimTags } = yield* elect(candidates, policy, zone, at);
  const decided = new Map<string, Kept>(keep.map((kept) => [kept.runId, kept]));
  for (const [place, runId] of victims.entries()) {
    decided.set(runId, { runId, tags: tagsOf(victimTags[place]!), reasons: [] });
  }
  return candidates.map((candidate) => ({
    ...decided.get(candidate.runId)!,
    periodTime: candidate.periodTime,
    counts: !candidate.suspect && candidate.periodTime <= at + FUTURE_TOLERANCE_MS,
  })).sort((a, b) => b.periodTime - a.periodTime);
}

function outlookOf(existing: readonly Foreseen[], policy: Policy, at: number): Outlook {
  const times = existing.filter((backup) => backup.counts).map((backup) => backup.periodTime);
  return {
    at,
    backups: existing.length,
    levels: LEVELS.filter((level) => policy.levels[level].count > 0).map((level) => {
      const limit = policy.levels[level].count;
      return {
        level,
        kept: Math.min(limit, existing.filter(({ tags }) => tags.includes(level)).length),
        limit,
      };
    }),
    oldest: times.at(-1) ?? null,
    largestGap: largestGap(times, at),
  };
}

/** `times` newest first. */
function largestGap(times: readonly number[], at: number): Gap | null {
  let largest: Gap | null = null;
  let until = Math.max(at, times[0] ?? at);
  for (const from of times) {
    if (largest === null || until - from > largest.until - largest.from) largest = { from, until };
    until = from;
  }
  return largest;
}
