// What a running app is made of on an open state, whether it is active or waits; part of the composition root.

import type { Engine } from "../../engine/engine.ts";
import type { LeaseKeeper } from "../../engine/lease/lease_keeper.ts";
import type { SteadyClockWatch } from "../../engine/clock/clock_watch.ts";
import { steadyClock } from "../../engine/clock/steady_clock.ts";
import type { Config } from "../../config/values/config.ts";
import { createScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Operations } from "../../ports/operations.ts";
import type { RequestHandler } from "../../ports/host.ts";
import type { InstanceView } from "../../ports/views/instance.ts";
import type { OpenStore } from "../../store/run_store.ts";
import { startBooks } from "../books.ts";
import type { Doors } from "../doors.ts";
import type { Followers } from "../followers.ts";
import type { Notifications } from "../notify/notifications.ts";
import { createOutcomeTellers } from "../outcomes/outcome_tellers.ts";
import { providersOf } from "../providers_of.ts";
import { usualFolder } from "../state_folder.ts";
import type { AppOptions } from "./app_options.ts";
import { createEngine, supervise } from "./engine.ts";
import { handlerOf, visitBookOf } from "./entrance.ts";
import { jobEditsOf } from "./job_edits.ts";
import { type Keepers, keepersOf } from "./keepers.ts";
import { notificationsOf, operationsOf } from "./operations.ts";
import { reloadsOf } from "./reloading.ts";
import { factsOf, type Shared } from "./running_parts.ts";

/** What is there before it. */
interface Ground {
  options: AppOptions;
  /** The configuration in force, at any time. */
  current: { config: Config };
  followers: Followers;
  watch: SteadyClockWatch;
  store: OpenStore;
  /** Of a state that others may take over. */
  lease: LeaseKeeper | undefined;
  /** Of the state on this machine; null: it is a server's. */
  folder: string | null;
  closing: AbortController;
  doors: Doors;
  fatal(error: unknown): void;
  isActive: boolean;
  instance(): InstanceView;
}

/** The parts. */
export interface Core {
  shared: Shared;
  engine: Engine;
  operations: Operations;
  notifications: Notifications;
  keepers: Keepers;
  handler: RequestHandler;
}

/** Longest wait for calls under way when stopping; what is cut off then is settled at the next start. */
const STOP_WORK_MS = 8_000;

/** Builds them; `begin` takes up the jobs. Everything ends with `resources`. Rejects with `StoreError`. */
export async function coreOf(
  ground: Ground,
  resources: AsyncDisposableStack,
  begin: (shared: Shared) => Promise<void>,
): Promise<Core> {
  const { options, current, followers, watch, store, lease, folder, closing, doors, isActive, instance } =
    ground;
  const { host, reload, loadEdited, loadPlanned, schedules = createScheduleCache() } = options;
  const { config } = current;
  const clock = steadyClock(host.clock, watch);
  const providers = resources.use(
    providersOf({ host, store, watch, followers, current, lease }, folder ?? usualFolder(host.env)),
  );
  await providers.replace(config.providers);
  const supervision = supervise(host, () => engine, () => facts);
  // Whatever is told to be now is dated by the clock that a wrong reading does not move.
  const parts = {
    host: { ...host, clock },
    config,
    started: startedWith(options.config),
    tellers: resources.use(
      createOutcomeTellers({
        ...{ host, clock, store, followers, providers },
        job: (name) => engine.job(name)?.job,
      }),
    ),
    ...{ loadPlanned, auth: config.server.auth, instance },
    leaseTrouble: () => lease?.trouble() ?? null,
    followers,
    closing,
    watch,
    store,
    schedules,
    providers,
    supervision,
  };
  const engine: Engine = createEngine(parts, ground.fatal);
  const shared: Shared = Object.assign(current, { ...parts, engine });
  resources.defer(() => engine.stop(STOP_WORK_MS));
  await begin(shared);
  const books = await startBooks(shared, resources, isActive);
  const facts = factsOf(shared);
  const notifications = notificationsOf(shared, facts, () => operations);
  const reloads = reloadsOf(shared, doors, reload, () => notifications.refresh(), isActive);
  const keepers = keepersOf(shared, () => operations, resources);
  const edits = jobEditsOf(shared, reloads, loadEdited);
  const made = { facts, notifications, books, reloads, edits, keepers };
  const operations: Operations = operationsOf(shared, made);
  const visits = resources.use(visitBookOf(shared));
  const handler = handlerOf(shared, doors, operations, visits);
  return { shared, engine, operations, notifications, keepers, handler };
}

/** The rest of it, with all its jobs, need not be kept. */
function startedWith({ server, log, state }: AppOptions["config"]): Shared["started"] {
  return { server, log, state };
}
