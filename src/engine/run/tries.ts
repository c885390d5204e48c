// The further tries of a slot whose backup failed: one pending try a job at most, kept on the failed row.

import { newRun, type RetryEnd, type Run, type Status } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import { blackoutOf, mayStartAt } from "../../domain/schedule/blackout.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import { retryEndText, tryText, whyNoTry } from "../../domain/schedule/retry.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { JobState, RunChanges, Write } from "../../ports/store.ts";
import { type EngineContext, isAhead, runEvent } from "../context/context.ts";
import { whyInactive } from "../job_parts.ts";
import { insertRun } from "./manual.ts";

/** What the next try depends on. */
interface TryJob {
  job: Job;
  state: JobState;
  slots: Slots;
}

/** What is written and told when a pending try is not made. */
interface Ending {
  writes: Write[];
  events: EngineEvent[];
}

const NOTHING: Ending = { writes: [], events: [] };

/** Where a failed run may be while its slot is still to be tried again: what it left may go before that. */
const FAILED: readonly Status[] = ["failed", "deleting", "delete-error", "deleted"];

/** The pending try of one job. Called in the job's turns only. */
export class Tries {
  #failed: Run | null = null;
  /** When it is due by the monotonic clock; null while the wall clock says it. */
  #dueInDoubt: number | null = null;

  constructor(private readonly context: EngineContext) {}

  /** The failed run whose slot is to be tried again. */
  get pending(): Run | null {
    return this.#failed;
  }

  /** When it is to be begun; null while none is pending. */
  get due(): { dueAt: number; by: "wall" | "monotonic" } | null {
    const at = this.#failed?.retryAt ?? null;
    if (at === null) return null;
    return this.#dueInDoubt === null
      ? { dueAt: at, by: "wall" }
      : { dueAt: this.#dueInDoubt, by: "monotonic" };
  }

  /**
   * Looks at the clocks. A wait goes on while the wall clock is in doubt: which of the clocks is right decides when
   * slots are due, not how much time has gone by.
   */
  look(): void {
    const { clock, watch } = this.context;
    const at = this.#failed?.retryAt ?? null;
    const isOpen = at !== null && watch.read().inDoubtUntil !== null;
    this.#dueInDoubt = isOpen ? clock.monotonic() + at - clock.now() : null;
  }

  /** Takes up a run that has just ended, or was found in the store. */
  take(run: Run): void {
    if (run.retryAt !== null && FAILED.includes(run.status)) this.#failed = run;
    this.#dueInDoubt = null;
  }

  /** The run is stored otherwise now: a doubt of the clock is over, and it has its times. */
  changed(runId: string, set: RunChanges): void {
    if (this.#failed?.runId === runId) this.take({ ...this.#failed, ...set });
  }

  /** Forgets it: what `ending` answered was committed. */
  drop(): void {
    this.#failed = null;
  }

  /** What ends the pending try, when there is one, in the change of the caller; nothing for null. */
  ending(end: Exclude<RetryEnd, "tried_again"> | null): Ending {
    return this.#failed === null || end === null ? NOTHING : endingOf(this.context, this.#failed, end);
  }

  /** Commits a run that is due without a slot, which ends what is pending; false where another run has the job. */
  async giveWayTo(run: Run, events: EngineEvent[]): Promise<boolean> {
    const over = this.ending("next_slot");
    const made = await insertRun(this.context, run, [...events, ...over.events], over.writes);
    if ("busy" in made) return false;
    this.drop();
    return true;
  }

  /** Ends the pending try where the job as it is now asks for that. */
  async judge(of: TryJob): Promise<void> {
    const failed = this.#failed;
    if (failed === null) return;
    const end = whyNot(this.context, failed, of);
    if (end !== undefined) await this.end(end);
  }

  async end(end: Exclude<RetryEnd, "tried_again">): Promise<void> {
    if (this.#failed === null) return;
    await endTry(this.context, this.#failed, end);
    this.#failed = null;
  }

  /** Commits the run that tries the slot again; null when nothing is to be tried now. */
  async begin(of: TryJob): Promise<Run | null> {
    const { store } = this.context;
    // What is stored counts: an earlier commit may have been saved although its answer was lost.
    this.#failed = (await store.pendingTries(of.job.name))[0] ?? null;
    if (this.#failed === null) return (await store.unfinished(of.job.name))[0] ?? null;
    await this.judge(of);
    const failed = this.#failed;
    if (failed === null) return null;
    const opens = mayStartAt(blackoutOf(of.job), this.context.clock.now());
    if (opens > this.context.clock.now()) {
      this.#failed = { ...failed, retryAt: opens };
      this.look();
      return null;
    }
    const run = nextRun(this.context, failed, of.job);
    const result = await store.commit({
      job: run.job,
      conditions: [
        { condition: "status", runId: failed.runId, in: FAILED },
        { condition: "cursor", job: run.job, is: of.state.cursor },
      ],
      writes: [
        { write: "run", runId: failed.runId, set: { retryAt: null, retryEnd: "tried_again" } },
        { write: "insert", run },
      ],
      events: [dueEvent(this.context, run, failed, of.job)],
    });
    if (result.result === "conflict") return null;
    this.#failed = null;
    return run;
  }
}

/**
 * Hands what is pending in the store to the jobs; what belongs to no job of the configuration is over.
 * `triesOf` is undefined for such. `taken` is told of each job that has one now.
 */
export async function takeUpTries(
  context: EngineContext,
  triesOf: (job: string) => Tries | undefined,
  taken: (job: string) => void,
): Promise<void> {
  for (const failed of await context.store.pendingTries()) {
    const tries = triesOf(failed.job);
    if (tries === undefined) await endTry(context, failed, "removed");
    else {
      tries.take(failed);
      taken(failed.job);
    }
  }
}

async function endTry(
  context: EngineContext,
  failed: Run,
  end: Exclude<RetryEnd, "tried_again">,
): Promise<void> {
  await context.store.commit({ job: failed.job, ...endingOf(context, failed, end) });
}

function endingOf(context: EngineContext, failed: Run, end: Exclude<RetryEnd, "tried_again">): Ending {
  const message = `The backup of job '${failed.job}' ${dueText(failed)} is not tried again: ` +
    retryEndText(end);
  return {
    writes: [{ write: "run", runId: failed.runId, set: { retryAt: null, retryEnd: end } }],
    events: [
      runEvent(context, failed, "run.tries_ended", "warning", message, {
        reason: end,
        attempt: failed.attempt,
        slot: failed.slot,
      }),
    ],
  };
}

function whyNot(
  context: EngineContext,
  failed: Run,
  { job, state, slots }: TryJob,
): Exclude<RetryEnd, "tried_again"> | undefined {
  const now = context.clock.now();
  const isInDoubt = context.watch.read().inDoubtUntil !== null;
  const seenAt = Math.max(failed.endTime ?? 0, failed.lastAttemptAt ?? 0);
  // A pause that has ended by itself is taken off the job with the next slot.
  const isPauseOver = state.pausedUntil !== null && state.pausedUntil <= context.watch.read().ends;
  return whyNoTry(failed, {
    now,
    retry: job.retry,
    // What runs without a slot makes room for the next slot, or the next run of its kind, as that is decided.
    nextSlot: failed.slot === null && isInDoubt ? null : slots.next(state.cursor),
    startDeadlineMs: job.startDeadlineMs,
    blackout: blackoutOf(job),
    inactive: whyInactive(isPauseOver ? { ...state, pausedAt: null } : state, Math.max(now, failed.retryAt!)),
    isAhead: isAhead(context.clock, { ...failed, lastAttemptAt: seenAt }),
  });
}

function nextRun({ ids, clock, watch }: EngineContext, failed: Run, job: Job): Run {
  return newRun({
    runId: ids.uuidv7(),
    job: job.name,
    trigger: "schedule",
    slot: failed.slot,
    slots: 0,
    status: "intent",
    providerKey: job.providerKey,
    createdAt: clock.now(),
    periodTime: failed.periodTime,
    attempt: failed.attempt + 1,
    clockOff: watch.mark(),
  });
}

function dueEvent(context: EngineContext, run: Run, failed: Run, { retry }: Job): EngineEvent {
  const message = `The backup of job '${run.job}' ${dueText(run)} is tried again ` +
    `(${tryText(run.attempt, retry)}): ${failed.message ?? failed.reason ?? "it failed"}`;
  return runEvent(context, run, "run.due", "info", message, {
    slot: run.slot,
    attempt: run.attempt,
    after: failed.runId,
    late_ms: run.slot === null ? null : context.clock.now() - run.slot,
  });
}

function dueText({ slot }: Run): string {
  return slot === null ? "that was due while the clock was in doubt" : `due at ${iso(slot)}`;
}
