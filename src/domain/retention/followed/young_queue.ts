// Which backups are younger than `min_age`: asked in order of their ends, so that a pass looks only at those that
// come of age.

/** Places of young backups. */
export class YoungQueue {
  #places = new Set<number>();
  /** By end, the earliest first, from `#next` on. */
  #waiting: { place: number; end: number }[] = [];
  #next = 0;

  constructor(private readonly minAgeMs: number) {}

  has(place: number): boolean {
    return this.#places.has(place);
  }

  /** Takes the backup in if it is young at `now`. An end that is no number is young for ever. */
  add(place: number, end: number, now: number): void {
    if (!(this.minAgeMs > 0) || this.#isGrown(end, now)) return;
    this.#places.add(place);
    if (Number.isNaN(end)) return;
    let at = this.#waiting.length;
    this.#waiting.push({ place, end });
    for (; at > this.#next && this.#waiting[at - 1]!.end > end; at--) {
      this.#waiting[at] = this.#waiting[at - 1]!;
    }
    this.#waiting[at] = { place, end };
  }

  /** Lets those go that have come of age by `now`, and answers their places. */
  *grown(now: number): Iterable<number> {
    for (; this.#next < this.#waiting.length; this.#next++) {
      const { place, end } = this.#waiting[this.#next]!;
      if (!this.#isGrown(end, now)) break;
      this.#places.delete(place);
      yield place;
    }
    if (this.#next > 1024 && this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }

  /** The same backups at other places. */
  moved(to: (place: number) => number): YoungQueue {
    const queue = new YoungQueue(this.minAgeMs);
    for (const place of this.#places) queue.#places.add(to(place));
    queue.#waiting = this.#waiting.slice(this.#next).map(({ place, end }) => ({ place: to(place), end }));
    return queue;
  }

  #isGrown(end: number, now: number): boolean {
    return now - end >= this.minAgeMs;
  }
}
