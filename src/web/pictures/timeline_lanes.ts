// The lanes of a timeline, and in which of them a backup stands: that of the finest level which keeps it.

import { formatReference, type Level, LEVELS, parsePolicy, type Policy } from "../../domain/policy.ts";
import { formatDuration } from "../../domain/duration.ts";
import { SIZES } from "../../domain/coverage/asked_periods.ts";
import { numberText } from "./words.ts";
import type { Crowd, TimelineBackup } from "./timeline_input.ts";
import type { CrowdDot } from "./timeline_marks.ts";

/** What no level keeps stands in the lane `other`: held, newest, suspect, or about to go. */
export type LaneKey = Level | "other";

/** One lane. */
export interface Lane {
  key: LaneKey;
  /** `daily`, and what the policy says of it. */
  name: string;
  rule: string;
}

/** The policy of a job's view; null for a text that this version cannot read. */
export function policyOf(text: string): Policy | null {
  const parsed = parsePolicy(text);
  return "policy" in parsed ? parsed.policy : null;
}

/** The levels that a policy keeps, coarse to fine, then `other` where something stands there. */
export function lanesOf(policy: Policy | null, hasOther: boolean): Lane[] {
  const levels = LEVELS.filter((level) => policy !== null && policy.levels[level].count > 0).reverse();
  const lanes = levels.map((level): Lane => {
    const { count, reference } = policy!.levels[level];
    return { key: level, name: level, rule: ruleText(level, count, reference) };
  });
  const isOnly = lanes.length === 0;
  if (hasOther || isOnly) {
    lanes.push({ key: "other", name: isOnly ? "backups" : "other", rule: otherRule(policy) });
  }
  return lanes;
}

/** What keeps backups beside levels. */
function otherRule(policy: Policy | null): string {
  if (policy?.keepAll === true) return "everything stays";
  const { minKeep = 1, keepWithinMs = 0 } = policy ?? {};
  const rules = [
    ...(minKeep > 1 ? [`the last ${minKeep}`] : []),
    ...(keepWithinMs > 0 ? [`within ${formatDuration(keepWithinMs)}`] : []),
  ];
  return rules.length === 0 ? "by no level" : rules.join(", ");
}

/** How far back a level reaches, in ms; about, for months and years differ. */
export function reachOfLevel(policy: Policy, level: Level): number {
  return policy.levels[level].count * SIZES[level];
}

/** The levels that keep a backup, fine to coarse. */
export function keepersOf(backup: Pick<TimelineBackup, "kept_for">): Level[] {
  const kept = new Set<Level>();
  for (const reason of backup.kept_for) {
    if (reason.kind === "level" || reason.kind === "proved") kept.add(reason.level);
  }
  return kept.size === 0 ? [] : LEVELS.filter((level) => kept.has(level));
}

/** Of the levels that keep a backup now the finest that can have kept it to the age at which it goes. */
export function lastKeeperOf(
  backup: Pick<TimelineBackup, "kept_for">,
  ageMs: number,
  policy: Policy | null,
): LaneKey | null {
  const keepers = keepersOf(backup).filter((level) => policy !== null && policy.levels[level].count > 0);
  // Half a period more: months differ, and it goes with the first backup of the period after its last.
  const reach = (level: Level) => (policy!.levels[level].count + 0.5) * SIZES[level];
  return keepers.find((level) => reach(level) >= ageMs) ?? keepers.at(-1) ?? null;
}

/** The lane of a backup, of those that there are. */
export function laneOf(backup: Pick<TimelineBackup, "kept_for">, lanes: ReadonlySet<LaneKey>): LaneKey {
  // Most are kept by one level, and there may be many.
  let finest: number = LEVELS.length;
  for (const reason of backup.kept_for) {
    if (reason.kind !== "level" && reason.kind !== "proved") continue;
    const rank = LEVELS.indexOf(reason.level);
    if (rank < finest && lanes.has(reason.level)) finest = rank;
  }
  return LEVELS[finest] ?? "other";
}

/**
 * The lanes of older backups that are known by the levels which they stand for: that of the finest level whose count
 * reaches so far back, of all that are newer. To a stretch exactly.
 */
export function crowdLanes(
  crowds: readonly Crowd[],
  drawn: readonly Pick<TimelineBackup, "tags">[],
  policy: Policy | null,
): Map<LaneKey, CrowdDot[]> {
  const newer = new Map<Level, number>(LEVELS.map((level) => [
    level,
    drawn.reduce((count, { tags }) => count + Number(tags.includes(level)), 0),
  ]));
  const lanes = new Map<LaneKey, CrowdDot[]>();
  for (let at = crowds.length - 1; at >= 0; at--) {
    const { from, until, count, tags } = crowds[at]!;
    const keeps = (level: Level) =>
      policy !== null && newer.get(level)! < policy.levels[level].count && tags.includes(level);
    const key: LaneKey = LEVELS.find(keeps) ?? "other";
    for (const level of tags) newer.set(level, newer.get(level)! + count);
    const lane = lanes.get(key);
    const dot = { at: from, until, count };
    if (lane === undefined) lanes.set(key, [dot]);
    else lane.push(dot);
  }
  for (const lane of lanes.values()) lane.reverse();
  return lanes;
}

const PERIODS: Record<Level, string> = {
  secondly: "second",
  minutely: "minute",
  hourly: "hour",
  daily: "day",
  weekly: "week",
  monthly: "month",
  yearly: "year",
};

function ruleText(level: Level, count: number, reference: number | "L"): string {
  const many = numberText(count);
  if (reference === "L" || level === "secondly") return `keeps ${many}, last of its ${PERIODS[level]}`;
  const near = formatReference(level, reference);
  const where = level === "daily"
    ? `${near.padStart(2, "0")} h`
    : level === "weekly"
    ? near.charAt(0) + near.slice(1).toLowerCase()
    : `${
      level === "hourly" ? "minute" : level === "minutely" ? "second" : level === "monthly" ? "day" : "month"
    } ${near}`;
  return `keeps ${many}, nearest to ${where}`;
}
