// Latches a guard: retention of the job deletes nothing until an operator approves.

import type { Job } from "../../domain/job.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Write } from "../../ports/store.ts";
import type { EngineContext } from "./context.ts";

/** A change that latches a guard, or the part of one that does. */
interface LatchChange {
  job: string;
  writes: Write[];
  events: EngineEvent[];
}

/** What latches a guard of a job. `at` is UTC ms; `told` is what the event says, where the guard itself says less. */
export function latchChange(
  job: string,
  guard: string,
  message: string,
  at: number,
  told = message,
): LatchChange {
  return {
    job,
    writes: [{ write: "latch", guard: { job, guard, latchedAt: at, message } }],
    events: [{ type: "retention.guarded", level: "error", at, job, message: told, data: { guard } }],
  };
}

/** The same where the event is to say what a guard means. */
export function stopChange(job: string, guard: string, message: string, at: number): LatchChange {
  return latchChange(job, guard, message, at, `Retention of job '${job}' is stopped: ${message}`);
}

/** Latches a guard of the job in a change of its own. */
export async function latch(
  { store, clock, job }: Pick<EngineContext, "store" | "clock"> & { job: Pick<Job, "name"> },
  guard: string,
  message: string,
): Promise<void> {
  await store.commit(latchChange(job.name, guard, message, clock.now()));
}
