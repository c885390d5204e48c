// Guards every job of the configuration while the state may not know what is its own.

import type { Job } from "../../domain/job.ts";
import type { EngineContext } from "../context/context.ts";
import { stopChange } from "../context/latch.ts";

/**
 * Latches the guard on every job, also on those that an emptied state has only just come to know; opening the state did
 * so for those it still knew. `why` says how one can tell, as the rest of a sentence.
 */
export async function guardRestored(
  { store, clock }: Pick<EngineContext, "store" | "clock">,
  why: string,
  jobs: readonly Job[],
): Promise<void> {
  const message = `the state store looks restored or emptied, ${why}: look with 'schelly retention show', ` +
    "then 'schelly retention approve'";
  const now = clock.now();
  await Promise.all(jobs.map(({ name }) => store.commit(stopChange(name, "restored_store", message, now))));
}
