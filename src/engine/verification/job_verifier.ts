// The verifications of one job: when the next is due, which backup it takes, and the one that is under way.

import { chooseBackup, type ProofChoice } from "../../domain/verification/choose.ts";
import {
  newVerifyState,
  type Verification,
  type VerifyState,
} from "../../domain/verification/verification.ts";
import type { VerifyMethod, VerifySettings } from "../../domain/verification/verify_settings.ts";
import { assert } from "../../domain/errors.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import type { Run } from "../../domain/backup.ts";
import type { Due, DueSource } from "../agenda.ts";
import type { ProviderCalls } from "../context/calls.ts";
import { type EngineContext, runEvent } from "../context/context.ts";
import { whyInactive } from "../job_parts.ts";
import type { JobScheduler } from "../job_scheduler.ts";
import { type ActiveVerification, activeVerification, CutOff } from "./active.ts";
import { saveEnd } from "./verify_end.ts";
import { follow } from "./verify_flow.ts";

/** What all verifications do for one of them. */
export interface VerifierHooks {
  /** When it is due may be another time now, or it has begun or ended. */
  changed(of: JobVerifier): void;
  /** A backup and a verification more would be too many at its provider. */
  isFull(of: JobVerifier): boolean;
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
  /** A verification ended with a word on a backup. */
  told(of: JobVerifier): Promise<void>;
  /** Something failed outside any caller's reach. */
  failed(error: unknown): void;
}

/** How it looks at a backup where the job has no settings. */
const BY_HAND = { method: "check", timeoutMs: 6 * 3_600_000 } as const;
/** Of very many backups so many are looked at for the next. */
const MOST_CANDIDATES = 5_000;
/** Until a look that could not be made is made again. */
const POSTPONED_MS = 30_000;

/** One for each job that has verifications. */
export class JobVerifier implements DueSource {
  #state: VerifyState;
  #active: ActiveVerification | null = null;
  #following: Promise<void> = Promise.resolve();
  #beginning = false;
  /** By the monotonic clock: no look before. */
  #postponedUntil = -Infinity;
  #slots: Slots | null = null;
  #retired = false;

  /** It is stored since when its backups are to be proved. */
  #isKnown: boolean;

  constructor(
    private readonly context: EngineContext,
    readonly scheduler: JobScheduler,
    private readonly hooks: VerifierHooks,
    state: VerifyState | undefined,
  ) {
    this.#isKnown = state !== undefined;
    this.#state = state ?? newVerifyState(scheduler.job.name, context.clock.now());
  }

  get ofJob(): string {
    return this.scheduler.job.name;
  }

  get provider(): string {
    return this.#active?.verification.providerKey ?? this.scheduler.job.providerKey;
  }

  get settings(): VerifySettings | undefined {
    return this.scheduler.job.verify;
  }

  get state(): VerifyState {
    return this.#state;
  }

  /** The one under way. */
  get active(): Verification | null {
    return this.#active?.verification ?? null;
  }

  /** Takes over how the job is declared now. */
  take(slots: Slots | undefined): void {
    this.#slots = slots ?? null;
    this.#retired = false;
    this.hooks.changed(this);
  }

  /** Stores since when its backups are to be proved, where it is new that they are. */
  async known(): Promise<void> {
    if (this.#isKnown || this.settings === undefined) return;
    await this.#save(this.#state);
    this.#isKnown = true;
  }

  /** The next instant at which its schedule asks for one; null for never. */
  nextSlot(now: number): number | null {
    return this.#slots?.next(Math.max(this.#state.cursor, now)) ?? null;
  }

  /** The next slot, or the try that comes before; null for never. */
  nextAt(now: number): number | null {
    const next = this.nextSlot(now);
    const { retryAt } = this.#state;
    return retryAt === null ? next : Math.min(retryAt, next ?? Infinity);
  }

  due(): Due[] {
    if (this.#retired || this.#slots === null || this.#active !== null || this.#beginning) return [];
    if (this.hooks.isFull(this)) return [];
    const fire = () => {
      this.#beginning = true;
      // A verification never holds up what else is due.
      this.#following = this.#begin().catch(this.hooks.failed).finally(() => {
        this.#beginning = false;
        this.hooks.changed(this);
      });
      return Promise.resolve();
    };
    const next = this.#slots.next(this.#state.cursor);
    const dueAt = this.#state.retryAt === null ? next : Math.min(this.#state.retryAt, next ?? Infinity);
    if (dueAt === null) return [];
    // What is due at once by the wall clock and was postponed waits by the other one.
    return this.context.clock.monotonic() < this.#postponedUntil
      ? [{ dueAt: this.#postponedUntil, by: "monotonic", fire }]
      : [{ dueAt, by: "wall", fire }];
  }

  isChanging(): boolean {
    return this.#beginning;
  }

  /** What the schedule would take now; null for nothing. */
  async choose(settings: VerifySettings): Promise<ProofChoice | null> {
    const { job } = this.scheduler;
    const { store, random, clock } = this.context;
    const candidates = await store.proofCandidates(job.name, job.providerKeys, MOST_CANDIDATES);
    return chooseBackup(candidates, settings, this.#state.turns, clock.now(), () => random.next());
  }

  /** The same by its own settings, while none is under way. */
  async choice(): Promise<ProofChoice | null> {
    const { settings } = this;
    return settings === undefined || this.#active !== null ? null : await this.choose(settings);
  }

  /** Goes on with one that a former process began. */
  resume(verification: Verification): void {
    assert(this.#active === null, `job ${verification.job} has one open verification`);
    this.#follow(activeVerification(this.context, verification));
  }

  /** Begins one by hand; `busy` says what is in the way. */
  async byHand(run: Run, method: VerifyMethod | undefined, by: string): Promise<
    { busy: string } | { verification: Verification }
  > {
    if (this.#active !== null) return { busy: busyText(this.#active.verification) };
    const wanted = { runId: run.runId, id: run.id!, providerKey: run.providerKey, level: null, slot: null };
    const verification = this.#newOne({ ...wanted, askedBy: by, attempt: 1 }, method ?? this.#method());
    if (await this.#commit(verification, this.#state)) return { verification };
    const [open] = await this.context.store.openVerifications(this.ofJob);
    return { busy: open === undefined ? "the backup is not available any more" : busyText(open) };
  }

  /** Ends the one under way for a backup that is due. */
  cutOff(): void {
    this.#active?.cut.abort(new CutOff("a backup is due"));
  }

  /** Begins nothing more. */
  retire(): void {
    this.#retired = true;
    this.hooks.changed(this);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#following;
  }

  #method(): VerifyMethod {
    return this.settings?.method ?? BY_HAND.method;
  }

  async #begin(): Promise<void> {
    const { clock, watch } = this.context;
    const { settings } = this;
    const { now, inDoubtUntil } = watch.read();
    // Until it is known that it could be decided.
    this.#postponedUntil = clock.monotonic() + POSTPONED_MS;
    // By a clock in doubt nobody knows when anything was proved.
    if (settings === undefined || this.#slots === null || inDoubtUntil !== null) return;
    const slot = this.#slots.latest(this.#state.cursor, now);
    const isRetry = slot === null && this.#state.retryAt !== null && this.#state.retryAt <= now;
    if (slot === null && !isRetry) return void (this.#postponedUntil = -Infinity);
    // However many were missed, one is made; a new slot ends the tries of the one before.
    const decided: VerifyState = {
      ...this.#state,
      cursor: slot ?? this.#state.cursor,
      retryAt: null,
      slot: slot ?? this.#state.slot,
      attempt: isRetry ? this.#state.attempt : 1,
    };
    const inactive = whyInactive(this.scheduler.state, now);
    const choice = inactive === undefined ? await this.choose(settings) : null;
    const calls = this.hooks.callsOf(this.scheduler.job.providerKey, this.ofJob);
    if (choice === null || calls === undefined) {
      return await this.#save({ ...decided, slot: null, attempt: 1 });
    }
    const run = await this.context.store.run(choice.candidate.runId);
    if (run === undefined) return;
    const { runId, id, providerKey } = { ...run, id: choice.candidate.id };
    const { attempt } = decided;
    const wanted = {
      runId,
      id,
      providerKey,
      level: choice.level,
      slot: decided.slot,
      askedBy: null,
      attempt,
    };
    await this.#commit(this.#newOne(wanted, settings.method), { ...decided, slot: null, attempt: 1 });
  }

  #newOne(
    wanted: Pick<Verification, "runId" | "id" | "providerKey" | "level" | "slot" | "askedBy" | "attempt">,
    method: VerifyMethod,
  ): Verification {
    return {
      ...wanted,
      verificationId: this.context.ids.uuidv7(),
      job: this.ofJob,
      method,
      state: "intent",
      createdAt: this.context.clock.now(),
      ...{ sentAt: null, endedAt: null, message: null, bytes: null, files: null, durationMs: null },
    };
  }

  /** The intent, and that its slot is decided, are one commit; false: another is under way, or the backup is gone. */
  async #commit(verification: Verification, state: VerifyState): Promise<boolean> {
    const { runId, id, job, method, askedBy, slot, verificationId } = verification;
    const by = askedBy === null ? "its schedule" : askedBy;
    const message = `Backup '${id}' of job '${job}' is to be proved by ${method}: ${by} asks for it`;
    const data = { id, method, verification_id: verificationId, slot, by: askedBy };
    const { result } = await this.context.store.commit({
      job,
      conditions: [
        { condition: "verification", verificationId, in: [] },
        { condition: "status", runId, in: ["available"] },
      ],
      writes: [{ write: "verification", verification }, { write: "verifyState", state }],
      events: [runEvent(this.context, verification, "verification.begun", "info", message, data)],
    });
    if (result !== "done") return false;
    this.#state = state;
    this.#postponedUntil = -Infinity;
    this.#follow(activeVerification(this.context, verification));
    return true;
  }

  async #save(state: VerifyState): Promise<void> {
    await this.context.store.commit({ job: this.ofJob, writes: [{ write: "verifyState", state }] });
    this.#state = state;
    this.#postponedUntil = -Infinity;
  }

  #follow(active: ActiveVerification): void {
    this.#active = active;
    this.#following = this.#carryOut(active)
      .catch((error) => {
        if (!this.context.stop.aborted) this.hooks.failed(error);
      })
      .finally(() => {
        this.#active = null;
        this.hooks.changed(this);
      });
    this.hooks.changed(this);
  }

  async #carryOut(active: ActiveVerification): Promise<void> {
    const { verification: { providerKey, job } } = active;
    const calls = this.hooks.callsOf(providerKey, job);
    const { pollIntervalMs } = this.scheduler.job;
    const timeoutMs = this.settings?.timeoutMs ?? BY_HAND.timeoutMs;
    const end = calls === undefined
      ? { state: "inconclusive", message: "its provider is not in the configuration", isFinal: true } as const
      : await follow({ ...this.context, calls, pollIntervalMs, timeoutMs }, active);
    if (end === undefined) return;
    const saved = await saveEnd(this.context, active.verification, end, this.#state);
    if (saved === undefined) return;
    this.#state = saved.state;
    if (saved.verification.state !== "cut_off") await this.hooks.told(this);
  }
}

function busyText({ id, state }: Verification): string {
  return `a verification of backup '${id}' is under way (${state})`;
}
