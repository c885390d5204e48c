// One declared job as the engine holds it: its runs, its deletions, and when a pass of its own schedule is due.

import type { Slots } from "../domain/schedule/dispatch.ts";
import type { Run } from "../domain/backup.ts";
import type { Job } from "../domain/job.ts";
import { isForgotten } from "../domain/remains.ts";
import { type EngineContext, jobEvent } from "./context/context.ts";
import { shuffle } from "./context/retry.ts";
import { freshState } from "./fresh_state.ts";
import { newSince } from "./clock/job_clock.ts";
import { beginAnew } from "./inventory/forgotten.ts";
import { takeBack } from "./inventory/unmanaged.ts";
import { JobScheduler } from "./job_scheduler.ts";
import { type DeclaredJob, type JobHooks, whyInactive } from "./job_parts.ts";
import type { Reconcilable } from "./reconcile_turns.ts";
import { rename, type SlotsOf } from "./rename.ts";
import { policyText } from "./retention/election_look.ts";
import { RetentionQueue } from "./retention_queue.ts";
import type { Due } from "./ticker.ts";

/**
 * Takes a job up, as the store knows it or as a new one, and puts it among `entries`. It is in force as declared only
 * after `update`. `names` are those of all jobs that are declared.
 */
export async function takeUp(
  context: EngineContext,
  entries: Map<string, JobEntry>,
  declared: DeclaredJob,
  slotsOf: SlotsOf,
  hooks: JobHooks<JobScheduler>,
  names: ReadonlySet<string>,
): Promise<void> {
  const { store } = context;
  const { job } = declared;
  await rename(context, job, slotsOf);
  let state = await store.job(job.name);
  if (state === undefined) {
    state = freshState(declared.job, newSince(context));
    const { schedule, timezone } = job;
    const message = `Job '${job.name}' is new: ${await unknownFormer(
      context,
      job,
      names,
    )}its schedule starts now`;
    const data = { schedule, timezone, policy: state.policy };
    await store.commit({
      job: job.name,
      writes: [{ write: "addJob", state }],
      events: [jobEvent(context, job.name, "job.added", "info", message, data)],
    });
  }
  if (state.unmanagedSince !== null) {
    const slots = slotsOf(state.schedule, state.timezone) ?? null;
    state = await beginAnew(context, state, job) ?? await takeBack(context, state, slots);
  }
  // The job starts out with the schedule it had, disabled if it was; `update` then decides what is due by it and takes the new one.
  const before = slotsOf(state.schedule, state.timezone);
  const openRange = state.openRangeRunId === null ? null : (await store.run(state.openRangeRunId)) ?? null;
  const enabled = job.enabled && openRange?.reason !== "disabled";
  const parts = before === undefined ? declared : {
    ...declared,
    job: { ...job, enabled, schedule: state.schedule, timezone: state.timezone },
    slots: before,
  };
  const scheduler = new JobScheduler(context, hooks, parts, state, openRange);
  entries.set(job.name, new JobEntry(context, scheduler, declared.retentionSlots, hooks.failed));
}

/** Names of other jobs that one sentence carries. */
const MOST_NAMED = 10;

/** What is to be said of a new job whose earlier name is not on record: that name may be a slip, or never was started. */
async function unknownFormer(
  { store }: EngineContext,
  { name, renamedFrom }: Job,
  names: ReadonlySet<string>,
): Promise<string> {
  if (renamedFrom === null) return "";
  const away = (await store.jobs()).filter((known) => !isForgotten(known) && !names.has(known.job))
    .map(({ job }) => job);
  const others = away.slice(0, MOST_NAMED).map((job) => `'${job}'`).join(", ");
  const hint = others === ""
    ? ""
    : ` (on record and not in the configuration: ${others}; if it was called so, write that as the renamed_from ` +
      `of '${name}')`;
  return `no job '${renamedFrom}', its renamed_from, is on record${hint}; `;
}

/** A job that was taken up. */
export class JobEntry implements Reconcilable {
  readonly queue: RetentionQueue;
  #retentionSlots: Slots | null;
  #retentionCursor: number;
  /** The saving of an edited policy was not answered: it may be stored, also after the edit was taken back. */
  #unheard = false;

  constructor(
    private readonly context: EngineContext,
    readonly scheduler: JobScheduler,
    retentionSlots: Slots | null,
    private readonly failed: (error: unknown) => void,
  ) {
    this.queue = new RetentionQueue(context, scheduler);
    this.#retentionSlots = retentionSlots;
    this.#retentionCursor = context.clock.now();
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
    if (this.#mayRetain()) void this.queue.pass().catch(this.failed);
  }

  /** The same after a change, unless passes have a schedule of their own. */
  passAfterChange(): void {
    if (this.#retentionSlots === null) this.pass();
  }

  /** Sends again, in an order of chance, what was sent before and is due; does not wait for it. */
  retry(rows: Run[]): void {
    if (!this.#mayRetain()) return;
    void this.queue.retry(shuffle(rows, this.context.random)).catch(this.failed);
  }

  /** Looks at both clocks after a nap. */
  watchClock(now: number): Promise<void> {
    // A pass made while the clock was ahead does not put off the next ones.
    this.#retentionCursor = Math.min(this.#retentionCursor, now);
    return this.scheduler.watchClock();
  }

  /** Begins nothing more: the job left the configuration. */
  retire(): void {
    this.scheduler.retire();
    this.queue.retire();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all([this.scheduler.idle(), this.queue.idle()]);
  }

  /** No retention while a job is disabled, outside its dates or paused. */
  #mayRetain(): boolean {
    return whyInactive(this.scheduler.state, this.context.clock.now()) === undefined;
  }
}
