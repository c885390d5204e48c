// The engine: jobs, their retention, the ticker and the housekeeping, from start to stop.

import { isUnfinished, type Run } from "../domain/backup.ts";
import type { Slots } from "../domain/dispatch.ts";
import { StoreError } from "../domain/errors.ts";
import type { JobState } from "../ports/store.ts";
import type { ProviderCalls } from "./calls.ts";
import { isFatal } from "./commit.ts";
import { CLOCK_TOLERANCE_MS, type EngineContext, jobEvent, messageOf } from "./context.ts";
import { policyText } from "./election_plan.ts";
import { JobEngine, type JobHooks, type JobParts } from "./job_engine.ts";
import { Prober } from "./probe.ts";
import { recover } from "./recover.ts";
import { RetentionQueue } from "./retention_queue.ts";
import { Ticker } from "./ticker.ts";

/** A declared job with what it runs on. */
export interface DeclaredJob extends JobParts {
  /** Slots of `retention.schedule`; null where the job has none. */
  retentionSlots: Slots | null;
}

export interface EngineOptions extends Omit<EngineContext, "stop"> {
  /** The queue of the provider with this key; undefined when config names none. */
  callsOf(providerKey: string): ProviderCalls | undefined;
  /** The slots of a schedule as it was stored; undefined when it cannot be read any more. */
  slotsOf(pattern: string, timezone: string): Slots | undefined;
  /** The process must end: the store is lost to it, or a bug was found. */
  fatal(error: unknown): void;
}

interface Entry {
  engine: JobEngine;
  queue: RetentionQueue;
  retentionSlots: Slots | null;
  retentionCursor: number;
}

const HOUSEKEEPING_MS = 30_000;
const TIDY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/** Schedules, follows and thins out the backups of all jobs. */
export class Engine implements AsyncDisposable {
  #entries = new Map<string, Entry>();
  /** Jobs that left the configuration while a run was under way. */
  #leaving = new Set<Entry>();
  #stop = new AbortController();
  #context: EngineContext;
  #ticker: Ticker;
  #ticking: Promise<void> = Promise.resolve();
  #prober: Prober;
  #keptHouseAt: number;
  #keepingHouse: Promise<void> = Promise.resolve();
  #tidiedAt = -Infinity;

  constructor(private readonly options: EngineOptions) {
    this.#context = { ...options, stop: this.#stop.signal };
    this.#prober = new Prober(this.#context);
    this.#keptHouseAt = options.clock.monotonic();
    this.#ticker = new Ticker(options.clock, {
      due: () => this.#due(),
      woke: (now, monotonic) => this.#watchClocks(now, monotonic),
      jumped: (byMs) => this.#distrustClock(`it went forward by ${Math.round(byMs / 1000)} s at once`),
      failed: (error) => this.#failed(error),
    });
  }

  /** Settles what a former process left, takes up the jobs, then begins to tick. */
  async start(declared: DeclaredJob[]): Promise<void> {
    const { store, clock } = this.#context;
    await Promise.all(declared.map((one) => this.#addEntry(one)));
    const followed = await recover(this.#context, (name) => {
      const entry = this.#entries.get(name);
      return entry && { job: entry.engine.job, slots: entry.engine.slots, callsOf: this.options.callsOf };
    });
    for (const { run, calls } of followed) this.#entries.get(run.job)!.engine.resume(run, calls);
    await Promise.all(declared.map((one) => this.#update(one)));
    const newest = await store.newestRunAt();
    if (newest !== null && newest > clock.now() + CLOCK_TOLERANCE_MS) {
      await this.#distrustClock(
        `at start it is behind the newest record by ${Math.round((newest - clock.now()) / 1000)} s`,
      );
    }
    this.#ticking = this.#ticker.run(this.#stop.signal).catch((error) => this.#failed(error));
  }

  /** Takes over an edited configuration; runs under way finish as they began. */
  async reload(declared: DeclaredJob[]): Promise<void> {
    const names = new Set(declared.map((one) => one.job.name));
    for (const [name, entry] of this.#entries) {
      if (names.has(name)) continue;
      entry.engine.retire();
      this.#entries.delete(name);
      this.#leaving.add(entry);
      void entry.engine.idle().then(() => this.#leaving.delete(entry));
    }
    for (const one of declared) {
      if (!this.#entries.has(one.job.name)) await this.#addEntry(one);
      await this.#update(one);
    }
    this.#ticker.nudge();
  }

  /** Ends within `graceMs`: nothing new begins, calls under way may finish, everything else stays as stored. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort(new Error("Schelly is stopping"));
    const work = [...this.#entries.values(), ...this.#leaving].flatMap(({ engine, queue }) => [
      engine.idle(),
      queue.idle(),
    ]);
    const limit = new AbortController();
    await Promise.race([
      Promise.allSettled([this.#ticking, this.#keepingHouse, ...work]),
      this.#context.clock.sleep(graceMs, limit.signal).catch(() => {}),
    ]);
    limit.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(5_000);
  }

  /** The engine of a declared job. */
  job(name: string): JobEngine | undefined {
    return this.#entries.get(name)?.engine;
  }

  retention(name: string): RetentionQueue | undefined {
    return this.#entries.get(name)?.queue;
  }

  jobNames(): string[] {
    return [...this.#entries.keys()];
  }

  get stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  /** An operator says that the clock is right. */
  async trustClock(by: string): Promise<void> {
    await Promise.all([...this.#entries.values()].map(async ({ engine }) => {
      if (engine.state.clockUntrustedUntil === null) return;
      await engine.change(
        { clockUntrustedUntil: null },
        jobEvent(
          this.#context,
          engine.job.name,
          "clock.trusted",
          "warning",
          `${by} says that the clock is right`,
          { by },
        ),
      );
    }));
  }

  async #addEntry(declared: DeclaredJob): Promise<void> {
    const { store, clock } = this.#context;
    const { job } = declared;
    if (job.renamedFrom !== null) await this.#rename(job.renamedFrom, job.name);
    let state = await store.job(job.name);
    if (state === undefined) {
      state = freshState(declared, clock.now());
      await store.commit({
        job: job.name,
        writes: [{ write: "addJob", state }],
        events: [
          jobEvent(
            this.#context,
            job.name,
            "job.added",
            "info",
            `Job '${job.name}' is new: its schedule starts now`,
            {
              schedule: job.schedule,
              timezone: job.timezone,
              policy: state.policy,
            },
          ),
        ],
      });
    }
    // The job starts out with the schedule it had, disabled if it was; `update` then decides what is due by it and takes the new one.
    const before = this.options.slotsOf(state.schedule, state.timezone);
    const openRange = state.openRangeRunId === null ? null : (await store.run(state.openRangeRunId)) ?? null;
    const enabled = job.enabled && openRange?.reason !== "disabled";
    const parts = before === undefined ? declared : {
      ...declared,
      job: { ...job, enabled, schedule: state.schedule, timezone: state.timezone },
      slots: before,
    };
    const hooks: JobHooks = {
      changed: () => this.#ticker.nudge(),
      retain: (of) => this.#retainAfterChange(of),
      failed: (error) => this.#failed(error),
    };
    const engine = new JobEngine(this.#context, hooks, parts, state, openRange);
    this.#entries.set(job.name, {
      engine,
      queue: new RetentionQueue(this.#context, engine),
      retentionSlots: declared.retentionSlots,
      retentionCursor: clock.now(),
    });
  }

  /** A job under a new name takes along all that is stored under the old one, once. */
  async #rename(from: string, to: string): Promise<void> {
    const { store } = this.#context;
    if (await store.job(to) !== undefined || await store.job(from) === undefined) return;
    await store.commit({
      job: from,
      writes: [{ write: "renameJob", job: from, to }],
      events: [
        jobEvent(this.#context, to, "job.renamed", "info", `Job '${from}' is now called '${to}'`, { from }),
      ],
    });
  }

  async #update(declared: DeclaredJob): Promise<void> {
    const entry = this.#entries.get(declared.job.name)!;
    const now = this.#context.clock.now();
    await entry.engine.update(declared);
    entry.retentionSlots = declared.retentionSlots;
    entry.retentionCursor = now;
    const policy = policyText(declared.job);
    if (entry.engine.state.policy === policy) return;
    const before = entry.engine.state.policy;
    await entry.engine.change(
      { policy, policySince: now },
      jobEvent(
        this.#context,
        declared.job.name,
        "job.policy_changed",
        "warning",
        `Retention policy of job '${declared.job.name}' is now '${policy}', was '${before}'`,
        { policy, before },
      ),
    );
  }

  *#due(): Iterable<{ dueAt: number | null; fire: () => Promise<void> }> {
    const { clock } = this.#context;
    for (const entry of this.#entries.values()) {
      yield { dueAt: entry.engine.dueAt(), fire: () => entry.engine.decide() };
      if (entry.retentionSlots === null) continue;
      yield {
        dueAt: entry.retentionSlots.next(entry.retentionCursor),
        fire: () => {
          entry.retentionCursor = clock.now();
          this.#pass(entry);
          return Promise.resolve();
        },
      };
    }
    const wait = this.#keptHouseAt + HOUSEKEEPING_MS - clock.monotonic();
    yield {
      dueAt: clock.now() + Math.max(0, wait),
      fire: () => {
        this.#keptHouseAt = clock.monotonic();
        this.#keepingHouse = this.#keepHouse().catch((error) => this.#failed(error));
        return Promise.resolve();
      },
    };
  }

  #retainAfterChange(of: JobEngine): void {
    const entry = this.#entries.get(of.job.name);
    if (entry?.engine === of && entry.retentionSlots === null) this.#pass(entry);
  }

  #pass(entry: Entry): void {
    if (!this.#mayRetain(entry.engine)) return;
    void entry.queue.pass().catch((error) => this.#failed(error));
  }

  /** No retention while a job is disabled, outside its dates or paused. */
  #mayRetain({ job, state }: JobEngine): boolean {
    const now = this.#context.clock.now();
    const within = (job.from === null || now >= job.from) && (job.to === null || now < job.to);
    return job.enabled && within && state.pausedAt === null;
  }

  async #keepHouse(): Promise<void> {
    const { store, clock } = this.#context;
    const now = clock.now();
    const due = (await store.runsInStatus(["deleting", "delete-error"])).filter((row) =>
      row.deleteSentAt !== null && (row.deleteNotBefore ?? 0) <= now
    );
    for (const entry of this.#entries.values()) {
      const { job } = entry.engine;
      const rows = due.filter((row) => row.job === job.name && job.providerKeys.includes(row.providerKey));
      if (rows.length === 0 || !this.#mayRetain(entry.engine)) continue;
      void entry.queue.retry(shuffle(rows, () => this.#context.random.next())).catch((error) =>
        this.#failed(error)
      );
    }
    const found = await this.#prober.probe((run) =>
      this.#entries.has(run.job) ? this.options.callsOf(run.providerKey) : undefined
    );
    for (const run of found) this.#pass(this.#entries.get(run.job)!);
    if (clock.monotonic() - this.#tidiedAt >= TIDY_MS) {
      this.#tidiedAt = clock.monotonic();
      await store.tidy(now);
    }
  }

  async #watchClocks(now: number, monotonic: number): Promise<void> {
    for (const entry of this.#entries.values()) {
      // A pass made while the clock was ahead does not put off the next ones.
      entry.retentionCursor = Math.min(entry.retentionCursor, now);
      await entry.engine.watchClock(now, monotonic);
    }
  }

  async #distrustClock(why: string): Promise<void> {
    const now = this.#context.clock.now();
    await Promise.all([...this.#entries.values()].map(async ({ engine }) => {
      const until = now + Math.max(HOUR_MS, engine.interval() ?? 0);
      await engine.change(
        { clockUntrustedUntil: until },
        jobEvent(
          this.#context,
          engine.job.name,
          "clock.jump",
          "error",
          `The clock is not trusted, ${why}: job '${engine.job.name}' deletes nothing until ${
            new Date(until).toISOString()
          }`,
          { until, why },
        ),
      );
    }));
  }

  #failed(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    if (!(error instanceof StoreError) || isFatal(error)) return this.options.fatal(error);
    this.#context.sink.emit({
      type: "store.error",
      level: "error",
      at: this.#context.clock.now(),
      message: messageOf(error),
      data: { kind: error.kind },
    });
  }
}

/** True where a row still is the run that its job engine follows. */
export function isFollowed(engine: JobEngine | undefined, run: Run): boolean {
  return engine?.running?.runId === run.runId && isUnfinished(engine.running.status);
}

function freshState({ job }: DeclaredJob, now: number): JobState {
  return {
    job: job.name,
    knownSince: now,
    cursor: now,
    revision: 0,
    availableCount: 0,
    schedule: job.schedule,
    timezone: job.timezone,
    policy: policyText(job),
    policySince: now,
    providerKey: job.providerKey,
    pausedAt: null,
    pausedUntil: null,
    pauseReason: null,
    graceFactor: 1,
    lastCancelSlot: null,
    openRangeRunId: null,
    clockUntrustedUntil: null,
  };
}

function shuffle<T>(items: T[], random: () => number): T[] {
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [items[at], items[other]] = [items[other]!, items[at]!];
  }
  return items;
}
