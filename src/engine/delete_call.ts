// One DELETE: committed as sent, sent, and its answer committed.

import type { Run, Status } from "../domain/backup.ts";
import { ProviderError } from "../domain/errors.ts";
import { surelyMove } from "./commit.ts";
import { type EngineContext, messageOf, runEvent } from "./context.ts";
import type { RetentionContext } from "./retention_context.ts";
import { backoff } from "./retry.ts";
import { ask } from "./verify.ts";

/** First wait before a DELETE without a final answer is sent again; doubled each time, up to an hour. */
export const FIRST_RETRY_MS = 30_000;
const UNSETTLED_MS = 24 * 3_600_000;
const DAILY_MS = 24 * 3_600_000;

/** Commits that a DELETE is about to be sent; undefined when a hold, a guard, an edit or a doubtful clock came before it. */
export async function markSent(context: RetentionContext, row: Run): Promise<Run | undefined> {
  const now = context.clock.now();
  const set: Partial<Run> = {
    status: "deleting",
    deleteSentAt: row.deleteSentAt ?? now,
    deleteAttempts: row.deleteAttempts + 1,
    deleteNotBefore: now + backoff(row.deleteAttempts, FIRST_RETRY_MS, context.random),
  };
  const result = await context.store.commit({
    job: row.job,
    guards: [
      { guard: "status", runId: row.runId, in: [row.status] },
      { guard: "deletable", runId: row.runId, at: now },
      { guard: "unlatched", job: row.job },
      { guard: "trustedClock", job: row.job, at: now },
      { guard: "policy", job: row.job, is: context.policy },
    ],
    writes: [{ write: "run", runId: row.runId, set }],
    events: [
      runEvent(context, row, "delete.sent", "info", `Deleting backup '${row.id}' of job '${row.job}'`, {
        id: row.id,
        attempt: row.deleteAttempts + 1,
      }),
    ],
  });
  return result.result === "done" ? { ...row, ...set } : undefined;
}

/** Sends the DELETE of a row marked as sent, and commits what was answered. */
export async function sendDelete(
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

/** Commits that a backup is gone; `odd` when no DELETE of ours can have done it. */
export async function commitDeleted(
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
export async function postpone(
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
