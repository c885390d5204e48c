// How one backup stands at each level: which period it falls in, whether it stands for it, and who else does.

import { type Candidate, FUTURE_TOLERANCE_MS } from "./election.ts";
import { inOrder } from "./order.ts";
import { inSlices } from "../slices.ts";
import { periodKey, periodLabel } from "../calendar/period.ts";
import { type Level, LEVELS, type Policy, type Reference } from "../policy.ts";
import { provedBeside } from "./proofs.ts";
import { representatives, tagBit } from "./tagging.ts";
import type { Zone } from "../calendar/zone.ts";

/** A backup at one level. */
export interface LevelRank {
  level: Level;
  /** What people call its period: `2026-11-20`. */
  period: string;
  reference: Reference;
  /** How many the policy keeps; 0 where it does not keep this level. */
  limit: number;
  /** Its rank among those that stand for a period of the level, the newest being 1; null: another one stands. */
  rank: number | null;
  /** Run id of the one that stands for its period instead; null when it stands itself. */
  instead: string | null;
  /**
   * Where a proof decides who is kept for its period: `for` it, which is proved, or `against` it, and which other one that is
   * about (a run id). Null where none decides.
   */
  proof: { decides: "for" | "against"; other: string } | null;
}

/**
 * The ranks of one of the candidates, fine to coarse; null when it counts for nothing (suspect, or dated more than
 * two minutes after `now`, UTC ms) or is none of them. Yields every few thousand items.
 */
export function* levelRanks(
  candidates: readonly Candidate[],
  policy: Policy,
  zone: Zone,
  now: number,
  runId: string,
): Generator<void, LevelRank[] | null> {
  const { indices, times } = yield* inOrder(candidates);
  const contenders = new Int32Array(indices.length);
  let counted = 0;
  let own = -1;
  const proved: number[] = [];
  yield* inSlices(indices.length, (at) => {
    const candidate = candidates[indices[at]!]!;
    if (candidate.suspect || times[at]! > now + FUTURE_TOLERANCE_MS) return;
    contenders[counted++] = at;
    if (candidate.proved === true) proved.push(at);
    if (candidate.runId === runId) own = at;
  });
  if (own < 0) return null;
  // They are used up there.
  const tags = yield* representatives(times, contenders.slice(0, counted), policy, zone);
  const plain = tags.slice();
  const beside = policy.verified === undefined
    ? new Uint8Array(times.length)
    : yield* provedBeside(times, tags, Int32Array.from(proved), policy, zone, now);
  const ranks: LevelRank[] = [];
  for (const level of LEVELS) {
    const bit = tagBit(level);
    const { count: limit, reference } = policy.levels[level];
    const time = times[own]!;
    const about = { level, period: periodLabel(level, zone, policy.weekStarts)(time), reference, limit };
    const key = periodKey(level, zone, policy.weekStarts);
    const stands = (tags[own]! & bit) !== 0;
    const period = key(time);
    let rank = 0;
    let other = -1;
    let proof = -1;
    const isProof = (at: number) => ((beside[at]! | (tags[at]! & ~plain[at]!)) & bit) !== 0;
    const decides = isProof(own) ? "for" : "against";
    const isOther = decides === "for"
      ? (at: number) => (plain[at]! & bit) !== 0
      : (at: number) => (plain[own]! & bit) !== 0 && isProof(at);
    yield* inSlices(counted, (order) => {
      const at = contenders[order]!;
      if (proof < 0 && isOther(at) && key(times[at]!) === period) proof = at;
      if ((tags[at]! & bit) === 0) return;
      if (stands && at >= own) rank++;
      else if (!stands && other < 0 && key(times[at]!) === period) other = at;
    });
    const runIdAt = (at: number) => at < 0 ? null : candidates[indices[at]!]!.runId;
    ranks.push({
      ...about,
      rank: stands ? rank : null,
      instead: stands ? null : runIdAt(other),
      proof: proof < 0 ? null : { decides, other: runIdAt(proof)! },
    });
  }
  return ranks;
}
