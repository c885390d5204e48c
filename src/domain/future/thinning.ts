// What exists of a job that is played: backups are added as the newest, and passes take the victims at their pace.
// A step costs little, however much exists.

import { type CandidateColumns, columnsOf } from "../retention/followed/candidate_columns.ts";
import type { Candidate } from "../retention/election.ts";
import { type IncrementalElection, incrementalElection } from "../retention/followed/incremental_election.ts";
import type { Dated } from "../retention/order.ts";
import { representing, takeTurned, victimIds } from "../retention/followed/places.ts";
import { drain, inSlices, SLICE } from "../slices.ts";
import type { Level, Policy } from "../policy.ts";
import { endOf } from "../retention/reasons.ts";
import { TimeLine } from "./time_line.ts";
import type { Zone } from "../calendar/zone.ts";

/** A backup that exists at the beginning. */
export interface Existing extends Candidate {
  /** UTC ms: then its hold ends. Absent: that has no end. */
  heldUntil?: number;
}

/** What there is, and what thins it out. */
export interface Beginning {
  existing: readonly Existing[];
  policy: Policy;
  zone: Zone;
  /** Infinity when unlimited. */
  maxDeletesPerPass: number;
  /** How many backups are about to come, as far as that is known: for so many there is room from the beginning. */
  expected?: number;
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

/** So many deletions are made in one go. */
const DELETIONS_A_SLICE = 256;

/** The backups of one played job. */
export class Thinning {
  readonly #standing: TimeLine<Candidate>;
  /** Ends of holds and reasons, the next one last. */
  #ends: { at: number; runId: string; periodTime: number; change: Partial<Candidate> }[];
  /** Victims as of the last pass that it did not delete. */
  #waiting = new Set<string>();
  /** Null: the next pass makes a full one. */
  #election: IncrementalElection | null = null;
  /** The election that `#waiting` follows; another one is compared with as a whole. */
  #followed: IncrementalElection | null = null;
  readonly #beginning: Beginning;

  constructor(beginning: Beginning) {
    this.#beginning = beginning;
    this.#standing = new TimeLine(beginning.existing);
    const ending = beginning.existing.filter((one) =>
      one.heldUntil !== undefined || one.keepReason !== undefined
    );
    this.#ends = ending.flatMap(endsOf).sort((a, b) => b.at - a.at);
  }

  /** How many exist. */
  get size(): number {
    return this.#standing.size;
  }

  /** All that exists, in order of time; valid until the next change. */
  get candidates(): readonly Candidate[] {
    return this.#standing.items;
  }

  /** Adds a backup that is complete at `now`, its period time (UTC ms). */
  add(candidate: Candidate, now: number): void {
    this.#standing.add(candidate);
    if (this.#election?.advance(now) !== true || !this.#election.add(candidate)) this.#election = null;
  }

  /** One pass at `now` (UTC ms). While the newest backup is suspect it deletes nothing. Yields often. */
  *pass(now: number): Generator<undefined, Thinned> {
    yield* this.release(now);
    const election = yield* this.#elected(now);
    const victims = (yield* this.#newVictims(election)) as string[];
    if (election.victimCount === 0) return victims.length === 0 ? UNTOUCHED : { victims, deleted: [] };
    const most = election.newestSuspect === null ? this.#beginning.maxDeletesPerPass : 0;
    const deleted: Candidate[] = [];
    while (deleted.length < most) {
      const some = election.victims(Math.min(DELETIONS_A_SLICE, most - deleted.length));
      if (some.length === 0) break;
      for (const victim of some) deleted.push(this.#delete(victim, election));
      yield;
    }
    return { victims, deleted };
  }

  /** Holds and reasons that ended by `now` (UTC ms) keep nothing any more. Yields every thousand. */
  *release(now: number): Generator<undefined, void> {
    for (let ended = 0; this.#ends.length > 0 && this.#ends.at(-1)!.at <= now; ended++) {
      const { runId, periodTime, change } = this.#ends.pop()!;
      if (this.#standing.change(runId, periodTime, change)) this.#election = null;
      if (ended % SLICE === SLICE - 1) yield;
    }
  }

  /** How many backups stand for a period of the level at `now` (UTC ms), the instant of the last step. */
  representing(level: Level, now: number): number {
    return representing(drain(this.#elected(now)), level);
  }

  *#elected(now: number): Generator<undefined, IncrementalElection> {
    if (this.#election?.advance(now) === true) return this.#election;
    const { policy, zone, expected } = this.#beginning;
    const columns = yield* columnsOf(this.candidates, expected) as Generator<undefined, CandidateColumns>;
    const work = incrementalElection(columns, policy, zone, now);
    return this.#election = yield* work as Generator<undefined, IncrementalElection>;
  }

  /** Those that this election lets go and the one at the pass before did not, oldest first; they wait from now on. */
  *#newVictims(election: IncrementalElection): Generator<undefined, string[]> {
    if (election === this.#followed) {
      const fresh: string[] = [];
      for (const { runId, isVictim } of takeTurned(election)) {
        if (!isVictim) this.#waiting.delete(runId);
        else if (!this.#waiting.has(runId)) fresh.push(runId);
      }
      for (const runId of fresh) this.#waiting.add(runId);
      return fresh;
    }
    const all = yield* victimIds(election) as Generator<undefined, string[]>;
    const before = this.#waiting;
    this.#waiting = new Set();
    this.#followed = election;
    takeTurned(election);
    const fresh: string[] = [];
    yield* inSlices(all.length, (at) => {
      this.#waiting.add(all[at]!);
      if (!before.has(all[at]!)) fresh.push(all[at]!);
    }) as Generator<undefined, void>;
    return fresh;
  }

  #delete({ runId, periodTime }: Dated, election: IncrementalElection): Candidate {
    if (!election.remove(runId, periodTime)) this.#election = null;
    this.#waiting.delete(runId);
    return this.#standing.remove(runId, periodTime);
  }
}

function endsOf({ runId, periodTime, heldUntil, keepReason }: Existing) {
  const reasonUntil = keepReason === undefined ? null : endOf(keepReason);
  return [
    ...(heldUntil === undefined ? [] : [{ at: heldUntil, runId, periodTime, change: { held: false } }]),
    ...(reasonUntil === null
      ? []
      : [{ at: reasonUntil, runId, periodTime, change: { keepReason: undefined } }]),
  ];
}
