// Runs a command around a backup and says in a sentence how it went wrong: `pre` and `post`, between which the backup is
// made, and `on_success` or `on_failure` once its end is on disk.

import { plainText } from "../../domain/plain_text.ts";
import type { HookSpec } from "../../domain/provider_spec.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import { BackupFailure } from "./backup_failure.ts";
import { closeScope } from "./backup_processes.ts";
import type { JournalEntry } from "./journal.ts";

/** The commands around each backup; absent or null: none. */
export interface Hooks {
  pre?: HookSpec | null;
  post?: HookSpec | null;
  onSuccess?: HookSpec | null;
  onFailure?: HookSpec | null;
}

/**
 * What `post`, `on_success` and `on_failure` find in `SCHELLY_OUTCOME`; `cut_off`: this program stopped or was killed
 * meanwhile.
 */
export type HookOutcome = "available" | "failed" | "cancelled" | "cut_off";

interface HookRun {
  which: "pre" | "post" | "on_success" | "on_failure";
  spec: HookSpec;
  env: Record<string, string>;
  /** Ends the command; absent for `post`, which must also run after a cancel. */
  signal?: AbortSignal;
  /** See `ProcessSpec`. */
  scope?: string;
  output(line: string): void;
  started(pid: number): void;
}

/** Resolves when the command ended with exit code 0; rejects with `BackupFailure`, whose reason is the hook. */
export async function runHook(ports: { clock: Clock; processes: Processes }, run: HookRun): Promise<void> {
  const { which, spec } = run;
  const fail = (why: string) => new BackupFailure(which, `The ${which} command '${spec.argv[0]}' ${why}`);
  const limit = ports.clock.timeout(spec.timeoutMs);
  const signal = run.signal === undefined ? limit.signal : AbortSignal.any([limit.signal, run.signal]);
  let lastError = "";
  try {
    const result = await ports.processes.run({
      argv: spec.argv,
      env: run.env,
      signal,
      scope: run.scope,
      onStart: run.started,
      onStdoutLine: run.output,
      onStderrLine: (line) => {
        if (line.trim() !== "") lastError = line.trim();
        run.output(line);
      },
    });
    if (run.signal?.aborted) throw fail("was cancelled");
    if (limit.signal.aborted) throw fail(`took longer than ${spec.timeoutMs / 1000} s and was ended`);
    if (result.code !== 0) {
      throw fail(`ended with exit code ${result.code}${lastError === "" ? "" : `: ${lastError}`}`);
    }
  } catch (error) {
    if (error instanceof BackupFailure) throw error;
    if (run.signal?.aborted) throw fail("was cancelled");
    if (limit.signal.aborted) throw fail(`took longer than ${spec.timeoutMs / 1000} s and was ended`);
    throw fail(`could not be run: ${(error as Error).message}`);
  } finally {
    limit.dispose();
    if (run.scope !== undefined) await closeScope(ports.processes, run.scope, signal.aborted);
  }
}

/** How a backup ended, as the journal has it, in the word for its hooks. */
export function outcomeOf({ state, reason }: Pick<JournalEntry, "state" | "reason">): HookOutcome {
  if (state === "available") return "available";
  // A running one that is cancelled becomes a tombstone.
  if (state === "deleted" || reason === "cancelled") return "cancelled";
  return reason === "cut_off" ? "cut_off" : "failed";
}

/** What hooks that run after the work find in their environment besides. */
export function outcomeEnv(
  outcome: HookOutcome,
  { reason, message }: Pick<JournalEntry, "reason" | "message">,
): Record<string, string> {
  return {
    SCHELLY_OUTCOME: outcome,
    SCHELLY_REASON: reason ?? "",
    SCHELLY_MESSAGE: plainText(message ?? ""),
  };
}
