// The further tries of a slot whose backup failed: one pending try a job at most, kept on the failed row.

import { newRun, type RetryEnd, type Run } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import type { Job } from "../../domain/job.ts";
import type { Slots } from "../../domain/schedule/dispatch.ts";
import { retryEndText, tryText, whyNoTry } from "../../domain/schedule/retry.ts";
import type { EngineEvent } from "../../ports/events.ts";
import type { JobState, Write } from "../../ports/store.ts";
import { type EngineContext, isAhead, runEvent } from "../context/context.ts";
import { whyInactive } from "../job_parts.ts";

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

/** The pending try of one job. Called in the job's turns only. */
export class Tries {
  #failed: Run | null = null;

  constructor(private readonly context: EngineContext) {}

  /** The failed run whose slot is to be tried again. */
  get pending(): Run | null {
    return this.#failed;
  }

  /** Takes up a run that has just ended, or was found in the store. */
  take(run: Run): void {
    if (run.status === "failed" && run.retryAt !== null) this.#failed = run;
  }

  /** Forgets it: what `ending` answered was committed. */
  drop(): void {
    this.#failed = null;
  }

  /** What ends the pending try, when there is one, in the change of the caller; nothing for null. */
  ending(end: Exclude<RetryEnd, "tried_again"> | null): Ending {
    return this.#failed === null || end === null ? NOTHING : endingOf(this.context, this.#failed, end);
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
    const run = nextRun(this.context, failed, of.job);
    const result = await store.commit({
      job: run.job,
      conditions: [
        { condition: "status", runId: failed.runId, in: ["failed"] },
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
 * `triesOf` is undefined for such.
 */
export async function takeUpTries(
  context: EngineContext,
  triesOf: (job: string) => Tries | undefined,
): Promise<void> {
  for (const failed of await context.store.pendingTries()) {
    const tries = triesOf(failed.job);
    if (tries === undefined) await endTry(context, failed, "removed");
    else tries.take(failed);
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
  const message = `The backup of job '${failed.job}' due at ${iso(failed.slot)} is not tried again: ` +
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
  const seenAt = Math.max(failed.endTime ?? 0, failed.lastAttemptAt ?? 0);
  // A pause that has ended by itself is taken off the job with the next slot.
  const isPauseOver = state.pausedUntil !== null && state.pausedUntil <= context.watch.read().ends;
  return whyNoTry(failed, {
    now,
    retry: job.retry,
    nextSlot: slots.next(state.cursor),
    startDeadlineMs: job.startDeadlineMs,
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
  const message = `The backup of job '${run.job}' due at ${iso(run.slot)} is tried again ` +
    `(${tryText(run.attempt, retry)}): ${failed.message ?? failed.reason ?? "it failed"}`;
  return runEvent(context, run, "run.due", "info", message, {
    slot: run.slot,
    attempt: run.attempt,
    after: failed.runId,
    late_ms: context.clock.now() - run.slot!,
  });
}
