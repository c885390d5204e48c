// What a restart makes of what it finds half done: classifies every open row before anything new begins.

import type { Run } from "../../domain/backup.ts";
import { type Slots, startDeadline } from "../../domain/schedule/dispatch.ts";
import type { Job } from "../../domain/job.ts";
import type { JobState } from "../../ports/store.ts";
import type { ProviderCalls } from "../context/calls.ts";
import { type Move, surelyMove } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";
import { withdraw } from "../retention/remove.ts";
import { dispatchNow } from "./occupant.ts";

/** How the rows of one job are judged. */
interface RecoverableJob {
  job: Job;
  slots: Slots;
  state: JobState;
  /** The queue of the provider with this key; undefined when config names none. */
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
}

/**
 * Ends what cannot go on, takes unsent deletions back, and returns the runs to follow, at most one a job.
 * Jobs that config does not name are left as they are.
 */
export async function recover(
  context: EngineContext,
  jobOf: (name: string) => RecoverableJob | undefined,
): Promise<{ run: Run; calls: ProviderCalls }[]> {
  const { store } = context;
  const deleting = await store.runsInStatus(["deleting"]);
  const unsent = deleting.filter((row) => row.deleteSentAt === null);
  const jobs = [...new Set(unsent.map((row) => row.job))];
  await Promise.all(
    jobs.map((job) => withdraw(context, unsent.filter((row) => row.job === job), "Schelly was restarted")),
  );

  await Promise.all(
    deleting.filter((row) => row.deleteSentAt !== null).map((row) => tellUnheard(context, row)),
  );

  const found = await Promise.all((await store.unfinished()).map(async (run) => {
    const job = jobOf(run.job);
    if (job === undefined) return undefined;
    const calls = job.callsOf(run.providerKey, run.job);
    const end = await endOf(context, run, job, calls !== undefined);
    if (end !== undefined) {
      await surelyMove(context, run, end);
      return undefined;
    }
    return { run, calls: calls! };
  }));
  return found.filter((entry) => entry !== undefined);
}

/** The answer to a DELETE that was under way as Schelly ended will never be heard: nobody shall think it still is. */
async function tellUnheard(context: EngineContext, row: Run): Promise<void> {
  if (row.message !== null) return;
  const message = "Schelly ended before it heard an answer: whether the backup is gone is not known";
  const text =
    `Deletion of backup '${row.id}' of job '${row.job}', which the provider was asked for before the ` +
    "restart, had no answer: the provider is asked whether it still has it, and only then to delete it again";
  const data = { id: row.id, again_from: row.deleteNotBefore };
  await surelyMove(context, row, {
    from: ["deleting"],
    set: { message },
    events: [runEvent(context, row, "delete.retry", "warning", text, data)],
  });
}

/** The move that ends a run which is not to be followed; undefined for one that is. */
async function endOf(
  context: EngineContext,
  run: Run,
  job: RecoverableJob,
  reachable: boolean,
): Promise<Move | undefined> {
  const now = context.clock.now();
  if (run.status === "intent") {
    const why = run.trigger === "manual"
      ? "restarted"
      : !reachable
      ? "provider_changed"
      : await isSuperseded(context, job)
      ? "superseded"
      : isTooLate(run, job, now)
      ? "too_late"
      : undefined;
    if (why === undefined) return undefined;
    const message =
      `Start of job '${run.job}' from before the restart is dropped, nothing was running: ${why}`;
    return {
      from: ["intent"],
      set: { status: "expired", reason: why, endTime: now },
      events: [runEvent(context, run, "run.expired", "warning", message, { reason: why, slot: run.slot })],
    };
  }
  if (reachable) return undefined;
  const message = `Provider '${run.providerKey}' of run ${run.runId} is not in the configuration any more: ` +
    `what became of its backup${run.id === null ? "" : ` '${run.id}'`} cannot be seen`;
  if (run.status === "running" || run.status === "cancelling") {
    return {
      from: [run.status],
      set: { status: "lost", reason: "unmanaged", endTime: now, message },
      events: [runEvent(context, run, "run.lost", "error", message, { id: run.id, reason: "unmanaged" })],
    };
  }
  return {
    from: [run.status],
    set: { status: "failed", reason: "unsettled", endTime: now, message },
    events: [runEvent(context, run, "run.failed", "error", message, { reason: "unsettled" })],
  };
}

/**
 * True where a slot that is not decided yet is to be run now, in the place of what was not sent. Those before the cursor
 * are decided: while it was in line they were skipped for its sake, and nothing but this start stands for them.
 */
async function isSuperseded(context: EngineContext, { job, slots, state }: RecoverableJob): Promise<boolean> {
  const known = { job, slots, state, active: null, final: false };
  const { decisions } = await dispatchNow(context, known, context.watch.read().due);
  return decisions.some(({ decide }) => decide === "run");
}

/** True of a start that nobody tried, once it would come too late for the newest slot that it stands for. */
function isTooLate(run: Run, { job, slots, state }: RecoverableJob, now: number): boolean {
  if (run.attempts > 0 || run.attempt > 1) return false;
  const dueAt = run.slot ?? run.createdAt;
  // A deadline that the job names counts from its own slot, as it does in line.
  const newest = job.startDeadlineMs === null ? Math.max(dueAt, Math.min(state.cursor, now)) : dueAt;
  return now - newest > startDeadline(job, slots, newest) + job.jitterMs;
}
