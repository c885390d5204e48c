// Deletes at the provider what a pass elected: checks, commits that it is about to, sends, commits the answer.

import { ProviderError } from "../domain/errors.ts";
import type { Run, Status } from "../domain/backup.ts";
import type { Job } from "../domain/job.ts";
import type { GetAnswer } from "../ports/provider.ts";
import type { Write } from "../ports/store.ts";
import type { ProviderCalls } from "./calls.ts";
import { surelyMove, tryMove } from "./commit.ts";
import { type EngineContext, jobEvent, messageOf, runEvent } from "./context.ts";
import { backoff } from "./retry.ts";

/** What deleting for one job needs. */
export interface RetentionContext extends EngineContext {
  job: Job;
  calls: ProviderCalls;
  /** Canonical text of the policy the victims were elected by. */
  policy: string;
}

/** How the deletions of a pass went. */
export interface Removed {
  deleted: number;
  /** Sent, but without a final answer yet. */
  open: number;
  refused: number;
  /** Why the pass ended early; undefined when it did not. */
  stopped?: string;
}

const FIRST_RETRY_MS = 30_000;
const UNSETTLED_MS = 24 * 3_600_000;
const DAILY_MS = 24 * 3_600_000;
/** As many refusals in a row, or backups not found in one pass, end it. */
const ENOUGH = 3;

type Check = { ok: true } | { ok: false; missing: boolean; latch: boolean; message: string };

/**
 * Sends the DELETEs of rows in `deleting` that were never sent, oldest first. `newest` is the newest kept backup,
 * which must prove itself once. Rows that are not sent in the end go back to `available`.
 */
export async function removeVictims(
  context: RetentionContext,
  victims: Run[],
  newest: Run | null,
): Promise<Removed> {
  const removed: Removed = { deleted: 0, open: 0, refused: 0 };
  let refusedInRow = 0;
  let notFound = 0;
  const waiting = [...victims];
  const stop = async (why: string): Promise<Removed> => {
    await withdraw(context, waiting, why);
    return { ...removed, stopped: why };
  };
  if (newest !== null && waiting.length > 0 && context.job.verifyBeforeDelete) {
    const check = await checkBackup(context, newest);
    if (!check.ok) {
      if (check.missing) await markMissing(context, newest, ["available"], check.message);
      else if (check.latch) await latch(context, "failed_check", check.message);
      return await stop(`the newest backup did not prove itself: ${check.message}`);
    }
  }
  while (waiting.length > 0) {
    context.stop.throwIfAborted();
    const victim = waiting[0]!;
    if (context.job.verifyBeforeDelete) {
      const check = await checkBackup(context, victim);
      if (!check.ok) {
        if (!check.missing) {
          if (check.latch) await latch(context, "failed_check", check.message);
          return await stop(check.message);
        }
        waiting.shift();
        await markMissing(context, victim, ["deleting"], check.message);
        if (++notFound >= ENOUGH) return await stopNotFound(context, notFound, stop);
        continue;
      }
    }
    const sent = await markSent(context, victim);
    if (sent === undefined) return await stop("a hold, a guard or an edit came before the DELETE");
    waiting.shift();
    const outcome = await sendDelete(context, sent);
    switch (outcome) {
      case "deleted":
        removed.deleted++;
        refusedInRow = 0;
        break;
      case "absent":
        removed.deleted++;
        if (++notFound >= ENOUGH) return await stopNotFound(context, notFound, stop);
        break;
      case "refused":
        removed.refused++;
        if (++refusedInRow >= ENOUGH) {
          return await stop(`the provider refused ${refusedInRow} deletions in a row`);
        }
        break;
      case "open":
        removed.open++;
        break;
      case "unreachable":
        removed.open++;
        return await stop("the provider does not answer");
    }
  }
  return removed;
}

/** Repeats DELETEs that were sent before and have no final answer, when their time has come. */
export async function retryDeletes(context: RetentionContext, rows: Run[]): Promise<void> {
  for (const row of rows) {
    context.stop.throwIfAborted();
    if (context.job.verifyBeforeDelete) {
      const answer = await ask(context, row);
      if (answer instanceof ProviderError) return await postpone(context, row, answer);
      if (answer.found !== "yes") {
        await commitDeleted(context, row, [row.status], false);
        continue;
      }
      const wrong = contradiction(row, answer);
      if (wrong !== undefined) return await latch(context, "failed_check", wrong);
    }
    const sent = await markSent(context, row);
    if (sent === undefined) return;
    if (await sendDelete(context, sent) === "unreachable") return;
  }
}

/** Deletes one backup because an operator said so, by id; whatever its status, it was checked by the caller. */
export async function removeByHand(
  context: RetentionContext,
  run: Run,
  by: string,
): Promise<Run | undefined> {
  const now = context.clock.now();
  const sent = await tryMove(context, run, {
    from: [run.status],
    set: {
      status: "deleting",
      deleteIntentAt: now,
      deleteSentAt: run.deleteSentAt ?? now,
      deleteReason: `by hand: ${by}`,
      deleteAttempts: run.deleteAttempts + 1,
      deleteNotBefore: now + FIRST_RETRY_MS,
    },
    events: [
      runEvent(
        context,
        run,
        "delete.sent",
        "warning",
        `Deleting backup '${run.id}' of job '${run.job}' for ${by}`,
        {
          id: run.id,
          by,
        },
      ),
    ],
  });
  if (sent === undefined) return undefined;
  await sendDelete(context, sent);
  return await context.store.run(run.runId);
}

/** Takes intents back that were never sent. */
export async function withdraw(context: EngineContext, rows: Run[], why: string): Promise<void> {
  if (rows.length === 0) return;
  const job = rows[0]!.job;
  await context.store.commit({
    job,
    writes: [{
      write: "runs",
      runIds: rows.map((row) => row.runId),
      from: ["deleting"],
      set: { status: "available", deleteIntentAt: null, deleteReason: null },
    }],
    events: [
      jobEvent(
        context,
        job,
        "delete.withdrawn",
        "warning",
        `${rows.length} deletions of job '${job}' were taken back before they were sent: ${why}`,
        { run_ids: rows.map((row) => row.runId), why },
      ),
    ],
  });
}

/** Latches a guard of the job until an operator approves. */
export async function latch(context: RetentionContext, guard: string, message: string): Promise<void> {
  const job = context.job.name;
  await context.store.commit({
    job,
    writes: [{ write: "latch", guard: { job, guard, latchedAt: context.clock.now(), message } }],
    events: [jobEvent(context, job, "retention.guarded", "error", message, { guard })],
  });
}

async function stopNotFound(
  context: RetentionContext,
  count: number,
  stop: (why: string) => Promise<Removed>,
): Promise<Removed> {
  const why =
    `the provider does not know ${count} backups of job '${context.job.name}' that should be there: ` +
    "is it looking at the right repository?";
  await latch(context, "not_found", why);
  return await stop(why);
}

/** Asks freshly for a backup; anything but the same, available backup fails the check. */
async function checkBackup(context: RetentionContext, run: Run): Promise<Check> {
  const answer = await ask(context, run);
  if (answer instanceof ProviderError) {
    const latch = answer.kind === "malformed";
    return { ok: false, missing: false, latch, message: answer.message };
  }
  if (answer.found !== "yes") {
    const message = `The provider has no backup '${run.id}' of job '${run.job}' any more`;
    return { ok: false, missing: true, latch: false, message };
  }
  const wrong = contradiction(run, answer);
  return wrong === undefined ? { ok: true } : { ok: false, missing: false, latch: true, message: wrong };
}

async function ask(context: RetentionContext, run: Run): Promise<GetAnswer | ProviderError> {
  try {
    return await context.calls.get(run.id!);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

function contradiction(run: Run, answer: Extract<GetAnswer, { found: "yes" }>): string | undefined {
  const { backup } = answer;
  if (backup.state !== "available") {
    return `The provider says '${backup.status}' of backup '${run.id}' of job '${run.job}': expected 'available'`;
  }
  const known = run.dataId !== null && run.dataId !== run.id;
  if (known && backup.dataId !== undefined && backup.dataId !== backup.id && backup.dataId !== run.dataId) {
    return `The provider gives data id '${backup.dataId}' for backup '${run.id}' of job '${run.job}': expected '${run.dataId}'`;
  }
  return undefined;
}

async function markMissing(
  context: RetentionContext,
  run: Run,
  from: Status[],
  message: string,
): Promise<void> {
  await surelyMove(context, run, {
    from,
    set: {
      status: "missing",
      missingAt: context.clock.now(),
      deleteIntentAt: null,
      deleteReason: null,
      message,
    },
    events: [runEvent(context, run, "run.missing", "error", message, { id: run.id })],
  });
}

async function markSent(context: RetentionContext, row: Run): Promise<Run | undefined> {
  const now = context.clock.now();
  const set: Partial<Run> = {
    status: "deleting",
    deleteSentAt: row.deleteSentAt ?? now,
    deleteAttempts: row.deleteAttempts + 1,
    deleteNotBefore: now + backoff(row.deleteAttempts, FIRST_RETRY_MS, context.random),
  };
  const write: Write = { write: "run", runId: row.runId, set };
  const result = await context.store.commit({
    job: row.job,
    guards: [
      { guard: "status", runId: row.runId, in: [row.status] },
      { guard: "deletable", runId: row.runId, at: now },
      { guard: "unlatched", job: row.job },
      { guard: "policy", job: row.job, is: context.policy },
    ],
    writes: [write],
    events: [
      runEvent(context, row, "delete.sent", "info", `Deleting backup '${row.id}' of job '${row.job}'`, {
        id: row.id,
        attempt: row.deleteAttempts + 1,
      }),
    ],
  });
  return result.result === "done" ? { ...row, ...set } : undefined;
}

async function sendDelete(
  context: RetentionContext,
  row: Run,
): Promise<"deleted" | "absent" | "open" | "refused" | "unreachable"> {
  const { calls, job, store } = context;
  try {
    const answer = await calls.delete(row.id!, job.deleteBody, store.fence);
    if (answer === "accepted") {
      const after = await ask(context, row);
      if (after instanceof ProviderError || after.found === "yes") {
        await postpone(context, row, undefined);
        return "open";
      }
    }
    // Not found is what an earlier DELETE of ours leads to; at the first one it is odd, and said.
    const odd = (answer === "absent" || answer === "gone") && row.deleteAttempts <= 1;
    await commitDeleted(context, row, ["deleting"], odd);
    return odd ? "absent" : "deleted";
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind !== "refused") {
      await postpone(context, row, error);
      return "unreachable";
    }
    await surelyMove(context, row, {
      from: ["deleting"],
      set: { status: "delete-error", message: error.message, deleteNotBefore: nextDay(context) },
      events: [runEvent(context, row, "delete.error", "error", error.message, { id: row.id })],
    });
    return "refused";
  }
}

async function commitDeleted(
  context: RetentionContext,
  row: Run,
  from: Status[],
  odd: boolean,
): Promise<void> {
  const text = odd
    ? `Backup '${row.id}' of job '${row.job}' was already gone when it was to be deleted`
    : `Backup '${row.id}' of job '${row.job}' is deleted`;
  await surelyMove(context, row, {
    from,
    set: { status: "deleted", reason: odd ? "absent" : null, deleteNotBefore: null },
    events: [
      runEvent(context, row, "delete.done", odd ? "warning" : "info", text, { id: row.id, absent: odd }),
    ],
  });
}

/** Leaves a sent row for a later try; after a day without an answer it is a delete-error, tried daily. */
async function postpone(
  context: RetentionContext,
  row: Run,
  error: ProviderError | undefined,
): Promise<void> {
  const now = context.clock.now();
  const why = error === undefined
    ? "the provider has accepted it, but still has the backup"
    : messageOf(error);
  if (row.status === "delete-error" || now - (row.deleteSentAt ?? now) > UNSETTLED_MS) {
    await surelyMove(context, row, {
      from: [row.status],
      set: { status: "delete-error", message: why, deleteNotBefore: nextDay(context) },
      events: [
        runEvent(
          context,
          row,
          "delete.error",
          "error",
          `Cannot delete backup '${row.id}' of job '${row.job}': ${why}`,
          {
            id: row.id,
          },
        ),
      ],
    });
    return;
  }
  const wait = Math.max(
    backoff(row.deleteAttempts, FIRST_RETRY_MS, context.random),
    error?.retryAfterMs ?? 0,
  );
  await surelyMove(context, row, {
    from: [row.status],
    set: { deleteNotBefore: now + wait },
    events: [
      runEvent(
        context,
        row,
        "delete.retry",
        "warning",
        `Deletion of backup '${row.id}' of job '${row.job}' is tried again: ${why}`,
        {
          id: row.id,
          retry_in_ms: wait,
        },
      ),
    ],
  });
}

function nextDay(context: EngineContext): number {
  return context.clock.now() + Math.round(DAILY_MS * (0.9 + 0.2 * context.random.next()));
}
