// What everything that deletes for one job is handed, and how it latches a guard.

import type { Job, Json } from "../../domain/job.ts";
import type { ProviderCalls } from "../context/calls.ts";
import { type EngineContext, jobEvent } from "../context/context.ts";

/** What sending a DELETE needs. */
export interface DeleteContext extends EngineContext {
  calls: ProviderCalls;
  /** What is sent along; undefined: nothing. */
  deleteBody: Json | undefined;
}

/** What deleting for one job needs. */
export interface RetentionContext extends DeleteContext {
  job: Job;
  /** Canonical text of the policy the victims were elected by. */
  policy: string;
  /** The edition of the job that this is for. */
  edition: number;
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
