// Deletions that a provider has accepted and is still carrying out: what looks for their end beside everything else.

import type { Clock } from "../../ports/host.ts";

/** How soon a deletion is looked at; doubled each time, up to a minute. */
const FIRST_LOOK_MS = 2_000;
const LONGEST_LOOK_MS = 60_000;

interface Look {
  /** By the monotonic clock. */
  dueAt: number;
  waitMs: number;
  /** True when there is nothing more to look for. */
  look(): Promise<boolean>;
}

/** One for the life of the engine. One wait serves all deletions, however many there are. */
export class Accepted {
  #looks = new Map<string, Look>();
  #looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly clock: Pick<Clock, "monotonic" | "sleep">,
    private readonly stop: AbortSignal,
  ) {}

  /** Has `look` asked from now on, until it answers true or rejects; `key` names one DELETE. */
  watch(key: string, look: () => Promise<boolean>): void {
    const isIdle = this.#looks.size === 0;
    const dueAt = this.clock.monotonic() + FIRST_LOOK_MS;
    this.#looks.set(key, { dueAt, waitMs: FIRST_LOOK_MS, look });
    if (isIdle) this.#looking = this.#run().catch(() => {});
  }

  /** Resolves when nobody looks any more. */
  idle(): Promise<void> {
    return this.#looking;
  }

  async #run(): Promise<void> {
    while (this.#looks.size > 0) {
      await this.clock.sleep(FIRST_LOOK_MS, this.stop);
      for (const [key, one] of this.#looks) {
        if (this.clock.monotonic() < one.dueAt) continue;
        // What it rejects with, the next DELETE of the row meets too.
        if (this.stop.aborted || await one.look().catch(() => true)) this.#looks.delete(key);
        one.waitMs = Math.min(2 * one.waitMs, LONGEST_LOOK_MS);
        one.dueAt = this.clock.monotonic() + one.waitMs;
      }
    }
  }
}
