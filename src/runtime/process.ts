// What `main` needs of its own process: arguments in, exit code out, and last words.

import { flushOutputs, writeError } from "./terminal.ts";

/** The arguments after the program's name. */
export function programArguments(): string[] {
  return [...Deno.args];
}

/** How long the last words may wait for their reader. */
const LAST_WORDS_MS = 1_000;

/** Ends the process; what was written goes out first, if somebody reads it within a second. */
export async function exitProcess(code: number): Promise<never> {
  await flushOutputs(LAST_WORDS_MS);
  Deno.exit(code);
}

/**
 * A failure that nobody caught ends the process with 1, as the runtime would have it; but the runtime waits for whoever
 * reads standard error, for ever, and a process that neither works nor ends is not started anew.
 */
export function endOnUncaught(): void {
  const end = (event: Event, failure: unknown) => {
    event.preventDefault();
    const text = failure instanceof Error ? failure.stack ?? String(failure) : String(failure);
    writeError(`schelly: unexpected failure: ${text}\n`);
    void exitProcess(1);
  };
  globalThis.addEventListener("error", (event) => end(event, event.error));
  globalThis.addEventListener("unhandledrejection", (event) => end(event, event.reason));
}
