// The composition root: a checked configuration becomes a running scheduler.

import { createApi } from "../api/mod.ts";
import type { Config } from "../config/values/config.ts";
import { CoverageBook } from "./coverage/coverage_book.ts";
import { DAY } from "../domain/duration.ts";
import { StoreError } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import { createScheduleCache, type ScheduleCache } from "../domain/schedule/schedule.ts";
import { SteadyClockWatch } from "../engine/clock/clock_watch.ts";
import { stableText } from "../domain/stable_text.ts";
import { type DeclaredJob, Engine } from "../engine/engine.ts";
import { LongWork } from "../engine/context/long_work.ts";
import { createLog } from "../observe/log.ts";
import { createMetrics } from "../observe/metrics.ts";
import { createOperations } from "./operations/operations.ts";
import type { EngineEvent, EventSink } from "../ports/events.ts";
import type { Host, Listener } from "../ports/host.ts";
import type { Operations } from "../ports/operations.ts";
import type { RunStore } from "../ports/store.ts";
import { ProviderSet } from "./provider_set.ts";
import { Reloads } from "./reloads.ts";
import { isSameAccess, renewCertificate, serverChanges } from "./config_changes.ts";
import { snapshotView } from "./operations/snapshot_view.ts";
import { openStore } from "../store/run_store.ts";
import { createSupervision } from "./supervision.ts";
import { UpkeepBook } from "./upkeep_book.ts";

export interface AppOptions {
  config: Config;
  /** Loads the configuration anew from where it came; rejects with `ConfigError`. */
  reload: () => Promise<Config>;
  host: Host;
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
  done: Promise<{ code: number; message?: string }>;
}

/** Longest wait for calls under way when stopping; what is cut off then is settled at the next start. */
const STOP_WORK_MS = 8_000;
const STOP_REQUESTS_MS = 1_000;
const EXPECTED_INTERVAL_DAYS = 366;

/** Opens the state, recovers, listens, and begins to schedule. Rejects with `StoreError` or `ConfigError`. */
export async function startApp(options: AppOptions): Promise<App> {
  const { host } = options;
  let config = options.config;
  const { clock, ids, random, files } = host;
  const log = createLog({
    level: config.log.level,
    format: config.log.format === "auto" ? (host.terminal.errIsTty ? "text" : "json") : config.log.format,
    colour: host.terminal.errIsTty && !host.env.NO_COLOR,
    write: (line) => host.terminal.err(`${line}\n`),
  });
  const metrics = createMetrics({ version: host.version, startedAt: clock.now(), usage: host.usage, clock });
  let storeTrouble: string | null = null;
  const upkeep = new UpkeepBook();
  const followers: EventSink[] = [log, metrics, upkeep];
  const sink: EventSink = {
    emit(event) {
      // What cannot be saved must show until something can be again.
      if (event.type === "store.commit") storeTrouble = null;
      else if (event.type === "store.error" && event.level === "error") storeTrouble = event.message;
      for (const follower of followers) follower.emit(event);
    },
  };
  const committed = committedEvents(sink);
  const closing = new AbortController();
  const ended = Promise.withResolvers<{ code: number; message?: string }>();

  await using resources = new AsyncDisposableStack();
  const folder = stateFolder(config, files.workingFolder());
  // A first start needs no preparation; where the folder cannot be made, opening the state says why.
  if (folder !== null) await files.makeFolder(folder, 0o700).catch(() => {});
  const watch = new SteadyClockWatch(clock);
  const store = resources.use(
    await openStore({
      url: config.state.url,
      token: config.state.token,
      files,
      clock,
      watch,
      ids,
      sink: committed,
      http: host.http,
    }),
  );
  const schedules = createScheduleCache();
  const providers = resources.use(
    new ProviderSet(host, auditUpkeep(store, sink), folder ?? "/var/lib/schelly"),
  );
  await providers.replace(config.providers);
  const supervision = createSupervision(host.supervisor, clock, () => {
    const jobs = engine.jobNames().map((name) => engine.job(name)!);
    return {
      all: jobs.length,
      running: jobs.filter(({ running }) => running !== null).length,
      paused: jobs.filter(({ state }) => state.pausedAt !== null).length,
    };
  });
  const engine: Engine = new Engine({
    clock,
    watch,
    ids,
    random,
    store,
    sink,
    callsOf: (key) => providers.callsOf(key),
    slotsOf: (pattern, timezone) => {
      const parsed = schedules.parse(pattern, timezone);
      return "error" in parsed ? undefined : parsed.schedule;
    },
    beat: () => supervision.beat(),
    maxNapMs: supervision.maxNapMs,
    fatal: (error) => ended.resolve(exitOf(error)),
  });
  resources.defer(() => engine.stop(STOP_WORK_MS));
  await engine.start(declare(config, schedules, providers));
  if (store.restored !== null) await guardRestored(store, store.restored, config.jobs, clock.now());
  const coverages = resources.use(new CoverageBook({ engine, store, clock, schedules, sink }));
  followers.push(coverages);
  coverages.start();

  const say = (type: EngineEvent["type"], level: EngineEvent["level"], message: string) =>
    sink.emit({ type, level, at: clock.now(), message });
  let auth = config.server.auth;
  let tcp: Listener | undefined;
  const reloads = new Reloads({
    clock,
    stop: closing.signal,
    load: options.reload,
    busy: (next) => providers.busyBuiltins(next.providers),
    async apply(next) {
      const changes = changesOf(config, next);
      // First: nothing else is changed yet when the certificate cannot be used.
      await renewCertificate(tcp, config.server, next.server);
      if (!isSameAccess(auth, next.server.auth)) auth = next.server.auth;
      await providers.replace(next.providers);
      await engine.reload(declare(next, schedules, providers));
      config = next;
      return changes;
    },
    taken: (text) => say("config.reloaded", "info", `The configuration was reloaded: ${text}`),
    refused: (text) =>
      say("config.invalid", "error", `The configuration was not reloaded, the old one stays: ${text}`),
  });

  const expectedIntervals = intervalsOf(() => config.jobs, schedules, () => clock.now());
  const operations = createOperations({
    config: () => config,
    engine,
    store,
    clock,
    watch,
    storeTrouble: () => storeTrouble,
    schedules,
    coverages,
    work: new LongWork(clock, closing.signal),
    output: async (run) =>
      run.id === null ? undefined : await providers.callsOf(run.providerKey)?.provider.output(run.id),
    takeSnapshot: async (path) => snapshotView(await store.snapshot(path)),
    readOriginal: async (path) => {
      const { readOriginalFile } = await import("../store/original_file.ts");
      return await readOriginalFile(path, host.files);
    },
    reload: () => supervision.reloading(() => reloads.reload()),
    lastReload: () => reloads.last,
    upkeepTroubles: () => upkeep.troubles(config.providers),
    renderMetrics: (stats, jobs, frozen) => {
      metrics.setFrozen(frozen);
      metrics.setUpkeep(upkeep.rows(config.providers));
      metrics.setJobs(stats, jobs, expectedIntervals(), coverages.kept());
      return metrics.render();
    },
  });
  const handler = createApi({
    reads: store,
    operations,
    auth: () => auth,
    hostnames: config.server.listen === null ? [] : [config.server.listen.hostname],
    clock,
    watch,
    sink,
    version: host.version.version,
    subscribe: committed.subscribe,
    closing: closing.signal,
  });
  const listeners: Listener[] = [];
  resources.defer(async () => {
    await Promise.all(listeners.map((listener) => listener.close(STOP_REQUESTS_MS)));
  });
  resources.defer(() => closing.abort(new Error("Schelly is stopping")));
  const { listen, socket, tls } = config.server;
  if (listen !== null) {
    tcp = await host.listen({ tcp: { ...listen, ...(tls === null ? {} : { tls }) } }, handler);
    listeners.push(tcp);
  }
  if (socket !== null) listeners.push(await host.listen({ unix: { path: socket } }, handler));
  say("engine.started", "info", `Scheduling ${config.jobs.length} jobs`);

  resources.defer(() => supervision.stopping());
  supervision.ready();

  const running = resources.move();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= running.disposeAsync();
    return stopping;
  };
  return {
    addresses: listeners.map((listener) => listener.address),
    operations,
    nextSlots: engine.jobNames().map((job) => ({ job, slot: engine.job(job)!.nextSlot() })),
    stop,
    done: ended.promise,
    [Symbol.asyncDispose]: stop,
  };
}

/** Nothing is deleted by a state that may not know what is its own, also where it is empty and knows no job yet. */
async function guardRestored(store: RunStore, why: string, jobs: readonly Job[], now: number): Promise<void> {
  const message = `the state store looks restored or emptied, ${why}: look with 'schelly retention show', ` +
    "then 'schelly retention approve'";
  const guard = "restored_store";
  await Promise.all(jobs.map(({ name: job }) =>
    store.commit({
      job,
      writes: [{ write: "latch", guard: { job, guard, latchedAt: now, message } }],
      events: [{
        type: "retention.guarded",
        level: "error",
        at: now,
        job,
        message: `Retention of job '${job}' is stopped: ${message}`,
        data: { guard },
      }],
    })
  ));
}

/** What upkeep has done belongs to the audit trail; where that cannot be written it is told all the same. */
function auditUpkeep(store: RunStore, sink: EventSink): EventSink {
  return {
    emit(event) {
      if (event.type !== "provider.upkeep" || event.data?.news !== true) return sink.emit(event);
      store.commit({ job: "", writes: [], events: [event] }).catch(() => sink.emit(event));
    },
  };
}

/** Every job with its queue and its slots. */
function declare(config: Config, schedules: ScheduleCache, providers: ProviderSet): DeclaredJob[] {
  return config.jobs.map((job) => ({
    job,
    calls: providers.callsOf(job.providerKey)!,
    slots: slotsOf(job.schedule, job, schedules),
    retentionSlots: job.retentionSchedule === null ? null : slotsOf(job.retentionSchedule, job, schedules),
  }));
}

function slotsOf(pattern: string, job: Job, schedules: ScheduleCache) {
  const parsed = schedules.parse(pattern, job.timezone);
  if ("error" in parsed) {
    throw new Error(`job '${job.name}' was loaded with a schedule that cannot be used: ${parsed.error}`);
  }
  return parsed.schedule;
}

/** Publishes what the store committed, and wakes those who follow the audit trail. */
function committedEvents(sink: EventSink): EventSink & { subscribe(listener: () => void): () => void } {
  const listeners = new Set<() => void>();
  return {
    emit(event) {
      sink.emit(event);
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What changed, for people; parts that only a restart takes over say so. */
function changesOf(before: Config, after: Config): string[] {
  const messages: string[] = [];
  const old = new Map(before.jobs.map((job) => [job.name, stableText(job)]));
  for (const job of after.jobs) {
    if (!old.has(job.name)) messages.push(`job '${job.name}' added`);
    else if (old.get(job.name) !== stableText(job)) messages.push(`job '${job.name}' changed`);
    old.delete(job.name);
  }
  for (const name of old.keys()) messages.push(`job '${name}' removed, its backups stay untouched`);
  for (const [key, spec] of after.providers) {
    const was = before.providers.get(key);
    if (was !== undefined && stableText(was) !== stableText(spec)) {
      messages.push(`provider '${key}' changed`);
    }
  }
  messages.push(...serverChanges(before.server, after.server));
  for (const part of ["log", "state"] as const) {
    if (stableText(before[part]) !== stableText(after[part])) {
      messages.push(`'${part}' changed: needs a restart`);
    }
  }
  return messages.length === 0 ? ["nothing changed"] : messages;
}

/** The longest time each job may rightly go without a success: computed once a day, since it looks a year ahead. */
function intervalsOf(jobs: () => readonly Job[], schedules: ScheduleCache, now: () => number) {
  const known = new Map<string, { at: number; gap: number }>();
  return (): Map<string, number> => {
    const intervals = new Map<string, number>();
    for (const [key, { at }] of known) if (Math.abs(now() - at) > DAY) known.delete(key);
    for (const job of jobs()) {
      const key = `${job.timezone}\n${job.schedule}`;
      let entry = known.get(key);
      if (entry === undefined) {
        const gap = slotsOf(job.schedule, job, schedules).largestGap(now(), EXPECTED_INTERVAL_DAYS);
        entry = { at: now(), gap: gap ?? 0 };
        known.set(key, entry);
      }
      if (entry.gap > 0) intervals.set(job.name, entry.gap + job.jitterMs);
    }
    return intervals;
  };
}

/** The folder of the state file, where built-in providers keep their journals too; null for a server's state. */
function stateFolder(config: Config, workingFolder: string): string | null {
  const path = /^file:(?:\/\/)?(.*)$/.exec(config.state.url)?.[1];
  if (path === undefined) return null;
  const absolute = path.startsWith("/") ? path : `${workingFolder}/${path}`;
  return absolute.slice(0, absolute.lastIndexOf("/")) || "/";
}

function exitOf(error: unknown): { code: number; message: string } {
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
