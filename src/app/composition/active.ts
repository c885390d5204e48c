// The running scheduler of a checked configuration, put together; part of the composition root.

import type { ConfigEdit } from "../../config/document/edited_texts.ts";
import type { FileEdit } from "../../config/document/edited_files.ts";
import type { Config } from "../../config/values/config.ts";
import { startBooks } from "../books.ts";
import { createEngine, supervise } from "./engine.ts";
import { type Ending, exitOf } from "./ending.ts";
import { callersAt, handlerOf, visitBookOf } from "./entrance.ts";
import { jobEditsOf } from "./job_edits.ts";
import { keepersOf } from "./keepers.ts";
import { notificationsOf, operationsOf } from "./operations.ts";
import { reloadsOf } from "./reloading.ts";
import { factsOf, type Shared } from "./running_parts.ts";
import { declare } from "../declared_jobs.ts";
import { Doors } from "../doors.ts";
import { createScheduleCache, type ScheduleCache } from "../../domain/schedule/schedule.ts";
import { SteadyClockWatch } from "../../engine/clock/clock_watch.ts";
import { steadyClock } from "../../engine/clock/steady_clock.ts";
import type { Engine } from "../../engine/engine.ts";
import { startedEvent } from "../audit_events.ts";
import { clocksOf } from "../../engine/lease/lease_keeper.ts";
import { keepLease, takenOverEvent, type Tenure } from "./tenure.ts";
import { createFollowers, recordEvent } from "../followers.ts";
import { keepFailedTold } from "../keep_failed_told.ts";
import { createOutcomeTellers } from "../outcomes/outcome_tellers.ts";
import type { Notifications } from "../notify/notifications.ts";
import type { Host } from "../../ports/host.ts";
import type { Operations } from "../../ports/operations.ts";
import { providersOf } from "../providers_of.ts";
import { makeStateFolder, openState, usualFolder } from "../state_folder.ts";

/** What one is started with. */
export interface AppOptions {
  config: Config;
  /** Loads the configuration anew from where it came, by `schedules` if there are any; rejects with `ConfigError`. */
  reload: () => Promise<Config>;
  /** Loads it as if an edit were written, without secrets; rejects in the same way. */
  loadPlanned: (edit: ConfigEdit) => Promise<Config>;
  /** The same as it would be after an edit of one of its files. */
  loadEdited: (edit: FileEdit) => Promise<Config>;
  host: Host;
  schedules?: ScheduleCache;
  /** Aborted where it is to stop before it has started. */
  stopping?: AbortSignal;
}

/** A running scheduler. */
export interface App extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:8080`, `unix:/run/…`. */
  addresses: string[];
  operations: Operations;
  nextSlots: { job: string; slot: number | null }[];
  /** Stops taking slots and requests, lets calls under way finish, saves the rest; bounded. */
  stop(): Promise<void>;
  /** Resolves when it ended by itself: the exit code and why. */
  done: Promise<Ending>;
}

/** Longest wait for calls under way when stopping; what is cut off then is settled at the next start. */
const STOP_WORK_MS = 8_000;

/**
 * Opens the state, recovers, listens, and begins to schedule. `tenure`: how the state is taken, where others may want it.
 * Rejects with `StoreError` or `ConfigError`.
 */
export async function startActive(options: AppOptions, tenure?: Tenure): Promise<App> {
  const { config, reload, loadEdited, loadPlanned, host, schedules = createScheduleCache() } = options;
  const followers = createFollowers(config.log, host);
  const closing = new AbortController();
  const ended = Promise.withResolvers<Ending>();

  await using resources = new AsyncDisposableStack();
  const folder = await makeStateFolder(config.state.url, host.files);
  const watch = new SteadyClockWatch(host.clock, host.version.builtAt ?? undefined);
  const clock = steadyClock(host.clock, watch);
  const current = { config };
  const fatal = (error: unknown) => ended.resolve(exitOf(error));
  const takenAt = clocksOf(host.clock);
  const store = resources.use(await openState(current, host, watch, followers, folder !== null, tenure));
  const lease = tenure && keepLease({ store, host, followers, takenAt, tenure, fatal }, resources);
  const providers = resources.use(
    providersOf({ host, store, watch, followers, current, lease }, folder ?? usualFolder(host.env)),
  );
  await providers.replace(config.providers);
  const supervision = supervise(host, () => engine, () => facts);
  // Whatever is told to be now is dated by the clock that a wrong reading does not move.
  const parts = {
    host: { ...host, clock },
    config,
    tellers: resources.use(
      createOutcomeTellers({
        ...{ host, clock, store, followers, providers },
        job: (name) => engine.job(name)?.job,
      }),
    ),
    ...{ loadPlanned, auth: config.server.auth },
    followers,
    closing,
    watch,
    store,
    schedules,
    providers,
    supervision,
  };
  const engine: Engine = createEngine(parts, fatal);
  const shared: Shared = Object.assign(current, { ...parts, engine });
  resources.defer(() => engine.stop(STOP_WORK_MS));
  await engine.start(declare(config, schedules, providers), store.restored);
  const { upkeep } = followers;
  upkeep.changed = () => void engine.damageFound((key) => upkeep.damageOf(key));
  upkeep.changed();
  const books = await startBooks(shared, resources);
  const facts = factsOf(shared);
  const notifications = notificationsOf(shared, facts, () => operations);
  const doors = new Doors(host);
  const reloads = reloadsOf(shared, doors, reload, () => notifications.refresh());
  const keepers = keepersOf(shared, () => operations, resources);
  const edits = jobEditsOf(shared, reloads, loadEdited);
  const made = { facts, notifications, books, reloads, edits, keepers };
  const operations: Operations = operationsOf(shared, made);
  const visits = resources.use(visitBookOf(shared));
  const handler = handlerOf(shared, doors, operations, visits);
  resources.use(doors);
  resources.defer(() => closing.abort(new Error("Schelly is stopping")));
  await doors.open(config.server, handler, callersAt(shared));
  resources.use(notifications);
  resources.defer(() => supervision.stopping());
  await tellBegun(shared, notifications, tenure);
  keepers.start();

  const running = resources.move();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= running.disposeAsync();
    return stopping;
  };
  return {
    addresses: doors.addresses,
    operations,
    nextSlots: engine.jobNames().map((job) => ({ job, slot: engine.job(job)!.nextToRun(watch.read()) })),
    stop,
    done: ended.promise,
    [Symbol.asyncDispose]: stop,
  };
}

/** From now on others rely on it. */
async function tellBegun(shared: Shared, notifications: Notifications, tenure?: Tenure): Promise<void> {
  const { host, config, store, engine, followers, supervision, tellers } = shared;
  const taken = tenure && takenOverEvent(host.clock.now(), tenure, store.lease);
  if (taken) await recordEvent(store, followers.sink, taken);
  await recordEvent(store, followers.sink, startedEvent(host, config));
  notifications.start();
  for (const told of keepFailedTold(engine)) followers.say("engine.started", "info", told);
  supervision.ready();
  await tellers.take(config);
}
