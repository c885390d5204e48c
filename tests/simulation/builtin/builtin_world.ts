// A simulated world of built-ins: the real engine, store, provider set, hosts, journals and adapters, on a machine, a disk
// and repositories that know the truth and outlive every crash.

import { createHash } from "node:crypto";
import { createOperations, type OperationsParts } from "../../../src/app/operations/operations.ts";
import { ProviderSet } from "../../../src/app/provider_set.ts";
import { Reloads } from "../../../src/app/reloads.ts";
import { UpkeepBook } from "../../../src/app/upkeep_book.ts";
import type { Config } from "../../../src/config/values/config.ts";
import type { Run } from "../../../src/domain/backup.ts";
import { ProviderError, StoreError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { ProviderSpec } from "../../../src/domain/provider_spec.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { LongWork } from "../../../src/engine/context/long_work.ts";
import { SteadyClockWatch } from "../../../src/engine/clock/clock_watch.ts";
import { Engine } from "../../../src/engine/engine.ts";
import type { DeclaredJob } from "../../../src/engine/job_parts.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { Clock, Host } from "../../../src/ports/host.ts";
import type { Operations } from "../../../src/ports/operations.ts";
import type { Change, CommitResult, RunStore } from "../../../src/ports/store.ts";
import { type OpenStore, openStore } from "../../../src/store/run_store.ts";
import { FakeIds } from "../../support/fake_ids.ts";
import { lineOf } from "../life.ts";
import { Dice } from "../scenario.ts";
import { type Life, never, SimClock, whileAlive } from "../sim_clock.ts";
import { simFiles, StateFolder } from "../sim_files.ts";
import { type BuiltinScenario, PASSWORD, PATHS, REPOSITORY } from "./builtin_scenario.ts";
import { CommandStore } from "./command_store.ts";
import { SimDisk } from "./disk.ts";
import { Grounds } from "./grounds.ts";
import { Machine, orphan, processesAt, type SimProcess } from "./machine.ts";
import { forgetRepositories, loseMemories, simMemories } from "./memories.ts";
import { resticModel } from "./restic_model.ts";
import { installReaders, restoredTree } from "./restored_tree.ts";
import { type SimRepository, SimStorage } from "./restic_repository.ts";

const RESTART_MS = 2_000;
export const STATE = "/state";

export interface BuiltinWorldOptions {
  scenario: BuiltinScenario;
  /** A state that was made and closed, to begin with. */
  template?: string;
  tell?: (line: string) => void;
}

/** Everything around the program, and the program. */
export class BuiltinWorld implements AsyncDisposable {
  readonly clock: SimClock;
  readonly dice: Dice;
  /** Ours, and another that reaches the same repository. */
  readonly machine: Machine;
  readonly far: Machine;
  readonly storage = new SimStorage();
  readonly scripts = new CommandStore();
  readonly disk: SimDisk;
  readonly grounds: Grounds;
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  boundaries = 0;
  crashes = 0;
  /** By life: when (monotonic ms). */
  readonly killedAt = new Map<Life, number>();
  /** Off: the world heals. */
  mayCrash = true;
  specs: Map<string, ProviderSpec>;
  declared: Job[];
  life: Life = { number: 0, dead: true };
  up = false;
  operations: Operations | undefined;
  /** Where the program's own repository lies while another is at its place. */
  setAside: SimRepository | undefined;
  #reloads: Reloads | undefined;
  #self: SimProcess | undefined;
  #open: OpenStore | undefined;
  #toBoot = 0;
  readonly #folder = new StateFolder();
  readonly #chance: Dice;
  readonly #schedules = createScheduleCache();

  constructor(private readonly options: BuiltinWorldOptions) {
    const { scenario } = options;
    const { seed, pids } = scenario;
    this.dice = new Dice(seed ^ 0x0dd5);
    this.#chance = new Dice(seed ^ 0xc7a5);
    this.clock = new SimClock(scenario.start, new Dice(seed ^ 0x71e5));
    this.specs = new Map(scenario.specs.map((spec) => [spec.key, spec]));
    this.declared = scenario.jobs;
    this.disk = new SimDisk(this.storage, (life, path, when) => this.boundary(life, `${when} ${path}`));
    this.machine = this.#makeMachine("near", pids);
    this.far = this.#makeMachine("far", 4_000);
    this.grounds = new Grounds(this);
    this.machine.survivesBrokenPipes = scenario.survivesBrokenPipes;
    this.machine.signalled = (to, signal, by) => this.grounds.signalled(to, signal, by);
    this.machine.started = (one, argv) => {
      this.note(`${one.user} (${one.pid}) ${argv.join(" ").slice(0, 120)}`);
      // What only asks changes nothing: after it is as good as before the next thing.
      if (one.ours !== null && argv[0] !== "schelly" && !argv.includes("--no-lock")) {
        this.boundary(one.ours, `after ${argv[0]} began`);
      }
    };
    this.scripts.install(this.machine);
    this.storage.backupMs = (by) => by.ours === null ? scenario.othersMs : scenario.backupMs;
    this.storage.readMs = () => scenario.readMs;
    this.storage.made = (repository) => this.grounds.owns(repository);
    for (const path of PATHS) this.storage.sources.set(path, { files: 3, bytes: 5e6, content: 1 });
    if (options.template !== undefined) this.#folder.begin(options.template);
  }

  #makeMachine(host: string, pids: number): Machine {
    const machine = new Machine(host, this.clock, pids);
    const mayProbe = (from: SimProcess, to: SimProcess) => from.user === to.user || from.user === "root";
    machine.programs.set(
      "restic",
      resticModel(this.storage, new Dice(this.options.scenario.seed ^ 0x4e57), mayProbe),
    );
    const say = (text: (self: SimProcess) => string) =>
      machine.programs.set(
        text === nameOf ? "uname" : "id",
        ({ out, self }) => {
          out(text(self));
          return Promise.resolve(0);
        },
      );
    say(nameOf);
    say(({ user }) => user);
    installReaders(machine, this.storage);
    machine.programs.set("schelly", () => never());
    return machine;
  }

  now(): number {
    return this.clock.now();
  }

  jobOf(name: string): Job | undefined {
    return this.declared.find((job) => job.name === name);
  }

  note(line: string): void {
    const text = `${this.clock.monotonic()} ${line}`;
    this.trace.push(text);
    this.options.tell?.(text);
  }

  find(finding: string | undefined): void {
    if (finding === undefined || this.violations.includes(finding)) return;
    this.violations.push(finding);
    this.note(`VIOLATION ${finding}`);
  }

  async advance(ms: number, enough: () => boolean = () => false): Promise<void> {
    try {
      await this.clock.advance(ms, () => this.violations.length > 0 || enough());
    } catch (error) {
      this.find((error as Error).message);
    }
  }

  /** What may end the program here: nothing that this life does later has any effect. */
  boundary(life: Life, what: string): void {
    this.boundaries++;
    if (!this.mayCrash || life.dead || this.options.scenario.muted.has("crash")) return;
    if (this.#chance.chance(this.options.scenario.crashes)) this.crash(life, what);
  }

  /** The state takes this one write of what a built-in keeps, or not. */
  #refuses(what: string): boolean {
    const { scenario } = this.options;
    if (!this.mayCrash || scenario.muted.has("refusals")) return false;
    const refuses = this.#chance.chance(scenario.refusals);
    if (refuses) this.note(`not saved: ${what}`);
    return refuses;
  }

  /** Rows of what built-ins keep are gone from the state, which nobody has open. */
  loseMemories(): void {
    const loss = loseMemories(this.#folder.path, this.dice);
    this.note(`lost ${loss.rows} rows of what built-ins keep, ${loss.postDue.length} of them with post due`);
    this.grounds.lost(loss);
  }

  /** `schelly state forget KEY repository` of each provider, which nobody has open. */
  forgetRepositories(): void {
    this.note("a person has the repositories forgotten");
    forgetRepositories(this.#folder.path);
  }

  // ---- lives

  boot(): void {
    const life: Life = { number: this.life.number + 1, dead: false };
    this.life = life;
    this.#toBoot++;
    this.note(`boot ${life.number}`);
    this.#begin(life).catch((error) => life.dead || this.#ended(life, error));
  }

  async #begin(life: Life): Promise<void> {
    const { scenario } = this.options;
    const clock = this.clock.view(life);
    const watch = new SteadyClockWatch(clock);
    const ids = new FakeIds(clock, life.number);
    const space = scenario.inContainers ? `container ${life.number}` : "host";
    this.#self = this.machine.start({ argv: ["schelly"], user: "schelly", space, ours: life });
    const upkeep = new UpkeepBook();
    const sink = {
      emit: (event: EngineEvent) => {
        if (life.dead) return;
        this.#event(event);
        upkeep.emit(event);
      },
    };
    const http = () => Promise.reject(new Error("no network here"));
    const open = this.#open = await whileAlive(
      life,
      openStore({
        url: `file:${this.#folder.path}`,
        token: null,
        files: simFiles,
        clock: this.clock,
        watch,
        ids,
        sink,
        http,
        waitMs: 0,
      }),
    );
    await this.grounds.booted(open);
    const place = {
      machine: this.machine,
      user: "schelly",
      space,
      showsOthers: scenario.showsOthers,
      showsBoot: scenario.showsBoot,
      isRoot: false,
    };
    const host: Partial<Host> = {
      clock,
      ids,
      http,
      files: this.disk.filesOf(life),
      tree: restoredTree(this.storage, this.disk, life),
      processes: processesAt(place, life, this.#self.pid),
      env: { PATH: "/bin" },
      pid: this.#self.pid,
    };
    const memories = simMemories(open.memories, life, {
      boundary: (life, what) => this.boundary(life, what),
      refuses: (what) => this.#refuses(what),
      noted: (name) => name === "repository" && this.grounds.noted(this.setAside !== undefined),
    });
    const providers = new ProviderSet(host as Host, sink, memories, STATE);
    await whileAlive(life, providers.replace(this.specs));
    const store = this.#storeOf(life, open);
    const engine = new Engine({
      clock,
      watch,
      ids,
      random: new Dice(life.number + 77),
      store,
      sink,
      callsOf: (key) => providers.callsOf(key),
      slotsOf: (pattern, timezone) => {
        const parsed = this.#schedules.parse(pattern, timezone);
        return "error" in parsed ? undefined : parsed.schedule;
      },
      fatal: (error) => life.dead || this.#ended(life, error),
    });
    await whileAlive(life, engine.start(this.#declare(providers)));
    if (life.dead) return;
    upkeep.changed = () => void engine.damageFound((key) => upkeep.damageOf(key));
    upkeep.changed();
    this.#reloads = this.#reloadsOf(clock, providers, engine, upkeep);
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
    this.operations = createOperations(parts as OperationsParts);
    this.#stop = async () => {
      await engine.stop(8_000);
      await providers[Symbol.asyncDispose]();
      await open[Symbol.asyncDispose]();
    };
    this.up = true;
    this.note(`up ${life.number}`);
  }

  #stop: (() => Promise<void>) | undefined;

  #reloadsOf(clock: Clock, providers: ProviderSet, engine: Engine, upkeep: UpkeepBook): Reloads {
    return new Reloads({
      clock,
      stop: new AbortController().signal,
      load: () => Promise.resolve({ providers: this.specs } as unknown as Config),
      busy: ({ providers: next }) => providers.busyBuiltins(next),
      apply: async ({ providers: next }) => {
        await providers.replace(next);
        await engine.reload(this.#declare(providers));
        upkeep.changed();
        return [];
      },
      taken: () => this.note("reloaded"),
      refused: (text) => this.note(`not reloaded: ${text}`),
    });
  }

  #declare(providers: ProviderSet): DeclaredJob[] {
    return this.declared.map((job) => {
      const parsed = this.#schedules.parse(job.schedule, job.timezone);
      if ("error" in parsed) throw new Error(parsed.error);
      return {
        job,
        calls: providers.callsOf(job.providerKey)!,
        slots: parsed.schedule,
        retentionSlots: null,
        ...this.#verifySlotsOf(job),
      };
    });
  }

  #verifySlotsOf({ verify, timezone }: Job): Pick<DeclaredJob, "verifySlots"> {
    if (verify === undefined) return {};
    const parsed = this.#schedules.parse(verify.schedule, timezone);
    if ("error" in parsed) throw new Error(parsed.error);
    return { verifySlots: parsed.schedule };
  }

  #storeOf(life: Life, open: OpenStore): RunStore {
    const store: Record<string, unknown> = {};
    for (const [name, method] of Object.entries(open)) {
      store[name] = typeof method !== "function"
        ? method
        : (...args: unknown[]) =>
          life.dead
            ? never()
            : whileAlive(life, (method as (...args: unknown[]) => Promise<unknown>)(...args));
    }
    const commit = async (change: Change): Promise<CommitResult> => {
      if (life.dead) return await never();
      this.boundary(life, "before a commit");
      if (life.dead) return await never();
      const result = await whileAlive(life, open.commit(change));
      if (result.result === "done") this.grounds.committed(change);
      this.boundary(life, "after a commit");
      return life.dead ? await never() : result;
    };
    return { ...store as unknown as RunStore, commit, fence: open.fence, bootSeq: open.bootSeq };
  }

  #event(event: EngineEvent): void {
    this.grounds.told(event);
    if (event.type !== "store.commit") this.note(lineOf(event));
  }

  #ended(life: Life, error: unknown): void {
    if (!(error instanceof StoreError) && !(error instanceof ProviderError)) {
      this.find(`the program found a bug: ${error instanceof Error ? error.stack : String(error)}`);
    }
    this.crash(life, `it ends: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** kill -9: what it started goes on, unless its container ends with it. */
  crash(life: Life, why: string): void {
    if (life.dead) return;
    life.dead = true;
    this.crashes++;
    this.killedAt.set(life, this.clock.monotonic());
    this.note(`crash of life ${life.number}: ${why}`);
    orphan(life);
    this.#leave(life);
    this.#folder.crash();
    this.#bootAfter(RESTART_MS * this.dice.one([1, 1, 10, 60]));
  }

  #leave(life: Life): void {
    this.clock.bury(life);
    if (this.#self !== undefined) this.machine.signal(this.#self, "SIGKILL");
    if (this.options.scenario.inContainers) {
      for (const one of [...this.machine.processes.values()]) {
        if (one.space !== "host") this.machine.signal(one, "SIGKILL");
      }
    }
    void Promise.resolve(this.#open?.[Symbol.asyncDispose]()).catch(() => {});
    this.up = false;
    this.operations = undefined;
    this.#reloads = undefined;
    this.#open = undefined;
  }

  #bootAfter(ms: number): void {
    const plan = ++this.#toBoot;
    void this.clock.sleep(ms).then(() => plan === this.#toBoot && this.boot());
  }

  /** SIGTERM, then a boot `thenMs` after its end; `between` happens while nothing runs. */
  async stop(thenMs: number, between: () => void = () => {}): Promise<void> {
    const { life } = this;
    if (!this.up || life.dead || this.#stop === undefined) return;
    this.note("stop");
    let over = false;
    void whileAlive(life, this.#stop()).then(() => {
      over = life.dead = true;
      this.#open = undefined;
      this.#leave(life);
      this.note(`stopped life ${life.number}`);
      between();
      this.#bootAfter(thenMs);
    });
    await this.advance(120_000, () => over || life.dead);
    if (!over && !life.dead && this.violations.length === 0) this.find("F2: it does not stop");
  }

  /** The machine is started again: nothing that ran on it lives. */
  reboot(): void {
    this.note("reboot");
    const { life } = this;
    this.machine.restart();
    this.crash(life, "the machine was restarted");
  }

  async untilUp(): Promise<void> {
    if (!this.up) await this.advance(3_600_000, () => this.up);
    if (!this.up) this.find("I9: the program does not come up within an hour");
  }

  /** Takes over `specs` and `declared`, as an edit of the file does. */
  reload(): void {
    this.#reloads?.reload().catch((error) => {
      if (!(error instanceof StoreError) && !(error instanceof ProviderError)) {
        this.find(`a reload fails: ${(error as Error).stack}`);
      }
    });
  }

  /** Another user's program, here or on the far machine. */
  startElsewhere(on: Machine, user: string, args: string[]): SimProcess {
    const env = { RESTIC_REPOSITORY: REPOSITORY, RESTIC_PASSWORD: PASSWORD };
    return on.start({ argv: ["restic", ...args], env, user, space: "host" });
  }

  runsOf(name: string): Run[] {
    return [...this.grounds.runs.values()].filter((run) => run.job === name);
  }

  hash(): string {
    const hash = createHash("sha256");
    for (const line of this.trace) hash.update(line);
    hash.update(JSON.stringify([...this.grounds.runs.values()]));
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

function nameOf({ machine }: SimProcess): string {
  return machine.host;
}
