// An operator's word that a lock of storage may be gone: it is not waited for, and the storage is asked at the next pass.

import { iso } from "../../domain/instant.ts";
import { isLocked, lockTextOf } from "../../domain/lock.ts";
import type { VerdictOutcome } from "../../ports/operations.ts";
import { tryMove } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";
import { NO_LOCK } from "./locks.ts";

/**
 * Takes the lock off the row alone: nothing is deleted by it. Whether the backup goes is for the next pass to say, under every
 * guard and check; a storage that still refuses locks it anew.
 */
export async function forgetLock(context: EngineContext, runId: string, by: string): Promise<VerdictOutcome> {
  const { store, clock, watch } = context;
  const conflict = (message: string) => ({ outcome: "conflict", message }) as const;
  const run = await store.run(runId);
  if (run === undefined) return conflict(`Run ${runId} is not in the store any more`);
  const name = `Backup '${run.id ?? run.runId}' of job '${run.job}'`;
  const { ends } = watch.read();
  if (run.lockedAt === null || !isLocked(run, ends)) {
    return conflict(`${name} is not locked: there is nothing to ask its storage again for`);
  }
  const text = `${by} has the storage of ${name} asked again, which was ${lockTextOf(run, ends)}`;
  const moved = await tryMove(context, run, {
    from: [run.status],
    set: { ...NO_LOCK, ...(run.status === "deleting" ? { deleteNotBefore: clock.now() } : {}) },
    events: [
      runEvent(context, run, "run.lock_forgotten", "warning", text, {
        id: run.id,
        until: iso(run.lockedUntil),
        by,
      }),
    ],
  });
  return moved === undefined
    ? conflict(`${name} changed while it was looked at: try again`)
    : { outcome: "done", run: moved };
}
