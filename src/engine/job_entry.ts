// One declared job as the engine holds it: its runs, its deletions, and when a pass of its own schedule is due.

import type { Due, DueSource } from "./agenda.ts";
import type { Slots } from "../domain/schedule/dispatch.ts";
import type { Run } from "../domain/backup.ts";
import type { Reading } from "../ports/clock_watch.ts";
import { type EngineContext, jobEvent } from "./context/context.ts";
import { shuffle } from "./context/retry.ts";
import type { JobScheduler } from "./job_scheduler.ts";
import { type DeclaredJob, type JobHooks, whyInactive } from "./job_parts.ts";
import type { Reconcilable } from "./reconcile_turns.ts";
import { policyText } from "./retention/election_look.ts";
import { RetentionQueue } from "./retention_queue.ts";

/** A job that was taken up. */
export class JobEntry implements DueSource, Reconcilable {
  #queue: RetentionQueue | undefined;
  #retired = false;
  #retentionSlots: Slots | null;
  #retentionCursor: number;
  /** The saving of an edited policy was not answered: it may be stored, also after the edit was taken back. */
  #unheard = false;

  constructor(
    private readonly context: EngineContext,
    readonly scheduler: JobScheduler,
    retentionSlots: Slots | null,
    private readonly hooks: JobHooks<JobScheduler>,
  ) {
    this.#retentionSlots = retentionSlots;
    this.#retentionCursor = context.clock.now();
  }

  get queue(): RetentionQueue {
    if (this.#queue === undefined) {
      this.#queue = new RetentionQueue(this.context, this.scheduler);
      if (this.#retired) this.#queue.retire();
    }
    return this.#queue;
  }

  /** Takes over a declaration that changes nothing while nothing is due; false where it takes an `update`. */
  keep(declared: DeclaredJob, reading: Reading): boolean {
    const { scheduler } = this;
    if (this.#unheard || scheduler.job.retentionSchedule !== declared.job.retentionSchedule) return false;
    if (policyText(declared.job) !== scheduler.state.policy || !scheduler.keep(declared, reading)) {
      return false;
    }
    this.#retentionSlots = declared.retentionSlots;
    return true;
  }

  /** Takes over how the job is declared now. */
  async update(declared: DeclaredJob): Promise<void> {
    const now = this.context.clock.now();
    const { retentionSchedule, timezone } = this.scheduler.job;
    await this.scheduler.update(declared);
    this.#retentionSlots = declared.retentionSlots;
    // A pass that is due by an unedited schedule stays due.
    if (retentionSchedule !== declared.job.retentionSchedule || timezone !== declared.job.timezone) {
      this.#retentionCursor = now;
    }
    this.hooks.moved(this.scheduler);
    const policy = policyText(declared.job);
    const before = this.scheduler.state.policy;
    if (before === policy && !this.#unheard) return;
    this.#unheard = true;
    await this.scheduler.change(
      { policy, policySince: this.context.watch.read().begins },
      jobEvent(
        this.context,
        declared.job.name,
        "job.policy_changed",
        "warning",
        `Retention policy of job '${declared.job.name}' is now '${policy}', was '${before}'`,
        { policy, before },
      ),
    );
    this.#unheard = false;
  }

  get ofJob(): string {
    return this.scheduler.job.name;
  }

  get provider(): string {
    return this.scheduler.job.providerKey;
  }

  isChanging(): boolean {
    return this.scheduler.isChanging;
  }

  /** What is due of the job: its next slot, and the next pass of its own schedule. */
  *due(): Iterable<Due> {
    yield { dueAt: this.scheduler.dueAt(), by: "wall", fire: () => this.scheduler.decide() };
    const tryDue = this.scheduler.tryDue();
    if (tryDue !== null) yield { ...tryDue, fire: () => this.scheduler.tryAgain() };
    yield { dueAt: this.scheduler.extraAt, by: "monotonic", fire: () => this.scheduler.runExtra() };
    if (this.#retentionSlots === null) return;
    yield {
      dueAt: this.#retentionSlots.next(this.#retentionCursor),
      by: "wall",
      fire: (now) => {
        this.#retentionCursor = now;
        this.pass();
        return Promise.resolve();
      },
    };
  }

  /** Asks for a pass, and does not wait for it. */
  pass(): void {
    if (this.#mayRetain()) void this.queue.pass().catch(this.hooks.failed);
  }

  /** The same after a change, unless passes have a schedule of their own. */
  passAfterChange(): void {
    if (this.#retentionSlots === null) this.pass();
  }

  /** Sends again, in an order of chance, what was sent before and is due; does not wait for it. */
  retry(rows: Run[]): void {
    if (!this.#mayRetain()) return;
    void this.queue.retry(shuffle(rows, this.context.random)).catch(this.hooks.failed);
  }

  /** Looks at both clocks after a nap. */
  watchClock(now: number): Promise<void> {
    // A pass made while the clock was ahead does not put off the next ones.
    this.#retentionCursor = Math.min(this.#retentionCursor, now);
    return this.scheduler.watchClock();
  }

  /** Begins nothing more: the job left the configuration. */
  retire(): void {
    this.#retired = true;
    this.scheduler.retire();
    this.#queue?.retire();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all([this.scheduler.idle(), this.#queue?.idle()]);
  }

  /** No retention while a job is disabled, outside its dates or paused. */
  #mayRetain(): boolean {
    return whyInactive(this.scheduler.state, this.context.clock.now()) === undefined;
  }
}
