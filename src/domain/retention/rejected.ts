// What becomes of backups that an operator rejected: they took no part in the election, and go after it.

import type { Election } from "./election.ts";
import { HELD, type KeepReason, ONLY_COPY, REJECTED } from "./reasons.ts";

/** A rejected backup. Times are UTC ms. */
interface Rejected {
  runId: string;
  periodTime: number;
  held: boolean;
  /** Why the caller wants it kept, such as `shared_data`. */
  keepReason?: KeepReason;
}

/**
 * The election of the others, with the rejected added: each is a victim, unless it is held, its caller keeps it, or
 * no other backup counts, for a job's last copy never goes by itself. Neither `min_age` nor a level keeps it.
 * `timeOf` gives the period time of every backup in the election. Orders stay: kept newest first, victims oldest first.
 */
export function withRejected(
  election: Election,
  rejected: readonly Rejected[],
  timeOf: (runId: string) => number,
): Election {
  if (rejected.length === 0) return election;
  const times = new Map(rejected.map((one) => [one.runId, one.periodTime]));
  const byAge = (a: { runId: string }, b: { runId: string }) =>
    (times.get(a.runId) ?? timeOf(a.runId)) - (times.get(b.runId) ?? timeOf(b.runId)) ||
    (a.runId < b.runId ? -1 : 1);
  const keep = [...election.keep];
  const victims = election.victims.map((runId, at) => ({ runId, tags: election.victimTags[at]! }));
  for (const one of rejected) {
    const why = [
      ...(one.held ? [HELD] : []),
      ...(one.keepReason === undefined ? [] : [one.keepReason]),
      ...(election.counted === 0 ? [ONLY_COPY] : []),
    ];
    if (why.length === 0) victims.push({ runId: one.runId, tags: 0 });
    else keep.push({ runId: one.runId, tags: [], reasons: [REJECTED, ...why] });
  }
  victims.sort(byAge);
  return {
    ...election,
    keep: keep.sort((a, b) => byAge(b, a)),
    victims: victims.map((one) => one.runId),
    victimTags: Uint8Array.from(victims, (one) => one.tags),
  };
}
