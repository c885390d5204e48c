// How many deletions of a pass may be under way: as many as the provider takes at a time once they go well, and few
// while that is not known, so that a provider that is the wrong one is found out by three and not by a hundred.

/** As many refusals or lost answers in a row, or backups not found in one pass, end it. */
export const ENOUGH = 3;
/** Deletions that were answered and are being saved, beside those that are being called. */
const MOST_UNSAVED = 64;

/** What one deletion told of its provider. */
export type Sign = "well" | "absent" | "refused" | "unanswered";

/** Counts the deletions of one pass. */
export class PassPace {
  /** Begun, and not answered. */
  #calling = 0;
  /** Answered, and not saved. */
  #saving = 0;
  #refusedInRow = 0;
  #unansweredInRow = 0;
  #absent = 0;
  /** How many went well since the last that did not. */
  #credit = 0;

  /** `most`: calls that the provider takes at a time, as of now. */
  constructor(private readonly most: () => number) {}

  /** Nothing more may begin: there was too much trouble. */
  get isSpent(): boolean {
    return this.#trouble >= ENOUGH;
  }

  get refusedInRow(): number {
    return this.#refusedInRow;
  }

  get absent(): number {
    return this.#absent;
  }

  /** Another one may begin. */
  get hasRoom(): boolean {
    const most = this.most();
    // A built-in has no limit of its own and storages that lock: one at a time.
    const calls = Number.isFinite(most) ? most : 1;
    const trusted = ENOUGH - this.#trouble + this.#credit;
    return this.#calling < calls && this.#calling + this.#saving < Math.min(trusted, calls + MOST_UNSAVED);
  }

  /** Another one begins: to be told when its call was answered, and when all of it is over. */
  begins(): { answered(): void; over(): void } {
    let at: "calling" | "saving" = "calling";
    this.#calling++;
    return {
      answered: () => {
        at = "saving";
        this.#calling--;
        this.#saving++;
      },
      over: () => {
        if (at === "calling") this.#calling--;
        else this.#saving--;
      },
    };
  }

  /** Takes in how the provider stood to one of them. */
  saw(sign: Sign): void {
    if (sign === "well") {
      this.#credit++;
      this.#refusedInRow = 0;
      this.#unansweredInRow = 0;
      return;
    }
    this.#credit = 0;
    if (sign === "absent") this.#absent++;
    else if (sign === "refused") {
      this.#refusedInRow++;
      this.#unansweredInRow = 0;
    } else this.#unansweredInRow++;
  }

  /** No answer at all is to be had: as if there had been enough of them. */
  giveUp(): void {
    this.#unansweredInRow = ENOUGH;
  }

  get #trouble(): number {
    return Math.max(this.#refusedInRow, this.#unansweredInRow, this.#absent);
  }
}
