// A simulated world: clock, state file and providers outlive every crash; the program is booted again and again.
// Every change and call passes the checkers; what they find ends the run.

import { createHash } from "node:crypto";
import type { Config } from "../../src/config/values/config.ts";
import { isUnfinished } from "../../src/domain/backup.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { Job } from "../../src/domain/job.ts";
import { createScheduleCache } from "../../src/domain/schedule/schedule.ts";
import { LongWork } from "../../src/engine/context/long_work.ts";
import { type ProviderCalls, queueCalls } from "../../src/engine/context/calls.ts";
import { SteadyClockWatch } from "../../src/engine/clock/clock_watch.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { DeclaredJob } from "../../src/engine/job_parts.ts";
import { readFactsOf } from "../../src/app/operations/job_facts.ts";
import { viewsOf } from "../../src/app/operations/job_lists.ts";
import { createOperations, type OperationsParts } from "../../src/app/operations/operations.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Operations } from "../../src/ports/operations.ts";
import type { CreateCall } from "../../src/ports/provider.ts";
import type { RunStore } from "../../src/ports/store.ts";
import { type OpenStore, openStore } from "../../src/store/run_store.ts";
import { job as jobWith } from "../support/engine_rig.ts";
import { FakeIds } from "../support/fake_ids.ts";
import type { FakeProvider, Operation } from "../support/fake_provider.ts";
import * as check from "./checkers.ts";
import type { BoundaryKind, Fault, FaultPlan } from "./faults.ts";
import { type Interference, lineOf, simProvider, simStore } from "./life.ts";
import type { Model } from "./model.ts";
import { Observer, type Surroundings } from "./observer.ts";
import { ProviderPark } from "./provider_park.ts";
import { adoptWatched, restoreByCommand } from "./restored_state.ts";
import { Dice, type Scenario } from "./scenario.ts";
import { type Life, SimClock, whileAlive } from "./sim_clock.ts";
import { simFiles, StateFolder } from "./sim_files.ts";

/** A supervisor waits this long before it starts the program again, times a seeded factor. */
const RESTART_MS = 1_000;
const HOUR = 3_600_000;

export interface WorldOptions {
  scenario: Scenario;
  plan: FaultPlan;
  /** A state that was made and closed, to begin with. */
  template?: string;
  /** Watches each line of the trace as it is written. */
  tell?: (line: string) => void;
}

/** Everything around the program, and the program. */
export class World implements Interference, Surroundings, AsyncDisposable {
  readonly clock: SimClock;
  readonly park: ProviderPark;
  readonly seen: Observer;
  /** Copies of the state where the scenario restores one: as each boot found it, and some of the running one. */
  readonly #keptStates: { path: string; saved: number }[] = [];
  readonly #mayRestore: boolean;
  /** In half of the worlds in which a state is put back, the program's own command does it. */
  readonly #byCommand: boolean;
  #adoption: Disposable | undefined;
  readonly #followFrom: number | undefined;
  /** `restore` put a state in place that lacks what the last one had. */
  #putBack = false;
  /** Boots and batches that the state has and its mark knows of. */
  #saved = 0;
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  readonly dice: Dice;
  /** Boundaries met and faults injected so far. */
  boundaries = 0;
  faults = 0;
  /** The declared jobs, as the file on disk has them. */
  declared: Job[];
  /** Providers that config names. */
  named: Set<string>;
  /** What the wall clock should be ahead of the monotonic one. */
  rightOffset: number;
  readonly startedAt: number;
  life: Life = { number: 0, dead: true };
  engine: Engine | undefined;
  store: RunStore | undefined;
  operations: Operations | undefined;
  /** Booted and at work. */
  up = false;
  /** A provider that can look a run up may be asked too early, by a clock that is wrong. */
  readonly #lookupMayFail: boolean;
  readonly #folder = new StateFolder();
  readonly #plan: FaultPlan;
  readonly #tell: ((line: string) => void) | undefined;
  readonly #schedules = createScheduleCache();
  #open: OpenStore | undefined;
  #calls = new Map<string, ProviderCalls>();
  #reloading = false;
  /** Counts the plans to boot: only the newest is carried out. */
  #toBoot = 0;

  constructor(options: WorldOptions) {
    const { scenario } = options;
    this.#plan = options.plan;
    this.#tell = options.tell;
    this.dice = new Dice(scenario.seed ^ 0x0dd5);
    this.clock = new SimClock(scenario.start, new Dice(scenario.seed ^ 0x71e5));
    this.rightOffset = scenario.start;
    this.startedAt = scenario.start;
    this.declared = scenario.jobs.map((fields) => jobWith(fields));
    this.named = new Set(scenario.providers.map(({ key }) => key));
    this.#lookupMayFail = scenario.actions.some(({ action }) => action.startsWith("clock_")) ||
      scenario.faults.has("suspend");
    this.#followFrom = scenario.followFrom;
    this.#mayRestore = scenario.actions.some(({ action }) => action === "restore");
    this.#byCommand = new Dice(scenario.seed ^ 0x5a9e).chance(0.5);
    const jobsAt = (key: string) =>
      this.declared.filter(({ providerKeys }) => providerKeys.includes(key)).map(({ name }) => name);
    const isOnRecord = (key: string, id: string) =>
      [...this.model.runs.values()].some((run) => run.providerKey === key && run.id === id);
    this.park = new ProviderPark(
      scenario.providers,
      this.clock,
      this.dice,
      jobsAt,
      isOnRecord,
      () => this.clock.monotonic() + this.rightOffset,
    );
    this.seen = new Observer(this);
    if (options.template !== undefined) this.#folder.begin(options.template);
    this.clock.watch = { begins: (life, ms) => this.#sleeps(life, ms) };
  }

  now(): number {
    return this.clock.now();
  }
  get providers(): ReadonlyMap<string, FakeProvider> {
    return this.park.byKey;
  }
  callsAtOnce(key: string): number {
    return this.park.maxConcurrent(key);
  }
  get model(): Model {
    return this.seen.model;
  }
  jobOf(name: string): Job | undefined {
    return this.declared.find((job) => job.name === name) ?? this.#formerly.get(name);
  }
  readonly #formerly = new Map<string, Job>();

  /** Records what a checker found. */
  find(finding: check.Finding): void {
    if (finding !== undefined && !this.violations.includes(finding)) {
      this.violations.push(finding);
      this.note(`VIOLATION ${finding}`);
    }
  }

  note(line: string): void {
    const text = `${this.clock.monotonic()} ${check.iso(this.now())} ${line}`;
    this.trace.push(text);
    this.#tell?.(text);
  }

  /** Lets time pass; ends early when something was found. */
  async advance(ms: number, enough: () => boolean = () => false): Promise<void> {
    try {
      await this.clock.advance(ms, () => this.violations.length > 0 || enough());
    } catch (error) {
      this.find((error as Error).message);
    }
    const { engine } = this;
    if (this.up && engine !== undefined) {
      for (const name of engine.jobNames()) {
        this.find(check.I5_nextIsBeyond(this.seen, name, engine.job(name)!.nextSlot()));
      }
    }
  }

  // ---- lives

  /** Starts the program; it is up some turns later. */
  boot(): void {
    const life: Life = { number: this.life.number + 1, dead: false };
    this.life = life;
    this.#toBoot++;
    this.note(`boot ${life.number}`);
    this.#begin(life).catch((error) => life.dead || this.#ended(life, error));
  }

  async #begin(life: Life): Promise<void> {
    const clock = this.clock.view(life);
    const watch = new SteadyClockWatch(clock);
    const ids = new FakeIds(clock, life.number);
    const sink = { emit: (event: EngineEvent) => life.dead || this.#event(event) };
    if (this.#mayRestore) this.#keep();
    const open = await whileAlive(
      life,
      openStore({
        url: `file:${this.#folder.path}`,
        token: null,
        files: simFiles,
        // Not this life's clock: a store whose files a crash took away must come to its end, to free its memory.
        clock: this.clock,
        watch,
        ids,
        sink,
        http: () => Promise.reject(new Error("no network here")),
        waitMs: 0,
        // Short enough for most worlds to see both go.
        eventsKept: () => ({ plainMs: 6 * HOUR, auditMs: 12 * HOUR }),
        // Soon enough, and few enough, for most worlds to read what is packed, and to see some of it go.
        packing: { afterMs: 10 * 60_000, most: 5 },
        runsOldAfterMs: 5 * 60_000,
      }),
    );
    this.#open = open;
    const restored = this.#putBack;
    this.#putBack = false;
    this.#saved++;
    await this.seen.booted(open, restored);
    this.#calls = new Map();
    for (const provider of this.providers.values()) {
      const maxConcurrent = this.park.maxConcurrent(provider.key);
      this.#calls.set(provider.key, queueCalls(simProvider(this, life, provider), maxConcurrent, clock));
    }
    const store = simStore(this, life, open);
    const engine = new Engine({
      clock,
      watch,
      ids,
      random: new Dice(life.number + 77),
      store,
      sink,
      ...(this.#followFrom === undefined ? {} : { followFrom: this.#followFrom }),
      callsOf: (key) => this.named.has(key) ? this.#calls.get(key) : undefined,
      slotsOf: (pattern, timezone) => {
        const parsed = this.#schedules.parse(pattern, timezone);
        return "error" in parsed ? undefined : parsed.schedule;
      },
      fatal: (error) => life.dead || this.#ended(life, error),
    });
    this.engine = engine;
    this.store = store;
    const { declared } = this;
    this.seen.takesOver();
    await whileAlive(life, engine.start(this.#declare()));
    if (life.dead) return;
    this.seen.tookOver(declared);
    const parts: Partial<OperationsParts> = {
      config: () => ({ jobs: this.declared }) as unknown as Config,
      engine,
      store,
      clock,
      storeTrouble: () => null,
      watch,
      schedules: this.#schedules,
      work: new LongWork(clock),
    };
    if (open.adoptsSince !== null) {
      const note = (line: string) => this.note(line);
      const find = (finding: check.Finding) => this.find(finding);
      this.#adoption = adoptWatched({ engine, open, clock, witness: this.seen, find, note });
    }
    // What no action asks for is left out.
    this.operations = createOperations(parts as OperationsParts);
    this.up = true;
    this.note(`up ${life.number}`);
  }

  /** An operator stops the program and puts an older copy of its state in place, or removes it. */
  async restore(): Promise<void> {
    if (this.up) await this.stop(5_000);
    if (this.up || !this.life.dead) return;
    const kept = this.dice.one([...this.#keptStates, null]);
    this.note(`restore ${kept === null ? "nothing" : this.#keptStates.indexOf(kept)}`);
    this.seen.doubt.lost();
    if (this.#byCommand && kept !== null) {
      if (await restoreByCommand(this.#folder.path, kept.path, this.now())) this.#putBack = true;
      else this.note("restore refused: the copy holds nothing");
      return;
    }
    this.#folder.putBack(kept?.path ?? null);
    this.#putBack = kept?.saved !== this.#saved;
  }

  #keep(): void {
    this.#keptStates.push({ path: this.#folder.keep(), saved: this.#saved });
  }

  #declare(): DeclaredJob[] {
    const slots = (pattern: string, timezone: string) => {
      const parsed = this.#schedules.parse(pattern, timezone);
      if ("error" in parsed) throw new Error(parsed.error);
      return parsed.schedule;
    };
    return this.declared.map((job) => ({
      job,
      calls: this.#calls.get(job.providerKey)!,
      slots: slots(job.schedule, job.timezone),
      retentionSlots: job.retentionSchedule === null ? null : slots(job.retentionSchedule, job.timezone),
      ...(job.verify === undefined ? {} : { verifySlots: slots(job.verify.schedule, job.timezone) }),
    }));
  }

  /** The process ends by itself: a supervisor starts it again. */
  #ended(life: Life, error: unknown): void {
    if (!(error instanceof StoreError)) {
      this.find(`the program found a bug: ${error instanceof Error ? error.stack : String(error)}`);
    }
    this.crash(life, `it ends: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** kill -9: nothing of this life has any effect from here on. */
  crash(life: Life, why: string): void {
    if (life.dead) return;
    life.dead = true;
    this.note(`crash of life ${life.number}: ${why}`);
    this.clock.bury(life);
    this.park.cutOff(this.clock.monotonic());
    this.#folder.crash();
    // The dead connection's files are gone from their folder: closing it only frees its memory.
    void Promise.resolve(this.#open?.[Symbol.asyncDispose]()).catch(() => {});
    this.#leave();
    this.#bootAfter(RESTART_MS * this.dice.one([1, 1, 5, 30, 600]));
  }

  #leave(): void {
    this.#adoption?.[Symbol.dispose]();
    this.#adoption = undefined;
    this.up = false;
    this.#reloading = false;
    this.engine = undefined;
    this.operations = undefined;
    this.#open = undefined;
  }

  #bootAfter(ms: number): void {
    const plan = ++this.#toBoot;
    void this.clock.sleep(ms).then(() => plan === this.#toBoot && this.boot());
  }

  /** SIGTERM, and a boot `thenMs` after the end; the process must have ended within 10 s. */
  async stop(thenMs: number): Promise<void> {
    const { life, engine } = this;
    const open = this.#open;
    if (life.dead || !this.up || engine === undefined || open === undefined) return;
    this.note("stop");
    const began = this.clock.monotonic();
    let over = false;
    this.#adoption?.[Symbol.dispose]();
    void whileAlive(life, engine.stop(8_000)).then(async () => {
      await open[Symbol.asyncDispose]();
      if (life.dead) return;
      over = true;
      life.dead = true;
      this.clock.bury(life);
      this.#leave();
      this.note(`stopped life ${life.number}`);
      this.#bootAfter(thenMs);
    });
    await this.advance(60_000, () => over || life.dead);
    const took = this.clock.monotonic() - began;
    if (over && took > 10_000) this.find(`F2: it took ${took} ms to stop`);
    if (!over && !life.dead && this.violations.length === 0) this.find("F2: it does not stop");
  }

  /** Stops the program, lets the time pass, and starts it again. */
  async sleepThrough(ms: number): Promise<void> {
    await this.untilUp();
    await this.stop(ms);
    await this.advance(ms + 60_000, () => this.up);
    await this.untilUp();
  }

  /** Waits until the program is up. */
  async untilUp(): Promise<void> {
    if (!this.up) await this.advance(3_600_000, () => this.up);
    if (!this.up && this.violations.length === 0) {
      this.find("I9: the program does not come up within an hour");
    }
  }

  /** Takes over what is declared; a failure is tried again, as an operator does. */
  reload(): void {
    const { life, engine } = this;
    if (!this.up || engine === undefined) return;
    if (this.#reloading) {
      // The one under way began with an older file: look again when it is over.
      void this.clock.view(life).sleep(1_000).then(() => this.reload());
      return;
    }
    this.#reloading = true;
    this.note("reload");
    const { declared } = this;
    this.seen.takesOver();
    whileAlive(life, engine.reload(this.#declare())).then(
      () => {
        this.#reloading = false;
        this.seen.tookOver(declared);
      },
      (error) => {
        this.#reloading = false;
        if (!(error instanceof StoreError)) this.find(`the program found a bug: ${(error as Error).stack}`);
        void this.clock.view(life).sleep(10_000).then(() => this.reload());
      },
    );
  }

  /** Edits one job on disk. */
  edit(name: string, change: Partial<Job> | null): void {
    const at = this.declared.findIndex((job) => job.name === name);
    if (at < 0) return;
    if (change === null) {
      this.#formerly.set(name, this.declared[at]!);
      this.declared = this.declared.filter((job) => job.name !== name);
    } else {
      this.declared = this.declared.map((job) => job.name === name ? { ...job, ...change } : job);
    }
  }

  /** Puts a removed job back. */
  bringBack(): void {
    const [name, job] = this.#formerly.entries().next().value ?? [];
    if (name === undefined || job === undefined) return;
    this.#formerly.delete(name);
    this.declared = [...this.declared, job];
  }

  // ---- interference

  boundary(life: Life, kind: BoundaryKind, ms?: number): Fault | undefined {
    const fault = this.#plan.at({ number: ++this.boundaries, kind, ms });
    if (fault !== undefined) {
      this.faults++;
      this.note(`fault at ${this.boundaries} (${kind}, life ${life.number}): ${JSON.stringify(fault)}`);
    }
    return fault;
  }

  #sleeps(life: Life, ms: number): (() => void) | undefined {
    const fault = this.boundary(life, "sleep", ms);
    if (fault?.fault === "crash_before") {
      this.crash(life, "as it falls asleep");
    } else if (fault?.fault === "crash_after") {
      return () => this.crash(life, "as it wakes");
    } else if (fault?.fault === "delay") {
      // The machine was suspended: only the wall clock went on.
      return () => this.jump(fault.ms, true);
    }
    return undefined;
  }

  /** Moves the wall clock; `right`: time really went by. */
  jump(ms: number, right = false): void {
    if (right) {
      this.clock.suspend(ms);
      this.rightOffset += ms;
    } else {
      this.seen.steps(ms);
      this.clock.jump(ms);
    }
    this.seen.jumpedAt = this.clock.monotonic();
    this.note(`clock ${right ? "was suspended" : "jumps"} by ${ms}`);
  }

  /** Sets the wall clock right; tells whether it ever was wrong. */
  mendClock(): boolean {
    const off = this.clock.monotonic() + this.rightOffset - this.clock.now();
    if (Math.abs(off) >= 1) this.jump(Math.round(off));
    return this.seen.jumpedAt > -Infinity;
  }

  /** Up, and no run is under way. */
  isIdle(): boolean {
    return this.up && !this.#reloading &&
      [...this.model.runs.values()].every((run) => !isUnfinished(run.status));
  }

  /** Deletions are open, sent or not. */
  isBusyDeleting(): boolean {
    return [...this.model.runs.values()].some(({ status }) =>
      status === "deleting" || status === "delete-error"
    );
  }

  calls(provider: FakeProvider, op: Operation, detail: { id?: string; call?: CreateCall }): void {
    this.seen.calls(provider, op, detail);
    if (op === "create") this.park.planBackup(provider);
  }

  #event(event: EngineEvent): void {
    if (this.#mayRestore && event.type === "run.available" && this.dice.chance(0.1)) {
      this.#keep();
    }
    if (event.type === "store.commit") {
      // A batch is told of once its mark is written, and before its changes are: a copy made with one of these has it.
      this.#saved++;
      return;
    }
    this.note(lineOf(event));
    this.find(check.dueIsKnown(event));
  }

  /**
   * I45: how each job is shown to do now. Looks past the faults, and only while the clock never jumped: to read is to look
   * at the clock, too, and one look more could notice a jump earlier than the program does.
   */
  async showsTrouble(): Promise<void> {
    const { engine } = this;
    if (!this.up || this.life.dead || engine === undefined || this.seen.jumpedAt !== -Infinity) return;
    const now = this.clock.now();
    const reading = { now, steady: now, due: now, inDoubtUntil: null, why: null, ends: now, begins: now };
    const expectedOf = ({ name, graceMs }: Job) => {
      const interval = engine.job(name)?.slots.interval(now) ?? null;
      return interval === null ? null : interval + graceMs;
    };
    const jobs = this.declared.filter(({ name }) => engine.job(name) !== undefined);
    const parts = {
      engine,
      store: this.#open!,
      clock: this.clock.view(this.life),
      watch: { read: () => reading } as unknown as SteadyClockWatch,
      storeTrouble: () => null,
      expectedOf,
    };
    const names = jobs.map(({ name }) => name);
    const views = viewsOf(parts, names, await readFactsOf(parts, names));
    jobs.forEach((job, at) => {
      const shown = { health: views[at]!.health, expectedMs: expectedOf(job) };
      this.find(check.I45_troubleShows(this.seen, job, shown));
    });
  }

  /** The checks that only make sense at the end. */
  async atTheEnd(): Promise<void> {
    if (this.#open === undefined) return this.find("the program is not up at the end");
    await this.seen.atTheEnd(this.#open, this.#lookupMayFail);
    const verified = this.#lookAtEvents(this.#open);
    // It lets other work run in between.
    await this.clock.settle();
    await verified;
  }

  async #lookAtEvents(open: OpenStore): Promise<void> {
    const report = await open.trail.verify(null);
    this.find(check.I47_trailIsWhole(report));
    const all = { limit: 100_000 };
    const rising = await open.events({ ...all, ascending: true });
    const runId = rising.find((event) => event.runId !== undefined)?.runId;
    const ofRun = runId === undefined ? [] : await open.events({ ...all, runId, ascending: true });
    this.find(check.I49_eventsAreListed(report, rising, await open.events(all), ofRun));
  }

  /** I32: the same seed gives the same hash. */
  hash(): string {
    const hash = createHash("sha256");
    for (const line of this.trace) hash.update(line);
    for (const provider of this.providers.values()) hash.update(JSON.stringify(provider.ledger));
    hash.update(JSON.stringify([...this.model.runs.values()]));
    return hash.digest("hex").slice(0, 16);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#toBoot++;
    this.life.dead = true;
    this.clock.bury(this.life);
    const closed = Promise.resolve(this.#open?.[Symbol.asyncDispose]()).catch(() => {});
    await this.clock.settle();
    await closed;
    this.#folder[Symbol.dispose]();
  }
}
