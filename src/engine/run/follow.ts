// Carries one run from wherever it is to its end: the state machine's loop, for new runs and recovered ones alike.

import { isUnfinished } from "../../domain/backup.ts";
import { StoreError } from "../../domain/errors.ts";
import { cancel } from "./cancel.ts";
import { isFatal } from "../context/commit.ts";
import { type ActiveRun, messageOf, type RunContext, runEvent } from "../context/context.ts";
import { poll } from "./poll.ts";
import { backoff } from "../context/retry.ts";
import { settle } from "./settle.ts";
import { start } from "./start.ts";

/** Returns when the run has ended; rejects with the stop's reason when the engine stops, leaving it as stored. */
export async function follow(context: RunContext, active: ActiveRun, cancelOver: () => void): Promise<void> {
  for (let failures = 0; isUnfinished(active.run.status);) {
    context.stop.throwIfAborted();
    try {
      await step(context, active, cancelOver);
      failures = 0;
    } catch (error) {
      if (!(error instanceof StoreError) || isFatal(error)) throw error;
      context.sink.emit(
        runEvent(context, active.run, "store.error", "error", messageOf(error), { kind: error.kind }),
      );
      await context.clock.sleep(backoff(failures++, 1_000, context.random, 30_000), context.stop);
      active.run = (await context.store.run(active.run.runId).catch(() => undefined)) ?? active.run;
    }
    if (active.run.status !== "intent") active.firstAnswer.resolve(active.run);
  }
  active.firstAnswer.resolve(active.run);
  if (active.run.id !== null) context.calls.placeFree();
}

async function step(context: RunContext, active: ActiveRun, cancelOver: () => void): Promise<void> {
  switch (active.run.status) {
    case "intent":
      return await start(context, active);
    case "sending":
    case "unknown":
      return await settle(context, active);
    case "running":
      await poll(context, active);
      if (active.run.status !== "running" || active.cancelFor === null) return;
  }
  await cancel(context, active);
  cancelOver();
}
