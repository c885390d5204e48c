// Puts a hold on a backup and takes it off: by an operator, or by itself when its time is over.

import type { Run } from "../../domain/backup.ts";
import { type Hold, HOLDABLE, holdRefusal, isHeld } from "../../domain/hold.ts";
import { iso } from "../../domain/instant.ts";
import type { HoldOutcome } from "../../ports/operations.ts";
import { type EngineContext, runEvent } from "../context/context.ts";

/** How often it is looked again when the row changed at the same moment. */
const MOST_TRIES = 5;
const NO_HOLD = { holdReason: null, holdOwner: null, holdAt: null, holdUntil: null };

/**
 * Holds a backup, or changes the hold it has: once this is answered, no DELETE is sent for it. A deletion that was
 * only intended is taken back in the same change. `by` is who asks; the hold's owner may be somebody else.
 */
export async function hold(
  context: EngineContext,
  runId: string,
  { reason, owner, until }: Hold,
  by: string,
): Promise<HoldOutcome> {
  const { store, watch } = context;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const run = await store.run(runId);
    if (run === undefined) return gone(runId);
    const refusal = holdRefusal(run);
    if (refusal !== undefined) return { outcome: "conflict", message: refusal };
    const { now, ends } = watch.read();
    const isSame = isHeld(run, ends) && run.holdReason === reason && run.holdOwner === owner &&
      run.holdUntil === until;
    if (isSame) return { outcome: "done", run };
    const set = { holdReason: reason, holdOwner: owner, holdAt: now, holdUntil: until };
    const end = until === null ? "until it is released" : `until ${iso(until)}`;
    const result = await store.commit({
      job: run.job,
      conditions: [{ condition: "status", runId, in: HOLDABLE }, { condition: "unsent", runId }],
      writes: [{ write: "withdraw", runIds: [runId] }, { write: "run", runId, set }],
      events: [
        runEvent(
          context,
          run,
          "run.held",
          "warning",
          `${by} holds backup '${run.id ?? run.runId}' of job '${run.job}' for ${owner} ${end}: ${reason}`,
          { id: run.id, by, owner, reason, until },
        ),
      ],
    });
    if (result.result === "done") return { outcome: "done", run: (await store.run(runId)) ?? run };
  }
  return busy(runId);
}

/** Takes the hold off; a backup that is not held stays as it is. */
export async function release(context: EngineContext, runId: string, by: string): Promise<HoldOutcome> {
  const { store } = context;
  const run = await store.run(runId);
  if (run === undefined) return gone(runId);
  if (run.holdAt === null) return { outcome: "done", run };
  const message = `${by} released backup '${run.id ?? runId}' of job '${run.job}', held by ` +
    `${run.holdOwner ?? "somebody"}: ${run.holdReason ?? "no reason given"}`;
  await store.commit({
    job: run.job,
    writes: [{ write: "run", runId, set: NO_HOLD }],
    events: [runEvent(context, run, "run.released", "warning", message, { id: run.id, by })],
  });
  return { outcome: "done", run: { ...run, ...NO_HOLD } };
}

/** Takes off every hold whose time is over, by a clock that is trusted, and answers the jobs that are to be looked at again. */
export async function endHolds(context: EngineContext): Promise<Set<string>> {
  const { store, watch } = context;
  const ended = await store.endedHolds(watch.read().ends);
  await Promise.all(ended.map((run) => endHold(context, run)));
  return new Set(ended.map((run) => run.job));
}

async function endHold(context: EngineContext, run: Run): Promise<void> {
  const { runId } = run;
  const message =
    `The hold of backup '${run.id ?? runId}' of job '${run.job}' has ended at ${iso(run.holdUntil!)}: ` +
    `${run.holdReason ?? "no reason given"}`;
  await context.store.commit({
    job: run.job,
    // Held anew meanwhile: then there is nothing to take off.
    conditions: [{ condition: "unheld", runId }],
    writes: [{ write: "run", runId, set: NO_HOLD }],
    events: [runEvent(context, run, "run.released", "info", message, { id: run.id, until: run.holdUntil })],
  });
}

function gone(runId: string): HoldOutcome {
  return { outcome: "conflict", message: `Run ${runId} is not in the store any more` };
}

function busy(runId: string): HoldOutcome {
  return { outcome: "conflict", message: `Run ${runId} changed each time it was looked at: try again` };
}
