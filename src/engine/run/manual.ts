// A start by hand: its row and who asked for it, committed before anything is sent.

import { newRun, type Run } from "../../domain/backup.ts";
import type { Job } from "../../domain/job.ts";
import { type EngineContext, runEvent } from "../context/context.ts";

/** Commits a run by hand; `busy` names the unfinished run that has the job. */
export async function beginManual(
  context: EngineContext,
  job: Job,
  by: string,
  callerKey: string | null,
): Promise<{ busy: string } | { run: Run }> {
  const { clock, ids, store } = context;
  const run = newRun({
    runId: ids.uuidv7(),
    job: job.name,
    trigger: "manual",
    slot: null,
    status: "intent",
    providerKey: job.providerKey,
    createdAt: clock.now(),
    callerKey,
  });
  const result = await store.commit({
    job: run.job,
    writes: [{ write: "insert", run }],
    events: [
      runEvent(context, run, "run.due", "info", `Start of job '${run.job}' by ${by}`, { by, slot: null }),
    ],
  });
  if (result.result !== "conflict") return { run };
  return { busy: (await store.unfinished(run.job))[0]?.runId ?? "unknown" };
}
