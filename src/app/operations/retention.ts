// What callers may ask of retention: what it would do now, a pass, an approval, a verdict on a suspect; part of the
// composition root.

import type { Engine } from "../../engine/engine.ts";
import type { LongWork } from "../../engine/context/long_work.ts";
import type { ElectionLook } from "../../engine/retention/election_look.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import type { ApproveOutcome, Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";
import type { RetentionView } from "../../ports/views/retention.ts";
import { leftoverTexts } from "./leftovers.ts";
import { retentionView } from "./views.ts";

/** What they act through. */
export interface RetentionOperationsParts {
  engine: Engine;
  store: RunStore;
  clock: Clock;
  watch: ClockWatch;
  /** Does what takes long and only answers questions. */
  work: LongWork;
}

type RetentionOperations = Pick<
  Operations,
  "retention" | "runRetention" | "approveRetention" | "decideSuspect" | "leftovers"
>;

/** Builds them. */
export function retentionOperations(parts: RetentionOperationsParts): RetentionOperations {
  const { engine } = parts;

  async function retentionOf(name: string): Promise<RetentionView> {
    return await readRetentionView(parts, name, await engine.retention(name)!.look());
  }

  /** In its turn, before which an edit may take the job out. */
  function shown(name: string): Promise<RetentionView | undefined> {
    return parts.work.look(
      `retention of ${name}`,
      async () => engine.job(name) === undefined ? undefined : await retentionOf(name),
    );
  }

  return {
    retention: shown,

    async runRetention(name, _by, dryRun) {
      if (engine.job(name) === undefined) return undefined;
      if (dryRun) return await shown(name);
      await engine.retention(name)!.pass();
      return await retentionOf(name);
    },

    async approveRetention(name, by, digest): Promise<ApproveOutcome | undefined> {
      if (engine.job(name) === undefined) return undefined;
      const before = await retentionOf(name);
      if (before.digest !== digest) return { outcome: "changed", view: before };
      // With nothing to remove, what is approved is that the guards let go, or that what is missing was seen.
      const isMissing = (await parts.store.missing([name])).length > 0;
      if (!before.guards.some((guard) => guard.latched) && !isMissing) {
        return { outcome: "nothing", view: before };
      }
      const approved = await engine.retention(name)!.approve(digest, by.name);
      if (!approved) return { outcome: "changed", view: await retentionOf(name) };
      await engine.retention(name)!.pass();
      return { outcome: "approved", view: await retentionOf(name) };
    },

    leftovers: (runs) => leftoverTexts(parts, runs),

    decideSuspect: (run, verdict, by) => engine.safekeeping.decideSuspect(run, verdict, by.name),
  };
}

/** What a pass by this look would do; reads what is being deleted already. The job must be a declared one. */
export async function readRetentionView(
  { engine, store, clock }: RetentionOperationsParts,
  job: string,
  look: ElectionLook,
): Promise<RetentionView> {
  const deleting = (await store.runsInStatus(["deleting", "delete-error"], job)).length;
  return retentionView(engine.job(job)!, look, deleting, clock.now());
}
