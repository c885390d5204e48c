// What everything that deletes for one job is handed, and how it latches a guard.

import type { Job } from "../domain/job.ts";
import type { ProviderCalls } from "./calls.ts";
import { type EngineContext, jobEvent } from "./context.ts";

/** What deleting for one job needs. */
export interface RetentionContext extends EngineContext {
  job: Job;
  calls: ProviderCalls;
  /** Canonical text of the policy the victims were elected by. */
  policy: string;
}

/** Latches a guard of the job until an operator approves. */
export async function latch(context: RetentionContext, guard: string, message: string): Promise<void> {
  const job = context.job.name;
  await context.store.commit({
    job,
    writes: [{ write: "latch", guard: { job, guard, latchedAt: context.clock.now(), message } }],
    events: [jobEvent(context, job, "retention.guarded", "error", message, { guard })],
  });
}
