// Who waits for a place at a provider that is at work: called as one is free, whoever has waited longest first.

interface Standing {
  since: number;
  call: () => void;
}

/** One for each provider key. What was called has left: it comes again where somebody else was faster. */
export class TurnLine {
  readonly #standing = new Set<Standing>();

  /** `since`: when it began to wait. Answers what takes it out. */
  stand(since: number, call: () => void): () => void {
    const one = { since, call };
    this.#standing.add(one);
    return () => void this.#standing.delete(one);
  }

  /** Calls the first. */
  next(): void {
    let first: Standing | undefined;
    for (const one of this.#standing) if (first === undefined || one.since < first.since) first = one;
    if (first === undefined) return;
    this.#standing.delete(first);
    first.call();
  }
}
