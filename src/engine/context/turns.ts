// Work that is done one piece after the other, in the order in which it was asked for.

import PQueue from "p-queue";

/** Turns of one object. There is a queue only while there is work: most of many thousand objects have none. */
export class Turns {
  #queue: PQueue | undefined;

  /** Work is under way, or waits. */
  get busy(): boolean {
    return this.#queue !== undefined;
  }

  /** Does the work when all before it is done; `ended` is called right after it, however it ends. */
  add<T>(work: () => Promise<T>, ended?: () => void): Promise<T> {
    this.#queue ??= this.#begin();
    const done = this.#queue.add(work) as Promise<T>;
    if (ended !== undefined) done.then(ended, ended);
    return done;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#queue?.onIdle();
  }

  #begin(): PQueue {
    const queue = new PQueue({ concurrency: 1 });
    queue.addEventListener("idle", () => this.#queue = undefined, { once: true });
    return queue;
  }
}
