// The real engine on the real store, with a virtual clock and providers that know the truth.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Run } from "../../src/domain/backup.ts";
import type { Job } from "../../src/domain/job.ts";
import { parsePolicy, type Policy } from "../../src/domain/policy.ts";
import { createScheduleCache } from "../../src/domain/schedule/schedule.ts";
import { type ProviderCalls, queueCalls } from "../../src/engine/context/calls.ts";
import { SteadyClockWatch } from "../../src/engine/clock/clock_watch.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { DeclaredJob } from "../../src/engine/job_parts.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Ids } from "../../src/ports/host.ts";
import type { Provider } from "../../src/ports/provider.ts";
import type { RunStore } from "../../src/ports/store.ts";
import { type OpenStore, openStore, type StoreOptions } from "../../src/store/run_store.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeIds, FakeRandom } from "./fake_ids.ts";
import { FakeProvider } from "./fake_provider.ts";
import { nodeFiles } from "./node_files.ts";

export const START = Date.parse("2026-03-02T10:00:00Z");

/** A policy from its text. */
export function policy(text: string): Policy {
  const parsed = parsePolicy(text);
  if ("errors" in parsed) throw new Error(parsed.errors.join("; "));
  return parsed.policy;
}

/** A job that runs every minute and keeps everything unless told otherwise. */
export function job(fields: Partial<Job> = {}): Job {
  const providerKey = fields.providerKey ?? "p";
  return {
    name: "db",
    label: "db",
    renamedFrom: null,
    enabled: true,
    from: null,
    to: null,
    schedule: "0 * * * * *",
    scheduleDerived: false,
    timezone: "UTC",
    jitterMs: 0,
    missedRuns: "latest",
    startDeadlineMs: null,
    providerKey,
    providerKeys: [providerKey],
    createBody: undefined,
    deleteBody: undefined,
    createTimeoutMs: 60_000,
    deleteTimeoutMs: 600_000,
    pollIntervalMs: 5_000,
    verifyBeforeDelete: true,
    reconcileMs: null,
    graceMs: 3_600_000,
    maxDurationMs: null,
    retryIntervalMs: 5_000,
    onUnknown: "retry",
    retry: { attempts: 0, afterMs: 600_000 },
    suspicion: { minSizeMb: null, minPercent: 20 },
    retention: policy("secondly=1000"),
    retentionSchedule: null,
    maxDeletesPerPass: 10,
    keepFailed: { ms: Infinity, isSet: false },
    guard: { maxPercent: 50, policyChangeHoldMs: 3_600_000 },
    promises: [],
    ...fields,
  };
}

export interface RigOptions {
  jobs?: Partial<Job>[];
  /** By provider key. Default: one `p`, instant and plain. */
  providers?: (clock: FakeClock) => FakeProvider[];
  start?: number;
  /** When the program was built (UTC ms). Default: nobody knows. */
  builtAt?: number;
  /** How much time each reading of a clock takes (ms). */
  readMs?: number;
  /** Which keys name one service. Default: each its own. */
  serviceOf?: (providerKey: string) => string;
  /** From how many backups on elections are kept up to date between passes. */
  followFrom?: number;
  mostRows?: number;
  /** Calls that each provider takes at a time; default 1. */
  maxConcurrent?: number;
  /** Ids of runs; default: the same in each play. */
  ids?: (clock: FakeClock) => Ids;
  /** Further options of the store. */
  store?: Partial<StoreOptions>;
  /** Takes the place of what a provider of this key does. */
  substitute?: (key: string) => Provider | undefined;
  /** Wraps the store, for faults. */
  wrap?: (store: OpenStore) => RunStore;
}

/** A running engine and everything around it. */
export class Rig implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "schelly-engine-"));
  readonly clock: FakeClock;
  readonly events: EngineEvent[] = [];
  readonly providers = new Map<string, FakeProvider>();
  fatal: unknown;
  /** Rounds of the ticker. */
  beats = 0;
  store!: OpenStore;
  engine!: Engine;
  watch!: SteadyClockWatch;
  #options: RigOptions;
  #calls = new Map<string, ProviderCalls>();
  #boots = 0;

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.clock = new FakeClock(options.start ?? START, options.readMs);
    const made = options.providers?.(this.clock) ?? [new FakeProvider({ clock: this.clock, key: "p" })];
    for (const provider of made) this.providers.set(provider.key, provider);
  }

  get provider(): FakeProvider {
    return this.providers.get("p")!;
  }

  /** Boots; `jobs` replaces the declared ones. */
  async boot(jobs: Partial<Job>[] | undefined = this.#options.jobs): Promise<this> {
    this.#options.jobs = jobs;
    const sink = { emit: (event: EngineEvent) => void this.events.push(event) };
    const ids = this.#options.ids?.(this.clock) ?? new FakeIds(this.clock, ++this.#boots);
    this.watch = new SteadyClockWatch(this.clock, this.#options.builtAt);
    this.store = await openStore({
      url: `file:${join(this.folder, "schelly.db")}`,
      token: null,
      files: nodeFiles,
      clock: this.clock,
      watch: this.watch,
      ids,
      sink,
      http: () => Promise.reject(new Error("no network here")),
      waitMs: 0,
      ...this.#options.store,
    });
    this.#calls.clear();
    for (const provider of this.providers.values()) {
      const called = this.#options.substitute?.(provider.key) ?? provider;
      this.#calls.set(provider.key, queueCalls(called, this.#options.maxConcurrent ?? 1, this.clock));
    }
    this.engine = this.another(ids);
    await this.engine.start(this.declare(jobs));
    await this.clock.settle();
    return this;
  }

  /** One more on the same store, not started. */
  another(ids: Ids = new FakeIds(this.clock, ++this.#boots)): Engine {
    const schedules = createScheduleCache();
    return new Engine({
      clock: this.clock,
      watch: this.watch,
      ids,
      random: new FakeRandom(7),
      store: this.#options.wrap?.(this.store) ?? this.store,
      sink: { emit: (event: EngineEvent) => void this.events.push(event) },
      ...(this.#options.followFrom === undefined ? {} : { followFrom: this.#options.followFrom }),
      ...(this.#options.mostRows === undefined ? {} : { mostRows: this.#options.mostRows }),
      ...(this.#options.serviceOf === undefined ? {} : { serviceOf: this.#options.serviceOf }),
      callsOf: (key) => this.#calls.get(key),
      slotsOf: (pattern, timezone) => {
        const parsed = schedules.parse(pattern, timezone);
        return "error" in parsed ? undefined : parsed.schedule;
      },
      beat: () => void this.beats++,
      fatal: (error) => {
        this.fatal ??= error;
      },
    });
  }

  /** Puts a provider into the configuration, to be asked from now on. */
  answerFor(provider: FakeProvider): void {
    this.providers.set(provider.key, provider);
    this.#calls.set(provider.key, queueCalls(provider, this.#options.maxConcurrent ?? 1, this.clock));
  }

  declare(jobs: Partial<Job>[] = [{}]): DeclaredJob[] {
    const schedules = createScheduleCache();
    const slots = (pattern: string, timezone: string) => {
      const parsed = schedules.parse(pattern, timezone);
      if ("error" in parsed) throw new Error(parsed.error);
      return parsed.schedule;
    };
    return jobs.map((fields) => {
      const declared = job(fields);
      return {
        job: declared,
        calls: this.#calls.get(declared.providerKey)!,
        slots: slots(declared.schedule, declared.timezone),
        retentionSlots: declared.retentionSchedule === null
          ? null
          : slots(declared.retentionSchedule, declared.timezone),
        ...(declared.verify === undefined
          ? {}
          : { verifySlots: slots(declared.verify.schedule, declared.timezone) }),
      };
    });
  }

  /** Ends as kill -9 does, as far as the store can tell: nothing more is written. */
  async crash(): Promise<void> {
    const stopped = this.engine.stop(0);
    await this.clock.advance(0);
    await stopped;
    await this.store[Symbol.asyncDispose]();
  }

  async runs(status?: Run["status"], name = "db"): Promise<Run[]> {
    const page = await this.store.runs({ job: name, limit: 1000, ...(status ? { status: [status] } : {}) });
    return page.items.reverse();
  }

  /** `status(reason)` of every run, oldest first. */
  async story(name = "db"): Promise<string[]> {
    return (await this.runs(undefined, name)).map((run) =>
      run.reason === null ? run.status : `${run.status}(${run.reason})`
    );
  }

  told(type: EngineEvent["type"]): EngineEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crash().catch(() => {});
    rmSync(this.folder, { recursive: true, force: true });
    if (this.fatal !== undefined && !process.env.SCHELLY_TEST_FATAL_OK) throw this.fatal;
  }
}

/** A booted rig. */
export async function rig(options: RigOptions = {}): Promise<Rig> {
  return await new Rig(options).boot();
}
