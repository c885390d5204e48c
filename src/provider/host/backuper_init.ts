// The Backuper's `init`, until it succeeded once; a start waits a moment for it, or is told to come again.

import type { Clock } from "../../ports/host.ts";
import type { Backuper } from "../../ports/provider.ts";
import { notReadyError } from "./start_refusals.ts";
import { SlowError, within } from "../time_limit.ts";

/** How long a start waits. */
const READY_WAIT_MS = 30_000;

/**
 * Makes what resolves once the Backuper is ready; it is asked anew after a failure, and rejects with `ProviderError`
 * (`unsent`) then and while `init` goes on.
 */
export function createBackuperInit(
  { backuper, clock, textOf }: { backuper: Backuper; clock: Clock; textOf(error: unknown): string },
): () => Promise<void> {
  let ready: Promise<void> | undefined;
  return async () => {
    ready ??= Promise.resolve().then(() => backuper.init());
    const current = ready;
    try {
      await within(clock, READY_WAIT_MS, current, "the provider is still getting ready");
    } catch (error) {
      if (!(error instanceof SlowError) && ready === current) ready = undefined;
      throw notReadyError(textOf(error), error);
    }
  };
}
