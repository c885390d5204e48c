// What will exist at dates to come: how much a level will have kept, how far back one can go, and where the gaps are.

import { type Candidate, elect, FUTURE_TOLERANCE_MS, type Kept } from "../retention/election.ts";
import { inSlices } from "../slices.ts";
import { type Course, type Moment, play, type Played } from "./play.ts";
import { type Level, LEVELS, type Policy } from "../policy.ts";
import { tagsOf } from "../retention/tagging.ts";

/** A backup that exists at a date. What a pass would delete then has no reasons. */
interface Foreseen extends Kept {
  periodTime: number;
  /** Neither suspect nor from the future: one can rely on it. */
  counts: boolean;
}

/** How much a level keeps: the newest `limit` of those that stand for its periods. */
interface LevelCount {
  level: Level;
  kept: number;
  limit: number;
}

/** A stretch without a restore point, UTC ms. */
interface Gap {
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
interface Forecast extends Played {
  /** One for each date, in order; the last one is at `reached`. */
  outlooks: Outlook[];
  /** What exists at `reached`, newest first. */
  existing: Foreseen[];
}

/**
 * Plays the course and looks at each of its dates, and at its end. What proofs keep is left out, for nobody knows what will be
 * proved: it tells the least that there will be. Yields often.
 */
export function* forecast(asked: Course): Generator<void, Forecast> {
  const course = withoutProofs(asked);
  const dates = [...new Set(course.dates ?? [])].filter((date) => date < course.until);
  const outlooks: Outlook[] = [];
  let last: Moment | undefined;
  const moments = play({ ...course, dates });
  for (;;) {
    const step = moments.next();
    if (step.done) {
      const { reached } = step.value;
      if (outlooks.at(-1)?.at === reached) outlooks.pop();
      const existing = yield* standing(last?.candidates ?? inTime(course.existing), course, reached);
      outlooks.push(yield* outlookOf(existing, course.policy, reached));
      return { ...step.value, outlooks, existing };
    }
    if (step.value !== undefined) last = step.value;
    if (step.value?.date) {
      const existing = yield* standing(step.value.candidates, course, step.value.at);
      outlooks.push(yield* outlookOf(existing, course.policy, step.value.at));
    }
    yield;
  }
}

function withoutProofs(course: Course): Course {
  const { verified: _, ...policy } = course.policy;
  return { ...course, policy, existing: course.existing.map(({ proved: _, ...one }) => one) };
}

function inTime(candidates: readonly Candidate[]): readonly Candidate[] {
  return [...candidates].sort((a, b) => a.periodTime - b.periodTime);
}

/** What exists of candidates in order of time, and what keeps it, newest first. */
function* standing(
  candidates: readonly Candidate[],
  { policy, zone }: Course,
  at: number,
): Generator<void, Foreseen[]> {
  const { keep, victims, victimTags } = yield* elect(candidates, policy, zone, at);
  const decided = new Map<string, Kept>();
  yield* inSlices(keep.length, (place) => void decided.set(keep[place]!.runId, keep[place]!));
  yield* inSlices(victims.length, (place) => {
    const runId = victims[place]!;
    decided.set(runId, { runId, tags: tagsOf(victimTags[place]!), reasons: [] });
  });
  const existing: Foreseen[] = [];
  const latest = at + FUTURE_TOLERANCE_MS;
  yield* inSlices(candidates.length, (fromEnd) => {
    const candidate = candidates[candidates.length - 1 - fromEnd]!;
    const { runId, periodTime, suspect } = candidate;
    existing.push({ ...decided.get(runId)!, periodTime, counts: !suspect && periodTime <= latest });
  });
  return existing;
}

/** `existing` newest first. */
function* outlookOf(existing: readonly Foreseen[], policy: Policy, at: number): Generator<void, Outlook> {
  const kept = new Map<Level, number>();
  let oldest: number | null = null;
  let largestGap: Gap | null = null;
  yield* inSlices(existing.length, (place) => {
    const { periodTime: from, counts, tags } = existing[place]!;
    for (const level of tags) kept.set(level, (kept.get(level) ?? 0) + 1);
    if (!counts) return;
    const until: number = oldest ?? Math.max(at, from);
    if (largestGap === null || until - from > largestGap.until - largestGap.from) {
      largestGap = { from, until };
    }
    oldest = from;
  });
  return {
    at,
    backups: existing.length,
    levels: LEVELS.filter((level) => policy.levels[level].count > 0).map((level) => {
      const limit = policy.levels[level].count;
      return { level, kept: Math.min(limit, kept.get(level) ?? 0), limit };
    }),
    oldest,
    largestGap,
  };
}
