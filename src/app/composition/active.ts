// The running scheduler of a checked configuration; part of the composition root.

import { SteadyClockWatch } from "../../engine/clock/clock_watch.ts";
import { clocksOf } from "../../engine/lease/lease_keeper.ts";
import { startedEvent } from "../audit_events.ts";
import { declare } from "../declared_jobs.ts";
import { Doors } from "../doors.ts";
import { createFollowers, recordEvent } from "../followers.ts";
import { keepFailedTold } from "../keep_failed_told.ts";
import { ALONE } from "../operations/readiness.ts";
import { makeStateFolder, openState } from "../state_folder.ts";
import type { App, AppOptions } from "./app_options.ts";
import { type Core, coreOf } from "./core.ts";
import { type Ending, exitOf } from "./ending.ts";
import { callersAt } from "./entrance.ts";
import type { Shared } from "./running_parts.ts";
import { keepLease, takenOverEvent, type Tenure } from "./tenure.ts";

/**
 * Opens the state, recovers, listens, and begins to schedule. `tenure`: how the state is taken, where others may want it;
 * `doors`: its own from now on, open already where it waited. Rejects with `StoreError` or `ConfigError`.
 */
export async function startActive(
  options: AppOptions,
  tenure?: Tenure,
  doors = new Doors(options.host),
): Promise<App> {
  const { config, host } = options;
  const followers = createFollowers(config.log, host);
  const closing = new AbortController();
  const ended = Promise.withResolvers<Ending>();
  const fatal = (error: unknown) => ended.resolve(exitOf(error));

  await using resources = new AsyncDisposableStack();
  const folder = await makeStateFolder(config.state.url, host.files);
  const watch = new SteadyClockWatch(host.clock, host.version.builtAt ?? undefined);
  const current = { config };
  const takenAt = clocksOf(host.clock);
  const store = resources.use(await openState(current, host, watch, followers, folder !== null, tenure));
  const lease = tenure && keepLease({ store, host, followers, takenAt, tenure, fatal }, resources);
  const instance = () => ({ ...ALONE, node: tenure?.claim.instance.node ?? null });
  const ground = {
    ...{ options, current, followers, watch, store, lease, folder, closing, doors, fatal, instance },
    isActive: true,
  };
  const core = await coreOf(ground, resources, takeUp);
  const { shared, operations, notifications, engine } = core;
  resources.use(doors);
  resources.defer(() => closing.abort(new Error("Schelly is stopping")));
  await doors.open(config.server, core.handler, callersAt(shared));
  resources.use(notifications);
  resources.defer(() => shared.supervision.stopping());
  await tellBegun(core, tenure);
  core.keepers.start();

  const running = resources.move();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= running.disposeAsync();
    return stopping;
  };
  return {
    addresses: doors.addresses,
    operations,
    nextSlots: engine.jobNames().map((job) => ({
      job,
      slot: engine.job(job)!.nextStart(watch.read())?.at ?? null,
    })),
    stop,
    done: ended.promise,
    [Symbol.asyncDispose]: stop,
  };
}

async function takeUp(
  { engine, config, schedules, providers, store, followers: { upkeep } }: Shared,
): Promise<void> {
  await engine.start(declare(config, schedules, providers), store.restored);
  upkeep.changed = () => void engine.damageFound((key) => upkeep.damageOf(key));
  upkeep.changed();
}

/** From now on others rely on it. */
async function tellBegun({ shared, notifications }: Core, tenure?: Tenure): Promise<void> {
  const { host, config, store, engine, followers, supervision, tellers } = shared;
  const taken = tenure && takenOverEvent(host.clock.now(), tenure, store.lease);
  if (taken) await recordEvent(store, followers.sink, taken);
  await recordEvent(store, followers.sink, startedEvent(host, config));
  notifications.start();
  for (const told of keepFailedTold(engine)) followers.say("engine.started", "info", told);
  supervision.ready();
  await tellers.take(config);
}
