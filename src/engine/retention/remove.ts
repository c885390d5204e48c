// Deletes at the provider what a pass elected: checks, commits that it is about to, sends, commits the answer.

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
import type { DeleteContext, RetentionContext } from "./retention_context.ts";
import { dataIdOf, endAbsentByHand, sharedText, sharerOf } from "./shared_data.ts";
import { latch } from "../context/latch.ts";
import { ask, checkBackup, judgeAnswer, markMissing } from "./verify.ts";

/** How the deletions of a pass went. */
export interface Removed {
  deleted: number;
  /** Sent, but without a final answer yet. */
  open: number;
  refused: number;
  /** Why the pass ended early; undefined when it did not. */
  stopped?: string;
}

/** In a pass that takes long the newest backup proves itself again so long after its last proof. */
const PROOF_LASTS_MS = 60_000;
/** As many refusals in a row, or backups not found in one pass, end it. */
const ENOUGH = 3;

type Check = { ok: true } | { ok: false; missing: boolean; latch: boolean; message: string };

/**
 * Sends the DELETEs of rows in `deleting` that were never sent, oldest first. `newest` is the newest kept backup,
 * which must prove itself in this pass, shortly before each of them. Rows that are not sent in the end go back to `available`.
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
  const prove = proofs(context);
  while (waiting.length > 0) {
    context.stop.throwIfAborted();
    const unproven = newest === null ? undefined : await prove(newest);
    if (unproven !== undefined) return await stop(unproven);
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
    const outcome = await sendDelete(context, victim, () => markSent(context, victim, newest));
    if (outcome === "withheld") {
      const other = await sharerOf(context, victim, null);
      if (other !== undefined) {
        waiting.shift();
        await withdraw(context, [victim], `it shares data with ${other.id ?? other.runId}`);
        continue;
      }
      return await stop(
        "a hold, a freeze, a pause, a guard, an edit, a doubtful clock or the end of the newest backup came before the DELETE",
      );
    }
    waiting.shift();
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

/** Has the newest backup prove itself, each time that its last proof is too old; answers why it did not. */
function proofs(context: RetentionContext): (newest: Run) => Promise<string | undefined> {
  let proven = { runId: "", at: -Infinity };
  return async (newest) => {
    if (!context.job.verifyBeforeDelete) return undefined;
    const at = context.clock.monotonic();
    if (proven.runId === newest.runId && at - proven.at < PROOF_LASTS_MS) return undefined;
    const check = await checkBackup(context, newest);
    if (check.ok) {
      proven = { runId: newest.runId, at };
      return undefined;
    }
    if (check.missing) await markMissing(context, newest, ["available"], check.message);
    else if (check.latch) await latch(context, "failed_check", check.message);
    return `the newest backup did not prove itself: ${check.message}`;
  };
}

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
    }
    const newest = await store.newestBackup(job.name, job.providerKeys);
    // What was rejected stands for nothing that could be restored.
    const unproven = newest !== undefined
      ? await prove(newest)
      : row.rejectedAt === null
      ? "no other backup of the job is there"
      : undefined;
    if (unproven !== undefined) return await postpone(context, row, unproven);
    const outcome = await sendDelete(context, row, () => markSent(context, row, newest ?? null));
    if (outcome === "withheld" && await refuseShared(context, row, null)) continue;
    if (outcome === "withheld" || outcome === "unreachable") return;
  }
}

/** The same for deletions by hand: they ask no policy and no guard, but a hold, a freeze and a doubtful clock stop them too. */
export async function retryByHand(context: DeleteContext, row: Run): Promise<void> {
  const answer = await ask(context, row);
  if (answer instanceof ProviderError) return await postpone(context, row, answer);
  if (answer.found !== "yes") return await commitDeleted(context, row, [row.status], false);
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

/** Takes intents back that were never sent. */
export async function withdraw(context: EngineContext, rows: Run[], why: string): Promise<void> {
  if (rows.length === 0) return;
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
