// Which places `keep_within` keeps: those of the window before the newest that counts. It moves on with each newer one, and
// only what falls out of it then is looked at.

import { firstWhere } from "../../first_where.ts";
import type { PlaceSet } from "./place_set.ts";

/** The window of one election; empty where none is asked for. */
export class NewestWindow {
  /** The oldest place in it; Infinity when none counts. */
  #edge = Infinity;

  constructor(private readonly withinMs: number) {}

  /** True for a place in it, of those that count. */
  has(place: number): boolean {
    return place >= this.#edge;
  }

  /**
   * Moves it to the newest of the places that count; answers those that fell out. It never has to move back, for the newest
   * never goes: an election that loses it otherwise is made again. `times`: period times (UTC ms) by place.
   */
  look(counted: PlaceSet, times: Float64Array): number[] {
    const newest = this.withinMs > 0 ? counted.before(times.length) : -1;
    if (newest < 0) return [];
    const isOut = (place: number) => times[newest]! - times[place]! >= this.withinMs;
    const fallen: number[] = [];
    let edge = this.#edge === Infinity
      ? counted.after(firstWhere(newest, (place) => !isOut(place)) - 1)
      : this.#edge;
    for (; isOut(edge); edge = counted.after(edge)) fallen.push(edge);
    this.#edge = edge;
    return fallen;
  }

  /** The same backups at other places. */
  move(to: (place: number) => number): void {
    if (this.#edge !== Infinity) this.#edge = to(this.#edge);
  }
}
