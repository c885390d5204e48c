// A simulated world: clock, state file and providers outlive every crash; the program is booted again and again.
// Every change and call passes the checkers; what they find ends the run.

import { createHash } from "node:crypto";
import type { Config } from "../../src/config/config.ts";
import { isUnfinished, type Run } from "../../src/domain/backup.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { Job } from "../../src/domain/job.ts";
import { createScheduleCache } from "../../src/domain/schedule.ts";
import { type ProviderCalls, queueCalls } from "../../src/engine/calls.ts";
import { type DeclaredJob, Engine } from "../../src/engine/engine.ts";
import { createOperations } from "../../src/operations.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Operations } from "../../src/ports/operations.ts";
import type { BackupInfo, CreateCall, GetAnswer } from "../../src/ports/provider.ts";
import type { Change, RunStore } from "../../src/ports/store.ts";
import { type OpenStore, openStore } from "../../src/store/run_store.ts";
import { job as jobWith } from "../support/engine_rig.ts";
import { FakeIds } from "../support/fake_ids.ts";
import {
  FakeProvider,
  type FakeProviderOptions,
  type Operation,
  type Plan,
} from "../support/fake_provider.ts";
import * as check from "./checkers.ts";
import type { BoundaryKind, Fault, FaultPlan } from "./faults.ts";
import { type Interference, lineOf, simProvider, simStore } from "./life.ts";
import { Model } from "./model.ts";
import { Dice, type ProviderShape, type Scenario } from "./scenario.ts";
import { type Life, SimClock, whileAlive } from "./sim_clock.ts";
import { simFiles, StateFolder } from "./sim_files.ts";

/** A supervisor waits this long before it starts the program again, times a seeded factor. */
const RESTART_MS = 1_000;

export interface WorldOptions {
  scenario: Scenario;
  plan: FaultPlan;
  /** A state that was made and closed, to begin with. */
  template?: string;
  /** Watches each line of the trace as it is written. */
  tell?: (line: string) => void;
}

/** Everything around the program, and the program. */
export class World implements Interference, check.Witness, AsyncDisposable {
  readonly clock: SimClock;
  readonly providers = new Map<string, FakeProvider>();
  readonly model: Model;
  readonly said: check.Witness["said"] = new Map();
  readonly saidAvailable = new Set<string>();
  /** Runs that housekeeping removed after their year. */
  readonly tidiedAway = new Set<string>();
  readonly postedAt = new Map<string, { life: number; at: number }>();
  readonly order = new Map<string, number>();
  #order = 0;
  readonly insertedAt = new Map<string, number>();
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  readonly dice: Dice;
  /** Boundaries met and faults injected so far. */
  boundaries = 0;
  faults = 0;
  jumpedAt = -Infinity;
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
  /** Healed: backups turn out well from here on. */
  well = false;
  /** Booted and at work. */
  up = false;
  /** Retention may leave unsent intents; noted for each pass. */
  readonly lookupMayFail: boolean;
  readonly #folder = new StateFolder();
  readonly #plan: FaultPlan;
  readonly #tell: ((line: string) => void) | undefined;
  readonly #shapes = new Map<string, ProviderShape>();
  readonly #schedules = createScheduleCache();
  #open: OpenStore | undefined;
  #calls = new Map<string, ProviderCalls>();
  /** Changes handed to the store and not answered. */
  #pending: Change[] = [];
  #lastFence = -Infinity;
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
    this.lookupMayFail = scenario.actions.some(({ action }) => action.startsWith("clock_")) ||
      scenario.faults.has("suspend");
    for (const shape of scenario.providers) {
      this.#shapes.set(shape.key, shape);
      const options: FakeProviderOptions = { ...shape, clock: this.clock };
      // Whether jobs starve each other at a provider too small for them is not what healing proves.
      Object.defineProperty(options, "maxConcurrent", {
        get: () => this.well ? Infinity : shape.maxConcurrent,
      });
      this.providers.set(shape.key, new FakeProvider(options));
    }
    if (options.template !== undefined) this.#folder.begin(options.template);
    this.clock.watch = { begins: (life, ms) => this.#sleeps(life, ms) };
    this.model = new Model({
      runChanged: (before, after, change) => this.#runChanged(before, after, change),
      jobChanged: (before, after, change) => {
        this.find(check.I4_cursor(before ?? after, after, change));
        if (before?.clockUntrustedUntil !== after.clockUntrustedUntil) {
          this.order.set(`distrust ${after.job}`, ++this.#order);
        }
        if (before !== undefined && after.cursor > before.cursor) {
          this.find(check.I3_everySlotDecided(this, before, after));
        }
      },
    });
  }

  now(): number {
    return this.clock.now();
  }
  monotonic(): number {
    return this.clock.monotonic();
  }
  get lifeNumber(): number {
    return this.life.number;
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
        this.find(check.I5_nextIsBeyond(this, name, engine.job(name)!.nextSlot()));
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
    const ids = new FakeIds(clock, life.number);
    const sink = { emit: (event: EngineEvent) => life.dead || this.#event(event) };
    const open = await whileAlive(
      life,
      openStore({
        url: `file:${this.#folder.path}`,
        token: null,
        files: simFiles,
        // Not this life's clock: a store whose files a crash took away must come to its end, to free its memory.
        clock: this.clock,
        ids,
        sink,
        http: () => Promise.reject(new Error("no network here")),
        waitMs: 0,
      }),
    );
    this.#open = open;
    if (open.fence <= this.#lastFence) this.find(`I26: fence ${open.fence} after ${this.#lastFence}`);
    this.#lastFence = open.fence;
    if (open.restored !== null) this.find(`the store calls itself restored: ${open.restored}`);
    await this.compare(open);
    this.#calls = new Map();
    for (const provider of this.providers.values()) {
      const { maxConcurrent } = this.#shapes.get(provider.key)!;
      this.#calls.set(provider.key, queueCalls(simProvider(this, life, provider), maxConcurrent, clock));
    }
    const store = simStore(this, life, open);
    const engine = new Engine({
      clock,
      ids,
      random: new Dice(life.number + 77),
      store,
      sink,
      callsOf: (key) => this.named.has(key) ? this.#calls.get(key) : undefined,
      slotsOf: (pattern, timezone) => {
        const parsed = this.#schedules.parse(pattern, timezone);
        return "error" in parsed ? undefined : parsed.schedule;
      },
      fatal: (error) => life.dead || this.#ended(life, error),
    });
    this.engine = engine;
    this.store = store;
    await whileAlive(life, engine.start(this.#declare()));
    this.operations = createOperations({
      config: () => ({ jobs: this.declared }) as unknown as Config,
      engine,
      store,
      clock,
      schedules: this.#schedules,
      output: () => Promise.resolve(undefined),
      reload: () => Promise.reject(new Error("not here")),
      lastReload: () => null,
      storeTrouble: () => null,
      renderMetrics: () => Promise.resolve(""),
    });
    this.up = true;
    this.note(`up ${life.number}`);
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
    this.#folder.crash();
    // The dead connection's files are gone from their folder: closing it only frees its memory.
    void Promise.resolve(this.#open?.[Symbol.asyncDispose]()).catch(() => {});
    this.#leave();
    this.#bootAfter(RESTART_MS * this.dice.one([1, 1, 5, 30, 600]));
  }

  #leave(): void {
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
    whileAlive(life, engine.reload(this.#declare())).then(
      () => this.#reloading = false,
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
    this.clock.jump(ms);
    if (right) this.rightOffset += ms;
    this.jumpedAt = this.clock.monotonic();
    this.note(`clock ${right ? "was suspended" : "jumps"} by ${ms}`);
  }

  /** Sets the wall clock right; tells whether it ever was wrong. */
  mendClock(): boolean {
    const off = this.clock.monotonic() + this.rightOffset - this.clock.now();
    if (Math.abs(off) >= 1) this.jump(Math.round(off));
    return this.jumpedAt > -Infinity;
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

  commits(change: Change): void {
    this.#pending.push(change);
  }

  committed(change: Change): void {
    this.dropped(change);
    this.find(check.I17_intents(this, change));
    this.model.apply(change);
  }

  dropped(change: Change): void {
    const at = this.#pending.indexOf(change);
    if (at >= 0) this.#pending.splice(at, 1);
  }

  calls(provider: FakeProvider, op: Operation, detail: { id?: string; call?: CreateCall }): void {
    this.note(`${op} ${detail.id ?? detail.call?.runId ?? ""} at ${provider.key}`);
    if (op === "delete") this.find(check.I16_mayDelete(this, provider, detail.id!));
    if (op === "create") {
      this.find(check.I6_inTime(this, detail.call!) ?? check.I2_postsAreSpaced(this, provider, detail.call!));
      this.postedAt.set(detail.call!.runId, { life: this.life.number, at: this.clock.monotonic() });
      this.#planBackup(provider);
    }
  }

  answered(
    provider: FakeProvider,
    op: Operation,
    detail: { id?: string; call?: CreateCall },
    answer: unknown,
  ): void {
    const infos: BackupInfo[] = op === "create" || op === "lookup"
      ? answer === undefined ? [] : [answer as BackupInfo]
      : op === "list"
      ? answer as BackupInfo[]
      : op === "get" && (answer as GetAnswer).found === "yes"
      ? [(answer as Extract<GetAnswer, { found: "yes" }>).backup]
      : [];
    if (op === "create") {
      this.#answered.push({ key: provider.key, runId: detail.call!.runId, id: infos[0]!.id });
    }
    const at = this.clock.monotonic();
    if (op === "get") {
      this.said.set(check.keyOf(provider.key, detail.id!), {
        life: this.life.number,
        info: infos[0] ?? null,
        at,
      });
    }
    for (const info of infos) {
      if (info.state === "available") this.saidAvailable.add(check.keyOf(provider.key, info.id));
    }
  }
  readonly #answered: { key: string; runId: string; id: string }[] = [];

  async tidied(store: OpenStore): Promise<void> {
    const before = new Set(this.model.runs.keys());
    this.model.replaceRuns(await readAll(store));
    for (const runId of before) if (!this.model.runs.has(runId)) this.tidiedAway.add(runId);
  }

  /** Plans handed to a provider, by its key: one an effect. */
  readonly #plans = new Map<string, number>();

  /** Says how the next backup of a provider turns out. */
  #planBackup(provider: FakeProvider): void {
    const waiting = (this.#plans.get(provider.key) ?? 0) - provider.effects.length;
    if (waiting > 0) return;
    this.#plans.set(provider.key, provider.effects.length + 1);
    provider.plan(this.well ? {} : this.#drawPlan(provider));
  }

  #drawPlan(provider: FakeProvider): Plan {
    const shape = this.#shapes.get(provider.key)!;
    const used = provider.effects;
    const { dice } = this;
    if (dice.chance(shape.fails)) return { ends: "failed", message: "the disk is full" };
    if (dice.chance(shape.neverEnds)) return { ends: "never" };
    if (dice.chance(shape.slow)) return { durationMs: 10 * shape.durationMs + 5_000 };
    if (used.length > 0 && dice.chance(shape.usedId)) return { id: dice.one(used).id };
    if (used.length > 0 && dice.chance(shape.sharedData)) return { dataId: dice.one(used).dataId };
    return {};
  }

  #event(event: EngineEvent): void {
    if (event.type === "store.commit") return;
    this.note(lineOf(event));
  }

  #runChanged(before: Run | undefined, after: Run, change: Change): void {
    if (before === undefined) {
      const ago = this.now() - after.createdAt;
      this.insertedAt.set(after.runId, ago < 0 ? -Infinity : this.clock.monotonic() - ago);
      this.find(check.I4_inOrder(this, after) ?? check.I8_slotsAreOfTheOracle(this, after));
    }
    if (before !== undefined && after.deleteAttempts > before.deleteAttempts) {
      this.order.set(`sent ${after.runId}`, ++this.#order);
    }
    if (before?.status !== after.status) this.note(`row ${check.show(after)}`);
    this.find(
      check.I1_oneRowASlot(this, before, after) ?? check.I7_oneAtATime(this, after) ??
        check.I11_idBoundOnce(this, before, after) ?? check.I12_legalMoves(before, after) ??
        check.I13_availableOnProof(this, before, after) ?? check.I15_times(this, after),
    );
    void change;
  }

  // ---- looks at the whole

  /** I14: what was acknowledged is in the store, and nothing else is. */
  async compare(store: RunStore): Promise<void> {
    const [rows, jobs] = await Promise.all([readAll(store), store.jobs()]);
    const stored = new Map(rows.map((row) => [row.runId, JSON.stringify(row, Object.keys(row).sort())]));
    const cursors = new Map(jobs.map((job) => [job.job, `${job.cursor} ${job.policy} ${job.schedule}`]));
    for (let tries = this.#pending.length; tries >= 0; tries--) {
      const wrong = this.#differs(stored, cursors);
      if (wrong === undefined) break;
      const next = this.#pending.shift();
      if (next === undefined) return this.find(`I14: ${wrong}`);
      // It was not answered before the crash, but was made durable.
      this.model.apply(next);
    }
    this.#pending = [];
  }

  #differs(stored: Map<string, string>, cursors: Map<string, string>): string | undefined {
    for (const run of this.model.runs.values()) {
      const text = JSON.stringify(run, Object.keys(run).sort());
      const other = stored.get(run.runId);
      if (other !== text) return `row ${check.show(run)} is not as acknowledged: ${text} / ${other}`;
    }
    if (stored.size !== this.model.runs.size) {
      return `${stored.size} rows, ${this.model.runs.size} acknowledged`;
    }
    if (cursors.size !== this.model.jobs.size) {
      return `${cursors.size} jobs, ${this.model.jobs.size} acknowledged`;
    }
    for (const job of this.model.jobs.values()) {
      const text = `${job.cursor} ${job.policy} ${job.schedule}`;
      if (cursors.get(job.job) !== text) {
        return `job ${job.job} is ${cursors.get(job.job)}, acknowledged ${text}`;
      }
    }
    return undefined;
  }

  /** The checks that only make sense at the end. */
  async atTheEnd(): Promise<void> {
    if (this.#open === undefined) return this.find("the program is not up at the end");
    await this.compare(this.#open);
    for (const run of this.model.runs.values()) {
      if (run.slotUntil === null) this.find(check.I2_effectsOfASlot(this, run, this.lookupMayFail));
    }
    for (const { key, runId, id } of this.#answered) {
      this.find(check.I10_idIsKept(this, this.providers.get(key)!, { runId, id }));
    }
    this.find(check.P2_availableIsThere(this));
    this.find(check.I30_orphansAreTold(this));
  }

  unfinished(job: string): Run | undefined {
    return this.model.runsOf(job).find((run) => isUnfinished(run.status));
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

async function readAll(store: RunStore): Promise<Run[]> {
  const rows: Run[] = [];
  let page = await store.runs({ limit: 1000 });
  rows.push(...page.items);
  while (page.cursor !== undefined) {
    page = await store.runs({ limit: 1000, cursor: page.cursor });
    rows.push(...page.items);
  }
  return rows.reverse();
}
