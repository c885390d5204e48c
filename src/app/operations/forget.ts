// How a job that left the configuration ends: once nothing of it may be left at a provider, and on an operator's word.
// Its rows and events stay; configured again, it is a job again. Part of the composition root.

import { countRemains, isForgotten, remainsText } from "../../domain/remains.ts";
import { iso } from "../../domain/instant.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Clock } from "../../ports/host.ts";
import type { Caller, ForgetOutcome, Operations } from "../../ports/operations.ts";
import type { JobState, RunStore } from "../../ports/store.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import { takeStorageAsGone } from "./storage_gone.ts";

interface ForgetParts {
  engine: Engine;
  store: RunStore;
  clock: Clock;
  watch: Pick<ClockWatch, "read">;
}

/** Builds it. */
export function forgetOperations(
  { engine, store, clock, watch }: ForgetParts,
): Pick<Operations, "forget" | "forgotten"> {
  const refused = (name: string, why: string): ForgetOutcome => ({
    outcome: "conflict",
    message: `Cannot forget job '${name}': ${why}`,
  });

  async function whyNot(name: string): Promise<string> {
    const [remains] = await store.remains([name]);
    if (remains === undefined || countRemains(remains) === 0) {
      return "it changed at the same moment: look again";
    }
    return remainsText(remains, await heldOf(name));
  }

  async function heldOf(name: string): Promise<number> {
    return (await store.held([name]))[0]?.count ?? 0;
  }

  return {
    async forgotten(name) {
      const state = engine.job(name) === undefined ? await store.job(name) : undefined;
      return state && forgottenText(state);
    },

    async forget(name, by, storageGone = false) {
      if (engine.job(name) !== undefined) {
        return refused(name, "it is in the configuration: take it out there and reload, then forget it");
      }
      const state = await store.job(name);
      if (state === undefined) return undefined;
      if (state.forgottenAt !== null && isForgotten(state)) {
        return { outcome: "forgotten", at: state.forgottenAt };
      }
      const why = storageGone ? await takeStorageAsGone({ engine, store, watch }, state, by) : undefined;
      if (why !== undefined) return refused(name, why);
      const at = clock.now();
      const { result } = await store.commit({
        job: name,
        conditions: [{ condition: "forgettable", job: name }],
        writes: [{ write: "job", job: name, set: { forgottenAt: at } }],
        events: [forgottenEvent(name, at, by)],
      });
      return result === "done" ? { outcome: "forgotten", at } : refused(name, await whyNot(name));
    },
  };
}

function forgottenEvent(job: string, at: number, by: Caller) {
  const message =
    `${by.name} had job '${job}' forgotten: it has left the configuration and nothing of it is left`;
  return { type: "job.forgotten", level: "warning", at, job, message, data: { by: by.name } } as const;
}

function forgottenText(state: JobState): string | undefined {
  if (state.forgottenAt === null || !isForgotten(state)) return undefined;
  return `Job '${state.job}' was forgotten on ${iso(state.forgottenAt)}: what it did is in ` +
    `'schelly runs list --job ${state.job}' and 'schelly events --job ${state.job}'; configured again, it is a job again`;
}
