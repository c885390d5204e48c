// An app on a state that other instances may want: it begins once the state is free, and shows it meanwhile where it is a
// standby; part of the composition root.

import type { LeaseSeen } from "../../ports/lease.ts";
import type { App, AppOptions } from "../composition/app_options.ts";
import { createFollowers } from "../followers.ts";
import { Candidacy } from "./candidacy.ts";
import { placeOf } from "./place.ts";
import { startStandby } from "./standby.ts";
import { waitingText } from "./waiting_text.ts";

/** Waits for the state, then starts. Rejects as `startActive` does, and as `in_use` where another instance uses it. */
export async function startShared(options: AppOptions): Promise<App> {
  const { config, host } = options;
  await using resources = new AsyncDisposableStack();
  const place = await placeOf(config, host);
  resources.defer(() => place.leave());
  const candidate = new Candidacy(options, place);
  const app = config.standby === undefined
    ? await startAlone(options, candidate)
    : await startStandby(options, candidate);
  const kept = resources.move();
  const stop = async () => {
    await app.stop();
    await kept.disposeAsync();
  };
  return {
    // Those of a standby are others once it is active.
    get addresses() {
      return app.addresses;
    },
    get nextSlots() {
      return app.nextSlots;
    },
    operations: app.operations,
    done: app.done,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function startAlone(options: AppOptions, candidate: Candidacy): Promise<App> {
  const { config, host, stopping = new AbortController().signal } = options;
  const { say } = createFollowers(config.log, host);
  let told = false;
  const waiting = ({ seen }: { seen: LeaseSeen }) => {
    if (!told) say("lease.renewal", "info", waitingText(seen, false));
    told = true;
  };
  for (;;) {
    const opening = await candidate.wait({ isStandby: false, signal: stopping, waiting });
    const app = await candidate.take(opening, options);
    if (app !== undefined) return app;
    await host.clock.sleep(1_000, stopping);
  }
}
