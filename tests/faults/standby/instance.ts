// One of several instances on one state server, kept up as systemd keeps it: whatever way it ends, it is started again.

import { mkdir, writeFile } from "node:fs/promises";
import { systemClock } from "../../../src/runtime/clock.ts";
import { FAKETIME } from "../../support/faketime.ts";
import { type Child, type Environment, freePort, PROGRAM, type Rig, until } from "../../support/program.ts";
import { startTroubledProxy, type TroubledProxy } from "../../support/troubled_proxy.ts";

/** As `RestartSec=` would have it, only sooner. */
const RESTART_MS = 300;
const PROBE_MS = 1_000;
/** Far more than a start takes on the slowest machine. */
const PATIENCE_MS = 180_000;
/** The code of a configuration that cannot be used: no supervisor fixes that. */
const CONFIG_EXIT = 3;

/** How one life ended. */
export interface Exit {
  at: number;
  name: string;
  code: number;
  err: string;
}

/** What one look at `/readyz` found; times by the test's own clock. */
export interface Probe {
  name: string;
  askedAt: number;
  answeredAt: number;
  isActive: boolean;
}

/** One instance with its proxy to the state server, its folder and its clock. */
export class Instance implements AsyncDisposable {
  readonly port: number = freePort();
  readonly url: string = `http://127.0.0.1:${this.port}`;
  readonly exits: Exit[] = [];
  readonly probes: Probe[] = [];
  readonly proxy: TroubledProxy;
  /** When it was stopped by SIGSTOP, and until when. */
  readonly stops: { from: number; until: number }[] = [];
  /** Something is being done to it. */
  isTroubled = false;
  child: Child | undefined;
  /** It is not started again until then, by the monotonic clock. */
  #awayUntil = -Infinity;
  #isWanted = false;
  #kept: Promise<void> | undefined;

  constructor(readonly rig: Rig, readonly name: string, serverPort: number, slowMs: () => number) {
    this.proxy = startTroubledProxy(serverPort, slowMs);
  }

  get folder(): string {
    return `${this.rig.folder}/${this.name}`;
  }

  get #config(): string {
    return `${this.folder}/schelly.yaml`;
  }

  /** Writes its configuration: `jobs` below what is its own. */
  async configure(jobs: string, ttl: string): Promise<void> {
    await mkdir(`${this.folder}/state`, { recursive: true });
    const ground = [
      `server: { listen: "127.0.0.1:${this.port}", socket: ${this.folder}/schelly.sock, auth: none }`,
      `state: { url: "http://127.0.0.1:${this.proxy.port}" }`,
      `standby: { name: ${this.name}, address: "${this.url}", ttl: ${ttl} }`,
    ];
    await writeFile(this.#config, `${ground.join("\n")}\n${jobs}`);
  }

  /** How far its clock is off: `+0`, `-365d`. */
  async setClock(offset: string): Promise<void> {
    await writeFile(`${this.folder}/faketime`, offset);
  }

  /** Starts it, and starts it again whenever it ends. */
  keepUp(hasClock: boolean): void {
    const clock: Environment = hasClock && FAKETIME !== undefined
      ? {
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: `${this.folder}/faketime`,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      }
      : {};
    this.#isWanted = true;
    this.#kept = (async () => {
      while (this.#isWanted) {
        const env = { ...clock, STATE_DIRECTORY: `${this.folder}/state` };
        const argv = [...PROGRAM, "run", "--config", this.#config];
        this.child = this.rig.spawn(this.name, argv, env);
        const { code, err } = await this.child.ended;
        this.exits.push({ at: systemClock.now(), name: this.name, code, err });
        if (code === CONFIG_EXIT) return;
        do await systemClock.sleep(RESTART_MS); while (
          this.#isWanted && systemClock.monotonic() < this.#awayUntil
        );
      }
    })();
  }

  /** Why it is not started again; undefined while it is. */
  get refusal(): string | undefined {
    return this.exits.find(({ code }) => code === CONFIG_EXIT)?.err;
  }

  /** Asks whether it is the active one; undefined where it does not say. */
  async probe(): Promise<Probe | undefined> {
    const askedAt = systemClock.now();
    const response = await fetch(`${this.url}/readyz?verbose`, { signal: AbortSignal.timeout(PROBE_MS) })
      .catch(() => undefined);
    const text = await response?.text().catch(() => undefined);
    if (response === undefined || text === undefined) return undefined;
    const answeredAt = systemClock.now();
    const isActive = response.status === 200 && !/"?standby"?/.test(text);
    const probe = { name: this.name, askedAt, answeredAt, isActive };
    this.probes.push(probe);
    return probe;
  }

  signal(signal: Parameters<Child["signal"]>[0]): void {
    this.child?.signal(signal);
  }

  /** SIGSTOP for as long. */
  async stopFor(ms: number): Promise<void> {
    const { child } = this;
    child?.signal("SIGSTOP");
    const stop = { from: systemClock.now(), until: Infinity };
    this.stops.push(stop);
    await systemClock.sleep(ms);
    child?.signal("SIGCONT");
    stop.until = systemClock.now();
  }

  /** Its host dies, and comes back after so long. */
  async dieFor(ms: number): Promise<void> {
    this.#awayUntil = systemClock.monotonic() + ms;
    await this.child?.kill("SIGKILL");
    await systemClock.sleep(Math.max(0, this.#awayUntil - systemClock.monotonic()));
  }

  /** Waits until it answers at all. */
  async answers(): Promise<void> {
    await until(`${this.name} answers`, () => this.probe(), PATIENCE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isWanted = false;
    this.signal("SIGCONT");
    this.signal("SIGKILL");
    await this.#kept;
    await this.proxy[Symbol.asyncDispose]();
  }
}
