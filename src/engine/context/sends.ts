// DELETEs between the commit that marks them as sent and the moment they begin: whoever forbids any more waits for these.

import type { Clock } from "../../ports/host.ts";

/** One for the life of the engine. */
export class Sends {
  #open = new Map<symbol, { job: string; over: Promise<void> }>();

  constructor(private readonly clock: Pick<Clock, "yield">) {}

  /** A DELETE of this job is about to be marked; to be called back once it has begun, or was not marked. */
  marking(job: string): () => void {
    const key = Symbol(job);
    let end!: () => void;
    const over = new Promise<void>((resolve) => end = resolve);
    this.#open.set(key, { job, over });
    return () => {
      this.#open.delete(key);
      end();
    };
  }

  /** Resolves once no DELETE that was marked before can begin any more: of one job, or of any. */
  async begun(job?: string): Promise<void> {
    const open = [...this.#open.values()].filter((one) => job === undefined || one.job === job);
    if (open.length === 0) return;
    await Promise.all(open.map(({ over }) => over));
    // The request itself leaves with the same turn.
    await this.clock.yield();
  }
}
