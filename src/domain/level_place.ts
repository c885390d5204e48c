// How one backup stands at each level: which period it falls in, whether it stands for it, and who else does.

import { type Candidate, FUTURE_TOLERANCE_MS } from "./election.ts";
import { inOrder, SLICE } from "./order.ts";
import { periodKey, periodLabel } from "./period.ts";
import { type Level, LEVELS, type Policy, type Reference } from "./policy.ts";
import { representatives, tagBit } from "./tagging.ts";
import type { Zone } from "./zone.ts";

/** A backup at one level. */
export interface LevelPlace {
  level: Level;
  /** What people call its period: `2026-11-20`. */
  period: string;
  reference: Reference;
  /** How many the policy keeps; 0 where it does not keep this level. */
  limit: number;
  /** Its place among those that stand for a period of the level, the newest being 1; null: another one stands. */
  rank: number | null;
  /** Run id of the one that stands for its period instead; null when it stands itself. */
  instead: string | null;
}

/**
 * The places of one of the candidates, fine to coarse; null when it counts for nothing (suspect, or dated more than
 * two minutes after `now`, UTC ms) or is none of them. Yields every few thousand items.
 */
export function* levelPlaces(
  candidates: readonly Candidate[],
  policy: Policy,
  zone: Zone,
  now: number,
  runId: string,
): Generator<void, LevelPlace[] | null> {
  const { indices, times } = yield* inOrder(candidates);
  const contenders: number[] = [];
  let own = -1;
  for (let at = 0; at < indices.length; at++) {
    const candidate = candidates[indices[at]!]!;
    if (at % SLICE === 0) yield;
    if (candidate.suspect || times[at]! > now + FUTURE_TOLERANCE_MS) continue;
    contenders.push(at);
    if (candidate.runId === runId) own = at;
  }
  if (own < 0) return null;
  const tags = yield* representatives(times, Int32Array.from(contenders), policy, zone);
  return LEVELS.map((level) => {
    const bit = tagBit(level);
    const { count: limit, reference } = policy.levels[level];
    const time = times[own]!;
    const about = { level, period: periodLabel(level, zone, policy.weekStarts)(time), reference, limit };
    if ((tags[own]! & bit) === 0) {
      const key = periodKey(level, zone, policy.weekStarts);
      const other = contenders.find((at) => (tags[at]! & bit) !== 0 && key(times[at]!) === key(time));
      return {
        ...about,
        rank: null,
        instead: other === undefined ? null : candidates[indices[other]!]!.runId,
      };
    }
    const rank = contenders.reduce(
      (count, at) => at >= own && (tags[at]! & bit) !== 0 ? count + 1 : count,
      0,
    );
    return { ...about, rank, instead: null };
  });
}
