// The backups of an election in order of time. Those from the future have the last places, count for nothing, and move on
// when others come.

import { FUTURE_TOLERANCE_MS } from "../election.ts";
import type { Dated } from "../order.ts";
import type { CandidateColumns } from "./candidate_columns.ts";
import { findPlace } from "./find_place.ts";
import type { RunIdList } from "./run_id_list.ts";

/** With more of them than this a job is elected in full. */
export const MOST_AHEAD = 1_000;

/** What is known of places beside: what is said of one moves to the next one with the backup. */
interface Shifting {
  shift(place: number): void;
}

/** Times and run ids by place. */
export class PlaceLine {
  length: number;
  /** Period times, UTC ms. */
  times: Float64Array;
  ids: RunIdList;
  /** How many at the end are from the future. */
  ahead = 0;
  /** Elections by several policies over the same candidates share times and ids until one of them moves what is in them. */
  #isShared = true;

  /** Takes candidates that are in order. UTC ms. */
  constructor(candidates: CandidateColumns, public now: number) {
    this.length = candidates.length;
    this.times = candidates.times;
    this.ids = candidates.ids;
    while (this.ahead < this.length && this.isAhead(this.firstAhead - 1)) this.ahead++;
  }

  /** Where those from the future begin. */
  get firstAhead(): number {
    return this.length - this.ahead;
  }

  /** The backup at a place is from the future. */
  isAhead(place: number): boolean {
    return this.isAheadAt(this.times[place]!);
  }

  /** A period time is from the future. */
  isAheadAt(time: number): boolean {
    return time > this.now + FUTURE_TOLERANCE_MS;
  }

  /** The place of a backup among those that `isThere` names; -1 where it is none of them. */
  find({ runId, periodTime }: Dated, isThere: (place: number) => boolean): number {
    const isIt = (place: number) => isThere(place) && this.ids.get(place) === runId;
    return findPlace(this.times, this.length, periodTime, isIt);
  }

  /** Takes in a backup before all from the future that are later: these move on, and what `beside` knows of them. */
  add(backup: Dated, beside: readonly Shifting[]): number {
    const isOne = this.isAheadAt(backup.periodTime);
    let place = this.length;
    while (place > this.firstAhead && this.#isLater(place - 1, backup)) place--;
    if (place < this.length) this.#own();
    for (let from = this.length - 1; from >= place; from--) {
      this.times[from + 1] = this.times[from]!;
      this.ids.set(from + 1, this.ids.get(from));
      for (const one of beside) one.shift(from);
    }
    this.times[place] = backup.periodTime;
    this.ids.set(place, backup.runId);
    this.length++;
    if (isOne) this.ahead++;
    return place;
  }

  /** The same backups at other places. */
  move(length: number, times: Float64Array, ids: RunIdList): void {
    this.length = length;
    this.times = times;
    this.ids = ids;
    this.#isShared = false;
  }

  #isLater(place: number, { runId, periodTime }: Dated): boolean {
    const time = this.times[place]!;
    return time > periodTime || (time === periodTime && this.ids.get(place) > runId);
  }

  #own(): void {
    if (!this.#isShared) return;
    this.#isShared = false;
    this.times = this.times.slice();
    this.ids = this.ids.resized(this.length, this.times.length);
  }
}
