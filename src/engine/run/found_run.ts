// An unfinished run that its scheduler comes upon in the store: it was saved although that was not heard.

import type { Run } from "../../domain/backup.ts";
import type { Job } from "../../domain/job.ts";
import type { ProviderCalls } from "../context/calls.ts";
import { surelyMove } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";

/**
 * The queue of the run's own provider, to follow it by: what another one makes would be looked for, and deleted, where it
 * is not. Undefined where there is none; a run of which nothing was sent ends then, as nobody wants it there any more.
 */
export async function callsToFollow(
  context: EngineContext,
  run: Run,
  { job, calls }: { job: Job; calls: ProviderCalls },
  callsOf: (providerKey: string, job: string) => ProviderCalls | undefined,
): Promise<ProviderCalls | undefined> {
  if (job.providerKeys.includes(run.providerKey)) return calls;
  if (run.status !== "intent") return callsOf(run.providerKey, run.job);
  const reason = "provider_changed";
  const message =
    `Start of job '${run.job}' at '${run.providerKey}', its provider no more, is dropped, nothing was running: ${reason}`;
  await surelyMove(context, run, {
    from: ["intent"],
    set: { status: "expired", reason, endTime: context.clock.now() },
    events: [runEvent(context, run, "run.expired", "warning", message, { reason, slot: run.slot })],
  });
  return undefined;
}
