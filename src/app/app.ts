// The composition root: a checked configuration becomes a running scheduler.

import { answerProbes } from "../api/probes.ts";
import type { ApiDeps } from "../api/deps.ts";
import { createStanding } from "../api/standing.ts";
import type { AuthConfig, Config } from "../config/values/config.ts";
import { changesOf, isSameAccess, renewCertificate } from "./config_changes.ts";
import { type Books, startBooks } from "./books.ts";
import { declare } from "./declared_jobs.ts";
import { Doors } from "./doors.ts";
import { peerBehind } from "../domain/http/proxies.ts";
import { isSame } from "../domain/same.ts";
import { StoreError } from "../domain/errors.ts";
import { createScheduleCache, type ScheduleCache } from "../domain/schedule/schedule.ts";
import { SteadyClockWatch } from "../engine/clock/clock_watch.ts";
import { steadyClock } from "../engine/clock/steady_clock.ts";
import { LongWork } from "../engine/context/long_work.ts";
import { Engine } from "../engine/engine.ts";
import { intervalsOf } from "./expected_intervals.ts";
import { metricRows } from "./metric_rows.ts";
import { reloadEvent, startedEvent } from "./audit_events.ts";
import { createFollowers, type Followers, recordEvent } from "./followers.ts";
import { keepFailedTold } from "./keep_failed_told.ts";
import { createOutcomeTellers, type OutcomeTellers } from "./outcomes/outcome_tellers.ts";
import type { JobFactsParts } from "./operations/job_facts.ts";
import { loadFront } from "./front.ts";
import { departuresOf } from "./future/departures_of.ts";
import { deletionsUntil } from "./notify/deletions_until.ts";
import { Notifications } from "./notify/notifications.ts";
import { createOperations } from "./operations/operations.ts";
import { createSheetKeeper, type SheetKeeper } from "./recovery/sheet_keeper.ts";
import { healthOfAll } from "./operations/unwell_jobs.ts";
import type { Host, ListenSpec, RequestHandler } from "../ports/host.ts";
import type { Operations } from "../ports/operations.ts";
import type { Visits } from "../ports/visits.ts";
import type { ProviderSet } from "./provider_set.ts";
import { providersOf } from "./providers_of.ts";
import { Reloads } from "./reloads.ts";
import { makeStateFolder, openState, usualFolder } from "./state_folder.ts";
import { stateWork } from "./state_work.ts";
import type { OpenStore } from "../store/run_store.ts";
import { createSupervision, type Supervision } from "./supervision.ts";
import { keepUnchanged } from "./unchanged_jobs.ts";
import { VisitBook } from "./visit_book.ts";

interface AppOptions {
  config: Config;
  /** Loads the configuration anew from where it came, by `schedules` if there are any; rejects with `ConfigError`. */
  reload: () => Promise<Config>;
  host: Host;
  schedules?: ScheduleCache;
}

/** A running scheduler. */
interface App extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:8080`, `unix:/run/…`. */
  addresses: string[];
  operations: Operations;
  nextSlots: { job: string; slot: number | null }[];
  /** Stops taking slots and requests, lets calls under way finish, saves the rest; bounded. */
  stop(): Promise<void>;
  /** Resolves when it ended by itself: the exit code and why. */
  done: Promise<Ending>;
}

interface Ending {
  code: number;
  message?: string;
}

/** What the parts of one running app share. */
interface Shared {
  host: Host;
  /** In force; each reload puts another in its place. */
  config: Config;
  /** Who may ask; the same object for as long as that stays the same. */
  auth: AuthConfig;
  followers: Followers;
  /** Aborts when the app stops. */
  closing: AbortController;
  watch: SteadyClockWatch;
  store: OpenStore;
  schedules: ScheduleCache;
  providers: ProviderSet;
  supervision: Supervision;
  tellers: OutcomeTellers;
  engine: Engine;
}

/** Longest wait for calls under way when stopping; what is cut off then is settled at the next start. */
const STOP_WORK_MS = 8_000;

/** Opens the state, recovers, listens, and begins to schedule. Rejects with `StoreError` or `ConfigError`. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, reload, host, schedules = createScheduleCache() } = options;
  const followers = createFollowers(config.log, host);
  const closing = new AbortController();
  const ended = Promise.withResolvers<Ending>();

  await using resources = new AsyncDisposableStack();
  const folder = await makeStateFolder(config.state.url, host.files);
  const watch = new SteadyClockWatch(host.clock, host.version.builtAt ?? undefined);
  const clock = steadyClock(host.clock, watch);
  const current = { config };
  const store = resources.use(await openState(current, host, watch, followers, folder !== null));
  const providers = resources.use(
    providersOf({ host, store, watch, followers, current }, folder ?? usualFolder(host.env)),
  );
  await providers.replace(config.providers);
  const supervision = supervise(host, () => engine, () => facts);
  // Whatever is told to be now is dated by the clock that a wrong reading does not move.
  const parts = {
    host: { ...host, clock },
    config,
    tellers: resources.use(
      createOutcomeTellers({
        host,
        clock,
        store,
        followers,
        providers,
        job: (name) => engine.job(name)?.job,
      }),
    ),
    auth: config.server.auth,
    followers,
    closing,
    watch,
    store,
    schedules,
    providers,
    supervision,
  };
  const engine: Engine = createEngine(parts, (error) => ended.resolve(exitOf(error)));
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
  const sheets = resources.use(createSheetKeeper(shared, () => operations));
  const operations: Operations = operationsOf(shared, facts, notifications, books, reloads, sheets);
  const visits = resources.use(visitBookOf(shared));
  const handler = handlerOf(shared, doors, operations, visits);
  resources.use(doors);
  resources.defer(() => closing.abort(new Error("Schelly is stopping")));
  await doors.open(config.server, handler, callersAt(shared));
  resources.use(notifications);
  resources.defer(() => supervision.stopping());
  await tellBegun(shared, notifications);
  sheets.start();

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
async function tellBegun(shared: Shared, notifications: Notifications): Promise<void> {
  const { host, config, store, engine, followers, supervision, tellers } = shared;
  await recordEvent(store, followers.sink, startedEvent(host, config));
  notifications.start();
  for (const told of keepFailedTold(engine)) followers.say("engine.started", "info", told);
  supervision.ready();
  await tellers.take(config);
}

/** Tells the service manager how the jobs do; engine and facts are there once it is told that all is ready. */
function supervise(
  { supervisor, clock }: Host,
  engine: () => Engine,
  facts: () => Facts,
): Supervision {
  const unwell = async () => (await healthOfAll(facts(), 0)).unwellCount;
  return createSupervision(supervisor, clock, () => engine().counts, unwell);
}

function createEngine(
  { host, watch, store, followers, providers, schedules, supervision, tellers }: Omit<Shared, "engine">,
  fatal: (error: unknown) => void,
): Engine {
  return new Engine({
    clock: host.clock,
    watch,
    ids: host.ids,
    random: host.random,
    store,
    sink: followers.sink,
    callsOf: (key, job) => providers.callsOf(key, job),
    serviceOf: (key) => providers.serviceOf(key),
    slotsOf: (pattern, timezone) => {
      const parsed = schedules.parse(pattern, timezone);
      return "error" in parsed ? undefined : parsed.schedule;
    },
    beat() {
      supervision.beat();
      tellers.beat();
    },
    maxNapMs: supervision.maxNapMs,
    fatal,
  });
}

function reloadsOf(
  shared: Shared,
  doors: Doors,
  load: () => Promise<Config>,
  applied: () => void,
): Reloads {
  const { host, closing, providers, engine, schedules, followers, store } = shared;
  const tell = (isTaken: boolean, text: string, by: readonly string[]) => {
    const event = reloadEvent(host.clock.now(), isTaken, text, by, shared.config.digest);
    void recordEvent(store, followers.sink, event);
  };
  return new Reloads({
    clock: host.clock,
    stop: closing.signal,
    load,
    busy: (next) => providers.busyBuiltins(next.providers),
    async apply(next) {
      await keepUnchanged(shared.config, next, host.clock);
      const changes = changesOf(shared.config, next);
      // First: nothing else is changed yet when the certificate cannot be used.
      await renewCertificate(doors.tcp, shared.config.server, next.server);
      const isTrustSame = isSame(shared.config.server.trustedProxies, next.server.trustedProxies);
      if (!isTrustSame || !isSameAccess(shared.auth, next.server.auth)) shared.auth = next.server.auth;
      await providers.replace(next.providers);
      const left = await engine.reload(declare(next, schedules, providers));
      followers.upkeep.changed();
      shared.config = next;
      applied();
      await shared.tellers.take(next);
      return [...changes, ...left];
    },
    taken: (text, by) => tell(true, text, by),
    refused: (text, by) => tell(false, text, by),
  });
}

/** What the health of jobs is read through, with how often each is expected to run. */
type Facts = JobFactsParts & { intervalOf: ReturnType<typeof intervalsOf> };

function factsOf(shared: Shared): Facts {
  const { host: { clock }, watch, store, schedules, providers, engine, followers } = shared;
  const intervalOf = intervalsOf(schedules, () => clock.now());
  return {
    engine,
    store,
    clock,
    watch,
    storeTrouble: followers.storeTrouble,
    providerTroubleOf: (key) => providers.troubleOf(key),
    startedAgoOf: (key) => providers.startedAgo(key),
    upkeepTroubleOf: (key) => followers.upkeep.troubleOf(key),
    storageOf: (key) => followers.upkeep.storageOf(key),
    intervalOf,
    expectedOf(job) {
      const interval = intervalOf(job);
      return interval === null ? null : interval + job.graceMs;
    },
    begunAt: clock.monotonic(),
  };
}

function notificationsOf(shared: Shared, facts: Facts, operations: () => Operations): Notifications {
  const { host, engine, store, watch, schedules, followers } = shared;
  const foreseen = { engine, store, clock: host.clock, watch, schedules };
  const notifications = new Notifications({
    host,
    clock: host.clock,
    facts,
    outbox: store.outbox,
    notify: () => shared.config.notify,
    publicUrl: () => shared.config.server.publicUrl,
    departuresWithin: async (job, ms) => (await departuresOf(foreseen, job, ms))?.going ?? null,
    deletionsUntil: (job, until) => deletionsUntil(operations(), job, host.clock.now(), until),
  });
  followers.add(notifications);
  return notifications;
}

function operationsOf(
  shared: Shared,
  facts: Facts,
  notifications: Notifications,
  { coverages, departures, planned, restoreBook }: Books,
  reloads: Reloads,
  sheets: SheetKeeper,
): Operations {
  const { host, closing, store, schedules, providers, supervision, engine } = shared;
  const { metrics, upkeep } = shared.followers;
  const { clock, files } = host;
  const { intervalOf } = facts;
  return createOperations({
    ...facts,
    notifications,
    happened: (since) => store.outbox.happened(since),
    config: () => shared.config,
    trail: store.trail,
    files,
    machineName: host.machine().name,
    restoreBook,
    callsOf: (key, job) => providers.callsOf(key, job),
    sheetTrouble: () => sheets.trouble(),
    schedules,
    coverages,
    departures,
    planned,
    promises: () => coverages.kept(),
    work: new LongWork(clock, closing.signal),
    output: (run) => providers.outputOf(run),
    ...stateWork({ store, clock, sink: shared.followers.sink, config: () => shared.config.state }),
    readOriginal: async (path) => {
      const { readOriginalFile } = await import("../store/original_file.ts");
      return await readOriginalFile(path, files);
    },
    reload: (by) => supervision.reloading(() => reloads.reload(by)),
    lastReload: () => reloads.last,
    providerTroubles: () => providers.troubles(),
    outcomeTroubles: () => shared.tellers.troubles(),
    upkeepTroubles: () => upkeep.troubles(shared.config.providers),
    async *renderMetrics(jobs) {
      metrics.setBacklog(await notifications.backlog());
      const { providers } = shared.config;
      metrics.setUpkeep(upkeep.rows(providers), upkeep.figures(providers));
      const rows = metricRows(
        { engine, coverages, departures, intervalOf, setStops: metrics.setStops },
        jobs,
      );
      yield* metrics.render({ names: engine.jobNames(), rows, most: shared.config.metrics.mostJobs });
    },
  });
}

function visitBookOf({ host: { clock }, store, followers }: Shared): VisitBook {
  return new VisitBook({ clock, record: (event) => recordEvent(store, followers.sink, event) });
}

/** The API and the page are loaded when they are first asked for more than whether this lives. */
function handlerOf(shared: Shared, doors: Doors, operations: Operations, visits: Visits): RequestHandler {
  const { host, store, watch, followers, closing, config } = shared;
  const deps: ApiDeps = {
    reads: store,
    operations,
    auth: () => shared.auth,
    basePath: () => shared.config.server.basePath,
    hostnames: config.server.listen === null ? [] : [config.server.listen.hostname],
    clock: host.clock,
    watch,
    sink: followers.sink,
    visits,
    version: host.version.version,
    subscribe: followers.committed.subscribe,
    closing: closing.signal,
  };
  const address = () => shared.config.server.publicUrl ?? doors.browserAddress(shared.config.server.basePath);
  return answerProbes(
    deps,
    () =>
      loadFront({ ...deps, visits, secrets: host.secrets, history: store, closing: closing.signal, address }),
  );
}

/** What of callers is told before their requests are looked at, by the configuration in force. */
function callersAt(shared: Shared): Pick<ListenSpec, "standing" | "peerOf"> {
  return {
    standing: createStanding(() => shared.auth, shared.host.clock, () => shared.config.server.basePath),
    peerOf: (peer, headers) =>
      peerBehind(shared.config.server.trustedProxies ?? [], peer, headers ?? new Headers()),
  };
}

function exitOf(error: unknown): Ending {
  if (error instanceof StoreError) {
    const code = error.kind === "in_use" ? 75 : error.kind === "not_writable" ? 73 : 1;
    return { code, message: error.message };
  }
  const trace = error instanceof Error ? error.stack ?? error.message : String(error);
  return {
    code: 1,
    message: `A bug was found, please report it. Schelly ends rather than go on in doubt: ${trace}`,
  };
}
