// When a backup will go under the present schedule and policy, and the smallest change that would keep it longer.

import { type Candidate, FUTURE_TOLERANCE_MS } from "../retention/election.ts";
import { type LevelRank, levelRanks } from "../retention/level_rank.ts";
import { type Course, play } from "./play.ts";
import { DAY } from "../duration.ts";
import { finestLevel, type Level, LEVELS, type Policy } from "../policy.ts";
import { endOf, HELD, KEEP_ALL, type KeepReason, NEWEST_PROVED, SUSPECT } from "../retention/reasons.ts";

/** A backup that a pass to come elects away. Times are UTC ms. */
export interface Going {
  fate: "goes";
  /** The first pass that elects it away. */
  at: number;
  /** The slot whose backup came last before that pass; null when none did. */
  slot: number | null;
  /** The pass that deletes it, later where the pace says so; null when none does as far as was looked. */
  deletedAt: number | null;
  /** How it then stands at each level. */
  levelRanks: LevelRank[];
  /** Its rank among all that count then, the newest being 1. */
  rank: number;
  /** How much older it is than the newest of these, by period time, in ms. */
  behindMs: number;
}

/** What is foreseen of a backup. Times are UTC ms. */
export type Fate =
  | Going
  /** Nothing of schedule and policy lets it go; `because` is `keep_all`, `held`, `suspect` or its keep reason. */
  | { fate: "kept"; because: KeepReason }
  /** No pass until `until`, as far as was looked, elects it away; `ended`: no pass is left after that either. */
  | { fate: "stays"; until: number; ended: boolean };

/** One number of a policy, changed so that a backup is kept longer. */
interface LongerChange {
  key: ChangeKey;
  /** Of `keep_within` milliseconds. */
  from: number;
  to: number;
  /** What becomes of the backup then. */
  fate: Exclude<Fate, { fate: "kept" }>;
}

type ChangeKey = Level | "min_keep" | "keep_last" | "keep_within";

/** So many changes are tried, the smallest first. */
const TRIES = 3;

/** Steps left to play, over all that is foreseen for one question. */
interface StepBudget {
  steps: number;
}

/**
 * Plays the course until the backup with this run id goes, or to its end, or until the budget is used up: then it is
 * not known further. Yields often.
 */
export function* fateOf(course: Course, runId: string, budget: StepBudget): Generator<void, Fate> {
  const because = keeperOf(course, runId);
  if (because !== null) return { fate: "kept", because };
  const maxSteps = Math.min(course.maxSteps ?? Infinity, budget.steps);
  const moments = play({ ...course, maxSteps });
  let going: Going | null = null;
  for (;;) {
    const step = moments.next();
    if (step.done) {
      const { reached } = step.value;
      const ended = (course.passes ?? course.slots).next(reached) === null;
      return going ?? { fate: "stays", until: reached, ended };
    }
    yield;
    if (step.value === undefined) continue;
    budget.steps--;
    const { at, slot, victims, deleted } = step.value;
    if (going === null && victims.includes(runId)) {
      const all = [...step.value.candidates, ...deleted];
      const ranks = yield* levelRanks(all, course.policy, course.zone, at, runId);
      going = {
        fate: "goes",
        at,
        slot,
        deletedAt: null,
        levelRanks: ranks ?? [],
        ...placeOf(all, runId, at),
      };
    }
    if (going !== null && deleted.some((one) => one.runId === runId)) return { ...going, deletedAt: at };
  }
}

/**
 * The smallest change of one number that keeps a backup beyond its going: a count of a level for whose period it
 * stands, else `keep_within` where the policy has that, else `min_keep`. A policy without levels gets none. Null when none of those tried does, as far as the budget tells. Yields often.
 */
export function* longerChange(
  course: Course,
  runId: string,
  going: Going,
  budget: StepBudget,
): Generator<void, LongerChange | null> {
  const { policy } = course;
  // A level finer than all that are kept would keep much besides.
  const level = finestLevel(policy);
  const changes = (level === null ? [] : going.levelRanks.slice(LEVELS.indexOf(level)))
    .flatMap(({ level, limit, rank }) => rank === null ? [] : [{ key: level, from: limit, to: rank }]);
  // Of changes as small, those of a level that is kept already come first, then those of coarse levels.
  changes.sort((a, b) =>
    (a.to - a.from) - (b.to - b.from) || Math.sign(b.from) - Math.sign(a.from) ||
    LEVELS.indexOf(b.key) - LEVELS.indexOf(a.key)
  );
  const tried: Omit<LongerChange, "fate">[] = changes.slice(0, TRIES);
  if (policy.keepWithinMs > 0) {
    tried.push({ key: "keep_within", from: policy.keepWithinMs, to: roundMore(going.behindMs) });
  }
  tried.push({ key: level === null ? "keep_last" : "min_keep", from: policy.minKeep, to: going.rank });
  for (const change of tried) {
    const fate = yield* fateOf({ ...course, policy: changed(policy, change) }, runId, budget);
    if (fate.fate === "kept") continue;
    // Without steps left it is not known that it stays longer.
    if (fate.fate === "stays" && !fate.ended && fate.until <= going.at) return null;
    if (fate.fate === "stays" || fate.at > going.at) return { ...change, fate };
  }
  return null;
}

/** The next greater whole number of days, hours, minutes or seconds. */
function roundMore(ms: number): number {
  const unit = [DAY, 3_600_000, 60_000].find((one) => ms >= one) ?? 1_000;
  return (Math.floor(ms / unit) + 1) * unit;
}

function changed(policy: Policy, { key, to }: { key: ChangeKey; to: number }): Policy {
  if (key === "min_keep" || key === "keep_last") return { ...policy, minKeep: to };
  if (key === "keep_within") return { ...policy, keepWithinMs: to };
  return { ...policy, levels: { ...policy.levels, [key]: { ...policy.levels[key], count: to } } };
}

/** What keeps a backup for good, whatever comes; null when nothing does. */
function keeperOf({ existing, policy, from }: Course, runId: string): KeepReason | null {
  const own = existing.find((one) => one.runId === runId);
  if (own === undefined) return null;
  if (own.held && own.heldUntil === undefined) return HELD;
  if (own.suspect) return SUSPECT;
  if (own.keepReason !== undefined && endOf(own.keepReason) === null) return own.keepReason;
  if (policy.keepAll) return KEEP_ALL;
  // Whatever is made is not proved yet.
  const isNewestProved = counts(own, from) && own.proved === true &&
    !existing.some((one) => one.proved && counts(one, from) && isAtLeast(one, own) && one !== own);
  return isNewestProved ? NEWEST_PROVED : null;
}

function counts({ suspect, periodTime }: Candidate, now: number): boolean {
  return !suspect && periodTime <= now + FUTURE_TOLERANCE_MS;
}

/** In the order of time. */
function isAtLeast(one: Candidate, other: Candidate): boolean {
  return one.periodTime > other.periodTime ||
    (one.periodTime === other.periodTime && one.runId >= other.runId);
}

function placeOf(candidates: readonly Candidate[], runId: string, now: number) {
  const own = candidates.find((one) => one.runId === runId)!;
  const newer = candidates.filter((one) => counts(one, now) && isAtLeast(one, own));
  const newest = newer.reduce((latest, { periodTime }) => Math.max(latest, periodTime), own.periodTime);
  return { rank: newer.length, behindMs: newest - own.periodTime };
}
