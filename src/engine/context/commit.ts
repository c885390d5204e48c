// Commits of the engine: what was learnt from a provider must reach the store, however long that takes.

import { assert, StoreError } from "../../domain/errors.ts";
import type { Run, Status } from "../../domain/backup.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { Condition } from "../../ports/condition.ts";
import type { Change, CommitResult, RunChanges, Write } from "../../ports/store.ts";
import { type EngineContext, messageOf } from "./context.ts";
import { backoff } from "./retry.ts";

/** Store failures after which this process must not go on. */
export function isFatal(error: unknown): boolean {
  return error instanceof StoreError &&
    (error.kind === "in_use" || error.kind === "replaced" || error.kind === "fenced" ||
      error.kind === "corrupt");
}

/** A move of one run to another status, or a change within it. */
export interface Move {
  from: readonly Status[];
  set: RunChanges;
  /** What must hold besides. */
  conditions?: readonly Condition[];
  /** Further writes of the same atomic change. */
  also?: readonly Write[];
  events?: readonly EngineEvent[];
}

/** Times of our own on a row that is written in doubt are dated once that is over. */
function marked({ watch }: EngineContext, run: Run, move: Move): Move {
  const { status, startTime, endTime } = move.set;
  if (run.clockOff !== null || (status ?? startTime ?? endTime) === undefined) return move;
  const clockOff = watch.mark();
  return clockOff === null ? move : { ...move, set: { ...move.set, clockOff } };
}

function changeOf(run: Run, move: Move): Change {
  return {
    job: run.job,
    conditions: [{ condition: "status", runId: run.runId, in: move.from }, ...(move.conditions ?? [])],
    writes: [{ write: "run", runId: run.runId, set: move.set }, ...(move.also ?? [])],
    events: move.events,
  };
}

/**
 * Tries once, before an effect: the run afterwards, or undefined when its status had changed meanwhile.
 * Rejects with `StoreError`; nothing may be sent then.
 */
export async function tryMove(context: EngineContext, run: Run, wish: Move): Promise<Run | undefined> {
  const move = marked(context, run, wish);
  const result = await context.store.commit(changeOf(run, move));
  return result.result === "done" ? { ...run, ...move.set } : undefined;
}

/**
 * Commits what is already true outside: repeats through passing store failures until it is in the store.
 * `conflict` is a bound id (`duplicate_id`) or a status that someone else changed.
 */
export async function surelyMove(
  context: EngineContext,
  run: Run,
  wish: Move,
): Promise<{ run: Run; conflict?: Extract<CommitResult, { result: "conflict" }>["why"] }> {
  const move = marked(context, run, wish);
  const change = changeOf(run, move);
  const what = `save that run ${run.runId} of job '${run.job}' is '${move.set.status ?? run.status}'` +
    (move.set.id ? ` with provider id '${move.set.id}'` : "");
  return await persist(context, run, what, async (attempt) => {
    const result = await context.store.commit(change);
    if (result.result === "done") return { run: { ...run, ...move.set } };
    // A commit whose answer was lost may have taken place: then the row already is what we wanted.
    const stored = await context.store.run(run.runId);
    assert(stored !== undefined, `run ${run.runId} stays in the store while it is followed`);
    if (attempt > 0 && isAlready(stored, move.set)) return { run: stored };
    return { run: stored, conflict: result.why };
  });
}

/** Repeats work on the store about one run through passing failures; `what` completes "Cannot …". */
export async function persist<T>(
  context: EngineContext,
  run: Pick<Run, "job" | "runId">,
  what: string,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 0;; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof StoreError) || isFatal(error)) throw error;
      context.sink.emit({
        type: "store.error",
        level: "error",
        at: context.clock.now(),
        job: run.job,
        runId: run.runId,
        message: `Cannot ${what}: ${messageOf(error)}; trying again`,
        data: { kind: error.kind },
      });
      await context.clock.sleep(backoff(attempt, 500, context.random, 30_000), context.stop);
    }
  }
}

function isAlready(stored: Run, set: RunChanges): boolean {
  return (set.status === undefined || stored.status === set.status) &&
    (set.id === undefined || stored.id === set.id);
}
