// Shares the pace of a job's passes between what retention lets go and what failed runs left: where each pass has as many
// victims as it may delete, what was left would otherwise wait for ever.

import type { CleanedUp } from "./clean_up.ts";

/** Most passes from one turn to the next, while turns are of no use. */
const MOST_BETWEEN = 64;

/** Whose turn the passes of one job are. A restart begins anew. */
export class LeftoverShare {
  #passesToGo = Infinity;
  #between = 1;
  #isTurn = false;

  /** The pace of the victims of the pass that begins: all of it, or half of it when the other half is for leftovers. */
  begin(maxDeletes: number): number {
    this.#isTurn = --this.#passesToGo <= 0;
    return this.#isTurn ? Math.floor(maxDeletes / 2) : maxDeletes;
  }

  /** What became of the leftovers after it. */
  end({ sent, hadNoRoom }: CleanedUp): void {
    if (this.#isTurn) {
      // What cannot be deleted now is not to hold up what can.
      this.#between = sent > 0 ? 1 : Math.min(this.#between * 2, MOST_BETWEEN);
      this.#isTurn = false;
      this.#passesToGo = Infinity;
    }
    if (hadNoRoom && this.#passesToGo === Infinity) this.#passesToGo = this.#between;
  }
}
