// A start by hand: its row and who asked for it, committed before anything is sent.

import { newRun, type Run } from "../../domain/backup.ts";
import type { Job } from "../../domain/job.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Write } from "../../ports/store.ts";
import { type EngineContext, runEvent } from "../context/context.ts";

/** Commits a run by hand; `busy` names the unfinished run that has the job. */
export async function beginManual(
  context: EngineContext,
  job: Job,
  by: string,
  callerKey: string | null,
): Promise<{ busy: string } | { run: Run }> {
  const { clock, ids, watch } = context;
  const run = newRun({
    runId: ids.uuidv7(),
    job: job.name,
    trigger: "manual",
    slot: null,
    status: "intent",
    providerKey: job.providerKey,
    createdAt: clock.now(),
    callerKey,
    clockOff: watch.mark(),
  });
  return await insertRun(context, run, [
    runEvent(context, run, "run.due", "info", `Start of job '${run.job}' by ${by}`, { by, slot: null }),
  ]);
}

/** Commits a run that no slot decides, with what it changes beside; `busy` names the unfinished run that has the job. */
export async function insertRun(
  { store }: EngineContext,
  run: Run,
  events: EngineEvent[],
  also: Write[] = [],
): Promise<{ busy: string } | { run: Run }> {
  const result = await store.commit({ job: run.job, writes: [{ write: "insert", run }, ...also], events });
  if (result.result !== "conflict") return { run };
  return { busy: (await store.unfinished(run.job))[0]?.runId ?? "unknown" };
}
