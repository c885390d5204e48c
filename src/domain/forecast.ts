// What will exist at a future date: every slot brings a backup, every backup brings a pass, as the engine does it.

import type { Slots } from "./dispatch.ts";
import { type Candidate, elect, type Kept } from "./election.ts";
import { pace } from "./guard.ts";
import type { Policy } from "./policy.ts";
import type { Zone } from "./zone.ts";

/** A forecast stops after this many slots and says how far it came. */
export const MAX_FORECAST_SLOTS = 2_000_000;

export interface ForecastInput {
  /** What is available now. */
  existing: readonly Candidate[];
  slots: Slots;
  policy: Policy;
  zone: Zone;
  /** UTC ms: slots in (from, until] are played. */
  from: number;
  until: number;
  maxDeletesPerPass: number;
}

export interface Forecast {
  /** What exists at `reached`, newest first. */
  kept: (Kept & { periodTime: number })[];
  /** How many slots were played. */
  slots: number;
  /** `until`, or the last slot played when there were too many. */
  reached: number;
}

/** Plays the schedule and the policy forward, supposing that each backup succeeds at its slot. Yields at every slot. */
export function* forecast(input: ForecastInput): Generator<void, Forecast> {
  const { slots, policy, zone, until } = input;
  let candidates = [...input.existing];
  let kept: Kept[] = yield* electNow(input.from);
  let played = 0;
  let reached = until;
  for (let slot = slots.next(input.from); slot !== null && slot <= until; slot = slots.next(slot)) {
    if (played === MAX_FORECAST_SLOTS) break;
    played++;
    reached = slot;
    candidates.push({ runId: `slot ${slot}`, periodTime: slot, endTime: slot, held: false, suspect: false });
    kept = yield* electNow(slot);
  }
  if (played < MAX_FORECAST_SLOTS) {
    reached = until;
    kept = yield* electNow(until);
  }
  const times = new Map(candidates.map((candidate) => [candidate.runId, candidate.periodTime]));
  return { kept: kept.map((one) => ({ ...one, periodTime: times.get(one.runId)! })), slots: played, reached };

  function* electNow(now: number): Generator<void, Kept[]> {
    const election = yield* elect(candidates, policy, zone, now);
    const gone = new Set(pace(election.victims, input.maxDeletesPerPass));
    if (gone.size > 0) candidates = candidates.filter((candidate) => !gone.has(candidate.runId));
    return election.keep;
  }
}
