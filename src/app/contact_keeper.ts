// Asks providers whose calls do not get through whether they are back, so that what is told of them is true also where
// their next backup is a day away; part of the composition root.

import type { Clock } from "../ports/host.ts";
import type { Provider } from "../ports/provider.ts";

interface KeeperOptions {
  clock: Pick<Clock, "sleep" | "monotonic">;
  /** Keys of those whose last call did not get through. */
  troubled(): readonly string[];
  /** Undefined for one that left the configuration. */
  providerOf(key: string): Pick<Provider, "check"> | undefined;
}

const LOOK_MS = 60_000;
/** So many are asked at a time; the others come in the next rounds. */
const AT_ONCE = 64;

/** Does nothing before `start`. */
export class ContactKeeper implements AsyncDisposable {
  readonly #stopping = new AbortController();
  /** When each was asked last (monotonic, ms); those that answer are forgotten. */
  #asked = new Map<string, number>();
  readonly #asking = new Set<string>();
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: KeeperOptions) {}

  start(): void {
    this.#loop = this.#run();
  }

  /** Answers under way are waited for by nobody. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, troubled } = this.options;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(LOOK_MS, signal).catch(() => {});
      if (signal.aborted) return;
      const keys = new Set(troubled());
      this.#asked = new Map([...this.#asked].filter(([key]) => keys.has(key)));
      const waiting = [...keys].filter((key) => !this.#asking.has(key))
        .sort((a, b) => (this.#asked.get(a) ?? -Infinity) - (this.#asked.get(b) ?? -Infinity));
      for (const key of waiting.slice(0, AT_ONCE - this.#asking.size)) void this.#ask(key);
    }
  }

  /** What comes of it is told by the events of its calls. */
  async #ask(key: string): Promise<void> {
    this.#asked.set(key, this.options.clock.monotonic());
    this.#asking.add(key);
    await this.options.providerOf(key)?.check().catch(() => {});
    this.#asking.delete(key);
  }
}
