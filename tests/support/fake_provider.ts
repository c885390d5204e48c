// A provider in memory that knows the truth: what was asked of it, what it really did, and what it answered.
// Behaviours are scripted call by call; backups take virtual time on the given clock.

import { ProviderError } from "../../src/domain/errors.ts";
import type { Json } from "../../src/domain/job.ts";
import type { Clock } from "../../src/ports/host.ts";
import {
  type BackupInfo,
  type Capabilities,
  type CheckResult,
  type CreateCall,
  type DeleteAnswer,
  type GetAnswer,
  type GetOptions,
  NO_CAPABILITIES,
  type Provider,
} from "../../src/ports/provider.ts";

export type Operation = "create" | "get" | "delete" | "lookup" | "list" | "capabilities" | "check";

/**
 * What one call does. `effect` is what really happens at the provider; the answer is what the caller learns.
 * - `ok`: effect, then the true answer, after `afterMs`.
 * - `lost_reply`: effect, then `unknown` after `afterMs`.
 * - `lost_request`: no effect, then `unknown` after `afterMs`.
 * - `late`: `unknown` at once, the effect comes `effectAfterMs` later.
 * - `hang`: nothing for `forMs`, then `unknown`; with `effect: true` the effect came at the beginning.
 * - `unsent`, `refused`: no effect and that error.
 * - `gateway`: something before the provider answers 503, after the effect or without it.
 * - `malformed`: a read fails as `malformed`; a create or delete has its effect and fails as `unknown`.
 * - `answer`: no effect, and exactly this answer: another's id, an odd word, a size that cannot be.
 * - `throw`: no effect, and this error: for what no provider should do.
 */
export type Behaviour =
  | { does: "ok"; afterMs?: number }
  | { does: "lost_reply"; afterMs?: number }
  | { does: "lost_request"; afterMs?: number }
  | { does: "late"; effectAfterMs: number }
  | { does: "hang"; forMs: number; effect?: boolean }
  | {
    does: "unsent";
    status?: number;
    retryAfterMs?: number;
    message?: string;
    unusable?: ProviderError["unusable"];
  }
  | { does: "refused"; status?: number; message?: string }
  | { does: "gateway"; effect?: boolean; status?: number }
  | { does: "malformed" }
  | { does: "answer"; answer: unknown }
  | { does: "throw"; error: Error };

/** How the backup of one create turns out; every part has a plain default. */
export interface Plan {
  /** An id of the test's choice: a duplicate, an odd one. */
  id?: string;
  durationMs?: number;
  /** `failed` ends as failed; `never` runs until it is deleted. */
  ends?: "available" | "failed" | "never";
  message?: string;
  /** Machine word of a failure. */
  reason?: string;
  sizeMb?: number;
  dataId?: string;
  /** The provider's own word while running, such as one we never heard of. */
  runningWord?: string;
}

/** One effect: a backup that really began here. */
export interface Effect {
  id: string;
  runId: string;
  job: string;
  slot: number | null;
  fence: number;
  body: Json | undefined;
  dataId: string;
  /** Wall clock, UTC ms. */
  startedAt: number;
  /** By the monotonic clock: when it is done; Infinity for one that never ends. */
  endsAtMonotonic: number;
  durationMs: number;
  ends: "available" | "failed" | "never";
  message: string | undefined;
  /** Of one that failed. */
  reason?: string;
  sizeMb: number | undefined;
  runningWord: string;
  /** Wall clock of the DELETE that took effect; null while it lives. */
  deletedAt: number | null;
  /** By the monotonic clock: when a slow deletion is through. */
  deletedAtMonotonic: number | null;
  /** True when the DELETE met it running. */
  cancelled: boolean;
  /** Dropped by the provider without a DELETE. */
  forgotten: boolean;
  /** Shown with its times although it is of no run of ours. */
  timed?: boolean;
  /** Whose it is by the list, where that is not `job`. */
  owner?: { job?: string; host?: string; paths?: string[] };
}

/** One call as the provider saw it. */
export interface LedgerEntry {
  op: Operation;
  /** Wall clock, UTC ms. */
  at: number;
  id?: string;
  runId?: string;
  job?: string;
  slot?: number | null;
  fence?: number;
  body?: Json;
  behaviour: Behaviour["does"];
  /** The id of the backup that this call began or removed; undefined when it did neither. */
  effect?: string;
  /** `answered`, or the kind of the error; `open` while the call is under way. */
  outcome: string;
  answer?: unknown;
}

export interface FakeProviderOptions {
  clock: Clock;
  key?: string;
  capabilities?: Partial<Capabilities>;
  /** How long a backup takes unless planned otherwise; 0 is available in the answer to create. Default 0. */
  durationMs?: number;
  /** How long each call takes. Default 0. */
  latencyMs?: number;
  /** For so long after its end the storage refuses to delete a backup. Default: it never does. */
  lockMs?: (effect: Effect) => number;
  /** Its own clock (UTC ms), which no jump of ours moves; default: ours. */
  rightNow?: () => number;
  /** What it says of that: by GET and list as well, by the answer to a DELETE alone, or by that without a date. Default `all`. */
  saysLocks?: "all" | "refusal" | "undated";
  /** Backups at once; one more is `unsent` with status 409. Default unlimited. */
  maxConcurrent?: number;
  /** Deleted backups answer `gone`, not `no`. */
  tombstones?: boolean;
  /** A failed backup answers `no`, as the original's providers do. */
  failedIsAbsent?: boolean;
  /** A deletion takes this long and answers `accepted`; 0 deletes at once. */
  deleteMs?: number;
  /** Ids are `prefix-1`, `prefix-2` … Default the key. */
  idPrefix?: string;
  /** Default size of a backup. */
  sizeMb?: number;
  /** Says of each backup for which job it was made. */
  saysWhose?: boolean;
  /** Asked when nothing is scripted: the behaviour of this call, or undefined for `ok`. */
  behave?: (entry: Readonly<LedgerEntry>) => Behaviour | undefined;
  /** For so long after its end what it has lost is there all the same, for whoever does not ask anew. Default 0. */
  vouchesMs?: number;
  /** Called as each call arrives, before its effect: the place to look into the store, or to crash. */
  onCall?: (entry: Readonly<LedgerEntry>) => void | Promise<void>;
}

export class FakeProvider implements Provider {
  readonly key: string;
  /** Every call ever, oldest first. */
  readonly ledger: LedgerEntry[] = [];
  /** Every backup that ever began, oldest first: the truth. */
  readonly effects: Effect[] = [];
  capabilitySet: Capabilities;
  /** Calls under way, and the most there ever were. */
  inFlight = 0;
  peakInFlight = 0;
  readonly #options: FakeProviderOptions;
  readonly #clock: Clock;
  readonly #scripts = new Map<Operation, Behaviour[]>();
  readonly #plans: Plan[] = [];
  #down: Behaviour | undefined;
  #ids = 0;
  #highestFence = -Infinity;

  constructor(options: FakeProviderOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.key = options.key ?? "fake";
    this.capabilitySet = { ...NO_CAPABILITIES, ...options.capabilities };
  }

  /** Queues behaviours for the next calls of an operation; when they are used up, calls are `ok` again. */
  script(op: Operation, ...behaviours: (Behaviour | Behaviour["does"])[]): this {
    const queue = this.#scripts.get(op) ?? [];
    queue.push(...behaviours.map(toBehaviour));
    this.#scripts.set(op, queue);
    return this;
  }

  /** Queues how the next backups turn out. */
  plan(...plans: Plan[]): this {
    this.#plans.push(...plans);
    return this;
  }

  /** From now on every call behaves so (`unsent` by default: the provider is down) until `up`. */
  down(behaviour: Behaviour | Behaviour["does"] = "unsent"): void {
    this.#down = toBehaviour(behaviour);
  }

  up(): void {
    this.#down = undefined;
  }

  /** Drops the behaviours that were queued for calls to come. */
  unscript(): void {
    this.#scripts.clear();
  }

  /** Drops backups without a DELETE, as a lost disk or a foreign hand does. */
  forget(...ids: string[]): void {
    for (const effect of this.effects) if (ids.includes(effect.id)) effect.forgotten = true;
  }

  /** Undoes `forget`. */
  remember(...ids: string[]): void {
    for (const effect of this.effects) if (ids.includes(effect.id)) effect.forgotten = false;
  }

  /** Ends a running backup now. */
  finish(id: string, ends: "available" | "failed" = "available", message?: string): void {
    const effect = this.#living(id);
    if (effect === undefined) throw new Error(`no living backup '${id}' to finish`);
    effect.ends = ends;
    effect.endsAtMonotonic = this.#clock.monotonic();
    if (message !== undefined) effect.message = message;
  }

  /** Puts a backup there that no create of ours began. */
  seed(fields: Partial<Effect> & { id: string }): Effect {
    const effect: Effect = {
      runId: "",
      job: "",
      slot: null,
      fence: 0,
      body: undefined,
      dataId: `data-${fields.id}`,
      startedAt: this.#clock.now(),
      endsAtMonotonic: this.#clock.monotonic(),
      durationMs: 0,
      ends: "available",
      message: undefined,
      sizeMb: this.#options.sizeMb,
      runningWord: "running",
      deletedAt: null,
      deletedAtMonotonic: null,
      cancelled: false,
      forgotten: false,
      ...fields,
    };
    this.effects.push(effect);
    return effect;
  }

  /** Backups that are really there now, complete ones only. */
  living(): Effect[] {
    return this.effects.filter((effect) => this.#there(effect) && this.#state(effect) === "available");
  }

  /** What failed backups left and nobody deleted. */
  leftovers(): Effect[] {
    return this.effects.filter((effect) => this.#there(effect) && this.#state(effect) === "failed");
  }

  /** Backups being made now. */
  running(): Effect[] {
    return this.effects.filter((effect) => this.#there(effect) && this.#state(effect) === "running");
  }

  effectsOf(runId: string): Effect[] {
    return this.effects.filter((effect) => effect.runId === runId);
  }

  calls(op: Operation): LedgerEntry[] {
    return this.ledger.filter((entry) => entry.op === op);
  }

  create(call: CreateCall): Promise<BackupInfo> {
    const { runId, job, slot, fence, body } = call;
    return this.#call({ op: "create", runId, job, slot, fence, body }, (entry) => {
      this.#checkFence(fence);
      const same = this.capabilitySet.idempotency
        ? this.effects.find((effect) => effect.runId === runId && !effect.forgotten)
        : undefined;
      if (same !== undefined && same.deletedAt !== null) {
        throw new ProviderError(
          "refused",
          `Cannot start a backup at '${this.key}': '${same.id}' was deleted`,
          {
            status: 410,
          },
        );
      }
      if (same !== undefined) return this.#info(same);
      const busy = this.running();
      if (busy.length >= (this.#options.maxConcurrent ?? Infinity)) {
        throw new ProviderError(
          "unsent",
          `Cannot start a backup at '${this.key}': '${busy[0]!.id}' is running`,
          {
            status: 409,
          },
        );
      }
      const effect = this.#begin(call);
      entry.effect = effect.id;
      return this.#info(effect);
    });
  }

  get(id: string, { anew = false }: GetOptions = {}): Promise<GetAnswer> {
    return this.#call<GetAnswer>({ op: "get", id }, () => {
      const effect = this.#living(id) ?? (anew ? undefined : this.#vouchedFor(id));
      if (effect !== undefined && !(this.#options.failedIsAbsent && this.#state(effect) === "failed")) {
        return { found: "yes", backup: this.#info(effect) };
      }
      const deleted = this.effects.some((one) => one.id === id && one.deletedAt !== null);
      return { found: deleted && this.#options.tombstones ? "gone" : "no" };
    });
  }

  delete(id: string, body: Json | undefined, fence: number): Promise<DeleteAnswer> {
    return this.#call<DeleteAnswer>({ op: "delete", id, fence, body }, (entry) => {
      this.#checkFence(fence);
      const effect = this.#living(id);
      if (effect === undefined) {
        const deleted = this.effects.some((one) => one.id === id && one.deletedAt !== null);
        return deleted && this.#options.tombstones ? "gone" : "absent";
      }
      this.#checkLock(effect);
      const deleteMs = this.#options.deleteMs ?? 0;
      effect.cancelled = this.#state(effect) === "running";
      effect.deletedAt = this.#clock.now();
      effect.deletedAtMonotonic = this.#clock.monotonic() + deleteMs;
      entry.effect = id;
      return deleteMs > 0 ? "accepted" : "deleted";
    });
  }

  lookup(runId: string): Promise<BackupInfo | undefined> {
    return this.#call({ op: "lookup", runId }, () => {
      this.#need("lookup");
      const effect = this.effects.find((one) => one.runId === runId && this.#there(one));
      return effect === undefined ? undefined : this.#info(effect);
    });
  }

  list(): Promise<BackupInfo[]> {
    return this.#call({ op: "list" }, () => {
      this.#need("list");
      return this.effects.filter((effect) => this.#there(effect)).map((effect) => this.#info(effect));
    });
  }

  capabilities(): Promise<Capabilities> {
    return this.#call({ op: "capabilities" }, () => ({ ...this.capabilitySet }));
  }

  async check(): Promise<CheckResult[]> {
    try {
      return await this.#call(
        { op: "check" },
        () => [{ name: "provider answers", ok: true, message: "It answers." }],
      );
    } catch (error) {
      return [{ name: "provider answers", ok: false, message: (error as Error).message }];
    }
  }

  standsWhole(id: string): Promise<boolean | undefined> {
    const effect = this.effects.find((one) => one.id === id && this.#there(one));
    return Promise.resolve(effect !== undefined && this.#state(effect) === "available");
  }

  output(_id: string): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  async #call<T>(
    fields: Omit<LedgerEntry, "at" | "behaviour" | "outcome">,
    effect: (entry: LedgerEntry) => T,
  ): Promise<T> {
    const entry: LedgerEntry = { ...fields, at: this.#clock.now(), behaviour: "ok", outcome: "open" };
    const behaviour = this.#down ?? this.#scripts.get(entry.op)?.shift() ?? this.#options.behave?.(entry) ??
      { does: "ok" };
    entry.behaviour = behaviour.does;
    this.ledger.push(entry);
    this.inFlight++;
    this.peakInFlight = Math.max(this.peakInFlight, this.inFlight);
    try {
      await this.#options.onCall?.(entry);
      await this.#pause(this.#options.latencyMs ?? 0);
      const answer = await this.#behave(entry, behaviour, effect);
      entry.outcome = "answered";
      entry.answer = answer;
      return answer;
    } catch (error) {
      entry.outcome = error instanceof ProviderError ? error.kind : (error as Error).name;
      throw error;
    } finally {
      this.inFlight--;
    }
  }

  async #behave<T>(entry: LedgerEntry, behaviour: Behaviour, effect: (entry: LedgerEntry) => T): Promise<T> {
    const what = `Cannot ${entry.op} at '${this.key}'`;
    const read = entry.op !== "create" && entry.op !== "delete";
    switch (behaviour.does) {
      case "ok": {
        const answer = effect(entry);
        await this.#pause(behaviour.afterMs ?? 0);
        return answer;
      }
      case "lost_reply":
        attempt(() => effect(entry));
        await this.#pause(behaviour.afterMs ?? 0);
        throw new ProviderError("unknown", `${what}: the answer was lost`);
      case "lost_request":
        await this.#pause(behaviour.afterMs ?? 0);
        throw new ProviderError("unknown", `${what}: the connection was reset`);
      case "late":
        this.#clock.sleep(behaviour.effectAfterMs).then(() => attempt(() => effect(entry)), () => {});
        throw new ProviderError("unknown", `${what}: no answer in time`);
      case "hang":
        if (behaviour.effect) attempt(() => effect(entry));
        await this.#pause(behaviour.forMs);
        throw new ProviderError("unknown", `${what}: no answer in ${behaviour.forMs} ms`);
      case "unsent":
        throw new ProviderError("unsent", behaviour.message ?? `${what}: connection refused`, {
          status: behaviour.status,
          retryAfterMs: behaviour.retryAfterMs,
          unusable: behaviour.unusable,
        });
      case "gateway": {
        if (behaviour.effect) attempt(() => effect(entry));
        const status = behaviour.status ?? 503;
        const kind = entry.op === "get" ? "unknown" : "unsent";
        throw new ProviderError(kind, `${what}: it answered ${status} and said 'Service Unavailable'`, {
          status,
          ...(entry.op === "create" ? { gateway: true } : {}),
        });
      }
      case "refused": {
        const status = behaviour.status ?? 400;
        throw new ProviderError("refused", behaviour.message ?? `${what}: it answered ${status}`, { status });
      }
      case "malformed":
        if (read) throw new ProviderError("malformed", `${what}: the answer is not JSON`, { status: 200 });
        attempt(() => effect(entry));
        throw new ProviderError("unknown", `${what}: the answer is not JSON`, { status: 202 });
      case "answer":
        return behaviour.answer as T;
      case "throw":
        throw behaviour.error;
    }
  }

  #begin(call: CreateCall): Effect {
    const plan = this.#plans.shift() ?? {};
    const id = plan.id ?? `${this.#options.idPrefix ?? this.key}-${++this.#ids}`;
    const durationMs = plan.durationMs ?? this.#options.durationMs ?? 0;
    const ends = plan.ends ?? "available";
    return this.seed({
      id,
      runId: call.runId,
      job: call.job,
      slot: call.slot,
      fence: call.fence,
      body: call.body,
      dataId: plan.dataId ?? `data-${id}`,
      durationMs,
      endsAtMonotonic: ends === "never" ? Infinity : this.#clock.monotonic() + durationMs,
      ends,
      message: plan.message,
      reason: plan.reason,
      sizeMb: plan.sizeMb ?? this.#options.sizeMb,
      runningWord: plan.runningWord ?? "running",
    });
  }

  #state(effect: Effect): BackupInfo["state"] {
    if (this.#clock.monotonic() < effect.endsAtMonotonic) return "running";
    return effect.ends === "failed" ? "failed" : "available";
  }

  /** What is true, whatever a call is answered: no backup of this id, of which there may be two by mistake, is gone. */
  isThere(id: string): boolean {
    const known = this.effects.filter((effect) => effect.id === id);
    return known.length > 0 && known.every((effect) => this.#there(effect));
  }

  /** Until when (UTC ms by the clock of the provider, which is right) an available backup is locked; undefined: it is not. */
  lockedUntil(effect: Effect): number | undefined {
    const { lockMs } = this.#options;
    if (lockMs === undefined || this.#state(effect) !== "available") return undefined;
    const left = effect.endsAtMonotonic + lockMs(effect) - this.#clock.monotonic();
    return left <= 0 ? undefined : Math.round((this.#options.rightNow?.() ?? this.#clock.now()) + left);
  }

  #checkLock(effect: Effect): void {
    const until = this.lockedUntil(effect);
    if (until === undefined) return;
    const lock = { until: this.#options.saysLocks === "undated" ? null : until };
    const message = `Cannot delete '${effect.id}' at '${this.key}': it is locked`;
    throw new ProviderError("unsent", message, { status: 423, lock });
  }

  /** Neither forgotten nor gone by a deletion that is through. */
  #there(effect: Effect): boolean {
    if (effect.forgotten) return false;
    return effect.deletedAtMonotonic === null || this.#clock.monotonic() < effect.deletedAtMonotonic;
  }

  #living(id: string): Effect | undefined {
    return this.effects.find((effect) => effect.id === id && this.#there(effect));
  }

  #vouchedFor(id: string): Effect | undefined {
    const age = (effect: Effect) => this.#clock.monotonic() - effect.endsAtMonotonic;
    const most = this.#options.vouchesMs ?? 0;
    return this.effects.find((effect) =>
      effect.id === id && effect.forgotten && age(effect) >= 0 && age(effect) < most
    );
  }

  #info(effect: Effect): BackupInfo {
    const state = this.#state(effect);
    const echoes = effect.runId !== "" &&
      (this.capabilitySet.lookup || this.capabilitySet.list || this.capabilitySet.idempotency);
    const info: BackupInfo = {
      id: effect.id,
      dataId: state === "available" ? effect.dataId : effect.id,
      state,
      status: state === "running" ? effect.runningWord : state,
      message: effect.message ?? `backup ${state}`,
    };
    if (state === "failed" && effect.reason !== undefined) info.reason = effect.reason;
    if (state === "available" && effect.sizeMb !== undefined) info.sizeMb = effect.sizeMb;
    if (echoes) info.runId = effect.runId;
    if (this.#options.saysWhose && effect.job !== "") info.job = effect.job;
    Object.assign(info, effect.owner);
    if (
      this.#options.lockMs !== undefined && (this.#options.saysLocks ?? "all") === "all" &&
      state === "available"
    ) {
      info.lockedUntil = this.lockedUntil(effect) ?? null;
    }
    if (echoes || effect.timed) {
      info.startTime = effect.startedAt;
      if (state !== "running") info.endTime = effect.startedAt + effect.durationMs;
    }
    return info;
  }

  #checkFence(fence: number): void {
    if (this.capabilitySet.fence && fence < this.#highestFence) {
      const message =
        `Cannot take a call at '${this.key}': its fence ${fence} is below ${this.#highestFence}`;
      throw new ProviderError("refused", message, { status: 412 });
    }
    this.#highestFence = Math.max(this.#highestFence, fence);
  }

  #need(capability: "list" | "lookup"): void {
    if (this.capabilitySet[capability]) return;
    throw new ProviderError("refused", `Cannot ${capability} at '${this.key}': it has no such ability`, {
      status: 405,
    });
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await this.#clock.sleep(ms);
  }
}

/** Does what a call does when nobody will hear the answer: a refusal is then no news either. */
function attempt(effect: () => unknown): void {
  try {
    effect();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}

function toBehaviour(behaviour: Behaviour | Behaviour["does"]): Behaviour {
  if (typeof behaviour !== "string") return behaviour;
  switch (behaviour) {
    case "ok":
    case "lost_reply":
    case "lost_request":
    case "unsent":
    case "refused":
    case "malformed":
      return { does: behaviour };
    case "late":
      return { does: "late", effectAfterMs: 1000 };
    case "hang":
      return { does: "hang", forMs: 60_000 };
    default:
      throw new Error(`behaviour '${behaviour}' needs its fields`);
  }
}
