// Compares an election that was kept up to date with one made anew.

import { inSlices } from "../../slices.ts";
import type { IncrementalElection } from "./incremental_election.ts";

/**
 * Whether two elections by one policy hold the same backups with the same tags, and the policy keeps the same ones,
 * whatever else keeps some of them; and whether the victims of the first are those that nothing keeps. Yields every thousand.
 */
export function* isSameElection(
  one: IncrementalElection,
  other: IncrementalElection,
): Generator<void, boolean> {
  if (one.size !== other.size || one.counted !== other.counted) return false;
  if (one.places.rejected.size !== other.places.rejected.size) return false;
  const [mine, its] = [one.places, other.places];
  let [at, there] = [-1, -1];
  let isSame = true;
  yield* inSlices(one.counted, () => {
    at = mine.counted.after(at);
    there = its.counted.after(there);
    isSame &&= mine.times[at] === its.times[there] && mine.tags(at) === its.tags(there) &&
      mine.isProved(at) === its.isProved(there) &&
      mine.unkept.has(at) === its.unkept.has(there) && one.runIdAt(at) === other.runIdAt(there) &&
      mine.victims.has(at) === (mine.unkept.has(at) && mine.keepReason(at) === undefined);
  });
  [at, there] = [-1, -1];
  yield* inSlices(mine.rejected.size, () => {
    at = mine.rejected.after(at);
    there = its.rejected.after(there);
    isSame &&= mine.times[at] === its.times[there] && one.runIdAt(at) === other.runIdAt(there) &&
      mine.isHeld(at) === its.isHeld(there) && mine.unkept.has(at) === its.unkept.has(there) &&
      mine.victims.has(at) === (mine.unkept.has(at) && mine.keepReason(at) === undefined);
  });
  return isSame;
}
