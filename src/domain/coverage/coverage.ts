// What the levels of a policy ask for by now against what exists: the holes, a score and the worst gap.

import { type AskedPeriod, askedPeriods } from "./asked_periods.ts";
import { FUTURE_TOLERANCE_MS } from "../retention/election.ts";
import { periodLabel } from "../calendar/period.ts";
import { finestLevel, type Level, LEVELS, type Policy } from "../policy.ts";
import type { SlotHistory } from "../schedule/slot_history.ts";
import { representatives, tagBit } from "../retention/tagging.ts";
import type { Zone } from "../calendar/zone.ts";

interface CoverageInput {
  slots: SlotHistory;
  /** Period times of the backups that count (available, not suspect), rising; UTC ms. */
  points: Float64Array;
  policy: Policy;
  zone: Zone;
  /** Since when the job is known (UTC ms). */
  since: number;
  now: number;
}

/** What one level asks for. */
interface LevelCoverage {
  level: Level;
  /** Periods to keep; Infinity where everything is kept. */
  count: number;
  asked: number;
  covered: number;
}

/** A period that ought to have a backup and has none. Times are UTC ms, `until` exclusive. */
interface Hole {
  level: Level;
  /** What people call the period. */
  period: string;
  from: number;
  until: number;
  /** The slot whose backup would stand for the period. */
  slot: number;
}

/** The time between two neighbouring restore points. */
interface Gap {
  /** UTC ms: a restore point, or since when the job is known where there is none. */
  from: number;
  /** The next restore point; null for now. */
  to: number | null;
  ms: number;
  /** The longest stretch of it that would be left if every hole in it had its backup. */
  plannedMs: number;
  /** How many slots fell in it; null when too many to count. */
  slots: number | null;
}

export interface Coverage {
  levels: LevelCoverage[];
  /** Newest first. */
  holes: Hole[];
  asked: number;
  covered: number;
  /** Share of what is asked that is there, in percent, rounded down to a tenth; null when nothing is asked. */
  score: number | null;
  /** The one that lost most time against what was planned, of those the longest; null when nothing can be said. */
  worstGap: Gap | null;
  /** A level asks for more periods than were looked at. */
  cut: boolean;
}

const MOST_SLOTS_COUNTED = 10_000;
const MOST_SLOTS_ASKED = 50_000;
/** Slots that may be looked through to find those that would stand for holes; then the last slot of a hole is taken. */
const SLOT_BUDGET = 5_000;

/**
 * Compares what exists with what would exist if every slot that fell had brought a backup. Of each level the newest
 * `count` periods are asked for, counted as an election counts them; a period in which no slot fell asks for nothing.
 * A policy that keeps all asks for every slot, which shows as secondly; one without levels for its last ones and those of its
 * window. Beside levels neither asks for anything. Yields every few periods.
 */
export function* coverage(input: CoverageInput): Generator<void, Coverage> {
  const { policy, zone, now } = input;
  const points = input.points.filter((time) => time <= now + FUTURE_TOLERANCE_MS);
  const levels: LevelCoverage[] = [];
  const holes: Hole[] = [];
  const wanted = slotFinder(input);
  let cut = false;
  for (const { level, count } of asksOf(input, points)) {
    const found = yield* askedPeriods(level, count, { ...input, points, weekStarts: policy.weekStarts });
    const missing = found.periods.filter((period) => !period.covered);
    const label = periodLabel(level, zone, policy.weekStarts);
    for (const period of missing) {
      const { from, until } = period;
      holes.push({ level, period: label(period.slot), from, until, slot: yield* wanted(level, period) });
    }
    const asked = found.periods.length;
    levels.push({ level, count, asked, covered: asked - missing.length });
    cut ||= found.cut;
  }
  const asked = sum(levels.map((one) => one.asked));
  const covered = sum(levels.map((one) => one.covered));
  holes.sort((a, b) => b.slot - a.slot || LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  return {
    levels,
    holes,
    asked,
    covered,
    score: asked === 0 ? null : Math.floor((covered * 1000) / asked) / 10,
    worstGap: worstGap(input, points, holes),
    cut,
  };
}

function asksOf(
  { policy, slots, now }: CoverageInput,
  points: Float64Array,
): { level: Level; count: number }[] {
  if (policy.keepAll) return [{ level: "secondly", count: Infinity }];
  if (finestLevel(policy) === null) {
    // As an election has it: from the newest back. What fell since then is asked for too.
    const from = (points.at(-1) ?? now) - policy.keepWithinMs;
    const fell = policy.keepWithinMs === 0 ? 0 : slots.count(from, now, MOST_SLOTS_ASKED) ?? Infinity;
    return [{ level: "secondly", count: Math.max(policy.minKeep, fell) }];
  }
  return LEVELS.flatMap((level) => {
    const { count } = policy.levels[level];
    return count > 0 ? [{ level, count }] : [];
  });
}

/** Finds the slot whose backup would stand for a period, had every slot in it brought one. */
function slotFinder(
  { slots, policy, zone }: CoverageInput,
): (level: Level, period: AskedPeriod) => Generator<void, number> {
  let budget = SLOT_BUDGET;
  return function* (level, period) {
    const finest = LEVELS.slice(0, LEVELS.indexOf(level) + 1);
    if (policy.keepAll || finest.every((one) => policy.levels[one].reference === "L")) return period.slot;
    const times: number[] = [];
    for (
      let slot = slots.next(period.from - 1);
      slot !== null && slot < period.until;
      slot = slots.next(slot)
    ) {
      if (times.length === budget) return period.slot;
      times.push(slot);
    }
    budget -= times.length;
    const contenders = Int32Array.from(times, (_, at) => at);
    const tags = yield* representatives(Float64Array.from(times), contenders, policy, zone);
    return times.findLast((_, at) => (tags[at]! & tagBit(level)) !== 0) ?? period.slot;
  };
}

function worstGap(
  { slots, since, now }: CoverageInput,
  points: Float64Array,
  holes: readonly Hole[],
): Gap | null {
  const wanted = holes.map((hole) => hole.slot).reverse();
  if (points.length === 0 && wanted.length === 0) return null;
  // Without any restore point everything since the job is known is one gap.
  let from = points[0] ?? since;
  let hole = points.length === 0 ? 0 : wanted.filter((slot) => slot <= from).length;
  let worst = { from, to: from, plannedMs: 0, isOpen: true, lost: -1 };
  for (let at = 1; at <= Math.max(1, points.length); at++) {
    const isOpen = at >= points.length;
    const to = isOpen ? Math.max(now, from) : points[at]!;
    let plannedMs = 0;
    let before = from;
    for (; hole < wanted.length && wanted[hole]! < to; hole++) {
      plannedMs = Math.max(plannedMs, wanted[hole]! - before);
      before = wanted[hole]!;
    }
    plannedMs = Math.max(plannedMs, to - before);
    const lost = to - from - plannedMs;
    if (lost > worst.lost || (lost === worst.lost && to - from > worst.to - worst.from)) {
      worst = { from, to, plannedMs, isOpen, lost };
    }
    from = to;
  }
  return {
    from: worst.from,
    to: worst.isOpen ? null : worst.to,
    ms: worst.to - worst.from,
    plannedMs: worst.plannedMs,
    slots: slots.count(worst.from, worst.to - 1, MOST_SLOTS_COUNTED),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
