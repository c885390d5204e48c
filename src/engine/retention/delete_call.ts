// One DELETE: committed as sent, sent, and its answer committed.

import type { Run, Status } from "../../domain/backup.ts";
import { DAY } from "../../domain/duration.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { Condition } from "../../ports/condition.ts";
import type { DeleteAnswer } from "../../ports/provider.ts";
import type { RunChanges } from "../../ports/store.ts";
import type { Looks } from "../context/calls.ts";
import { surelyMove } from "../context/commit.ts";
import { type EngineContext, messageOf, runEvent } from "../context/context.ts";
import { kinKeys } from "../context/kin_keys.ts";
import type { DeleteContext, RetentionContext } from "./retention_context.ts";
import { backoff } from "../context/retry.ts";
import { keepAnswered, NO_LOCK } from "./locks.ts";
import { guardFenced } from "./restored.ts";
import { ask, LOOK_LASTS_MS } from "./verify.ts";

/** First wait before a DELETE without a final answer is sent again; doubled each time, up to an hour. */
export const FIRST_RETRY_MS = 30_000;
/** An accepted DELETE is sent again no sooner. */
const ACCEPTED_MS = 300_000;
const UNSETTLED_MS = DAY;
const DAILY_MS = DAY;

/** What is set as a DELETE is marked as sent, and once all is well: nothing is to be said but why a failed run failed. */
function unheard({ endedAs, reason, status }: Run): RunChanges {
  const isOfFailed = endedAs !== null || reason !== null || status === "failed" || status === "lost" ||
    status === "cancelled";
  return isOfFailed ? {} : { message: null };
}

/** Of an accepted deletion without an end. */
const STILL_THERE = "the provider has accepted it, but still has the backup";

/** Of a deletion that was answered "not found" of what a GET shows. */
const CONTRADICTED =
  "the provider says that it does not know the backup, and shows it when it is asked: expected a 2xx to the DELETE, or a " +
  "404 to the GET as well";

/** True for a deletion that an operator asked for by id: no policy, guard or configuration takes part in it. */
export function isByHand(row: Run): boolean {
  return row.deleteAskedBy !== null;
}

/**
 * Commits that a DELETE of retention is about to be sent; undefined when a hold, a freeze, a pause, a guard, an edit, a
 * doubtful clock or another backup of the same data came before it, or `witness` is no good backup any more: the one that
 * proved for this DELETE that something stays, null where none was asked.
 */
export async function markSent(
  context: RetentionContext,
  row: Run,
  witness: Run | null,
): Promise<Run | undefined> {
  const now = context.clock.now();
  const set: Partial<Run> = {
    status: "deleting",
    deleteSentAt: row.deleteSentAt ?? now,
    deleteAttempts: row.deleteAttempts + 1,
    deleteNotBefore: now + backoff(row.deleteAttempts, FIRST_RETRY_MS, context.random),
    ...unheard(row),
  };
  const keys = await kinKeys(context, context.job.providerKeys);
  const result = await context.store.commit({
    job: row.job,
    conditions: [
      { condition: "status", runId: row.runId, in: [row.status] },
      ...(witness === null ? [] : [{ condition: "good", runId: witness.runId } satisfies Condition]),
      { condition: "deletable", runId: row.runId },
      { condition: "unlocked", runId: row.runId },
      { condition: "unshared", runId: row.runId, dataId: null, providerKeys: keys },
      { condition: "unfrozen" },
      { condition: "managed", runId: row.runId },
      { condition: "active", job: row.job, edition: context.edition },
      { condition: "unlatched", job: row.job },
      { condition: "trustedClock" },
      { condition: "soundNewest", job: row.job, providerKeys: context.job.providerKeys },
      { condition: "policy", job: row.job, is: context.policy },
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

/**
 * Commits that a DELETE by hand is about to be sent; undefined when the row changed, or a hold, a freeze, a doubtful
 * clock or another backup of the same data came before it. `dataId`: what its provider said last, where that was asked.
 */
export async function markSentByHand(
  context: DeleteContext,
  run: Run,
  dataId: string | null,
  by: string,
): Promise<Run | undefined> {
  const now = context.clock.now();
  const set: Partial<Run> = {
    status: "deleting",
    deleteIntentAt: now,
    deleteSentAt: run.deleteSentAt ?? now,
    deleteReason: null,
    deleteAskedBy: by,
    deleteAttempts: run.deleteAttempts + 1,
    deleteNotBefore: now + FIRST_RETRY_MS,
    ...unheard(run),
  };
  return await markAsked(
    context,
    run,
    dataId,
    set,
    "warning",
    `Deleting backup '${run.id}' of job '${run.job}' for ${by}`,
  );
}

/** The same for a DELETE by hand that was sent before. */
export async function markSentAgainByHand(
  context: DeleteContext,
  row: Run,
  dataId: string | null,
): Promise<Run | undefined> {
  const now = context.clock.now();
  const set: Partial<Run> = {
    status: "deleting",
    deleteAttempts: row.deleteAttempts + 1,
    deleteNotBefore: now + backoff(row.deleteAttempts, FIRST_RETRY_MS, context.random),
    ...unheard(row),
  };
  const message = `Deleting backup '${row.id}' of job '${row.job}' again`;
  return await markAsked(context, row, dataId, set, "info", message);
}

async function markAsked(
  context: DeleteContext,
  row: Run,
  dataId: string | null,
  set: Partial<Run>,
  level: "info" | "warning",
  message: string,
): Promise<Run | undefined> {
  const keys = await kinKeys(context, [row.providerKey]);
  const by: Record<string, string> = set.deleteAskedBy ? { by: set.deleteAskedBy } : {};
  const data = { id: row.id, attempt: set.deleteAttempts!, ...by };
  const result = await context.store.commit({
    job: row.job,
    conditions: [
      { condition: "status", runId: row.runId, in: [row.status] },
      { condition: "unshared", runId: row.runId, dataId, providerKeys: keys },
      { condition: "unheld", runId: row.runId },
      { condition: "unlocked", runId: row.runId },
      { condition: "unfrozen" },
      { condition: "trustedClock" },
    ],
    writes: [{ write: "run", runId: row.runId, set }],
    events: [runEvent(context, row, "delete.sent", level, message, data)],
  });
  return result.result === "done" ? { ...row, ...set } : undefined;
}

/** A DELETE that was sent: the row as it was marked, and what the provider answered. */
export interface Sent {
  row: Run;
  answer: DeleteAnswer | ProviderError;
}

/** Looks once more, in the turn of a DELETE; false: what was seen before does not hold, and nothing is sent. */
type LookAgain = (inTurn: Looks) => Promise<boolean>;

/**
 * Waits for the provider's turn, has `mark` commit that the DELETE is about to be sent, and sends it. Where that turn came
 * long after it was asked for, `lookAgain` is asked first. Undefined when either said no, and nothing was sent.
 */
export async function callDelete(
  context: DeleteContext,
  { id, job }: Run,
  mark: () => Promise<Run | undefined>,
  lookAgain?: LookAgain,
): Promise<Sent | undefined> {
  const { calls, clock, sends, store, stop } = context;
  const askedAt = clock.monotonic();
  let marked: Run | undefined;
  let begun = () => {};
  let answer: Awaited<ReturnType<typeof calls.delete>> | ProviderError;
  try {
    answer = await calls.delete(id!, context.deleteBody, store.fence, async (inTurn) => {
      stop.throwIfAborted();
      // Before it counts as being sent: whoever forbids deletions waits for no look.
      const isOld = clock.monotonic() - askedAt >= LOOK_LASTS_MS;
      if (isOld && lookAgain !== undefined && !await lookAgain(inTurn)) return false;
      stop.throwIfAborted();
      begun = sends.marking(job);
      marked = await mark();
      return marked !== undefined;
    }, () => begun());
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    answer = error;
  } finally {
    begun();
  }
  return marked === undefined || answer === "withheld" ? undefined : { row: marked, answer };
}

/** The same, and commits what was answered. `withheld`: nothing was sent. */
export async function sendDelete(
  context: DeleteContext,
  run: Run,
  mark: () => Promise<Run | undefined>,
  lookAgain?: LookAgain,
): Promise<"deleted" | "absent" | "open" | "refused" | "locked" | "unreachable" | "withheld"> {
  const sent = await callDelete(context, run, mark, lookAgain);
  if (sent === undefined) return "withheld";
  const { row, answer } = sent;
  const meaning = meaningOf(row, answer);
  const became = await settleDelete(context, row, answer);
  return meaning === "accepted" || became === "open" ? became : meaning;
}

/** What an answer to the DELETE of this row says. `absent`: that it was gone, and no DELETE of ours can have done it. */
export function meaningOf(
  row: Run,
  answer: DeleteAnswer | ProviderError,
): "deleted" | "absent" | "accepted" | "refused" | "locked" | "unreachable" {
  if (answer instanceof ProviderError && answer.lock !== undefined) return "locked";
  if (answer instanceof ProviderError) return answer.kind === "refused" ? "refused" : "unreachable";
  if (answer === "accepted") return "accepted";
  // Not found is what an earlier DELETE of ours leads to; at the first one it is odd, and said.
  return (answer === "absent" || answer === "gone") && row.deleteAttempts <= 1 ? "absent" : "deleted";
}

/**
 * Commits what a DELETE was answered, and says what became of the row: `open` is without a final answer. That there is
 * nothing to delete is the word of a DELETE that deleted nothing: a GET has to say so too before the backup counts as gone.
 */
export async function settleDelete(
  context: DeleteContext,
  row: Run,
  answer: DeleteAnswer | ProviderError,
): Promise<"deleted" | "open" | "refused" | "locked"> {
  if (!(answer instanceof ProviderError)) {
    const after = answer === "deleted" ? undefined : await ask(context, row);
    if (after instanceof ProviderError || after?.found === "yes") {
      if (answer === "accepted") await followAccepted(context, row);
      else await postpone(context, row, after instanceof ProviderError ? after : CONTRADICTED);
      return "open";
    }
    await commitDeleted(context, row, ["deleting"], meaningOf(row, answer) === "absent");
    return "deleted";
  }
  if (answer.lock !== undefined) {
    await keepAnswered(context, row, answer);
    return "locked";
  }
  if (answer.kind !== "refused") {
    await postpone(context, row, answer);
    return "open";
  }
  await refuse(context, row, answer.message);
  await guardFenced(context, row, answer);
  return "refused";
}

/** Commits that a backup cannot be deleted as things are; it is tried again daily. */
export async function refuse(context: EngineContext, row: Run, message: string): Promise<void> {
  await surelyMove(context, row, {
    from: [row.status],
    set: { status: "delete-error", message, deleteNotBefore: nextDay(context) },
    events: [runEvent(context, row, "delete.error", "error", message, { id: row.id })],
  });
}

/**
 * Says that the provider has taken the deletion on, and looks for its end from then on, until another DELETE is due;
 * after a day without an end it is a delete-error.
 */
async function followAccepted(context: DeleteContext, row: Run): Promise<void> {
  const { clock, random, store } = context;
  const now = clock.now();
  if (now - (row.deleteSentAt ?? now) > UNSETTLED_MS) return await postpone(context, row, undefined);
  const wait = Math.max(ACCEPTED_MS, backoff(row.deleteAttempts, FIRST_RETRY_MS, random));
  await surelyMove(context, row, {
    from: ["deleting"],
    set: { deleteNotBefore: now + wait, ...(row.endedAs === null ? { message: STILL_THERE } : {}) },
    events: [
      runEvent(
        context,
        row,
        "delete.accepted",
        row.deleteAttempts <= 1 ? "info" : "debug",
        `The provider has accepted the deletion of backup '${row.id}' of job '${row.job}', and still has it`,
        { id: row.id, again_in_ms: wait },
      ),
    ],
  });
  context.accepted.watch(`${row.runId} ${row.deleteAttempts}`, async () => {
    const stored = await store.run(row.runId);
    if (stored?.status !== "deleting" || stored.deleteAttempts !== row.deleteAttempts) return true;
    const after = await ask(context, stored);
    if (after instanceof ProviderError || after.found === "yes") return false;
    await commitDeleted(context, stored, ["deleting"], false);
    return true;
  });
}

/** Commits that a backup is gone; `odd` when no DELETE of ours can have done it. */
export async function commitDeleted(
  context: DeleteContext,
  row: Run,
  from: Status[],
  odd: boolean,
): Promise<void> {
  const { endedAs } = row;
  const gone = odd ? "was already gone when it was to be deleted" : "is deleted";
  const what = endedAs === null
    ? `Backup '${row.id}' of job '${row.job}'`
    : `What run '${row.id}' of job '${row.job}' left, which ended as ${endedAs},`;
  // Why a failed run failed stays on record: without it, it would have been a good backup.
  const reason = row.reason !== null && row.reason !== "absent" ? row.reason : odd ? "absent" : null;
  const data = { id: row.id, absent: odd, ...(endedAs === null ? {} : { ended_as: endedAs }) };
  await surelyMove(context, row, {
    from,
    set: { ...unheard(row), ...NO_LOCK, status: "deleted", reason, deleteNotBefore: null },
    events: [
      runEvent(
        context,
        row,
        "delete.done",
        odd && endedAs === null ? "warning" : "info",
        `${what} ${gone}`,
        data,
      ),
    ],
  });
}

/**
 * Leaves a sent row for a later try; after a day without an answer it is a delete-error, tried daily. `cause`: what
 * stood in the way; undefined: the provider, which has accepted the deletion, is still at it.
 */
export async function postpone(
  context: DeleteContext,
  row: Run,
  cause: ProviderError | string | undefined,
): Promise<void> {
  const now = context.clock.now();
  const why = cause instanceof ProviderError ? messageOf(cause) : cause ?? STILL_THERE;
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
    cause instanceof ProviderError ? cause.retryAfterMs ?? 0 : 0,
  );
  await surelyMove(context, row, {
    from: [row.status],
    set: { deleteNotBefore: now + wait, message: why },
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
