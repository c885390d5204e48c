// A start by hand: its row and who asked for it, committed before anything is sent; or a try of one that waits.

import { isUnfinished, isWaiting, newRun, type Run } from "../../domain/backup.ts";
import type { Job } from "../../domain/job.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Write } from "../../ports/store.ts";
import { type ActiveRun, type EngineContext, runEvent } from "../context/context.ts";

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

/** While a run is unfinished no other begins; one that waits for its provider is tried now, and `first` is the answer. */
export function insteadOfAnother(
  context: EngineContext,
  active: ActiveRun,
): { busy: string } | { first: { promise: Promise<Run> } } {
  return isWaiting(active.run) ? { first: { promise: tryNow(context, active) } } : { busy: active.run.runId };
}

/** How often it is looked whether the try was answered; it may wait for its turn. */
const LOOK_MS = 100;

/** Resolves with the run as it is once that try was answered, or the engine stops. */
async function tryNow({ clock, stop }: EngineContext, active: ActiveRun): Promise<Run> {
  const { attempts } = active.run;
  active.run = { ...active.run, notBefore: null };
  active.wake();
  const isOpen = ({ status, attempts: now }: Run) =>
    isUnfinished(status) && (now === attempts || status === "sending");
  while (isOpen(active.run) && !stop.aborted) await clock.sleep(LOOK_MS, stop).catch(() => {});
  return active.run;
}
