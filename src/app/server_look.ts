// Looks whether the state server is still as durable as it was at the start: it forgets how it was set when it starts again.
// Part of the composition root.

import { StoreError } from "../domain/errors.ts";
import type { Clock } from "../ports/host.ts";
import type { OpenStore } from "../store/run_store.ts";

interface LookOptions {
  clock: Pick<Clock, "sleep">;
  store: Pick<OpenStore, "look" | "weakness">;
  /** Is called with what came of it when that changed. */
  tell(weakness: string | null): void;
}

const LOOK_MS = 10_000;

/** Does nothing before `start`. */
export class ServerLook implements Disposable {
  readonly #stopping = new AbortController();

  constructor(private readonly options: LookOptions) {}

  start(): void {
    void this.#run();
  }

  /** A look under way is waited for by nobody. */
  [Symbol.dispose](): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { clock, store, tell } = this.options;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(LOOK_MS, signal).catch(() => {});
      if (signal.aborted) return;
      const before = store.weakness;
      try {
        await store.look();
      } catch (error) {
        // A server that does not answer is known by whatever asks it for more.
        if (!(error instanceof StoreError)) throw error;
      }
      if (!signal.aborted && store.weakness !== before) tell(store.weakness);
    }
  }
}
