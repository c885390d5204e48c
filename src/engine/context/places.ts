// The places at one provider: so many calls at once, given out by kind, and no kind waits for ever.

/** What is waited for with a place, the most urgent first. */
const KINDS = ["cancel", "create", "get", "delete"] as const;
export type CallKind = (typeof KINDS)[number];

/** After so many places that went past all of a kind while they waited, the first of them is next. */
const MOST_PASSED = 16;

/** Listens for whoever waits to leave, called back with why; answers what ends that. */
export type Leaving = (leave: (why: unknown) => void) => () => void;

interface Waiting {
  isOver: boolean;
  begin(): void;
}

/** First in, first out; taking costs the same however many wait. */
class Line {
  /** So many places went past it since it was served, or empty. */
  passed = 0;
  #waiting: Waiting[] = [];
  #first = 0;

  add(one: Waiting): void {
    this.#waiting.push(one);
  }

  /** The first that still waits. */
  first(): Waiting | undefined {
    while (this.#waiting[this.#first]?.isOver) this.#first++;
    if (this.#first > 1_000 && 2 * this.#first > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return this.#waiting[this.#first];
  }
}

/** One for each provider key. */
export class Places {
  /** As in `KINDS`. */
  readonly #lines = KINDS.map(() => new Line());
  #taken = 0;

  /** `most`: how many at once; Infinity for any. */
  constructor(private mostAtOnce: number) {}

  get most(): number {
    return this.mostAtOnce;
  }

  set most(most: number) {
    this.mostAtOnce = most;
    this.#give();
  }

  /**
   * Does the work in a place, which is given back however it ends. Rejects with what `left` calls back with while it
   * waits; what has begun is not touched by it.
   */
  async in<T>(kind: CallKind, work: () => Promise<T>, left?: Leaving): Promise<T> {
    await this.#place(kind, left);
    try {
      return await work();
    } finally {
      this.#taken--;
      this.#give();
    }
  }

  #place(kind: CallKind, left: Leaving | undefined): Promise<void> | undefined {
    if (this.#taken < this.mostAtOnce && this.#lines.every((line) => line.first() === undefined)) {
      this.#taken++;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const stay = left?.((why) => {
        one.isOver = true;
        stay?.();
        reject(why);
      });
      const one: Waiting = {
        isOver: false,
        begin: () => {
          one.isOver = true;
          stay?.();
          resolve();
        },
      };
      this.#lines[KINDS.indexOf(kind)]!.add(one);
    });
  }

  #give(): void {
    while (this.#taken < this.mostAtOnce) {
      const next = this.#next();
      if (next === undefined) return;
      this.#taken++;
      next.begin();
    }
  }

  /** The most urgent one, unless too many places went past others. */
  #next(): Waiting | undefined {
    const waiting: { line: Line; first: Waiting }[] = [];
    for (const line of this.#lines) {
      const first = line.first();
      if (first === undefined) line.passed = 0;
      else waiting.push({ line, first });
    }
    const next = waiting.find(({ line }) => line.passed >= MOST_PASSED) ?? waiting[0];
    for (const { line } of waiting) line.passed = line === next?.line ? 0 : line.passed + 1;
    return next?.first;
  }
}
