// Sees every change, call and answer of a world, keeps what checkers ask about, and has them look at each.

import { isUnfinished, type Run } from "../../src/domain/backup.ts";
import type { Job } from "../../src/domain/job.ts";
import type { BackupInfo, CreateCall, GetAnswer } from "../../src/ports/provider.ts";
import type { Change, RunStore } from "../../src/ports/store.ts";
import type { OpenStore } from "../../src/store/run_store.ts";
import type { Effect, FakeProvider, Operation } from "../support/fake_provider.ts";
import * as check from "./checkers.ts";
import { KnownDoubt } from "./doubt.ts";
import { Model } from "./model.ts";
import type { Life, SimClock } from "./sim_clock.ts";
import { scheduleOf } from "./slots_between.ts";

/** What an observer asks of its world. */
export interface Surroundings {
  readonly clock: SimClock;
  readonly providers: ReadonlyMap<string, FakeProvider>;
  readonly declared: readonly Job[];
  readonly life: Life;
  jobOf(name: string): Job | undefined;
  /** How many calls the program may have under way at the provider of this key. */
  callsAtOnce(key: string): number;
  /** Records what a checker found. */
  find(finding: check.Finding): void;
  note(line: string): void;
}

/** What the clocks said at one instant, and what was right about them. */
interface Clocks {
  now: number;
  uptime: number;
  lastRight: number | null;
  rightNow: number | null;
}

/** Lists of one provider that are remembered: one look may overlap others. */
const LISTS_KEPT = 5;

/** The memory of a world, which no crash wipes. */
export class Observer implements check.Witness {
  readonly model: Model;
  readonly said: check.Witness["said"] = new Map();
  readonly saidAnew: check.Witness["said"] = new Map();
  readonly saidAvailable = new Set<string>();
  readonly listed = new Map<string, check.Listed[]>();
  readonly tidiedAway = new Set<string>();
  readonly lostAnswerAt = new Map<string, number>();
  readonly wereInDoubt = new Set<string>();
  /** By run, what is marked as sent in this life and has not ended otherwise. */
  readonly #marked = new Map<string, check.Marked>();
  readonly sendingAt = new Map<string, { life: number; at: number }>();
  readonly insertedAt = new Map<string, number>();
  /** Runs that were cancelled, whatever became of what they left. */
  readonly #cancelled = new Set<string>();
  readonly intendedAt = new Map<string, number>();
  readonly intervals = new Map<string, number>();
  readonly order = new Map<string, number>();
  readonly forgotten = new Set<Effect>();
  readonly mislaid = new Set<Effect>();
  readonly restoredJobs = new Set<string>();
  readonly acknowledged = {
    ...{ paused: new Set<string>(), disabled: new Set<string>(), removed: new Set<string>() },
  };
  /** By name, the declaration that was last answered to be in force. */
  readonly #inForce = new Map<string, string>();
  /** By job, when it was added, by the machine's uptime. */
  readonly #addedAt = new Map<string, number>();
  jumpedAt = -Infinity;
  /** The wall clock ever was anything but right. */
  #isStepped = false;
  /** How often something was committed that `order` remembers. */
  #committed = 0;
  /** Changes handed to the store and not answered, with what the clocks said then. */
  #pending: { change: Change; clocks: Clocks }[] = [];
  /** What the clocks said as the change was handed to the store that is carried out after a crash; null for now. */
  #asOf: Clocks | null = null;
  #lastFence = -Infinity;
  /** By provider key, when its list was asked for, by the wall clock and the monotonic one. */
  readonly #listAskedAt = new Map<string, { askedAt: number; at: number }>();
  readonly #firstTries = new Map<string, { life: number; at: number }>();
  /** When the same was asked before, by the monotonic clock. */
  readonly #asked = new Map<string, number[]>();
  readonly #answered: { key: string; runId: string; id: string }[] = [];

  /** What it must be in doubt of. */
  readonly doubt: KnownDoubt;

  constructor(private readonly world: Surroundings) {
    this.doubt = new KnownDoubt(world.clock);
    this.model = new Model({
      runChanged: (before, after, change) => this.#runChanged(before, after, change),
      jobChanged: (before, after, change) => {
        world.find(
          check.I4_cursor(before ?? after, after, change) ?? check.I35_nothingAhead(this, before, after),
        );
        if (before?.unmanagedSince !== null && after.unmanagedSince === null) this.#takenBack(after.job);
        const { uptime } = this.#clocks;
        if (before === undefined) return void this.#addedAt.set(after.job, uptime);
        if (after.knownSince !== before.knownSince) {
          const added = this.#addedAt.get(after.job) ?? 0;
          world.find(check.I3_knownSince(this, before, after, uptime - added));
        }
        if (after.cursor > before.cursor) world.find(check.I3_everySlotDecided(this, before, after));
      },
    });
  }

  get providers(): ReadonlyMap<string, FakeProvider> {
    return this.world.providers;
  }
  get declared(): readonly Job[] {
    return this.world.declared;
  }
  get lifeNumber(): number {
    return this.world.life.number;
  }
  now(): number {
    return this.#clocks.now;
  }
  lastRight(): number | null {
    return this.#clocks.lastRight;
  }
  get #clocks(): Clocks {
    const { world: { clock }, doubt: { lastRight, rightNow } } = this;
    return this.#asOf ?? { now: clock.now(), uptime: clock.uptime(), lastRight, rightNow };
  }
  /** The program begins to take over what is declared: from now on that may be in force. */
  takesOver(): void {
    this.acknowledged.disabled.clear();
    this.acknowledged.removed.clear();
  }
  /** It has answered that these are in force. */
  tookOver(jobs: readonly Job[]): void {
    for (const job of jobs) {
      const text = JSON.stringify(job);
      if (this.#inForce.has(job.name) && this.#inForce.get(job.name) !== text) {
        this.#inOrder(`edit ${job.name}`);
      }
      this.#inForce.set(job.name, text);
      if (!job.enabled) this.acknowledged.disabled.add(job.name);
    }
    const names = new Set(jobs.map(({ name }) => name));
    for (const name of this.#inForce.keys()) if (!names.has(name)) this.acknowledged.removed.add(name);
  }
  rightNow(): number | null {
    return this.#clocks.rightNow;
  }
  /** The wall clock steps, and that is wrong, or its correction. */
  steps(byMs: number): void {
    this.#isStepped = true;
    if (this.doubt.steps(byMs)) this.#inOrder("doubt");
  }
  monotonic(): number {
    return this.world.clock.monotonic();
  }
  jobOf(name: string): Job | undefined {
    return this.world.jobOf(name);
  }

  /** A boot has opened the store; `expected` when someone put one in its place that lacks what the last one had. */
  async booted(open: OpenStore, expected: boolean): Promise<void> {
    const { world } = this;
    world.find(check.I26_fencesIncrease(this.#lastFence, open.fence));
    // A boot before this one has saved what the clock said, even where it saved nothing else.
    if (this.#lastFence === -Infinity) this.doubt.forgotten();
    this.#lastFence = open.fence;
    world.find(check.I23_restoreIsNoticed(open.restored, expected));
    if (expected) await this.#beginAnew(open);
    await this.#compare(open);
    this.#marked.clear();
  }

  /** What is in the store now is all that is known. */
  async #beginAnew(open: OpenStore): Promise<void> {
    this.#pending = [];
    this.#answered.length = 0;
    const before = [...this.model.runs.keys()];
    await this.model.replaceAll(open, await readAll(open));
    for (const runId of before) if (!this.model.runs.has(runId)) this.tidiedAway.add(runId);
    // What lies between cannot be told from these rows.
    for (const runId of this.model.runs.keys()) this.insertedAt.set(runId, -Infinity);
    for (const provider of this.providers.values()) {
      for (const effect of provider.effects) this.forgotten.add(effect);
    }
    this.restoredJobs.clear();
    for (const job of this.model.jobs.keys()) this.restoredJobs.add(job);
  }

  commits(change: Change): void {
    this.#pending.push({ change, clocks: this.#clocks });
  }

  committed(change: Change): void {
    this.dropped(change);
    this.#findPass(change);
    this.world.find(
      check.I34_nothingEndsInDoubt(this, change) ?? check.I36_suspendIsNoDoubt(change, this.#isStepped),
    );
    this.#carryOut(change);
  }

  /** It was carried out, or not: nobody is told. */
  answerLost(change: Change): void {
    this.lostAnswerAt.set(change.job, this.monotonic());
  }

  #carryOut(change: Change): void {
    this.model.apply(change);
    this.#order(change);
  }

  #inOrder(what: string): void {
    this.order.set(what, ++this.#committed);
  }

  /** Remembers in which order what forbids a DELETE, and what asks whether one is allowed, was committed. */
  #order(change: Change): void {
    for (const write of change.writes) {
      if (write.write === "freeze") this.#inOrder("freeze");
      if (write.write === "manage") this.#inOrder(`manage ${write.job}`);
      if (write.write === "latch") this.#inOrder(`latch ${write.guard.job} ${write.guard.guard}`);
      if (write.write === "approval") {
        this.#inOrder(`approval ${write.approval.job}`);
        this.restoredJobs.delete(write.approval.job);
      }
    }
    const asks = change.conditions?.some(({ condition }) => condition === "unfrozen");
    const cancelled = change.conditions?.find((one) =>
      one.condition === "status" && one.in.includes("cancelling")
    );
    if (asks && cancelled?.condition === "status") this.#inOrder(`sent ${cancelled.runId}`);
  }

  #findPass(change: Change): void {
    const pass = check.passOf(this, change);
    if (pass === undefined || typeof pass === "string") return this.world.find(pass);
    this.world.find(
      check.I17_victimsAreNotKept(this, pass) ?? check.I18_onlyAvailableCount(this, change) ??
        check.I19_enoughStay(this, pass) ?? check.I21_tagsOfOneLook(this, pass, change) ??
        check.I22_pace(this, pass) ?? check.I22_guards(this, pass) ??
        check.I25_formerPolicyHolds(this, pass) ?? check.I51_newestProvedStays(this, pass) ??
        check.I52_soundOneStays(this, pass) ??
        (pass.going.length > 0 ? check.I23_restoredWaits(this, change.job) : undefined),
    );
  }

  dropped(change: Change): void {
    const at = this.#pending.findIndex((one) => one.change === change);
    if (at >= 0) this.#pending.splice(at, 1);
  }

  calls(provider: FakeProvider, op: Operation, detail: { id?: string; call?: CreateCall }): void {
    this.world.note(`${op} ${detail.id ?? detail.call?.runId ?? ""} at ${provider.key}`);
    this.#callsOfOne(op, `${detail.id ?? detail.call?.runId} at ${provider.key}`);
    if (op === "delete") this.world.find(check.mayDelete(this, provider, detail.id!));
    if (op === "list") this.#listAskedAt.set(provider.key, { askedAt: this.now(), at: this.monotonic() });
    if (op === "create") {
      this.world.find(
        check.I6_inTime(this, detail.call!) ?? check.I60_nothingInTheDark(this, detail.call!) ??
          check.I2_postsAreSpaced(this, provider, detail.call!) ??
          check.I29_fencesAtProvider(provider, detail.call!) ??
          check.I53_removedStartsNothing(this, detail.call!.job) ??
          check.verificationMakesWay(
            provider,
            detail.call!.runId,
            this.#triedFor(detail.call!.runId),
            this.world.callsAtOnce(provider.key),
          ),
      );
    }
  }

  /** Since its first try of this life, by the monotonic clock. */
  #triedFor(runId: string): number {
    const { number } = this.world.life;
    const first = this.#firstTries.get(runId);
    if (first?.life === number) return this.monotonic() - first.at;
    this.#firstTries.set(runId, { life: number, at: this.monotonic() });
    return 0;
  }

  #callsOfOne(op: Operation, what: string): void {
    const at = this.#asked.get(`${op} ${what}`) ?? [];
    const now = this.monotonic();
    at.push(now);
    this.#asked.set(`${op} ${what}`, at);
    this.world.find(check.I31_callsAreBounded(op, what, at, now));
  }

  answered(
    provider: FakeProvider,
    op: Operation,
    detail: { id?: string; anew?: boolean; call?: CreateCall },
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
    const at = this.world.clock.monotonic();
    if (op === "list") {
      const ids = new Set(infos.map(({ id }) => id));
      const asked = this.#listAskedAt.get(provider.key)!;
      const list = { life: this.lifeNumber, ids, ...asked, missed: new Set<string>() };
      this.listed.set(provider.key, [list, ...this.listed.get(provider.key) ?? []].slice(0, LISTS_KEPT));
    }
    if (op === "get") {
      const said = { life: this.lifeNumber, info: infos[0] ?? null, at, anew: detail.anew === true };
      this.said.set(check.keyOf(provider.key, detail.id!), said);
      // Looks at a verification under way come between, and take nothing back.
      if (said.anew) this.saidAnew.set(check.keyOf(provider.key, detail.id!), said);
    }
    for (const info of infos) {
      if (info.state === "available") this.saidAvailable.add(check.keyOf(provider.key, info.id));
    }
  }

  async tidied(store: OpenStore): Promise<void> {
    const before = new Set(this.model.runs.keys());
    this.model.replaceRuns(await readAll(store));
    for (const runId of before) if (!this.model.runs.has(runId)) this.tidiedAway.add(runId);
  }

  #runChanged(before: Run | undefined, after: Run, change: Change): void {
    if (after.clockOff !== null) this.wereInDoubt.add(after.runId);
    if (before === undefined) {
      // By both clocks of one instant, also of what was handed to the store before.
      const ago = this.world.clock.now() - after.createdAt;
      this.insertedAt.set(after.runId, ago < 0 ? -Infinity : this.world.clock.monotonic() - ago);
      const state = this.model.jobs.get(after.job)!;
      if (after.slot !== null && after.slotUntil === null) {
        const interval = scheduleOf(state.schedule, state.timezone).interval(after.slot);
        if (interval !== null) this.intervals.set(after.runId, interval);
      }
      if (after.trigger === "import") this.#inOrder(`import ${after.runId}`);
      this.world.find(check.I4_inOrder(this, after) ?? check.I8_slotsAreOfTheOracle(this, after));
    }
    if (after.status === "cancelled") this.#cancelled.add(after.runId);
    // In a state that was put back it may end otherwise.
    else if (["available", "failed", "lost"].includes(after.status)) this.#cancelled.delete(after.runId);
    const sent = before !== undefined && after.deleteAttempts > before.deleteAttempts;
    if (sent) this.#inOrder(`sent ${after.runId}`);
    else if (before?.status !== after.status || before.rejectedAt !== after.rejectedAt) {
      this.#inOrder(`news ${after.job}`);
    }
    if (before?.status !== after.status) {
      this.world.note(`row ${check.show(after)}`);
      // One that was refused is intended still when it is sent again.
      const isAnew = after.status === "deleting" && before?.status !== "delete-error";
      if (isAnew) this.intendedAt.set(after.runId, this.monotonic());
      this.#marked.delete(after.runId);
      if (after.status === "sending") this.#markedAsSent(after);
    }
    this.world.find(
      check.I1_oneRowASlot(this, before, after) ?? check.I44_triesFollow(this, before, after) ??
        check.I44_onlyFailuresAreTriedAgain(before, after) ??
        check.I44_cutOffIsRemembered(this, before, after) ??
        check.I44_nextSlotEndsTries(this, after, change) ?? check.I30_movesAreTold(change, before, after) ??
        check.I3_supersededByOne(this, before, after) ?? check.I7_oneAtATime(this, after) ??
        check.I11_idBoundOnce(this, before, after) ?? check.I12_legalMoves(this, before, after) ??
        check.I43_onlyWhatIsLeft(this, before, after) ??
        check.I37_deletedOnProof(this, this.providers.get(after.providerKey), before, after) ??
        check.I13_availableOnProof(this, before, after) ?? check.I15_times(this, after) ??
        check.I10_importsAreStrangers(this, before, after) ?? check.I13_missingOnProof(this, before, after) ??
        check.I22_missingStops(this, before, after) ?? check.I22_fewGoMissing(this, before, after),
    );
    if (after.status === "missing" && before?.status === "available" && check.isCompared(after)) {
      for (const list of this.listed.get(after.providerKey) ?? []) list.missed.add(after.runId);
    }
  }

  #markedAsSent(run: Run): void {
    const { providerKey: key, runId } = run;
    const at = this.monotonic();
    this.sendingAt.set(runId, { life: this.lifeNumber, at });
    const posts = this.providers.get(key)!.calls("create").filter((call) => call.runId === runId).length;
    this.#marked.set(runId, { run, at, posts });
    const atOnce = this.world.callsAtOnce(key);
    this.world.find(check.I48_marksHavePlaces(this, key, [...this.#marked.values()], atOnce));
  }

  /** Of runs that were out of its hands for a while the program knows the age by the wall clock alone, as after a boot. */
  #takenBack(job: string): void {
    for (const run of this.model.runsOf(job)) this.sendingAt.delete(run.runId);
  }

  /** I14: what was acknowledged is in the store, and nothing else is. */
  async #compare(store: RunStore): Promise<void> {
    const [rows, jobs] = await Promise.all([readAll(store), store.jobs()]);
    const stored = new Map(rows.map((row) => [row.runId, check.textOfRow(row)]));
    const states = new Map(jobs.map((job) => [job.job, check.textOfJob(job)]));
    for (;;) {
      const wrong = check.I14_acknowledgedIsStored(this, stored, states);
      if (wrong === undefined) break;
      const next = this.#pending.shift();
      if (next === undefined) return this.world.find(wrong);
      // It was not answered before the crash, but was made durable: by the clocks of then, whatever they say by now.
      this.#asOf = next.clocks;
      this.#carryOut(next.change);
      this.#asOf = null;
    }
    this.#pending = [];
    const names = [...new Set(rows.map(({ job }) => job))];
    const [days, storage] = [await store.jobDays(names, 0), await store.storageDays(undefined, 0)];
    this.world.find(check.I56_daysSayWhatRowsSay(rows, days, storage, this.now(), this.#cancelled));
  }

  /** The checks that only make sense at the end. */
  async atTheEnd(open: OpenStore, lookupMayFail: boolean): Promise<void> {
    await this.#compare(open);
    for (const run of this.model.runs.values()) {
      if (run.slotUntil === null) this.world.find(check.I2_effectsOfASlot(this, run, lookupMayFail));
      this.world.find(check.I44_cutOffIsTriedAgain(this, run));
    }
    for (const { key, runId, id } of this.#answered) {
      this.world.find(check.I10_idIsKept(this, this.providers.get(key)!, { runId, id }));
    }
    this.world.find(check.P2_availableIsThere(this));
    this.world.find(check.I30_orphansAreTold(this));
    this.world.find(check.I31_nothingPilesUp(this, this.world.clock.sleeping));
  }

  /** The run of a job that is under way. */
  unfinished(job: string): Run | undefined {
    return this.model.runsOf(job).find((run) => isUnfinished(run.status));
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
