// The backups of an election by place, for whoever reads many of them: those that stay newest first, those that go oldest
// first, from any of them on.

import { firstWhere } from "../../first_where.ts";
import type { Candidate } from "../election.ts";
import type { Dated } from "../order.ts";
import { type KeepReason, shownReason } from "../reasons.ts";
import { inSlices, SLICE } from "../../slices.ts";
import { type Level, LEVELS } from "../../policy.ts";
import type { IncrementalElection } from "./incremental_election.ts";
import type { RankedPlaces } from "./ranked_places.ts";

/** A backup as retention decides about it. */
export interface Decided extends Dated {
  /** The levels it stands for. */
  tags: Level[];
  /** Empty for a victim. */
  reasons: KeepReason[];
}

/** Those that stay, newest first, older than `after` (null: from the newest on); at most `most`. */
export function keptAfter(election: IncrementalElection, after: Dated | null, most: number): Decided[] {
  const { places } = election;
  const found: Decided[] = [];
  let place = after === null ? places.length : firstFrom(election, after);
  const ranks = places.rankings.map((ranking) => ranking.places.countFrom(place));
  while (--place >= 0 && found.length < most) {
    if (!places.isThere(place)) continue;
    if (places.victims.has(place)) {
      // One may go although it has a rank, where a proved one is kept in its place.
      for (const [at, ranking] of places.rankings.entries()) if (ranking.keeps(place)) ranks[at]!++;
      continue;
    }
    found.push(decided(election, place, (_, at) => ++ranks[at]!));
  }
  return found;
}

/** Those that go, oldest first, newer than `after` (null: from the oldest on); at most `most`. */
export function victimsAfter(election: IncrementalElection, after: Dated | null, most: number): Decided[] {
  const { places } = election;
  const found: Decided[] = [];
  let place = after === null ? -1 : firstFrom(election, after);
  // The place of `after` itself, unless it is gone.
  if (after !== null && !isAt(election, place, after)) place--;
  for (place = places.victims.after(place); place >= 0 && found.length < most;) {
    found.push(decided(election, place));
    place = places.victims.after(place);
  }
  return found;
}

/** One of its backups, and whether it goes; undefined where it is none of them. */
export function decidedOf(
  election: IncrementalElection,
  backup: Dated,
): Decided & { isVictim: boolean } | undefined {
  const place = firstFrom(election, backup);
  if (!isAt(election, place, backup) || !election.places.isThere(place)) return undefined;
  return { ...decided(election, place), isVictim: election.places.victims.has(place) };
}

/** Whether its policy keeps a backup neither for a level nor for anything else of its own. */
export function isUnkept(election: IncrementalElection, backup: Dated): boolean {
  const place = firstFrom(election, backup);
  return isAt(election, place, backup) && election.places.unkept.has(place);
}

/** Those that became victims, or ceased to be, since they were last taken, oldest first; none at the first time. */
export function takeTurned(election: IncrementalElection): { runId: string; isVictim: boolean }[] {
  const { victims } = election.places;
  return election.takeTurnedPlaces()
    .map((place) => ({ runId: election.runIdAt(place), isVictim: victims.has(place) }));
}

/** How many of them stand for a period of the level. */
export function representing({ places }: IncrementalElection, level: Level): number {
  return places.rankings[LEVELS.indexOf(level)]!.places.size;
}

/** The run ids of its victims, oldest first; yields every thousand. */
export function* victimIds(election: IncrementalElection): Generator<void, string[]> {
  const { victims } = election.places;
  const ids: string[] = [];
  for (let place = victims.after(-1); place >= 0; place = victims.after(place)) {
    ids.push(election.runIdAt(place));
    if (ids.length % SLICE === 0) yield;
  }
  return ids;
}

/** What its policy does not keep, oldest first. */
export function* unkeptOf(election: IncrementalElection): Generator<Dated, void> {
  const { unkept, times } = election.places;
  for (let place = unkept.after(-1); place >= 0; place = unkept.after(place)) {
    yield { runId: election.runIdAt(place), periodTime: times[place]! };
  }
}

/** All of its backups as candidates, those rejected apart, oldest first, with the ends that are known by place; yields every thousand. */
export function* candidatesOf(
  election: IncrementalElection,
  ends: Float64Array | null,
): Generator<void, Candidate[]> {
  const { places } = election;
  const candidates: Candidate[] = [];
  yield* inSlices(places.length, (place) => {
    if (!places.isThere(place) || places.rejected.has(place)) return;
    const end = ends?.[place] ?? -Infinity;
    candidates.push({
      runId: election.runIdAt(place),
      periodTime: places.times[place]!,
      endTime: end === -Infinity ? null : end,
      held: places.isHeld(place),
      suspect: places.isSuspect(place),
      proved: places.isProved(place),
      keepReason: places.keepReason(place),
    });
  });
  return candidates;
}

function decided(
  election: IncrementalElection,
  place: number,
  rankOf?: (ranking: RankedPlaces, at: number) => number,
): Decided {
  const { runId, tags, reasons } = election.standing(place, rankOf);
  const { heads } = election;
  return {
    runId,
    periodTime: election.places.times[place]!,
    tags,
    reasons: reasons.map((reason) => shownReason(reason, heads)),
  };
}

/** The first place that is at or after a backup in the order of time. */
function firstFrom(election: IncrementalElection, { runId, periodTime }: Dated): number {
  const { times, length } = election.places;
  return firstWhere(
    length,
    (place) =>
      times[place]! > periodTime || (times[place] === periodTime && election.runIdAt(place) >= runId),
  );
}

function isAt(election: IncrementalElection, place: number, { runId, periodTime }: Dated): boolean {
  const { times, length } = election.places;
  return place < length && times[place] === periodTime && election.runIdAt(place) === runId;
}
