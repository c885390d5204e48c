// Runs the command before or after a backup and says in a sentence how it went wrong.

import type { HookSpec } from "../../domain/provider_spec.ts";
import type { Clock, Processes } from "../../ports/host.ts";
import { BackupFailure } from "./backup_failure.ts";

interface HookRun {
  which: "pre" | "post";
  spec: HookSpec;
  env: Record<string, string>;
  /** Ends the command; absent for `post`, which must also run after a cancel. */
  signal?: AbortSignal;
  output(line: string): void;
  started(pid: number): void;
}

/** Resolves when the command ended with exit code 0; rejects with `BackupFailure` (reason `pre` or `post`). */
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
  }
}
