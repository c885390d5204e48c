// Looks whether the state server is still what it was at the start: another Schelly may have taken the state over, of which
// one that has nothing to save would not hear; and a server forgets how durable it was set to be when it starts again. Part
// of the composition root.

import { StoreError } from "../domain/errors.ts";
import { isFatal } from "../engine/context/commit.ts";
import type { Clock } from "../ports/host.ts";
import type { OpenStore } from "../store/run_store.ts";

interface LookOptions {
  clock: Pick<Clock, "sleep">;
  store: Pick<OpenStore, "look" | "weakness">;
  /** Is called with what came of it when that changed. */
  tell(weakness: string | null): void;
  /** Is called once, with what this process cannot go on after. */
  fatal(error: unknown): void;
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
    const { clock, store, tell, fatal } = this.options;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(LOOK_MS, signal).catch(() => {});
      if (signal.aborted) return;
      const before = store.weakness;
      try {
        await store.look();
      } catch (error) {
        if (signal.aborted) return;
        // A server that does not answer is known by whatever asks it for more.
        if (error instanceof StoreError && !isFatal(error)) continue;
        fatal(error);
        return;
      }
      if (store.weakness !== before) tell(store.weakness);
    }
  }
}
