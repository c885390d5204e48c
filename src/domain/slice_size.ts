// How many of many small pieces of work are begun in one turn of the event loop: as many as take a few milliseconds, by
// how long the turns before took, so that whoever asks something meanwhile is answered soon.

/** How long a turn may take (ms). */
const TURN_MS = 5;
/** One that took longer was held up by something else, and says little. */
const MOST_MS = 4 * TURN_MS;
const FIRST = 16;
const LEAST = 4;
const MOST = 256;

/** Goes along with one kind of pieces. */
export class SliceSize {
  #size = FIRST;

  /** How many to begin now. */
  get size(): number {
    return Math.round(this.#size);
  }

  /** Takes in how long the turn of so many took, what they led to in it included. */
  took(count: number, ms: number): void {
    const wanted = count * TURN_MS / Math.min(Math.max(ms, 0.1), MOST_MS);
    // Fewer than there was room for say nothing against more, and half of the way is enough, as that varies.
    if (count < this.size && wanted > this.#size) return;
    this.#size = Math.min(MOST, Math.max(LEAST, (this.#size + wanted) / 2));
  }
}
