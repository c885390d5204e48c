// The marks of an election's backups by place: those that are held, and those that count for nothing, since they are suspect
// or an operator rejected them.

import type { CandidateColumns } from "./candidate_columns.ts";
import { PlaceSet } from "./place_set.ts";

/** Which places have which mark. One that is rejected is not suspect. */
export class MarkedPlaces {
  held: PlaceSet;
  suspects: PlaceSet;
  rejected: PlaceSet;

  constructor(capacity: number) {
    this.held = new PlaceSet(capacity);
    this.suspects = new PlaceSet(capacity);
    this.rejected = new PlaceSet(capacity);
  }

  /** Takes over the marks of one candidate; answers whether it counts for nothing. */
  take(candidates: CandidateColumns, place: number): boolean {
    if (candidates.isHeld(place)) this.held.add(place);
    if (candidates.isRejected(place)) this.rejected.add(place);
    else if (candidates.isSuspect(place)) this.suspects.add(place);
    return this.isUncounted(place);
  }

  /** It is suspect or rejected. */
  isUncounted(place: number): boolean {
    return this.suspects.has(place) || this.rejected.has(place);
  }

  /** The last place below `end` of one that is suspect or rejected; -1 where there is none. */
  lastUncounted(end: number): number {
    return Math.max(this.suspects.before(end), this.rejected.before(end));
  }

  /** How many below `end` are suspect or rejected. */
  uncountedBefore(end: number): number {
    const { suspects, rejected } = this;
    return suspects.size - suspects.countFrom(end) + rejected.size - rejected.countFrom(end);
  }

  /** The backup at a place is at the next one now, where nothing is. */
  shift(place: number): void {
    for (const places of [this.held, this.suspects, this.rejected]) places.shift(place);
  }

  /** The same backups at other places. */
  move(moved: (places: PlaceSet) => PlaceSet): void {
    this.held = moved(this.held);
    this.suspects = moved(this.suspects);
    this.rejected = moved(this.rejected);
  }
}
