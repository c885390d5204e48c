// Who wants a state that others may have: how it waits for the lease, and how it takes it; part of the composition root.

import { StoreError } from "../../domain/errors.ts";
import { LEASE_TTL_MS, leaseTimes } from "../../engine/lease/lease_rules.ts";
import { type Opening, waitForLease } from "../../engine/lease/wait_for_lease.ts";
import { openLeaseWatch } from "../../store/lease_watch.ts";
import { startActive } from "../composition/active.ts";
import type { App, AppOptions } from "../composition/app_options.ts";
import type { Doors } from "../doors.ts";
import { instanceOf } from "./instance.ts";
import type { Place } from "./place.ts";

/** One process that wants the state, over all its tries to take it. */
export class Candidacy {
  /** Under which it tried: where one of them has the lease, the answer was lost. */
  readonly #holders = new Set<string>();

  /** The server has answered as one of ours. */
  #hasSeen = false;

  constructor(readonly options: AppOptions, readonly place: Place) {}

  /** Waits for the lease; see `waitForLease`. A server that has never answered as it should ends the wait. */
  async wait(
    how: Pick<Parameters<typeof waitForLease>[0], "isStandby" | "signal" | "waiting" | "failed">,
  ): Promise<Opening> {
    const { failed, waiting } = how;
    const { config, host } = this.options;
    await using watch = await openLeaseWatch({ ...config.state, ...host, isChecked: !this.#hasSeen });
    const self = { place: this.place.id, holders: this.#holders };
    const opening = await waitForLease({
      ...how,
      ...{ watch, self, clock: host.clock, times: leaseTimes(ttlOf(config)) },
      waiting: (lease) => {
        this.#hasSeen = true;
        waiting?.(lease);
      },
      ...(failed && {
        failed: (error) => {
          if (!this.#hasSeen) throw error;
          failed(error);
        },
      }),
    });
    this.#hasSeen = true;
    return opening;
  }

  /** Takes it as it was seen and starts; undefined where somebody was quicker, or nobody knows: another look tells. */
  async take({ free, seen }: Opening, options: AppOptions, doors?: Doors): Promise<App | undefined> {
    const { config, host } = options;
    const holder = host.ids.uuidv7();
    this.#holders.add(holder);
    const instance = instanceOf(config, host, this.place.id);
    const claim = { instance, ttlMs: ttlOf(config), expected: seen };
    try {
      return await startActive(options, { claim, holder, free }, doors);
    } catch (error) {
      if (error instanceof StoreError && (error.kind === "in_use" || error.kind === "unknown")) {
        return undefined;
      }
      throw error;
    }
  }
}

/** How long the lease of an instance lasts, whether or not it has a standby. */
function ttlOf({ standby }: AppOptions["config"]): number {
  return standby?.ttlMs ?? LEASE_TTL_MS;
}
