// One of several instances in a simulated world: the real lease, store and engine on a machine of its own, started again by
// a supervisor whatever way it ends.

import { StoreError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { SteadyClockWatch } from "../../../src/engine/clock/clock_watch.ts";
import { queueCalls } from "../../../src/engine/context/calls.ts";
import { Engine } from "../../../src/engine/engine.ts";
import type { DeclaredJob } from "../../../src/engine/job_parts.ts";
import { heldProvider } from "../../../src/engine/lease/held_provider.ts";
import { clocksOf, LeaseKeeper } from "../../../src/engine/lease/lease_keeper.ts";
import { leaseTimes } from "../../../src/engine/lease/lease_rules.ts";
import { waitForLease } from "../../../src/engine/lease/wait_for_lease.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { Http } from "../../../src/ports/host.ts";
import type { Provider } from "../../../src/ports/provider.ts";
import { openLeaseWatch } from "../../../src/store/lease_watch.ts";
import { type OpenStore, openStore } from "../../../src/store/run_store.ts";
import { FakeIds } from "../../support/fake_ids.ts";
import type { FakeProvider } from "../../support/fake_provider.ts";
import type { ActingInstance } from "../checkers/lease.ts";
import { lineOf } from "../life.ts";
import { Dice } from "../scenario.ts";
import { type Life, never, type SimClock, whileAlive } from "../sim_clock.ts";
import { simFiles } from "../sim_files.ts";
import type { MachineClock } from "./machine_clock.ts";

const TIMES = leaseTimes(30_000);
/** A supervisor waits so long before it starts the program again. */
const RESTART_MS = 2_000;
const STOP_MS = 8_000;

/** What an instance needs of the world around it. */
export interface Ground {
  readonly clock: SimClock;
  readonly provider: FakeProvider;
  /** Carries a request of one life to the state server, and the answer back. */
  carry(instance: SimInstance, life: string, body: string): Promise<string>;
  note(line: string): void;
  find(finding: string | undefined): void;
}

/** One instance. */
export class SimInstance {
  life: Life = { number: 0, dead: true };
  job: Job;
  #active: { engine: Engine; open: OpenStore; keeper: LeaseKeeper; epoch: number } | undefined;
  #stop = new AbortController();
  #toBoot = 0;
  /** Under way; held, since the signal of a request that nobody holds may be collected, and would never abort. */
  readonly #requests = new Set<Request>();

  constructor(
    readonly name: string,
    readonly at: number,
    readonly machine: MachineClock,
    readonly ground: Ground,
    /** Whether it can prove that a former holder on its own machine is dead. */
    readonly hasPlace: boolean,
    job: Job,
  ) {
    this.job = job;
  }

  /** `n1/3`: its third life. */
  get lifeName(): string {
    return `${this.name}/${this.life.number}`;
  }

  /** Its engine is at work. */
  get isActive(): boolean {
    return !this.life.dead && this.#active !== undefined;
  }

  /** What it would do if something were due; undefined while it stands still, waits or is dead. */
  acting(): ActingInstance | undefined {
    if (this.life.dead || this.machine.isStopped || this.#active === undefined) return undefined;
    const { keeper, epoch } = this.#active;
    return keeper.mayAct() ? { life: this.lifeName, epoch } : undefined;
  }

  boot(): void {
    const life: Life = { number: this.life.number + 1, dead: false };
    this.life = life;
    this.#stop = new AbortController();
    this.ground.note(`boot ${this.lifeName}`);
    this.#begin(life).catch((error) => life.dead || this.#ended(error));
  }

  async #begin(life: Life): Promise<void> {
    const { ground, machine } = this;
    const clock = machine.view(life);
    const ids = new FakeIds(clock, (this.at << 8) + (life.number & 0xff));
    const sink = { emit: (event: EngineEvent) => life.dead || ground.note(`${this.name} ${lineOf(event)}`) };
    const server = { url: "http://state", token: null, files: simFiles, clock, http: this.#http(life) };
    const place = this.hasPlace ? `machine of ${this.name}` : null;
    const holder = ids.uuidv7();
    const watch = new SteadyClockWatch(clock);
    const leaseWatch = await openLeaseWatch(server);
    const { free, seen } = await whileAlive(
      life,
      waitForLease({
        watch: leaseWatch,
        clock,
        times: TIMES,
        self: { place, holders: new Set([holder]) },
        isStandby: true,
        signal: this.#stop.signal,
        failed: (error) => ground.note(`${this.name} looks in vain: ${error.kind}`),
      }),
    );
    ground.note(`${this.name} may take the lease: ${free}`);
    const takenAt = clocksOf(clock);
    const open = await whileAlive(
      life,
      openStore({
        ...server,
        watch,
        ids,
        sink,
        holder,
        claim: {
          instance: { node: this.name, address: null, place, fingerprint: this.job.schedule },
          ttlMs: TIMES.ttlMs,
          expected: seen,
        },
      }),
    );
    const lost = (error: unknown) => life.dead || this.#ended(error);
    const keeper = new LeaseKeeper({ lease: open.lease, clock, takenAt, times: TIMES, sink, lost });
    const calls = queueCalls(heldProvider(this.#provider(life), () => keeper.mayAct()), 1, clock);
    const schedules = createScheduleCache();
    const engine = new Engine({
      clock,
      watch,
      ids,
      random: new Dice(life.number + 77 + this.at),
      store: open,
      sink,
      callsOf: (key) => key === ground.provider.key ? calls : undefined,
      slotsOf(pattern, timezone) {
        const parsed = schedules.parse(pattern, timezone);
        return "error" in parsed ? undefined : parsed.schedule;
      },
      fatal: lost,
    });
    this.#active = { engine, open, keeper, epoch: open.lease.epoch };
    keeper.start();
    const { job } = this;
    const parsed = schedules.parse(job.schedule, job.timezone);
    if ("error" in parsed) throw new Error(parsed.error);
    const declared: DeclaredJob = { job, calls, slots: parsed.schedule, retentionSlots: null };
    await whileAlive(life, engine.start([declared]));
    ground.note(`${this.lifeName} is active under epoch ${open.lease.epoch}`);
  }

  /** The network between it and the state server. */
  #http(life: Life): Http {
    return async (request) => {
      const name = this.lifeName;
      const body = await request.text();
      if (life.dead) return await never();
      this.#requests.add(request);
      const given = new Promise<never>((_, reject) =>
        request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true })
      );
      try {
        const text = await Promise.race([this.ground.carry(this, name, body), given]);
        return new Response(text, { headers: { "content-type": "application/json" } });
      } finally {
        this.#requests.delete(request);
        await this.machine.awake(life);
      }
    };
  }

  /** The provider, whose answers a stopped machine hears later. */
  #provider(life: Life): Provider {
    const { provider } = this.ground;
    const call = async <T>(work: () => Promise<T>): Promise<T> => {
      if (life.dead) return await never();
      try {
        return await whileAlive(life, work());
      } finally {
        await this.machine.awake(life);
      }
    };
    return {
      key: provider.key,
      create: (one) => call(() => provider.create(one)),
      get: (id, options) => call(() => provider.get(id, options)),
      delete: (id, body, fence) => call(() => provider.delete(id, body, fence)),
      lookup: (runId) => call(() => provider.lookup(runId)),
      list: () => call(() => provider.list()),
      capabilities: () => call(() => provider.capabilities()),
      check: () => provider.check(),
      standsWhole: (id) => provider.standsWhole(id),
      output: (id) => provider.output(id),
    };
  }

  #ended(error: unknown): void {
    if (!(error instanceof StoreError)) {
      this.ground.find(`${this.name} found a bug: ${error instanceof Error ? error.stack : String(error)}`);
    }
    this.#leave(`ends: ${error instanceof StoreError ? error.kind : String(error)}`);
    this.#bootAfter(RESTART_MS);
  }

  /** kill -9. */
  kill(thenMs: number): void {
    if (this.life.dead) return;
    this.#leave("is killed");
    this.#bootAfter(thenMs);
  }

  #leave(why: string): void {
    this.ground.note(`${this.lifeName} ${why}`);
    this.life.dead = true;
    this.#active = undefined;
    this.ground.clock.bury(this.life);
  }

  #bootAfter(ms: number): void {
    const plan = ++this.#toBoot;
    void this.ground.clock.sleep(ms).then(() => plan === this.#toBoot && this.boot());
  }

  /** SIGTERM, as the program does it: what is under way ends, then the lease is given back. */
  async stop(thenMs: number): Promise<void> {
    const { life } = this;
    if (life.dead) return;
    this.ground.note(`${this.lifeName} is told to stop`);
    const active = this.#active;
    this.#stop.abort(new Error("Schelly is stopping"));
    if (active !== undefined) {
      await whileAlive(life, active.engine.stop(STOP_MS));
      await whileAlive(life, active.keeper[Symbol.asyncDispose]());
      await whileAlive(life, active.open.lease.release().catch(() => {}));
      await whileAlive(life, Promise.resolve(active.open[Symbol.asyncDispose]()));
    }
    if (life.dead) return;
    this.#leave("has stopped");
    this.#bootAfter(thenMs);
  }

  /** Nothing of it goes on, and nothing starts it again. */
  bury(): void {
    this.#toBoot++;
    this.life.dead = true;
    this.ground.clock.bury(this.life);
  }
}
