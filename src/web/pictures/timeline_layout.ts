// Where the parts of a timeline lie: the scale of time, which is wider near now, and the height of each lane.

import { SIZES } from "../../domain/coverage/asked_periods.ts";
import { LEVELS, type Policy } from "../../domain/policy.ts";
import { DAY } from "../../domain/duration.ts";
import { reachOfLevel } from "./timeline_lanes.ts";
import type { FilledLane, TimelineModel } from "./timeline_model.ts";
import { type TimeScale, timeScale } from "./time_scale.ts";

/** A lane at its place; px. */
export interface PlacedLane {
  lane: FilledLane;
  top: number;
  /** Where the centres of its marks lie. */
  middle: number;
  bottom: number;
}

/** Everything's place; px. */
export interface TimelineLayout {
  isNarrow: boolean;
  width: number;
  left: number;
  right: number;
  /** Where lanes begin and end. */
  top: number;
  bottom: number;
  lanes: PlacedLane[];
  /** Of the runs that failed; null where none did. */
  failures: { top: number; middle: number; bottom: number } | null;
  scale: TimeScale;
  now: number;
}

const NARROW = 520;
const HEAD = 46;
/** Without a policy the scale changes at these ages. */
const AGES = [8 * DAY, 63 * DAY, 400 * DAY];
/** How wide a stretch may be beside the others, in periods; and how much of the width the forecast may take. */
const WIDE = { least: 3, most: 16, ahead: [0.26, 0.4] } as const;
const SMALL = { least: 2, most: 9, ahead: [0.22, 0.3] } as const;

/** Places everything within the width. */
export function timelineLayout(model: TimelineModel, width: number): TimelineLayout {
  const isNarrow = width < NARROW;
  const height = isNarrow ? 64 : 44;
  const left = isNarrow ? 8 : 168;
  const right = width - (isNarrow ? 8 : 16);
  const row = (at: number) => {
    const top = HEAD + at * height;
    return { top, middle: top + (isNarrow ? 48 : 27), bottom: top + height };
  };
  const lanes = model.lanes.map((lane, at): PlacedLane => ({ lane, ...row(at) }));
  const failures = model.failures.length === 0 ? null : row(lanes.length);
  const scale = scaleOf(model, isNarrow ? SMALL : WIDE, left + 8, right - 8);
  const bottom = HEAD + (lanes.length + (failures === null ? 0 : 1)) * height;
  return {
    isNarrow,
    width,
    left,
    right,
    top: HEAD,
    bottom,
    lanes,
    failures,
    scale,
    now: scale.x(model.calendar.now),
  };
}

type Shares = typeof WIDE | typeof SMALL;

function scaleOf(model: TimelineModel, shares: Shares, left: number, right: number): TimeScale {
  const { calendar: { now }, policy } = model;
  const oldest = Math.min(
    model.dots[0]?.at ?? now,
    ...model.lanes.map(({ crowds }) => crowds[0]?.at ?? now),
    model.failures[0]?.at ?? now,
    ...model.lanes.map(({ holes }) => holes[0]?.at ?? now),
  );
  const past = agesUpTo(Math.max((now - oldest) * 1.04, finestOf(policy) * 4), policy, shares);
  const ahead = agesUpTo(horizonOf(model), policy, shares);
  const pastSum = sum(past.weights);
  const aheadSum = sum(ahead.weights);
  // Neither of both is squeezed by the other.
  const [least, most] = shares.ahead;
  const share = Math.min(most, Math.max(least, aheadSum / (pastSum + aheadSum)));
  const grow = (pastSum * share) / (1 - share) / aheadSum;
  return timeScale(
    [...past.ages.map((age) => now - age).reverse(), now, ...ahead.ages.map((age) => now + age)],
    [...past.weights.toReversed(), ...ahead.weights.map((weight) => weight * grow)],
    [left, right],
  );
}

/** How far ahead there is something to see, in ms. */
function horizonOf({ going, setAt, foreseenUntil, policy, calendar: { now } }: TimelineModel): number {
  const last = Math.max(going.at(-1)?.at ?? now, setAt ?? now) - now;
  const foreseen = foreseenUntil === null
    ? Infinity
    : Math.max(foreseenUntil - now, setAt === null ? 0 : setAt - now);
  return Math.max(Math.min(last * 1.06, foreseen), finestOf(policy) * 4);
}

/** The ages at which the scale changes, rising up to the whole, and how wide each stretch is to be. */
function agesUpTo(
  whole: number,
  policy: Policy | null,
  { least, most }: Shares,
): { ages: number[]; weights: number[] } {
  const ages: number[] = [];
  for (const age of changesOf(policy)) {
    if (age < whole * 0.6 && age > (ages.at(-1) ?? 0) * 2.2) ages.push(age);
  }
  ages.push(whole);
  const weights = ages.map((age, at) => {
    const periods = (age - (ages[at - 1] ?? 0)) / sizeAt(age, policy);
    return Math.min(most, Math.max(least, periods));
  });
  return { ages, weights };
}

function changesOf(policy: Policy | null): number[] {
  const levels = policy === null ? [] : LEVELS.filter((level) => policy.levels[level].count > 0);
  if (levels.length === 0) return AGES;
  return levels.map((level) => reachOfLevel(policy!, level) * 1.08).sort((a, b) => a - b);
}

/** How long the periods are that the policy keeps apart at an age. */
function sizeAt(age: number, policy: Policy | null): number {
  if (policy !== null) {
    const level = LEVELS.find((one) =>
      policy.levels[one].count > 0 && reachOfLevel(policy, one) * 1.08 >= age
    );
    const coarsest = LEVELS.findLast((one) => policy.levels[one].count > 0);
    if (level !== undefined) return SIZES[level];
    if (coarsest !== undefined) return SIZES[coarsest];
  }
  return Math.max(age / 12, 1);
}

function finestOf(policy: Policy | null): number {
  const level = policy === null ? undefined : LEVELS.find((one) => policy.levels[one].count > 0);
  return level === undefined ? DAY : SIZES[level];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
