// Deletes what failed and cancelled runs left, once it is old enough and a later backup exists. Each is asked about
// first: only a provider that says again that the run has failed is asked to delete what it left.

import type { Run } from "../../domain/backup.ts";
import { DAY } from "../../domain/duration.ts";
import { ProviderError } from "../../domain/errors.ts";
import { isFrozen } from "../../domain/freeze.ts";
import { keepFailedText, leftoversToGo } from "../../domain/leftovers.ts";
import { isLocked, lockHeard } from "../../domain/lock.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { Looks } from "../context/calls.ts";
import { tryMove } from "../context/commit.ts";
import { runEvent } from "../context/context.ts";
import { backoff } from "../context/retry.ts";
import {
  commitDeleted,
  FIRST_RETRY_MS,
  markSent,
  postpone,
  refuse,
  sendDelete,
} from "../retention/delete_call.ts";
import { waitsForLock } from "../retention/locks.ts";
import type { RetentionContext } from "../retention/retention_context.ts";
import { ask } from "../retention/verify.ts";
import { foundMove } from "../run/probe.ts";

/** What cleaning up for one job needs. */
interface CleanUpContext extends RetentionContext {
  /** Infinity: for ever. */
  keepFailedMs: number;
}

/** What a cleaning up did. */
export interface CleanedUp {
  /** How many DELETEs were sent. */
  sent: number;
  /** Something may go, and the pass had left no room for it. */
  hadNoRoom: boolean;
}

const NOTHING: CleanedUp = { sent: 0, hadNoRoom: false };

/** Rows read in one pass: a few milliseconds of work. */
const MOST_READ = 1_000;
/** Providers asked about in one pass, however little of it may go. */
const MOST_ASKED = 100;
/** As many deletions in a row that were not done end it. */
const ENOUGH = 3;

/** Deletes at most `room` of what may go, those that ended first; what cannot be told or done now waits for later. */
export async function cleanUp(context: CleanUpContext, room: number): Promise<CleanedUp> {
  const { store, job, watch } = context;
  if (context.keepFailedMs === Infinity) return NOTHING;
  const { rows, later } = await store.leftovers(job.name, job.providerKeys, MOST_READ);
  if (rows.length === 0) return NOTHING;
  const { now, ends, inDoubtUntil } = watch.read();
  // What could not be sent is not asked about in vain; each mark demands the same in its own turn.
  if (inDoubtUntil !== null || isFrozen(await store.freeze(), ends)) return NOTHING;
  if ((await store.latched(job.name)).length > 0) return NOTHING;
  const { keepFailedMs: keepMs } = context;
  const going = leftoversToGo(rows, { now, ends, keepMs, providerKeys: job.providerKeys, later });
  if (room <= 0) return { sent: 0, hadNoRoom: going.length > 0 };
  let sent = 0;
  let undone = 0;
  for (const row of going.slice(0, MOST_ASKED)) {
    context.stop.throwIfAborted();
    if (sent >= room || undone >= ENOUGH) break;
    const answer = await ask(context, row);
    if (answer instanceof ProviderError) {
      if (answer.kind !== "malformed") break;
      await putOff(context, row, answer.message);
    } else if (answer.found !== "yes") await endAsAbsent(context, row);
    else if (lockHeard(answer.backup.lockedUntil, ends) ?? isLocked(row, ends)) {
      await putOff(context, row, "its storage is locked");
    } else if (answer.backup.state === "failed") {
      const dataIds = [row.id, row.dataId, answer.backup.dataId ?? null].filter((id) => id !== null);
      const doubt = await unseenEnd(context, row, answer.backup);
      if (doubt instanceof ProviderError) break;
      if (doubt !== undefined) {
        await putOff(context, row, doubt);
        continue;
      }
      const [other] = await store.sharedData(job.providerKeys, dataIds, [row.runId]);
      if (other !== undefined) {
        await putOff(context, row, `it shares data with ${other.id ?? other.runId}`);
        continue;
      }
      const stillFailed = (inTurn: Looks) => isStillFailed(context, row, inTurn);
      const outcome = await sendDelete(
        context,
        row,
        () => markLeftoverSent(context, row, dataIds),
        stillFailed,
      );
      if (outcome !== "withheld") sent++;
      undone = outcome === "deleted" || outcome === "absent" || outcome === "open" ? 0 : undone + 1;
    } else await takeOtherWord(context, row, answer.backup);
  }
  return { sent, hadNoRoom: false };
}

/** Asked again in the turn of its DELETE; any other word is dealt with where it is looked at next. */
async function isStillFailed(context: RetentionContext, row: Run, inTurn: Looks): Promise<boolean> {
  const answer = await ask(context, row, inTurn);
  return !(answer instanceof ProviderError) && answer.found === "yes" && answer.backup.state === "failed";
}

/**
 * Why what a run left is not deleted of which nobody saw the end: its journal calls it cut off, and may be older than the
 * storage, as in a state that was put back. Undefined where it may go.
 */
async function unseenEnd(
  { calls }: CleanUpContext,
  row: Run,
  info: BackupInfo,
): Promise<string | ProviderError | undefined> {
  if (row.reason !== "cut_off" && info.reason !== "cut_off") return undefined;
  const byHand = `look at it, then 'schelly backups delete ${row.id}' deletes it`;
  try {
    const isWhole = await calls.provider.standsWhole?.(row.id!);
    if (isWhole === true) return `nobody saw its end, and its storage has a backup of this id: ${byHand}`;
    return isWhole === false
      ? undefined
      : `nobody saw its end, and its storage cannot tell whether it is whole: ${byHand}`;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

/** Repeats DELETEs of what runs left that were sent before, when their time has come. */
export async function retryLeftovers(context: RetentionContext, rows: readonly Run[]): Promise<void> {
  for (const row of rows) {
    context.stop.throwIfAborted();
    const answer = await ask(context, row);
    if (answer instanceof ProviderError) return await postpone(context, row, answer);
    if (answer.found !== "yes") {
      await commitDeleted(context, row, [row.status], false);
      continue;
    }
    if (answer.backup.state !== "failed") {
      // It may be half gone, so it is no backup; and what its provider calls one is not deleted.
      const why =
        `its provider now says '${answer.backup.status}' of what was ${row.endedAs}: look at it, then ` +
        `'schelly backups delete ${row.id}' deletes it`;
      await refuse(context, row, `Cannot delete what run ${row.runId} of job '${row.job}' left: ${why}`);
      continue;
    }
    if (await waitsForLock(context, row, answer.backup.lockedUntil)) continue;
    const stillFailed = (inTurn: Looks) => isStillFailed(context, row, inTurn);
    const outcome = await sendDelete(context, row, () => markSent(context, row, null), stillFailed);
    if (outcome === "withheld" || outcome === "unreachable") return;
  }
}

/**
 * Commits that the DELETE of what a run left is about to be sent; undefined when anything that keeps it came before.
 * There is no intent without a DELETE here: what has failed never goes back to being a backup.
 */
async function markLeftoverSent(
  context: CleanUpContext,
  row: Run,
  dataIds: string[],
): Promise<Run | undefined> {
  const { job, keepFailedMs: keepMs } = context;
  const now = context.clock.now();
  const set: Partial<Run> = {
    status: "deleting",
    endedAs: row.status === "cancelled" ? "cancelled" : "failed",
    deleteIntentAt: now,
    deleteReason: `left by a run that ${
      row.status === "cancelled" ? "was cancelled" : "failed"
    }, keep_failed ${keepFailedText(keepMs)}`,
    deleteSentAt: now,
    deleteAttempts: row.deleteAttempts + 1,
    deleteNotBefore: now + backoff(row.deleteAttempts, FIRST_RETRY_MS, context.random),
  };
  return await tryMove(context, row, {
    from: [row.status],
    conditions: [
      { condition: "leftover", runId: row.runId, providerKeys: job.providerKeys, dataIds, keepMs },
      { condition: "unheld", runId: row.runId },
      { condition: "unlocked", runId: row.runId },
      { condition: "unfrozen" },
      { condition: "managed", runId: row.runId },
      { condition: "active", job: row.job, edition: context.edition },
      { condition: "unlatched", job: row.job },
      { condition: "trustedClock" },
      { condition: "soundNewest", job: row.job, providerKeys: job.providerKeys },
    ],
    set,
    events: [
      runEvent(
        context,
        row,
        "delete.sent",
        "info",
        `Deleting what run '${row.id}' of job '${row.job}' left, which ended as ${row.status}`,
        { id: row.id, attempt: row.deleteAttempts + 1, ended_as: row.status },
      ),
    ],
  });
}

/** Its provider says that it has nothing of it: no DELETE is needed, and nobody asks again. */
async function endAsAbsent(context: CleanUpContext, row: Run): Promise<void> {
  const now = context.clock.now();
  await tryMove(context, row, {
    from: [row.status],
    conditions: [{ condition: "unheld", runId: row.runId }],
    set: {
      status: "deleted",
      endedAs: row.status === "cancelled" ? "cancelled" : "failed",
      reason: "absent",
      deleteIntentAt: now,
      deleteReason: "its provider kept nothing of it",
    },
    events: [
      runEvent(
        context,
        row,
        "delete.done",
        "info",
        `The provider kept nothing of run '${row.id}' of job '${row.job}', which ended as ${row.status}`,
        { id: row.id, absent: true, ended_as: row.status },
      ),
    ],
  });
}

/** Its provider says now that it is available, or that it runs: then it is not left over, and nothing is deleted. */
async function takeOtherWord(context: CleanUpContext, row: Run, info: BackupInfo): Promise<void> {
  if (info.state === "available" && row.status === "failed") {
    await tryMove(context, row, await foundMove(context, context.job, row, info));
    return;
  }
  await putOff(context, row, `its provider says '${info.status}' of it now`);
}

async function putOff(context: CleanUpContext, row: Run, why: string): Promise<void> {
  const message =
    `What run '${row.id}' of job '${row.job}' left, which ended as ${row.status}, stays for now: ${why}`;
  await tryMove(context, row, {
    from: [row.status],
    set: { deleteNotBefore: context.clock.now() + DAY },
    events: [runEvent(context, row, "delete.retry", "warning", message, { id: row.id, retry_in_ms: DAY })],
  });
}
