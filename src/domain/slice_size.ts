// How many of many small pieces of work are begun in one turn of the event loop: as many as take a few milliseconds, by
// how long the turns before took, so that whoever asks something meanwhile is answered soon.

/** What the slices of one kind of pieces keep to. */
interface Limits {
  /** How long a turn may take (ms). One that took four times as long was held up by something else, and says little. */
  turnMs: number;
  first: number;
  least: number;
  most: number;
}

/** For pieces of a fraction of a millisecond that others wait behind. */
const SMALL: Limits = { turnMs: 5, first: 16, least: 4, most: 256 };

/** Goes along with one kind of pieces. */
export class SliceSize {
  #size: number;

  constructor(private readonly limits: Limits = SMALL) {
    this.#size = limits.first;
  }

  /** How many to begin now. */
  get size(): number {
    return Math.round(this.#size);
  }

  /** Takes in how long the turn of so many took, what they led to in it included. */
  took(count: number, ms: number): void {
    const { turnMs, least, most } = this.limits;
    const wanted = count * turnMs / Math.min(Math.max(ms, 0.1), 4 * turnMs);
    // Fewer than there was room for say nothing against more, and half of the way is enough, as that varies.
    if (count < this.size && wanted > this.#size) return;
    this.#size = Math.min(most, Math.max(least, (this.#size + wanted) / 2));
  }
}
