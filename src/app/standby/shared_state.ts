// An app on a state that other instances may want: it begins once the state is free; part of the composition root.

import { drain } from "../../domain/slices.ts";
import { StoreError } from "../../domain/errors.ts";
import { jobsFingerprint } from "../../config/jobs_fingerprint.ts";
import type { Config } from "../../config/values/config.ts";
import { LEASE_TTL_MS, leaseTimes } from "../../engine/lease/lease_rules.ts";
import { waitForLease } from "../../engine/lease/wait_for_lease.ts";
import type { Host } from "../../ports/host.ts";
import type { Instance, LeaseSeen } from "../../ports/lease.ts";
import { stateLocation } from "../../store/database/state_location.ts";
import { openLeaseWatch } from "../../store/lease_watch.ts";
import { markName } from "../../store/mark.ts";
import { type App, type AppOptions, startActive } from "../composition/active.ts";
import { createFollowers } from "../followers.ts";
import { makeMarkFolder } from "../state_folder.ts";
import { type Place, takePlace } from "./place.ts";

/** Waits for the state, then starts. Rejects as `startActive` does, and as `in_use` where another instance uses it. */
export async function startShared(options: AppOptions): Promise<App> {
  const { config, host, stopping = new AbortController().signal } = options;
  await using resources = new AsyncDisposableStack();
  const place = await placeOf(config, host);
  resources.defer(() => place.leave());
  const followers = createFollowers(config.log, host);
  const holders = new Set<string>();
  const times = leaseTimes(config.standby?.ttlMs ?? LEASE_TTL_MS);
  for (;;) {
    const watch = await openLeaseWatch({ ...config.state, ...host });
    let told = false;
    const opening = await waitForLease({
      watch,
      clock: host.clock,
      self: { place: place.id, holders },
      times,
      isStandby: config.standby !== undefined,
      signal: stopping,
      waiting({ seen }) {
        if (!told) {
          followers.say(
            "lease.renewal",
            "info",
            waitingText(seen, config.standby !== undefined, times.stillMs),
          );
        }
        told = true;
      },
      ...(config.standby && { failed: (error) => followers.say("store.error", "warning", error.message) }),
    }).finally(() => watch[Symbol.asyncDispose]());
    const holder = host.ids.uuidv7();
    holders.add(holder);
    const claim = { instance: instanceOf(config, host, place), ttlMs: times.ttlMs, expected: opening.seen };
    try {
      const app = await startActive(options, { claim, holder, free: opening.free });
      const kept = resources.move();
      const stop = async () => {
        await app.stop();
        await kept.disposeAsync();
      };
      return { ...app, stop, [Symbol.asyncDispose]: stop };
    } catch (error) {
      // Somebody else was quicker, or nobody knows: another look tells.
      if (!(error instanceof StoreError) || !["in_use", "unknown"].includes(error.kind)) throw error;
      followers.say("lease.renewal", "info", error.message);
      await host.clock.sleep(1_000, stopping);
    }
  }
}

async function placeOf({ state }: Config, host: Host): Promise<Place> {
  const folder = await makeMarkFolder(host, () => {});
  const location = stateLocation(state.url);
  const shown = location.kind === "file" ? location.path : location.shown;
  const name = markName(shown).replace(/\.mark$/, "");
  return folder === undefined
    ? { id: null, leave: () => Promise.resolve() }
    : await takePlace(host, folder, name);
}

/** How this instance shows itself. */
function instanceOf(config: Config, host: Pick<Host, "machine">, place: Pick<Place, "id">): Instance {
  return {
    node: config.standby?.name ?? host.machine().name,
    address: config.standby?.address ?? null,
    place: place.id,
    fingerprint: drain(jobsFingerprint(config)),
  };
}

function waitingText({ node }: LeaseSeen, isStandby: boolean, stillMs: number): string {
  const who = node === null ? "Another Schelly" : `Schelly on '${node}'`;
  return isStandby
    ? `Standby: ${who} is active; this instance takes over when it gives the state back or stops renewing its lease`
    : `${who} used the state last and may still live: waiting for up to ${
      stillMs / 1_000
    } s to see whether it does`;
}
