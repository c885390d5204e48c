// Deletes at the provider outside of passes: what was sent before and has no end, and what an operator names; and takes
// intents back.

import { ProviderError } from "../../domain/errors.ts";
import type { Run } from "../../domain/backup.ts";
import { type EngineContext, jobEvent } from "../context/context.ts";
import {
  commitDeleted,
  markSent,
  markSentAgainByHand,
  markSentByHand,
  postpone,
  refuse,
  sendDelete,
} from "./delete_call.ts";
import type { Looks } from "../context/calls.ts";
import { proofs } from "./proof.ts";
import type { DeleteContext, RetentionContext } from "./retention_context.ts";
import { waitsForLock } from "./locks.ts";
import { dataIdOf, endAbsentByHand, sharedText, sharerOf } from "./shared_data.ts";
import { latch } from "../context/latch.ts";
import { ask, checkBackup, judgeAnswer } from "./verify.ts";

/**
 * Repeats DELETEs that were sent before and have no final answer, when their time has come. The provider still has what
 * they were to delete: another backup has to stay, and to prove itself, as before the first time.
 */
export async function retryDeletes(context: RetentionContext, rows: Run[]): Promise<void> {
  const { store, job } = context;
  const prove = proofs(context);
  for (const row of rows) {
    context.stop.throwIfAborted();
    if (context.job.verifyBeforeDelete) {
      const answer = await ask(context, row);
      if (answer instanceof ProviderError) return await postpone(context, row, answer);
      if (answer.found !== "yes") {
        await commitDeleted(context, row, [row.status], false);
        continue;
      }
      // It was sent before: a provider that is still at it says so in words of its own.
      if (answer.backup.state === "running") {
        await postpone(context, row, undefined);
        continue;
      }
      const wrong = await judgeAnswer(context, row, answer);
      if (wrong !== undefined) return await latch(context, "failed_check", wrong);
      if (await waitsForLock(context, row, answer.backup.lockedUntil)) continue;
    } else if (await waitsForLock(context, row, undefined)) continue;
    const newest = await store.newestBackup(job.name, job.providerKeys);
    // What was rejected stands for nothing that could be restored.
    const unproven = newest !== undefined
      ? await prove(newest)
      : row.rejectedAt === null
      ? "no other backup of the job is there"
      : undefined;
    if (unproven !== undefined) return await postpone(context, row, unproven);
    // What it finds wrong is dealt with in the look of the next try.
    const lookAgain = async (inTurn: Looks) => {
      if (newest !== undefined && await prove(newest, inTurn) !== undefined) return false;
      return !context.job.verifyBeforeDelete || (await checkBackup(context, row, inTurn)).ok;
    };
    const outcome = await sendDelete(context, row, () => markSent(context, row, newest ?? null), lookAgain);
    if (outcome === "withheld" && await refuseShared(context, row, null)) continue;
    if (outcome === "withheld" || outcome === "unreachable") return;
  }
}

/** The same for deletions by hand: they ask no policy and no guard, but a hold, a freeze and a doubtful clock stop them too. */
export async function retryByHand(context: DeleteContext, row: Run): Promise<void> {
  const answer = await ask(context, row);
  if (answer instanceof ProviderError) return await postpone(context, row, answer);
  if (answer.found !== "yes") return await commitDeleted(context, row, [row.status], false);
  if (await waitsForLock(context, row, answer.backup.lockedUntil)) return;
  const dataId = answer.backup.dataId ?? null;
  const outcome = await sendDelete(context, row, () => markSentAgainByHand(context, row, dataId));
  if (outcome === "withheld") await refuseShared(context, row, dataId);
}

/** Commits that a DELETE is not sent again, where that is for another backup's sake; false: it is not. */
async function refuseShared(context: DeleteContext, row: Run, dataId: string | null): Promise<boolean> {
  const other = await sharerOf(context, row, dataId);
  if (other === undefined) return false;
  const why = sharedText(other, context.watch.read().ends);
  await refuse(context, row, `Cannot delete backup '${row.id}' of job '${row.job}': ${why}`);
  return true;
}

/**
 * Deletes one backup because an operator said so, by id; whatever its status, it was checked by the caller.
 * Undefined when it changed meanwhile, or a hold, a freeze, a doubtful clock or another backup of the same data came
 * before: then nothing was sent. One of shared data that its provider has no more is only taken off the record.
 */
export async function removeByHand(
  context: DeleteContext,
  run: Run,
  by: string,
): Promise<Run | undefined> {
  const dataId = await dataIdOf(context, run);
  if (await sharerOf(context, run, dataId) !== undefined) return await endAbsentByHand(context, run, by);
  const outcome = await sendDelete(context, run, () => markSentByHand(context, run, dataId, by));
  if (outcome === "withheld") return undefined;
  return await context.store.run(run.runId);
}

/** How many are taken back in one commit: a few milliseconds of work. */
const MOST_WITHDRAWN = 250;

/** Takes intents back that were never sent. */
export async function withdraw(
  context: EngineContext,
  rows: readonly Pick<Run, "job" | "runId">[],
  why: string,
): Promise<void> {
  for (let at = 0; at < rows.length; at += MOST_WITHDRAWN) {
    await withdrawSome(context, rows.slice(at, at + MOST_WITHDRAWN), why);
  }
}

async function withdrawSome(
  context: EngineContext,
  rows: readonly Pick<Run, "job" | "runId">[],
  why: string,
): Promise<void> {
  const job = rows[0]!.job;
  await context.store.commit({
    job,
    writes: [{ write: "withdraw", runIds: rows.map((row) => row.runId) }],
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
