// Runs `on_success` or `on_failure` once the end of a backup is on disk. The next backup need not wait for them, and one
// that fails is told as an event: the backup's own end stays what it is.

import type { Json } from "../../domain/job.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import { hookEnv } from "./backup_work.ts";
import { type Hooks, outcomeEnv, outcomeOf, runHook } from "./hooks.ts";
import type { HostTexts } from "./host_texts.ts";
import type { JournalEntry } from "./journal.ts";
import { type LiveBackup, newLiveBackup, type TellOdd } from "./live_backup.ts";
import { within } from "../time_limit.ts";

export interface EndHooks {
  /** After an available end `on_success`, after any other `on_failure`. */
  begin(entry: JournalEntry, body: Json | undefined): void;
  /** Gives those that run so much longer, then ends them. */
  stop(waitMs: number): Promise<void>;
}

/** How long one that was told to stop may take to go. */
const END_MS = 1_000;

/** None runs yet. */
export function createEndHooks(
  options: Hooks & { clock: Clock; processes: Processes; texts: HostTexts; tellOdd: TellOdd },
): EndHooks {
  const { clock, texts } = options;
  const stop = new AbortController();
  const running = new Set<Promise<void>>();

  async function run(live: LiveBackup, body: Json | undefined): Promise<void> {
    const { entry } = live;
    const outcome = outcomeOf(entry);
    const which = outcome === "available" ? "on_success" : "on_failure";
    const spec = which === "on_success" ? options.onSuccess : options.onFailure;
    if (!spec) return;
    const env = { ...hookEnv({ ...entry, body }), ...outcomeEnv(outcome, entry) };
    try {
      await runHook(options, { which, spec, env, signal: stop.signal, output: () => {}, started: () => {} });
    } catch (error) {
      options.tellOdd(live, "warning", `After backup '${entry.id}': ${texts.textOf(error)}`);
    }
  }

  return {
    begin(entry, body) {
      const done = run(newLiveBackup(entry, texts.redact), body).finally(() => running.delete(done));
      running.add(done);
    },
    async stop(waitMs) {
      const all = Promise.all(running);
      await within(clock, waitMs, all, "").catch(() => stop.abort(new Error("this program is stopping")));
      await within(clock, END_MS, all, "").catch(() => {});
    },
  };
}
