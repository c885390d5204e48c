// The providers of a running app: what their upkeep and their restores ask of the rest; part of the composition root.

import type { Config } from "../config/values/config.ts";
import { isFrozen } from "../domain/freeze.ts";
import type { SteadyClockWatch } from "../engine/clock/clock_watch.ts";
import type { LeaseKeeper } from "../engine/lease/lease_keeper.ts";
import type { Host } from "../ports/host.ts";
import type { OpenStore } from "../store/run_store.ts";
import { auditUpkeep, type Followers } from "./followers.ts";
import { ProviderSet } from "./provider_set.ts";

interface ProvidersParts {
  host: Host;
  store: OpenStore;
  watch: SteadyClockWatch;
  followers: Followers;
  /** The configuration in force. */
  current: { config: Pick<Config, "restoreRoots"> };
  /** Of a state that others may take over; undefined: nobody may. */
  lease: Pick<LeaseKeeper, "mayAct"> | undefined;
}

/** None yet; `folder`: where built-ins kept what outlives restarts, before it was in the state. */
export function providersOf(
  { host, store, watch, followers, current, lease }: ProvidersParts,
  folder: string,
): ProviderSet {
  return new ProviderSet(host, auditUpkeep(store, followers.sink), store.memories, folder, {
    async isFrozen() {
      const { ends, inDoubtUntil } = watch.read();
      return inDoubtUntil !== null || isFrozen(await store.freeze(), ends);
    },
    restoreRoots: () => current.config.restoreRoots,
    ...(lease && { mayAct: () => lease.mayAct() }),
  });
}
