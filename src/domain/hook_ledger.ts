// Which outcomes had their hook run, by the numbers of their events: so that after a kill each is run that was not, and none
// twice.

/** All events up to `seen` need nothing more; of later ones these began, and ended. */
export interface HookLedger {
  seen: number;
  running: readonly number[];
  ended: readonly number[];
}

/** The ledger of one process as it goes on. */
export class HookBook {
  /** Known, and not ended yet. */
  readonly #open = new Set<number>();
  readonly #running = new Set<number>();
  readonly #ended = new Set<number>();

  /** `position`: up to which events are known. */
  constructor(private position: number, ended: Iterable<number> = []) {
    this.#ended = new Set(ended);
  }

  /** An event that needs a hook. */
  add(seq: number): void {
    this.#open.add(seq);
  }

  /** All events up to here are known. */
  reached(position: number): void {
    this.position = position;
  }

  begin(seq: number): void {
    this.#running.add(seq);
  }

  end(seq: number): void {
    this.#open.delete(seq);
    this.#running.delete(seq);
    this.#ended.add(seq);
  }

  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** As it is to be saved now. */
  ledger(): HookLedger {
    const seen = Math.min(this.position, ...Array.from(this.#open, (seq) => seq - 1));
    for (const seq of this.#ended) if (seq <= seen) this.#ended.delete(seq);
    return { seen, running: [...this.#running], ended: [...this.#ended] };
  }
}
