// What will exist at a future date: every slot brings a backup, every backup brings a pass, as the engine does it.

import type { Slots } from "./dispatch.ts";
import { type Candidate, elect, type Kept } from "./election.ts";
import { pace } from "./guard.ts";
import type { Policy } from "./policy.ts";
import { tagsOf } from "./tagging.ts";
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
  existing: (Kept & { periodTime: number })[];
  /** How many slots were played. */
  slots: number;
  /** `until`, or the last slot played when there were too many. */
  reached: number;
}

/**
 * Plays the schedule and the policy forward, supposing that each backup succeeds at its slot and each pass deletes at
 * its pace. What exists at the end but would go has no reasons. Yields at every slot.
 */
export function* forecast(input: ForecastInput): Generator<void, Forecast> {
  const { slots, policy, zone, until } = input;
  let candidates = [...input.existing];
  let played = 0;
  let reached = until;
  for (let slot = slots.next(input.from); slot !== null && slot <= until; slot = slots.next(slot)) {
    if (played === MAX_FORECAST_SLOTS) break;
    played++;
    reached = slot;
    candidates.push({ runId: `slot ${slot}`, periodTime: slot, endTime: slot, held: false, suspect: false });
    const { victims } = yield* elect(candidates, policy, zone, slot);
    if (victims.length === 0) continue;
    const gone = new Set(pace(victims, input.maxDeletesPerPass));
    candidates = candidates.filter((candidate) => !gone.has(candidate.runId));
  }
  if (played < MAX_FORECAST_SLOTS) reached = until;
  const end = yield* elect(candidates, policy, zone, reached);
  const times = new Map(candidates.map((candidate) => [candidate.runId, candidate.periodTime]));
  const waiting = end.victims.map((runId, at) => ({ runId, tags: tagsOf(end.victimTags[at]!), reasons: [] }));
  const existing = [...end.keep, ...waiting].map((one) => ({ ...one, periodTime: times.get(one.runId)! }));
  existing.sort((a, b) => b.periodTime - a.periodTime);
  return { existing, slots: played, reached };
}
