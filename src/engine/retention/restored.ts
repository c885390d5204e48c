// Guards every job of the configuration while the state may not know what is its own.

import type { Run } from "../../domain/backup.ts";
import type { ProviderError } from "../../domain/errors.ts";
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
  jobs: readonly Pick<Job, "name">[],
): Promise<void> {
  const message = `the state store looks restored or emptied, ${why}: look with 'schelly retention show', ` +
    "then 'schelly retention approve'";
  const now = clock.now();
  await Promise.all(jobs.map(({ name }) => store.commit(stopChange(name, "restored_store", message, now))));
}

/**
 * Guards the job when the provider refuses our fence: it has seen a later start of this state than the one there is, so
 * this one went back in time.
 */
export async function guardFenced(
  context: Pick<EngineContext, "store" | "clock">,
  { job, providerKey }: Pick<Run, "job" | "providerKey">,
  error: ProviderError,
): Promise<void> {
  if (error.status !== 412) return;
  const why =
    `provider '${providerKey}' has seen a later start of it than this one, number ${context.store.fence}, ` +
    `and refuses us (${error.message})`;
  await guardRestored(context, why, [{ name: job }]);
}
