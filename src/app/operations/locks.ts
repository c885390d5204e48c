// What callers may ask of the locks that lie on a job's storage; part of the composition root.

import { iso } from "../../domain/instant.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Clock } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { LocksView, UnlockView } from "../../ports/views/locks.ts";

interface LockParts {
  engine: Engine;
  store: RunStore;
  clock: Clock;
}

/** Builds them. */
export function lockOperations({ engine, store, clock }: LockParts): Pick<Operations, "locks" | "unlock"> {
  const keeperOf = (job: string) => {
    const provider = engine.job(job)?.calls.provider;
    return provider?.locks === undefined || provider.unlock === undefined
      ? undefined
      : { key: provider.key, locks: provider.locks, unlock: provider.unlock };
  };
  /** What waits for its next try may well get through now. */
  const hurry = async (job: string) => {
    const rows = await store.runsInStatus(["deleting", "delete-error"], job);
    const sent = rows.filter(({ deleteSentAt }) => deleteSentAt !== null);
    await store.commit({
      job,
      writes: sent.map(({ runId }) => ({ write: "run", runId, set: { deleteNotBefore: clock.now() } })),
    });
  };
  return {
    async locks(job): Promise<LocksView | undefined> {
      if (engine.job(job) === undefined) return undefined;
      const keeper = keeperOf(job);
      if (keeper === undefined) return { supported: false, locks: [], unread: 0 };
      const { locks, unread } = await keeper.locks();
      return {
        supported: true,
        locks: locks.map(({ renewedAt, ...lock }) => ({ ...lock, renewed_at: iso(renewedAt) })),
        unread,
      };
    },

    async unlock(job, ids, by): Promise<UnlockView | undefined> {
      if (engine.job(job) === undefined) return undefined;
      const keeper = keeperOf(job);
      if (keeper === undefined) return { supported: false, answers: [] };
      const said = (message: string) =>
        store.commit({
          job,
          writes: [],
          events: [{
            type: "provider.unlock",
            level: "warning",
            at: clock.now(),
            job,
            message,
            data: { by: by.name, locks: [...ids] },
          }],
        });
      await said(`${by.name} has locks of provider '${keeper.key}' removed: ${ids.join(", ")}`);
      const answers = await keeper.unlock(ids);
      await said(
        `Locks of provider '${keeper.key}': ${answers.map((one) => `${one.id} ${one.outcome}`).join(", ")}`,
      );
      if (answers.some(({ outcome }) => outcome === "removed" || outcome === "absent")) await hurry(job);
      return { supported: true, answers };
    },
  };
}
