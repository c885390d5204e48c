// A job under a new name takes along all that is stored under the old one.

import { type EngineContext, jobEvent } from "./context/context.ts";

/** Renames the stored job `from` to `to`, once: not where `to` is stored already, or `from` is not. */
export async function rename(context: EngineContext, from: string, to: string): Promise<void> {
  const { store } = context;
  if (await store.job(to) !== undefined || await store.job(from) === undefined) return;
  await store.commit({
    job: from,
    writes: [{ write: "renameJob", job: from, to }],
    events: [jobEvent(context, to, "job.renamed", "info", `Job '${from}' is now called '${to}'`, { from })],
  });
}
