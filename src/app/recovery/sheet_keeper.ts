// Writes the sheet for the worst day into a folder now and then, and keeps the newest ones; where that fails it shows.

import type { Clock, Files } from "../../ports/host.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RecoverySheetConfig } from "../../config/values/config.ts";

interface KeeperOptions {
  clock: Clock;
  files: Files;
  /** In force now; undefined: none is wanted. */
  config(): RecoverySheetConfig | undefined;
  make(format: "markdown" | "html"): Promise<string>;
  /** Says, once for each new trouble, that it fails. */
  tell(message: string): void;
}

/** The one of a running scheduler, whose configuration may change. */
export function createSheetKeeper(
  scheduler: {
    host: Pick<KeeperOptions, "clock" | "files">;
    config: { recoverySheet?: RecoverySheetConfig };
    followers: { sink: EventSink };
  },
  operations: () => Pick<Operations, "recoverySheet">,
): SheetKeeper {
  const { host: { clock, files }, followers } = scheduler;
  return new SheetKeeper({
    ...{ clock, files },
    config: () => scheduler.config.recoverySheet,
    make: (format) => operations().recoverySheet(format),
    tell: (message) =>
      followers.sink.emit({ type: "sheet.failed", level: "error", at: clock.now(), message }),
  });
}

const LOOK_MS = 60_000;
const NAME = /^recovery-sheet-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.(md|html)$/;

/** Does nothing before `start`. */
export class SheetKeeper implements AsyncDisposable {
  readonly #options: KeeperOptions;
  readonly #stopping = new AbortController();
  /** The folder that the last one went to, and when (monotonic, ms). */
  #last: { to: string; at: number } | undefined;
  #trouble: string | null = null;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Why the last one could not be written; null when it could. */
  trouble(): string | null {
    return this.#options.config() === undefined ? null : this.#trouble;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, config } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const wanted = config();
      if (wanted !== undefined && this.#isDue(wanted)) await this.#write(wanted);
      await clock.sleep(LOOK_MS, signal).catch(() => {});
    }
  }

  /** At each start, since what it tells of may have changed while nobody looked. */
  #isDue({ to, everyMs }: RecoverySheetConfig): boolean {
    if (this.#last === undefined || this.#last.to !== to || this.#trouble !== null) return true;
    return this.#options.clock.monotonic() - this.#last.at >= everyMs;
  }

  async #write({ to, keep }: RecoverySheetConfig): Promise<void> {
    const { clock, files, make, tell } = this.#options;
    try {
      const stamp = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(":", "-");
      const [markdown, html] = [await make("markdown"), await make("html")];
      await files.writeText(`${to}/recovery-sheet-${stamp}Z.md`, markdown, 0o600);
      await files.writeText(`${to}/recovery-sheet-${stamp}Z.html`, html, 0o600);
      const names = (await files.list(to)).filter((name) => NAME.test(name));
      for (const end of [".md", ".html"]) {
        const old = names.filter((name) => name.endsWith(end)).sort().slice(0, -keep);
        for (const name of old) await files.remove(`${to}/${name}`);
      }
      this.#last = { to, at: clock.monotonic() };
      this.#trouble = null;
    } catch (error) {
      const message = `Cannot write the recovery sheet to '${to}': ${(error as Error).message}: expected a ` +
        "folder that is there and that this program may write; it is tried again every minute";
      if (message !== this.#trouble) tell(message);
      this.#trouble = message;
    }
  }
}
