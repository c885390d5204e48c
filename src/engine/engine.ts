// The engine: jobs, their retention, the ticker and the housekeeping, from start to stop.

import { StoreError } from "../domain/errors.ts";
import type { EngineEvent } from "../ports/events.ts";
import { Agenda, type Clocks } from "./agenda.ts";
import { Accepted } from "./context/accepted.ts";
import type { ProviderCalls } from "./context/calls.ts";
import { isFatal } from "./context/commit.ts";
import { dueClock, steadyClock } from "./clock/steady_clock.ts";
import { ClockDoubt } from "./clock/clock_doubt.ts";
import { ClockLooks } from "./clock/clock_looks.ts";
import type { SteadyClockWatch } from "./clock/clock_watch.ts";
import { type EngineContext, messageOf } from "./context/context.ts";
import { kinKeys } from "./context/kin_keys.ts";
import { Housekeeping } from "./housekeeping.ts";
import { importBackups, type ImportWish } from "./inventory/import_backups.ts";
import { JobEntry } from "./job_entry.ts";
import type { JobScheduler } from "./job_scheduler.ts";
import { type JobCounts, JobTally } from "./job_tally.ts";
import type { DeclaredJob, JobHooks } from "./job_parts.ts";
import { Leaving } from "./leaving.ts";
import type { Run } from "../domain/backup.ts";
import { recover } from "./run/recover.ts";
import { answerDeleted, answerProof, type Damage, guardDamage } from "./safekeeping/damage.ts";
import { takeUpTries } from "./run/tries.ts";
import { rename, type SlotsOf } from "./rename.ts";
import { guardRestored } from "./retention/restored.ts";
import type { RetentionQueue } from "./retention_queue.ts";
import { Safekeeping } from "./safekeeping/safekeeping.ts";
import { Sends } from "./context/sends.ts";
import { inSlices } from "./context/slices.ts";
import { SlowWalk } from "./slow_walk.ts";
import { Ticker } from "./ticker.ts";
import { showAll, takeUpAll } from "./take_up.ts";
import { syncManaged } from "./inventory/unmanaged.ts";
import { Verifications } from "./verification/verifications.ts";

interface EngineOptions extends Omit<EngineContext, "stop" | "sends" | "accepted"> {
  watch: SteadyClockWatch;
  /** The queue of the provider with this key; undefined when config names none. */
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
  /** Of the schedule that the store knows of a job. */
  slotsOf: SlotsOf;
  /** The scheduler's loop came round. */
  beat?(): void;
  /** Longest time between two beats (ms); default 30 s, which is also the most. */
  maxNapMs?: number;
  /** The process must end: the store is lost to it, or a bug was found. */
  fatal(error: unknown): void;
}

/** Until a guard that could not be saved is tried again. */
const DAMAGE_RETRY_MS = 5_000;

/** Schedules, follows and thins out the backups of all jobs. */
export class Engine implements AsyncDisposable {
  #entries = new Map<string, JobEntry>();
  #leaving: Leaving;
  #stop = new AbortController();
  #context: EngineContext;
  #agenda = new Agenda();
  #tally = new JobTally();
  #looks: ClockLooks<JobEntry>;
  #slowWalk: SlowWalk;
  #ticker: Ticker;
  #ticking: Promise<void> = Promise.resolve();
  #doubt: ClockDoubt;
  #housekeeping: Housekeeping;
  #damageOf: (providerKey: string) => Damage | null | undefined = () => undefined;
  readonly verifications: Verifications;
  /** Holds, the freeze, deletions by hand. */
  readonly safekeeping: Safekeeping;

  constructor(private readonly options: EngineOptions) {
    const clock = steadyClock(options.clock, options.watch);
    const accepted = new Accepted(clock, this.#stop.signal);
    this.#context = { ...options, clock, accepted, sends: new Sends(clock), stop: this.#stop.signal };
    this.safekeeping = new Safekeeping(this.#context, {
      job: (name) => this.#entries.get(name)?.scheduler.job,
      callsOf: (key, job) => options.callsOf(key, job),
      lookAgain: (name) => this.#lookAgain(name),
    });
    this.#doubt = new ClockDoubt(this.#context, options.watch, {
      jobs: () => Array.from(this.#entries.values(), ({ scheduler }) => scheduler),
      over: () => this.#lookAgain(undefined),
    });
    this.#looks = new ClockLooks(clock, options.watch, () => this.#entries.values());
    options.watch.changed = () => {
      this.#looks.addAll();
      this.#ticker.nudge();
    };
    this.#housekeeping = new Housekeeping(this.#context, {
      entries: this.#entries,
      safekeeping: this.safekeeping,
      callsOf: (key, job) => options.callsOf(key, job),
      damaged: (name) => void this.#answerProof(name, answerDeleted).catch((error) => this.#failed(error)),
      failed: (error) => this.#failed(error),
    });
    this.verifications = new Verifications(this.#context, {
      agenda: this.#agenda,
      scheduler: (name) => this.#entries.get(name)?.scheduler,
      callsOf: (key, job) => options.callsOf(key, job),
      nudge: () => this.#ticker.nudge(),
      told: (name) => this.#answerProof(name),
      failed: (error) => this.#failed(error),
    });
    this.#leaving = new Leaving(this.#context, this.#hooks());
    this.#slowWalk = new SlowWalk(this.#context, this.#agenda);
    this.#ticker = new Ticker(dueClock(options.clock, options.watch), {
      agenda: this.#agenda,
      woke: (clocks) => this.#woke(clocks),
      beat: () => options.beat?.(),
      failed: (error) => this.#failed(error),
    }, options.maxNapMs);
  }

  /**
   * Settles what a former process left, takes up the jobs, then begins to tick. `restored`: why the store may not know
   * what is its own; null when it does.
   */
  async start(declared: DeclaredJob[], restored: string | null = null): Promise<void> {
    const names = new Set(declared.map((one) => one.job.name));
    await this.#takeUp(declared, names);
    await syncManaged(this.#context, declared.map((one) => one.job));
    const followed = await recover(this.#context, (name) => {
      const entry = this.#entries.get(name);
      if (entry === undefined) return undefined;
      const { job, slots, state } = entry.scheduler;
      return { job, slots, state, callsOf: this.options.callsOf };
    });
    await this.#takeUpTries();
    for (const { run, calls } of followed) this.#entries.get(run.job)!.scheduler.resume(run, calls);
    await this.#leaving.settle();
    for (const update of await this.#update(declared)) if (update.status === "rejected") throw update.reason;
    await this.verifications.take(declared);
    await this.#doubt.look();
    this.#agenda.add(this.#housekeeping, true);
    this.#ticking = this.#ticker.run(this.#stop.signal).catch((error) => this.#failed(error));
    if (restored !== null) await guardRestored(this.#context, restored, declared.map((one) => one.job));
  }

  /**
   * Shows the jobs as the store has them and begins nothing: another instance is at work on them. To be called again for
   * news; never beside `start`.
   */
  async show(declared: DeclaredJob[]): Promise<void> {
    const names = new Set(declared.map((one) => one.job.name));
    const parts = { slotsOf: this.options.slotsOf, hooks: this.#hooks(), names };
    const entries = await showAll(this.#context, declared, parts);
    this.#entries = new Map(entries.map((entry) => [entry.ofJob, entry]));
    this.#tally.replace(entries.map(({ scheduler }) => scheduler));
  }

  /**
   * Takes over an edited configuration; runs under way finish as they began. Once this is answered, no DELETE begins
   * that was decided by what it was before. Answers what of it leaves backups to nobody, and how to go on with them.
   */
  async reload(declared: DeclaredJob[]): Promise<string[]> {
    const names = new Set(declared.map((one) => one.job.name));
    for (const [name, entry] of this.#entries) {
      if (names.has(name)) continue;
      this.#entries.delete(name);
      this.#agenda.remove(entry);
      this.#tally.remove(entry.scheduler);
      this.#looks.remove(entry);
      this.#leaving.add(entry);
    }
    const joined = await this.#takeUpNew(declared, names);
    const left = await syncManaged(this.#context, declared.map((one) => one.job));
    await this.#leaving.settle();
    await this.#takeUpTries();
    const updates = await this.#update(declared);
    await this.verifications.take(declared);
    // What was under way in these jobs meanwhile had the state of before.
    await Promise.all(joined.map((scheduler) => scheduler.refresh()));
    this.#doubt.joined();
    this.#ticker.nudge();
    await this.#context.sends.begun();
    const failed = updates.find((update) => update.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return left;
  }

  /** Ends within `graceMs`: nothing new begins, calls under way may finish, everything else stays as stored. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort(new Error("Schelly is stopping"));
    const work = [...Array.from(this.#entries.values(), (entry) => entry.idle()), ...this.#leaving.idle()];
    const limit = new AbortController();
    await Promise.race([
      Promise.allSettled([this.#ticking, ...this.#beside(), ...work]),
      this.#context.clock.sleep(graceMs, limit.signal).catch(() => {}),
    ]);
    limit.abort();
  }

  /** What goes on beside the jobs. */
  #beside(): Promise<void>[] {
    const { accepted } = this.#context;
    return [this.#housekeeping.idle(), this.safekeeping.idle(), accepted.idle(), this.verifications.idle()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(5_000);
  }

  /** The scheduler of a declared job. */
  job(name: string): JobScheduler | undefined {
    return this.#entries.get(name)?.scheduler;
  }

  /** Asks for an unfinished run to be cancelled, or gives up one that nobody can follow; false where it is neither. */
  async cancel(run: Run, why: string): Promise<boolean> {
    return this.job(run.job)?.requestCancel(run.runId, why) || await this.#leaving.cancel(run, why);
  }

  /** True while the run of a job that left the configuration is followed to its end. */
  followsLeft(run: Run): boolean {
    return this.#leaving.follows(run);
  }

  retention(name: string): RetentionQueue | undefined {
    return this.#entries.get(name)?.queue;
  }

  jobNames(): string[] {
    return [...this.#entries.keys()];
  }

  /** How many jobs there are, at work, and paused. */
  get counts(): JobCounts {
    return this.#tally.counts;
  }

  get stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Pauses a job, until an instant (UTC ms) or a word: once this is answered, no DELETE of its retention begins. */
  async pause(
    job: JobScheduler,
    until: number | null,
    reason: string | null,
    event: EngineEvent,
  ): Promise<void> {
    await job.decide();
    const pausedAt = this.#context.clock.now();
    await job.change({ pausedAt, pausedUntil: until, pauseReason: reason }, event);
    await this.#context.sends.begun(job.job.name);
  }

  /** What upkeep found of the storages changed; see `guardDamage`. Never rejects: what cannot be saved is tried again. */
  async damageFound(damageOf: (providerKey: string) => Damage | null | undefined): Promise<void> {
    const { clock } = this.#context;
    this.#damageOf = damageOf;
    while (!this.stopping) {
      const entries = [...this.#entries.values()];
      try {
        const jobs = entries.map(({ scheduler }) => scheduler.job);
        for (const name of await guardDamage(this.#context, jobs, damageOf)) {
          this.#entries.get(name)?.passAfterChange();
        }
        return;
      } catch (error) {
        this.#failed(error);
        await clock.sleep(DAMAGE_RETRY_MS, this.#stop.signal).catch(() => {});
      }
    }
  }

  /** An operator says that the clock is right. */
  trustClock(by: string): Promise<void> {
    return this.#doubt.trust(by);
  }

  /** Takes in what the job's provider lists (undefined where it cannot), or those `records` that it has. Rejects with `ProviderError`. */
  async importBackups(job: JobScheduler, wish: ImportWish) {
    const keys = new Set(await kinKeys(this.#context, job.job.providerKeys));
    const jobsThere = [...this.#entries.values()]
      .filter(({ scheduler }) => scheduler.job.providerKeys.some((key) => keys.has(key))).length;
    const report = await importBackups(this.#context, job.job, job.calls, wish, jobsThere);
    const came = report === undefined ? 0 : report.rows.length + report.proven.length;
    if (!wish.dryRun && came > 0) this.#entryOf(job)?.passAfterChange();
    return report;
  }

  #takeUpTries(): Promise<void> {
    return takeUpTries(
      this.#context,
      (job) => this.#entries.get(job)?.scheduler.tries,
      (job) => this.#moved(this.#entries.get(job)),
    );
  }

  /** Takes up what is new; answers the jobs at work that took over what was on record under their former names. */
  async #takeUpNew(
    declared: readonly DeclaredJob[],
    names: ReadonlySet<string>,
  ): Promise<JobScheduler[]> {
    const joined: JobScheduler[] = [];
    const fresh: DeclaredJob[] = [];
    for (const one of declared) {
      const scheduler = this.#entries.get(one.job.name)?.scheduler;
      if (scheduler === undefined) fresh.push(one);
      else if (one.job.renamedFrom !== null) {
        // What is due by now is its own.
        await scheduler.decide();
        if (!await rename(this.#context, one.job, this.options.slotsOf)) continue;
        await scheduler.refresh();
        await this.#leaving.inherit(scheduler);
        joined.push(scheduler);
      }
    }
    await this.#takeUp(fresh, names);
    return joined;
  }

  async #takeUp(declared: readonly DeclaredJob[], names: ReadonlySet<string>): Promise<void> {
    const parts = { slotsOf: this.options.slotsOf, hooks: this.#hooks(), names };
    for (const entry of await takeUpAll(this.#context, declared, parts)) {
      await this.#leaving.inherit(entry.scheduler);
      this.#entries.set(entry.ofJob, entry);
      this.#agenda.add(entry);
      this.#tally.changed(entry.scheduler);
      this.#looks.add(entry);
    }
  }

  #hooks(): JobHooks<JobScheduler> {
    return {
      changed: () => this.#ticker.nudge(),
      moved: (of) => this.#moved(this.#entryOf(of)),
      retain: (of) => this.#entryOf(of)?.passAfterChange(),
      slotsOf: this.options.slotsOf,
      callsOf: (key, job) => this.options.callsOf(key, job),
      failed: (error) => this.#failed(error),
    };
  }

  /** Those that changed together, so that one write to the store serves many; each goes to its end. */
  async #update(declared: readonly DeclaredJob[]): Promise<PromiseSettledResult<void>[]> {
    const changed: DeclaredJob[] = [];
    for await (const some of inSlices(declared, this.#context.clock)) {
      const reading = this.options.watch.read();
      for (const one of some) if (!this.#entries.get(one.job.name)!.keep(one, reading)) changed.push(one);
    }
    return await Promise.allSettled(changed.map(async (one) => {
      const entry = this.#entries.get(one.job.name)!;
      await entry.update(one);
      this.#looks.add(entry);
    }));
  }

  #moved(entry: JobEntry | undefined): void {
    if (entry === undefined) return;
    this.verifications.moved(entry.scheduler);
    this.#agenda.changed(entry);
    this.#tally.changed(entry.scheduler);
  }

  /** Undefined for a job that left the configuration. */
  #entryOf(of: JobScheduler): JobEntry | undefined {
    const entry = this.#entries.get(of.job.name);
    return entry?.scheduler === of ? entry : undefined;
  }

  /** Takes the guard back that a verification latched, where nothing stands any more that it was latched for. */
  async #answerProof(name: string, answer = answerProof): Promise<void> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    const { job } = entry.scheduler;
    const isLifted = await answer(this.#context, job, this.#damageOf);
    // Others may be kept for it, and some go.
    const isNews = answer === answerProof && job.retention.verified !== undefined;
    if (isLifted || isNews) entry.passAfterChange();
  }

  #lookAgain(name: string | undefined): void {
    if (name !== undefined) void this.#answerProof(name).catch((error) => this.#failed(error));
    const entries = name === undefined ? this.#entries.values() : [this.#entries.get(name)];
    for (const entry of entries) entry?.passAfterChange();
  }

  async #woke(clocks: Clocks): Promise<void> {
    this.#slowWalk.step(clocks, (source) => source instanceof JobEntry && this.#looks.add(source));
    await this.#doubt.look();
    await this.#looks.look(clocks.now);
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
