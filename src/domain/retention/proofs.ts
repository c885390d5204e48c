// What proofs change of an election: in each period that the policy keeps, the proved one that is nearest to the reference is
// kept beside the one that stands for it, or in its place.

import { periodKey } from "../calendar/period.ts";
import type { Zone } from "../calendar/zone.ts";
import { LEVELS, type Policy } from "../policy.ts";
import { SLICE } from "../slices.ts";
import { representatives, type TagBits } from "./tagging.ts";

/**
 * Carries out the rule `verified` of a policy. `tags`: the levels each place stands for; `proved`: the places that count and are
 * proved, in order of time, used up. Among these the one of a period is chosen as among all. With `require`, once `now` (UTC ms)
 * is in a later period, it stands for the period in place of the one that is not proved: then `tags` are changed. Answers by
 * place the levels for whose period one is kept beside the one that stands for it. Yields every few thousand items.
 */
export function* provedBeside(
  times: Float64Array,
  tags: Uint8Array,
  proved: Int32Array,
  policy: Policy,
  zone: Zone,
  now: number,
): Generator<void, Uint8Array> {
  const beside = new Uint8Array(times.length);
  const best = yield* representatives(times, proved, policy, zone);
  for (const [level, name] of LEVELS.entries()) {
    const limit = policy.levels[name].count;
    const key = periodKey(name, zone, policy.weekStarts);
    const present = key(now);
    const bit: TagBits = 1 << level;
    let kept = 0;
    let period = NaN;
    let standing = -1;
    let chosen = -1;
    const settle = () => {
      if (chosen < 0 || chosen === standing) return;
      if (policy.verified === "require" && period < present) {
        tags[standing]! &= ~bit;
        tags[chosen]! |= bit;
      } else beside[chosen]! |= bit;
    };
    for (let at = times.length - 1, seen = 1; at >= 0; at--, seen++) {
      if (seen % SLICE === 0) yield;
      if (((tags[at]! | best[at]!) & bit) === 0) continue;
      const its = key(times[at]!);
      if (its !== period) {
        settle();
        chosen = -1;
        // Each period has one that stands for it.
        if (kept++ >= limit) break;
        period = its;
      }
      if ((tags[at]! & bit) !== 0) standing = at;
      if ((best[at]! & bit) !== 0) chosen = at;
    }
    settle();
  }
  return beside;
}
