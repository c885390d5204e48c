// A list in order of time that is added to at its end and taken from near either end, at little cost.

import { firstWhere } from "../first_where.ts";
import type { Dated } from "../retention/order.ts";

/** So many free places at the front are put up with. */
const MOST_FREE = 4_096;

/** Items in order of their period times; equal times stand in the order in which they came. */
export class TimeLine<T extends Dated> {
  /** Items from `#head` on; what is before was taken out. */
  #places: T[];
  #head = 0;

  constructor(items: readonly T[]) {
    this.#places = items.slice();
    const isInOrder = items.every((item, at) => at === 0 || items[at - 1]!.periodTime <= item.periodTime);
    if (!isInOrder) this.#places.sort((a, b) => a.periodTime - b.periodTime);
  }

  get size(): number {
    return this.#places.length - this.#head;
  }

  /** All of them; valid until the next change. */
  get items(): readonly T[] {
    this.#close();
    return this.#places;
  }

  add(item: T): void {
    const places = this.#places;
    // Only what is from the future stands behind it.
    let place = places.length;
    while (place > this.#head && places[place - 1]!.periodTime > item.periodTime) place--;
    if (place === places.length) places.push(item);
    else places.splice(place, 0, item);
  }

  /** Takes out an item that is there. */
  remove(runId: string, periodTime: number): T {
    const places = this.#places;
    let place = this.#firstAt(periodTime);
    while (places[place]!.runId !== runId) place++;
    const item = places[place]!;
    // Whichever side has fewer moves up.
    if (place - this.#head > places.length - place) places.splice(place, 1);
    else {
      for (let at = place; at > this.#head; at--) places[at] = places[at - 1]!;
      this.#head++;
      if (this.#head > MOST_FREE && this.#head * 2 > places.length) this.#close();
    }
    return item;
  }

  /** Changes the item of a run; false when it is not there. The period time stays. */
  change(runId: string, periodTime: number, change: Partial<T>): boolean {
    for (let at = this.#firstAt(periodTime); this.#places[at]?.periodTime === periodTime; at++) {
      if (this.#places[at]!.runId !== runId) continue;
      this.#places[at] = { ...this.#places[at]!, ...change };
      return true;
    }
    return false;
  }

  #close(): void {
    if (this.#head === 0) return;
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }

  /** The place of the first that is not older than a period time. */
  #firstAt(periodTime: number): number {
    const [head, places] = [this.#head, this.#places];
    return head + firstWhere(places.length - head, (at) => places[head + at]!.periodTime >= periodTime);
  }
}
