// Two or three instances on one state server, in virtual time: what gets lost between them, what stops, what is wrong about
// the time, and the checkers that look at every request and call.

import { createHash } from "node:crypto";
import { job as jobWith, policy } from "../../support/engine_rig.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import * as check from "../checkers/lease.ts";
import type { Finding } from "../checkers/witness.ts";
import { Dice } from "../scenario.ts";
import { never, SimClock } from "../sim_clock.ts";
import { MachineClock } from "./machine_clock.ts";
import { type Ground, SimInstance } from "./sim_instance.ts";
import { type Batch, SimStateServer } from "./sim_state_server.ts";

/** What becomes of what is sent between an instance and the state server. */
export type Link = "fine" | "cut" | "hang" | "lost_answers" | "no_answers" | "slow";

const START = Date.UTC(2026, 2, 2, 10);
/** One way, in one piece: less than a millisecond would let nothing overlap. */
const [LEAST_MS, MOST_MS] = [1, 60];
const SLOW_MS = 4_000;
const LOOK_MS = 250;

/** One world. */
export class LeaseWorld implements Ground, AsyncDisposable {
  readonly clock: SimClock;
  readonly dice: Dice;
  readonly server: SimStateServer;
  readonly provider: FakeProvider;
  readonly instances: readonly SimInstance[];
  readonly links = new Map<string, Link>();
  readonly violations: string[] = [];
  readonly trace: string[] = [];
  isServerAway = false;
  /** Nothing goes wrong any more. */
  isWell = false;
  /** Stops as its next start is marked as sent, before it hears that this was saved. */
  trapped: SimInstance | undefined;
  /** How far the date of the server is off. */
  serverDateOff = 0;
  /** How often the lease was taken. */
  takeovers = 0;
  /** Requests to the server. */
  requests = 0;
  readonly #owners = new Map<string, string>();
  #renewedAt = 0;

  constructor(seed: number, private readonly tell?: (line: string) => void) {
    this.dice = new Dice(seed ^ 0x1ea5e);
    this.clock = new SimClock(START, new Dice(seed ^ 0x71e5));
    this.server = new SimStateServer(
      () => this.clock.now() + this.serverDateOff,
      (batch) => this.#saw(batch),
    );
    const idempotency = this.dice.chance(0.5);
    this.provider = new FakeProvider({
      clock: this.clock,
      key: "p",
      capabilities: { idempotency, lookup: idempotency, list: idempotency },
      durationMs: this.dice.one([0, 2_000, 20_000]),
      latencyMs: this.dice.one([0, 50, 1_500]),
      onCall: (entry) => {
        this.note(`${entry.op} ${entry.runId ?? entry.id ?? ""} under ${entry.fence ?? "none"}`);
        this.find(check.I28_callsAreOfTheHolder(entry, this.server.lease()));
        if (entry.op === "delete") this.find(this.#unmarked(entry.id!));
        this.#look();
      },
    });
    const hasPlaces = this.dice.chance(0.5);
    const job = jobWith({
      name: "db",
      schedule: "0 * * * * *",
      onUnknown: "skip",
      retention: policy("minutely=5@L"),
      guard: { maxPercent: 100, policyChangeHoldMs: 0 },
    });
    const count = this.dice.one([2, 3]);
    this.instances = Array.from({ length: count }, (_, at) => {
      const machine = new MachineClock(
        this.clock,
        new Dice(seed ^ (0xc10c + at)),
        this.dice.one([60_000, 8e6, 9e8]),
      );
      return new SimInstance(`n${at + 1}`, at + 1, machine, this, hasPlaces, job);
    });
  }

  note(line: string): void {
    const text = `${this.clock.monotonic().toFixed(0)} ${line}`;
    this.trace.push(text);
    this.tell?.(text);
  }

  find(finding: Finding): void {
    if (finding === undefined || this.violations.includes(finding)) return;
    this.violations.push(finding);
    this.note(`VIOLATION ${finding}`);
  }

  /** The one whose engine is at work and may act. */
  active(): SimInstance | undefined {
    return this.instances.find((instance) => instance.isActive && instance.acting() !== undefined);
  }

  async carry(instance: SimInstance, life: string, body: string): Promise<string> {
    const link = () => this.isServerAway ? "cut" : this.links.get(instance.name) ?? "fine";
    const travel = async () => {
      const most = link() === "slow" ? SLOW_MS : MOST_MS;
      await this.clock.sleep(LEAST_MS + Math.floor(this.dice.next() * most));
      while (link() === "hang") await this.clock.sleep(LOOK_MS);
      if (link() === "cut") throw new TypeError("connection reset");
    };
    await travel();
    this.requests++;
    const answer = this.server.answer(life, body);
    if (this.trapped === instance && this.#isSending()) this.#springTrap(instance);
    await travel();
    if (link() === "lost_answers") throw new TypeError("connection reset");
    if (link() === "no_answers") return await never();
    return answer;
  }

  #isSending(): boolean {
    return this.server.rows("SELECT 1 FROM runs WHERE status = 'sending' LIMIT 1").length > 0;
  }

  #springTrap(instance: SimInstance): void {
    this.trapped = undefined;
    if (instance.machine.isStopped) return;
    this.note(`${instance.lifeName} stops as a start is marked as sent`);
    instance.machine.stop(this.dice.chance(0.3));
    void this.clock.sleep(this.dice.one([5_000, 45_000, 90_000])).then(() => instance.machine.goOn());
  }

  #saw(batch: Batch): void {
    const { by, before, after, hasChanged } = batch;
    if (!hasChanged || after === null) return;
    const history = { owners: this.#owners, renewedAt: this.#renewedAt, now: this.clock.monotonic() };
    this.find(check.I26_onlyTheHolderWrites(batch, history));
    this.find(check.I27_takenInTime(batch, history));
    const isTaken = before?.epoch !== after.epoch;
    if (isTaken) {
      this.note(`lease: ${by} takes epoch ${after.epoch}`);
      this.#owners.set(after.holder, by);
      this.takeovers++;
    }
    if (after.isReleased && !before?.isReleased) this.note(`lease: ${by} gives epoch ${after.epoch} back`);
    if (isTaken || before?.renewals !== after.renewals) this.#renewedAt = this.clock.monotonic();
    this.#look();
  }

  /** At every step that others can see. */
  #look(): void {
    const acting = this.instances.map((instance) => instance.acting()).filter((one) => one !== undefined);
    this.find(check.I27_oneMayAct(acting, this.server.lease()));
  }

  #unmarked(id: string): Finding {
    const [row] = this.server.rows("SELECT delete_sent_at FROM runs WHERE id = ?", id);
    return (row?.[0] ?? null) === null ? `I16: DELETE of ${id}, which is not marked as sent` : undefined;
  }

  /** How many backups were made. */
  made(): number {
    const isMade = "status IN ('available', 'deleting', 'delete-error', 'deleted')";
    return Number(this.server.rows(`SELECT count(*) FROM runs WHERE ${isMade}`)[0]?.[0] ?? 0);
  }

  /** Nothing is on its way to a provider, or being made there. */
  isIdle(): boolean {
    const isOpen = "status IN ('intent', 'sending', 'unknown', 'running', 'cancelling')";
    return this.server.rows(`SELECT 1 FROM runs WHERE ${isOpen} LIMIT 1`).length === 0;
  }

  /** What must be true of the whole. */
  atTheEnd(): void {
    this.find(check.I29_postsRise(this.provider.ledger));
    for (const { id, runId, job, slot } of this.provider.effects) {
      const others = this.provider.effects.filter((one) => one.job === job && one.slot === slot);
      if (slot !== null && others.length > 1) this.find(`I2: slot ${slot} has ${others.length} backups`);
      const [row] = this.server.rows("SELECT id, status, reason FROM runs WHERE run_id = ?", runId);
      const isSaid = row !== undefined && (row[0] === id || row[2] === "unsettled" || row[1] === "unknown");
      if (!isSaid) this.find(`I10: backup ${id} of run ${runId} is not known: ${row}`);
    }
  }

  /** I1, I3: each slot between the first and the last one decided has one decision. */
  everySlotOnce(everyMs: number): void {
    const rows = this.server.rows(
      "SELECT slot, coalesce(slot_until, slot) FROM runs WHERE slot IS NOT NULL AND attempt = 1 ORDER BY slot",
    ).map(([from, until]) => ({ from: Number(from), until: Number(until) }));
    for (const [at, { from }] of rows.entries()) {
      const expected = at === 0 ? from : rows[at - 1]!.until + everyMs;
      if (from < expected) this.find(`I1: slot ${new Date(from).toISOString()} is decided twice`);
      if (from > expected) this.find(`I3: slot ${new Date(expected).toISOString()} is not decided`);
    }
  }

  hash(): string {
    return createHash("sha256").update(this.trace.join("\n")).update(JSON.stringify(this.provider.ledger))
      .digest("hex").slice(0, 16);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const instance of this.instances) instance.bury();
    await this.clock.settle();
    this.server[Symbol.dispose]();
  }
}
