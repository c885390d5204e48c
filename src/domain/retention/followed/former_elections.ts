// What policies that were edited away still protect: their own elections over the same backups, kept up to date with the one
// in force, place by place.

import type { Candidate } from "../election.ts";
import type { KeepReason } from "../reasons.ts";
import type { Places } from "./ranked_places.ts";

/** What is asked of the election of one policy; see `IncrementalElection`. */
interface PolicyElection {
  places: Pick<Places, "victims">;
  advance(now: number): boolean;
  add(candidate: Candidate): boolean;
  remove(runId: string, periodTime: number): boolean;
  prove(runId: string, periodTime: number, isProved: boolean): boolean;
  takeTurnedPlaces(): number[];
}

/** A policy that still protects what it keeps. */
export interface FormerElection {
  /** UTC ms. */
  until: number;
  /** Over the same backups at the same places; null where it protects all of them. */
  election: PolicyElection | null;
}

/** The elections of a job's former policies, oldest first. */
export class FormerElections {
  readonly #former: { reason: KeepReason; election: PolicyElection | null }[];

  constructor(former: readonly FormerElection[]) {
    this.#former = former.map(({ until, election }) => ({
      reason: Object.freeze({ kind: "former_policy", until }),
      election,
    }));
    // What turns is noted from the first time it is asked.
    this.turned();
  }

  /** Why a place stays that the policy in force does not keep: for the last of those that keep it. */
  reason(place: number): KeepReason | undefined {
    return this.#former.findLast(({ election }) => election?.places.victims.has(place) !== true)?.reason;
  }

  /** Each of these is as of its election; false: they are of no more use. */
  advance(now: number): boolean {
    return this.#every((election) => election.advance(now));
  }
  add(candidate: Candidate): boolean {
    return this.#every((election) => election.add({ ...candidate, keepReason: undefined }));
  }
  remove(runId: string, periodTime: number): boolean {
    return this.#every((election) => election.remove(runId, periodTime));
  }
  prove(runId: string, periodTime: number, isProved: boolean): boolean {
    return this.#every((election) => election.prove(runId, periodTime, isProved));
  }

  /** Places that one of them began or ceased to keep since the last call. */
  turned(): number[] {
    return this.#former.flatMap(({ election }) => election?.takeTurnedPlaces() ?? []);
  }

  #every(change: (election: PolicyElection) => boolean): boolean {
    return this.#former.every(({ election }) => election === null || change(election));
  }
}
