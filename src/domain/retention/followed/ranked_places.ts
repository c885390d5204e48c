// The representatives of one level by place, which of them are within the level's count, and their ordinals.

import type { KeepReason } from "../reasons.ts";
import { PlaceSet } from "./place_set.ts";
import type { TagBits } from "../tagging.ts";

/** Which members a change took out of the limit or let in, beside the members it names. */
type Moved = (place: number) => void;

/**
 * Members in order of time, the newest `limit` of them within the limit. A later member has a greater place. A member
 * keeps its ordinal while newer ones come: its rank is `head - ordinal + 1`.
 */
export class RankedPlaces {
  places: PlaceSet;
  /** The oldest place within the limit; Infinity when none is. */
  edge = Infinity;
  /** How many are within the limit. */
  within = 0;
  /** The ordinal of the newest member: how many there have been. */
  head = 0;
  /** A rank within the limit has changed otherwise than by a newer member: ordinals are wrong from now on. */
  broken = false;

  constructor(capacity: number, readonly limit: number) {
    this.places = new PlaceSet(capacity);
  }

  /** Works out the limit anew after `places` was filled, or its members got other places in the same order. */
  settle(): void {
    this.within = Math.min(this.limit, this.places.size);
    this.edge = this.within === 0 ? Infinity : this.places.nthNewest(this.within);
  }

  /** True for members that are among the newest `limit`. */
  keeps(place: number): boolean {
    return place >= this.edge && this.places.has(place);
  }

  /** The rank of a member: 1 is the newest. */
  rank(place: number): number {
    return this.places.countFrom(place);
  }

  /** The newest `most` members within the limit, newest first; `length`: one more than the greatest place. */
  newest(length: number, most: number): number[] {
    const newest: number[] = [];
    for (let place = this.places.before(length); place >= this.edge && newest.length < most;) {
      newest.push(place);
      place = this.places.before(place);
    }
    return newest;
  }

  /** Gives a member this ordinal, and all others those that follow from it. */
  setOrdinal(place: number, ordinal: number): void {
    this.head = ordinal + this.rank(place) - 1;
  }

  /** Adds a member; only one newer than all within the limit leaves the others their ordinals. */
  add(place: number, moved: Moved): void {
    const isNewest = this.places.after(place) < 0;
    this.places.add(place);
    if (isNewest) this.head++;
    if (this.within < this.limit) {
      this.within++;
      if (!isNewest) this.broken = true;
      if (place < this.edge) this.edge = place;
    } else if (place > this.edge) {
      if (!isNewest) this.broken = true;
      moved(this.edge);
      this.edge = this.places.after(this.edge);
    }
  }

  /** Takes a member out that is beyond the limit; another one breaks the ordinals. */
  delete(place: number): void {
    if (place >= this.edge) this.broken = true;
    this.places.delete(place);
  }

  /** Puts one member in the place of another of the same rank. */
  replace(old: number, place: number): void {
    this.places.delete(old);
    this.places.add(place);
    if (this.edge === old) this.edge = place;
  }
}

/** What an election knows of its places. A later backup has a greater one; some are empty. */
export interface Places {
  /** One more than the greatest. */
  length: number;
  /** Period times, UTC ms, of empty places too. */
  times: Float64Array;
  /** Those that count. */
  counted: PlaceSet;
  /** Those that were rejected: none of them counts. */
  rejected: PlaceSet;
  /** Those of both that the policy itself does not keep. */
  unkept: PlaceSet;
  /** Those of them that nothing else keeps either. */
  victims: PlaceSet;
  /** Numbered as `RANKINGS`. */
  rankings: readonly RankedPlaces[];
  isThere(place: number): boolean;
  isHeld(place: number): boolean;
  isSuspect(place: number): boolean;
  /** It counts, and is proved. */
  isProved(place: number): boolean;
  tags(place: number): TagBits;
  /** What keeps it beside the policy. */
  keepReason(place: number): KeepReason | undefined;
}
