// An instance that waits for its turn: it shows what the active one does and saves, and changes nothing; part of the
// composition root.

import type { Config } from "../../config/values/config.ts";
import { StoreError } from "../../domain/errors.ts";
import { SteadyClockWatch } from "../../engine/clock/clock_watch.ts";
import type { LeaseSeen } from "../../ports/lease.ts";
import type { Operations } from "../../ports/operations.ts";
import type { InstanceView } from "../../ports/views/instance.ts";
import { openReadStore } from "../../store/read_store.ts";
import type { AppOptions } from "../composition/app_options.ts";
import { coreOf } from "../composition/core.ts";
import { callersAt } from "../composition/entrance.ts";
import type { Shared } from "../composition/running_parts.ts";
import { declare } from "../declared_jobs.ts";
import type { Doors } from "../doors.ts";
import { createFollowers, type Followers } from "../followers.ts";
import { type Own, viewOf } from "./instance.ts";

/** How often what changed is shown. */
const SHOW_EVERY_MS = 5_000;

/** It, at work until it is disposed; the doors stay open then. */
export interface WaitingApp extends AsyncDisposable {
  operations: Operations;
  followers: Followers;
  /** In force: the edits that came meanwhile are in it. */
  config(): Config;
  /** The lease was looked at. */
  saw(lease: LeaseSeen): void;
}

/** Opens the state to be read, and the doors. `ownOf`: how this instance shows itself. Rejects with `StoreError`. */
export async function startWaiting(
  options: AppOptions,
  doors: Doors,
  seen: LeaseSeen,
  ownOf: (config: Config) => Own,
  fatal: (error: unknown) => void,
): Promise<WaitingApp> {
  const { config, host } = options;
  const followers = createFollowers(config.log, host);
  followers.metrics.setActive(false);
  const closing = new AbortController();
  await using resources = new AsyncDisposableStack();
  const watch = new SteadyClockWatch(host.clock, host.version.builtAt ?? undefined);
  const current = { config };
  const { files, clock, ids, http } = host;
  const ports = { files, clock, watch, ids, sink: followers.committed, http };
  const store = resources.use(await openReadStore({ ...config.state, ...ports }));
  let lease = seen;
  const instance = (): InstanceView => viewOf(ownOf(current.config), lease);
  const ground = {
    ...{ options, current, followers, watch, store, closing, doors, fatal, instance },
    lease: undefined,
    folder: null,
    isActive: false,
  };
  const { shared, operations, handler } = await coreOf(ground, resources, show);
  resources.defer(() => closing.abort(new Error("This instance takes over, or stops")));
  await doors.open(config.server, handler, callersAt(shared));
  shared.supervision.ready();
  const following = new AbortController();
  const showing = showNews(shared, following.signal);
  resources.defer(async () => {
    following.abort(new Error("This instance takes over, or stops"));
    await showing;
  });
  const running = resources.move();
  return {
    operations,
    followers,
    config: () => shared.config,
    saw(now) {
      lease = now;
      shared.supervision.beat();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function show({ engine, config, schedules, providers }: Shared): Promise<void> {
  await engine.show(declare(config, schedules, providers));
}

/** Takes up what the active one has saved since, again and again. */
async function showNews(shared: Shared, signal: AbortSignal): Promise<void> {
  const { store, host: { clock }, followers } = shared;
  let standing = await store.standing().catch(() => "");
  while (!signal.aborted) {
    try {
      await clock.sleep(SHOW_EVERY_MS, signal);
      const now = await store.standing();
      if (now === standing) continue;
      await show(shared);
      standing = now;
      followers.committed.news();
    } catch (error) {
      if (signal.aborted) return;
      // The look at the lease tells of it.
      if (!(error instanceof StoreError)) throw error;
    }
  }
}
