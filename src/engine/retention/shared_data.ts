// What a deletion by hand must not take along: the data of a backup that others have, too.

import type { Run } from "../../domain/backup.ts";
import { ProviderError } from "../../domain/errors.ts";
import { holdText, isHeld } from "../../domain/hold.ts";
import { tryMove } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";
import { kinKeys } from "../context/kin_keys.ts";
import type { DeleteContext } from "./retention_context.ts";
import { ask } from "./verify.ts";

/**
 * A living backup, of whatever job, that has the data of this run as well, or `dataId`, where its provider said that of
 * it; undefined when nobody knows of one.
 */
export async function sharerOf(
  context: EngineContext,
  run: Run,
  dataId: string | null,
): Promise<Run | undefined> {
  return await context.store.sharer(run.runId, dataId, await kinKeys(context, [run.providerKey]));
}

/**
 * What the provider says now of the data of a row that is no available backup, of which the state may never have known
 * it; null where it says nothing, or is not asked.
 */
export async function dataIdOf(context: DeleteContext, run: Run): Promise<string | null> {
  if (run.status === "available") return null;
  const answer = await ask(context, run);
  return answer instanceof ProviderError || answer.found !== "yes" ? null : answer.backup.dataId ?? null;
}

/** Why a backup is not deleted that shares its data with `other`, and how both may go; `now`: UTC ms. */
export function sharedText(other: Run, now: number): string {
  const held = isHeld(other, now) ? ` and ${holdText(other)}` : "";
  return `it shares its data with backup '${
    other.id ?? other.runId
  }' of job '${other.job}' (run ${other.runId}), ` +
    `which is ${other.status}${held}: a deletion would take that data, too. If both shall go, remove the data with the ` +
    "tools of its provider and delete each here: what the provider has no more is only taken off the record";
}

/**
 * Ends a row by hand whose provider has it no more, without a DELETE, which could hit what others have. Undefined when
 * the provider still has it or does not say, or the row changed meanwhile.
 */
export async function endAbsentByHand(
  context: DeleteContext,
  run: Run,
  by: string,
): Promise<Run | undefined> {
  const answer = await ask(context, run);
  if (answer instanceof ProviderError || answer.found === "yes") return undefined;
  const intended = await tryMove(context, run, {
    from: [run.status],
    conditions: [
      { condition: "unheld", runId: run.runId },
      { condition: "unfrozen" },
      { condition: "trustedClock" },
    ],
    set: { status: "deleting", deleteIntentAt: context.clock.now(), deleteReason: null, deleteAskedBy: by },
    events: [
      runEvent(
        context,
        run,
        "delete.intended",
        "warning",
        `Backup '${run.id}' of job '${run.job}' is to be taken off the record for ${by}: its provider has it no more`,
        { id: run.id, by },
      ),
    ],
  });
  return intended && await tryMove(context, intended, {
    from: ["deleting"],
    conditions: [{ condition: "unheld", runId: run.runId }],
    set: { status: "deleted", reason: "absent", deleteNotBefore: null },
    events: [
      runEvent(
        context,
        run,
        "delete.done",
        "warning",
        `Backup '${run.id}' of job '${run.job}' was already gone when ${by} asked to delete it: nothing was sent`,
        { id: run.id, absent: true },
      ),
    ],
  });
}
