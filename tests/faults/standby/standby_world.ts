// Several instances of the program on one real state server, each behind a proxy of its own, with two providers that keep
// books: one with every ability, and a plain one.

import assert from "node:assert/strict";
import { systemClock } from "../../../src/runtime/clock.ts";
import { FakeRandom } from "../../support/fake_ids.ts";
import { ALL_ABILITIES, type LedgerProvider, startLedgerProvider } from "../../support/ledger_provider.ts";
import { type Rig, Server, until } from "../../support/program.ts";
import { SqldServer } from "../../support/sqld_server.ts";
import { type Claims, readClaims } from "../ledger_checks.ts";
import { Instance } from "./instance.ts";
import { LeaseWatch } from "./lease_watch.ts";
import { FAULT_KINDS, type FaultKind } from "./troubles.ts";

/** How many of the newest each job keeps. */
const KEEP = 4;
const JOBS = ["able", "plain"] as const;
/** Far more than a takeover takes on the slowest machine. */
const PATIENCE_MS = 180_000;

/** One fault that was played. */
export interface Played {
  name: string;
  target: string;
  onActive: boolean;
  from: number;
  until: number;
}

/** One world; disposing of it ends all that it started. */
export class StandbyWorld implements AsyncDisposable {
  readonly played: Played[] = [];
  /** DELETEs that came before the state said so. */
  readonly unmarked: string[] = [];
  readonly instances: readonly Instance[];
  readonly able: LedgerProvider;
  readonly plain: LedgerProvider;
  readonly server: SqldServer;
  readonly watch: LeaseWatch;
  readonly #random: FakeRandom;
  #edits = 0;
  #isServerTroubled = false;

  constructor(readonly rig: Rig, sqld: string, count: number, seed: number, readonly ttlMs: number) {
    this.#random = new FakeRandom(seed);
    this.server = new SqldServer(rig, sqld);
    const slowMs = () => this.between(20, 400);
    this.instances = Array.from(
      { length: count },
      (_, at) => new Instance(rig, `n${at + 1}`, this.server.port, slowMs),
    );
    const ways = {
      durationMs: () => Math.floor(this.between(10, 400)),
      delayMs: () => Math.floor(this.between(0, 30)),
      gate: (call: { method: string; id: string | null }) =>
        call.method === "DELETE" ? this.#requireMark(call.id!) : undefined,
    };
    this.able = startLedgerProvider({ ...ways, abilities: ALL_ABILITIES });
    this.plain = startLedgerProvider(ways);
    this.watch = new LeaseWatch(this.server);
  }

  between(least: number, most: number): number {
    return least + this.#random.next() * (most - least);
  }

  oneOf<T>(things: readonly T[]): T {
    return things[Math.floor(this.#random.next() * things.length)]!;
  }

  /** For a share of the TTL, at most. */
  async rest(ofTtl: number): Promise<void> {
    await systemClock.sleep(this.between(0, ofTtl) * this.ttlMs);
  }

  async start(): Promise<void> {
    await this.server.start();
    await this.edit();
    for (const [at, instance] of this.instances.entries()) {
      await instance.setClock("+0");
      instance.keepUp(at === 0);
    }
    await this.active();
    for (const instance of this.instances) await instance.answers();
  }

  /** Writes every configuration anew, an edit further; nobody is told. */
  async edit(): Promise<void> {
    const extra = this.#edits++ % 2;
    const common = `retention: { secondly: ${KEEP}, min_age: ${extra}s, ` +
      "guard: { max_percent: 100, policy_change_hold: 0s } }\n    retry_interval: 100ms";
    const provider = (url: string) =>
      `provider: { url: "${url}", poll_interval: 100ms, timeout: { create: 2s, get: 2s, delete: 2s } }`;
    const jobs = `jobs:
  - name: able
    schedule: "*/2 * * * * *"
    ${common}
    ${provider(this.able.url)}
  - name: plain
    schedule: "*/3 * * * * *"
    on_unknown: skip
    ${common}
    ${provider(this.plain.url)}
`;
    for (const instance of this.instances) await instance.configure(jobs, `${this.ttlMs}ms`);
  }

  /** The one that holds the lease and says so. */
  async active(): Promise<Instance> {
    return await until("an instance is active", async () => {
      for (const { name, refusal } of this.instances) assert.equal(refusal, undefined, `${name} is refused`);
      const holder = this.watch.last?.holder;
      const instance = this.instances.find(({ name }) => name === holder);
      return (await instance?.probe())?.isActive && instance;
    }, PATIENCE_MS);
  }

  /** Plays one fault where one can be played now; resolves to its end, which the caller may not wait for. */
  draw(): Promise<void> | undefined {
    let at = this.#random.next() * FAULT_KINDS.reduce((sum, { weight }) => sum + weight, 0);
    const kind = FAULT_KINDS.find(({ weight }) => (at -= weight) < 0)!;
    const calm = this.instances.filter(({ isTroubled }) => !isTroubled);
    const [first] = this.instances;
    if (kind.on === "server") return this.#isServerTroubled ? undefined : this.play(kind, first!);
    if (kind.on === "configuration") {
      const isQuiet = calm.length === this.instances.length && !this.#isServerTroubled;
      return isQuiet ? this.play(kind, first!) : undefined;
    }
    // One at least is left alone, and most faults are where they matter.
    if (calm.length < 2) return undefined;
    const holder = calm.find(({ name }) => name === this.watch.last?.holder);
    const drawn = this.#random.next() < 0.6 ? holder ?? this.oneOf(calm) : this.oneOf(calm);
    const target = kind.name === "clock steps" ? first! : drawn;
    return target.isTroubled ? undefined : this.play(kind, target);
  }

  async play(kind: FaultKind, target: Instance): Promise<void> {
    const touched = kind.on === "instance" ? [target] : kind.on === "configuration" ? this.instances : [];
    const played: Played = {
      name: kind.name,
      target: kind.on === "instance" ? target.name : kind.on,
      onActive: kind.on !== "instance" || this.watch.last?.holder === target.name,
      from: systemClock.now(),
      until: Infinity,
    };
    this.played.push(played);
    for (const instance of touched) instance.isTroubled = true;
    if (kind.on === "server") this.#isServerTroubled = true;
    await kind.play(this, target);
    played.until = systemClock.now();
    for (const instance of touched) instance.isTroubled = false;
    if (kind.on === "server") this.#isServerTroubled = false;
  }

  /** Everything is well again: each job makes another backup, then all is paused and comes to its end. */
  async heal(): Promise<Claims> {
    for (const instance of this.instances) instance.proxy.set("none");
    await this.instances[0]!.setClock("+0");
    const since = systemClock.now();
    const ask = async (method: string, path: string) => {
      await until(`${method} ${path} is done`, async () => {
        const active = await this.active();
        const server = serverOf(this.rig, active);
        const answer = await server.request(method, path).catch(() => undefined);
        return answer !== undefined && answer.status < 300;
      }, PATIENCE_MS);
    };
    await ask("POST", "/clock/trust");
    const runsOf = async () => await serverOf(this.rig, await this.active()).runs().catch(() => []);
    await until("each job makes another backup", async () => {
      const runs = await runsOf();
      return JOBS.every((job) =>
        runs.some((run) => run.job === job && run.state === "available" && Date.parse(run.created_at) > since)
      );
    }, PATIENCE_MS);
    for (const job of JOBS) await ask("POST", `/jobs/${job}/pause`);
    const open = ["intent", "sending", "unknown", "running", "cancelling"];
    await until("nothing is under way", async () => {
      const runs = await runsOf();
      const isOpen = (run: { state: string; delete_sent_at: string | null }) =>
        open.includes(run.state) || (run.state === "deleting" && run.delete_sent_at === null);
      return runs.length > 0 && !runs.some(isOpen) && this.able.underWay() + this.plain.underWay() === 0;
    }, PATIENCE_MS);
    return await readClaims(serverOf(this.rig, await this.active()));
  }

  /** An instance that waits reads, and changes nothing: it names the one that does. */
  async othersRefuse(): Promise<void> {
    const active = await this.active();
    for (const other of this.instances.filter((one) => one !== active)) {
      await other.answers();
      const server = serverOf(this.rig, other);
      const { status, body } = await server.request("POST", "/jobs/able/trigger");
      assert.equal(status, 503, `${other.name} answers ${status} to a trigger: ${JSON.stringify(body)}`);
      assert.ok(
        JSON.stringify(body).includes(active.url),
        `${other.name} does not say where the active one is: ${JSON.stringify(body)}`,
      );
      assert.equal((await server.request("GET", "/jobs")).status, 200);
    }
  }

  /** Before the DELETE takes effect the state must say that it is sent. */
  async #requireMark(id: string): Promise<void> {
    const marked = await this.server.rows("SELECT 1 FROM runs WHERE id = ?1 AND delete_sent_at IS NOT NULL", [
      id,
    ]);
    if (marked.length === 0) this.unmarked.push(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance[Symbol.asyncDispose]()));
    await this.watch[Symbol.asyncDispose]();
    await this.server.kill();
    await this.able[Symbol.asyncDispose]();
    await this.plain[Symbol.asyncDispose]();
  }
}

function serverOf(rig: Rig, instance: Instance): Server {
  return new Server(rig, instance.child!, instance.url, 0);
}
