// The engine: jobs, their retention, the ticker and the housekeeping, from start to stop.

import { mayDeleteAt } from "../domain/backup.ts";
import type { Slots } from "../domain/schedule/dispatch.ts";
import { StoreError } from "../domain/errors.ts";
import { isFrozen } from "../domain/freeze.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { ProviderCalls } from "./context/calls.ts";
import { isFatal } from "./context/commit.ts";
import { ClockDoubt } from "./clock/clock_doubt.ts";
import type { SteadyClockWatch } from "./clock/clock_watch.ts";
import { type EngineContext, jobEvent, messageOf } from "./context/context.ts";
import { policyText } from "./retention/election_plan.ts";
import { guardRestored } from "./retention/restored.ts";
import { JobEngine, type JobHooks } from "./job_engine.ts";
import { type JobParts, whyInactive } from "./job_parts.ts";
import { isByHand } from "./retention/delete_call.ts";
import { freshState } from "./fresh_state.ts";
import { importBackups, type ImportWish } from "./inventory/import_backups.ts";
import { Prober } from "./run/probe.ts";
import { Reconciler } from "./reconciler.ts";
import { recover } from "./run/recover.ts";
import { rename } from "./rename.ts";
import { RetentionQueue } from "./retention_queue.ts";
import { shuffle } from "./context/retry.ts";
import { Safekeeping } from "./safekeeping/safekeeping.ts";
import { Sends } from "./context/sends.ts";
import { type Due, Ticker } from "./ticker.ts";
import { syncManaged, takeBack } from "./inventory/unmanaged.ts";

/** A declared job with what it runs on. */
export interface DeclaredJob extends JobParts {
  /** Slots of `retention.schedule`; null where the job has none. */
  retentionSlots: Slots | null;
}

export interface EngineOptions extends Omit<EngineContext, "stop" | "sends"> {
  watch: SteadyClockWatch;
  /** The queue of the provider with this key; undefined when config names none. */
  callsOf(providerKey: string): ProviderCalls | undefined;
  /** The slots of a schedule as it was stored; undefined when it cannot be read any more. */
  slotsOf(pattern: string, timezone: string): Slots | undefined;
  /** The scheduler's loop came round. */
  beat?(): void;
  /** Longest time between two beats (ms); default 30 s, which is also the most. */
  maxNapMs?: number;
  /** The process must end: the store is lost to it, or a bug was found. */
  fatal(error: unknown): void;
}

interface Entry {
  engine: JobEngine;
  queue: RetentionQueue;
  retentionSlots: Slots | null;
  retentionCursor: number;
  /** The saving of an edited policy was not answered: it may be stored, also after the edit was taken back. */
  unheard: boolean;
}

const HOUSEKEEPING_MS = 30_000;
const TIDY_MS = 24 * 3_600_000;

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
  #reconciler: Reconciler;
  #doubt: ClockDoubt;
  #keptHouseAt: number;
  #keepingHouse: Promise<void> = Promise.resolve();
  #tidiedAt = -Infinity;
  /** Holds, the freeze, deletions by hand. */
  readonly safekeeping: Safekeeping;

  constructor(private readonly options: EngineOptions) {
    this.#context = { ...options, sends: new Sends(options.clock), stop: this.#stop.signal };
    this.#prober = new Prober(this.#context);
    this.#reconciler = new Reconciler(this.#context, (error) => this.#failed(error));
    this.safekeeping = new Safekeeping(this.#context, {
      job: (name) => this.#entries.get(name)?.engine.job,
      callsOf: (key) => options.callsOf(key),
      lookAgain: (name) => this.#lookAgain(name),
    });
    this.#doubt = new ClockDoubt(this.#context, options.watch, {
      jobs: () => Array.from(this.#entries.values(), ({ engine }) => engine),
      over: () => this.#lookAgain(undefined),
    });
    options.watch.changed = () => this.#ticker.nudge();
    this.#keptHouseAt = options.clock.monotonic();
    this.#ticker = new Ticker(options.clock, {
      due: () => this.#due(),
      woke: (now, monotonic) => this.#watchClocks(now, monotonic),
      beat: () => options.beat?.(),
      failed: (error) => this.#failed(error),
    }, options.maxNapMs);
  }

  /**
   * Settles what a former process left, takes up the jobs, then begins to tick. `restored`: why the store may not know
   * what is its own; null when it does.
   */
  async start(declared: DeclaredJob[], restored: string | null = null): Promise<void> {
    await Promise.all(declared.map((one) => this.#addEntry(one)));
    await syncManaged(this.#context, declared.map((one) => one.job));
    const followed = await recover(this.#context, (name) => {
      const entry = this.#entries.get(name);
      return entry && { job: entry.engine.job, slots: entry.engine.slots, callsOf: this.options.callsOf };
    });
    for (const { run, calls } of followed) this.#entries.get(run.job)!.engine.resume(run, calls);
    await Promise.all(declared.map((one) => this.#update(one)));
    await this.#doubt.look();
    this.#ticking = this.#ticker.run(this.#stop.signal).catch((error) => this.#failed(error));
    if (restored !== null) await guardRestored(this.#context, restored, declared.map((one) => one.job));
  }

  /**
   * Takes over an edited configuration; runs under way finish as they began. Once this is answered, no DELETE begins
   * that was decided by what it was before.
   */
  async reload(declared: DeclaredJob[]): Promise<void> {
    const names = new Set(declared.map((one) => one.job.name));
    for (const [name, entry] of this.#entries) {
      if (names.has(name)) continue;
      entry.engine.retire();
      entry.queue.retire();
      this.#entries.delete(name);
      this.#leaving.add(entry);
      void Promise.all([entry.engine.idle(), entry.queue.idle()]).then(() => this.#leaving.delete(entry));
    }
    for (const one of declared) if (!this.#entries.has(one.job.name)) await this.#addEntry(one);
    await syncManaged(this.#context, declared.map((one) => one.job));
    // Together, so that one write to the store serves many; each goes to its end before a failure is told.
    const updates = await Promise.allSettled(declared.map((one) => this.#update(one)));
    this.#ticker.nudge();
    await this.#context.sends.begun();
    const failed = updates.find((update) => update.status === "rejected");
    if (failed !== undefined) throw failed.reason;
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
      Promise.allSettled([this.#ticking, this.#keepingHouse, this.safekeeping.idle(), ...work]),
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

  /** Pauses a job, until an instant (UTC ms) or a word: once this is answered, no DELETE of its retention begins. */
  async pause(
    job: JobEngine,
    until: number | null,
    reason: string | null,
    event: EngineEvent,
  ): Promise<void> {
    await job.decide();
    const pausedAt = this.#context.clock.now();
    await job.change({ pausedAt, pausedUntil: until, pauseReason: reason }, event);
    await this.#context.sends.begun(job.job.name);
  }

  /** An operator says that the clock is right. */
  trustClock(by: string): Promise<void> {
    return this.#doubt.trust(by);
  }

  /** Takes in what the job's provider lists (undefined where it cannot), or those `records` that it has. Rejects with `ProviderError`. */
  async importBackups(job: JobEngine, wish: ImportWish) {
    const jobsThere = [...this.#entries.values()]
      .filter(({ engine }) => engine.job.providerKeys.includes(job.job.providerKey)).length;
    const report = await importBackups(this.#context, job.job, job.calls, wish, jobsThere);
    const came = report === undefined ? 0 : report.rows.length + report.proven.length;
    if (!wish.dryRun && came > 0) this.#retainAfterChange(job);
    return report;
  }

  async #addEntry(declared: DeclaredJob): Promise<void> {
    const { store, clock } = this.#context;
    const { job } = declared;
    if (job.renamedFrom !== null) await rename(this.#context, job.renamedFrom, job.name);
    let state = await store.job(job.name);
    if (state === undefined) {
      state = freshState(declared.job, clock.now());
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
    if (state.unmanagedSince !== null) {
      const slots = this.options.slotsOf(state.schedule, state.timezone) ?? null;
      state = await takeBack(this.#context, state, slots);
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
      unheard: false,
    });
  }

  async #update(declared: DeclaredJob): Promise<void> {
    const entry = this.#entries.get(declared.job.name)!;
    const now = this.#context.clock.now();
    const { retentionSchedule, timezone } = entry.engine.job;
    await entry.engine.update(declared);
    entry.retentionSlots = declared.retentionSlots;
    // A pass that is due by an unedited schedule stays due.
    if (retentionSchedule !== declared.job.retentionSchedule || timezone !== declared.job.timezone) {
      entry.retentionCursor = now;
    }
    const policy = policyText(declared.job);
    const before = entry.engine.state.policy;
    if (before === policy && !entry.unheard) return;
    entry.unheard = true;
    await entry.engine.change(
      { policy, policySince: this.#context.watch.read().begins },
      jobEvent(
        this.#context,
        declared.job.name,
        "job.policy_changed",
        "warning",
        `Retention policy of job '${declared.job.name}' is now '${policy}', was '${before}'`,
        { policy, before },
      ),
    );
    entry.unheard = false;
  }

  *#due(): Iterable<Due> {
    for (const entry of this.#entries.values()) {
      yield { dueAt: entry.engine.dueAt(), by: "wall", fire: () => entry.engine.decide() };
      if (entry.retentionSlots === null) continue;
      yield {
        dueAt: entry.retentionSlots.next(entry.retentionCursor),
        by: "wall",
        fire: (now) => {
          entry.retentionCursor = now;
          this.#pass(entry);
          return Promise.resolve();
        },
      };
    }
    yield {
      dueAt: this.#keptHouseAt + HOUSEKEEPING_MS,
      by: "monotonic",
      fire: () => {
        this.#keptHouseAt = this.#context.clock.monotonic();
        this.#keepingHouse = this.#keepHouse().catch((error) => this.#failed(error));
        return Promise.resolve();
      },
    };
  }

  #retainAfterChange(of: JobEngine): void {
    const entry = this.#entries.get(of.job.name);
    if (entry?.engine === of && entry.retentionSlots === null) this.#pass(entry);
  }

  #lookAgain(name: string | undefined): void {
    const entries = name === undefined ? this.#entries.values() : [this.#entries.get(name)];
    for (const entry of entries) if (entry !== undefined) this.#retainAfterChange(entry.engine);
  }

  #pass(entry: Entry): void {
    if (!this.#mayRetain(entry.engine)) return;
    void entry.queue.pass().catch((error) => this.#failed(error));
  }

  /** No retention while a job is disabled, outside its dates or paused. */
  #mayRetain({ state }: JobEngine): boolean {
    return whyInactive(state, this.#context.clock.now()) === undefined;
  }

  async #keepHouse(): Promise<void> {
    const { store, clock, watch } = this.#context;
    const { now, ends, inDoubtUntil } = watch.read();
    const sent = await store.runsInStatus(["deleting", "delete-error"]);
    const due = sent.filter((row) => row.deleteSentAt !== null && mayDeleteAt(row, now));
    await this.safekeeping.keepHouse(due);
    // What could not be sent is not asked about again and again in vain.
    const stopped = inDoubtUntil !== null || isFrozen(await store.freeze(), ends);
    for (const entry of stopped ? [] : this.#entries.values()) {
      const { job } = entry.engine;
      const rows = due.filter((row) =>
        row.job === job.name && job.providerKeys.includes(row.providerKey) && !isByHand(row)
      );
      if (rows.length === 0 || !this.#mayRetain(entry.engine)) continue;
      void entry.queue.retry(shuffle(rows, this.#context.random)).catch((error) => this.#failed(error));
    }
    const found = await this.#prober.probe((run) => {
      const job = this.#entries.get(run.job)?.engine.job;
      const calls = this.options.callsOf(run.providerKey);
      return job === undefined || calls === undefined ? undefined : { job, calls };
    });
    for (const run of found) this.#pass(this.#entries.get(run.job)!);
    this.#reconciler.look(this.#entries.values());
    // A clock that is years ahead makes everything old.
    if (inDoubtUntil === null && clock.monotonic() - this.#tidiedAt >= TIDY_MS) {
      this.#tidiedAt = clock.monotonic();
      await store.tidy(now);
    }
  }

  async #watchClocks(now: number, monotonic: number): Promise<void> {
    await this.#doubt.look();
    for (const entry of this.#entries.values()) {
      // A pass made while the clock was ahead does not put off the next ones.
      entry.retentionCursor = Math.min(entry.retentionCursor, now);
      await entry.engine.watchClock(now, monotonic);
    }
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
