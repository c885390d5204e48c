// What exists of a job that is played: backups are added as the newest, and passes take the victims at their pace.

import { columnsOf } from "./candidate_columns.ts";
import { type Candidate, drain } from "./election.ts";
import { type IncrementalElection, incrementalElection, type Victim } from "./incremental_election.ts";
import type { Level, Policy } from "./policy.ts";
import type { Zone } from "./zone.ts";

/** A backup that exists at the beginning. */
export interface Existing extends Candidate {
  /** UTC ms: then its hold ends, or its `keepReason` holds no more. Absent: that has no end. */
  heldUntil?: number;
  reasonUntil?: number;
}

/** What there is, and what thins it out. */
export interface Beginning {
  existing: readonly Existing[];
  policy: Policy;
  zone: Zone;
  /** Infinity when unlimited. */
  maxDeletesPerPass: number;
}

/** What a pass did. */
export interface Thinned {
  /** Run ids elected away by this pass and not by the one before, oldest first. */
  victims: string[];
  /** Deleted by this pass, oldest first. */
  deleted: Candidate[];
}

/** The pass of a job that has nothing to go. */
export const UNTOUCHED: Thinned = { victims: [], deleted: [] };

/** The backups of one played job. */
export class Thinning {
  /** In order of time. */
  readonly candidates: Candidate[];
  /** Ends of holds and reasons, the next one last. */
  #ends: { at: number; runId: string; change: Partial<Candidate> }[];
  /** Victims that the pace left for later passes. */
  #waiting = new Set<string>();
  /** Null: the next pass makes a full one. */
  #election: IncrementalElection | null = null;
  readonly #beginning: Beginning;

  constructor(beginning: Beginning) {
    this.#beginning = beginning;
    this.candidates = [...beginning.existing].sort((a, b) => a.periodTime - b.periodTime);
    this.#ends = beginning.existing.flatMap(endsOf).sort((a, b) => b.at - a.at);
  }

  /** Adds a backup that is complete at `now`, its period time (UTC ms). */
  add(candidate: Candidate, now: number): void {
    // Only backups from the future stand behind it.
    let place = this.candidates.length;
    while (place > 0 && this.candidates[place - 1]!.periodTime > candidate.periodTime) place--;
    this.candidates.splice(place, 0, candidate);
    if (this.#election?.advance(now) !== true || !this.#election.add(candidate)) this.#election = null;
  }

  /** One pass at `now` (UTC ms). While the newest backup is suspect it deletes nothing. */
  *pass(now: number): Generator<undefined, Thinned> {
    this.release(now);
    const election = yield* this.#elected(now);
    const most = election.newestSuspect === null ? this.#beginning.maxDeletesPerPass : 0;
    if (election.victimCount === 0) return UNTOUCHED;
    const elected = election.victims();
    const victims = elected.map(({ runId }) => runId).filter((runId) => !this.#waiting.has(runId));
    const deleted = elected.slice(0, most).map((victim) => this.#delete(victim));
    if (this.#waiting.size > 0 || elected.length > most) {
      this.#waiting = new Set(elected.slice(most).map(({ runId }) => runId));
    }
    return { victims, deleted };
  }

  /** Holds and reasons that ended by `now` (UTC ms) keep nothing any more. */
  release(now: number): void {
    while (this.#ends.length > 0 && this.#ends.at(-1)!.at <= now) {
      const { runId, change } = this.#ends.pop()!;
      const at = this.candidates.findIndex((one) => one.runId === runId);
      if (at < 0) continue;
      this.candidates[at] = { ...this.candidates[at]!, ...change };
      this.#election = null;
    }
  }

  *#elected(now: number): Generator<undefined, IncrementalElection> {
    if (this.#election?.advance(now) === true) return this.#election;
    const { policy, zone } = this.#beginning;
    const work = incrementalElection(columnsOf(this.candidates), policy, zone, now);
    for (;;) {
      const step = work.next();
      if (step.done) return this.#election = step.value;
      yield;
    }
  }

  /** How many backups stand for a period of the level at `now` (UTC ms), the instant of the last step. */
  representing(level: Level, now: number): number {
    return drain(this.#elected(now)).representing(level);
  }

  #delete({ runId, periodTime }: Victim): Candidate {
    let place = firstAt(this.candidates, periodTime);
    while (this.candidates[place]!.runId !== runId) place++;
    if (this.#election?.remove(runId, periodTime) !== true) this.#election = null;
    return this.candidates.splice(place, 1)[0]!;
  }
}

/** The place of the first candidate that is not older than a period time. */
function firstAt(candidates: readonly Candidate[], periodTime: number): number {
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (candidates[middle]!.periodTime < periodTime) low = middle + 1;
    else high = middle;
  }
  return low;
}

function endsOf({ runId, heldUntil, reasonUntil }: Existing) {
  return [
    ...(heldUntil === undefined ? [] : [{ at: heldUntil, runId, change: { held: false } }]),
    ...(reasonUntil === undefined ? [] : [{ at: reasonUntil, runId, change: { keepReason: undefined } }]),
  ];
}
