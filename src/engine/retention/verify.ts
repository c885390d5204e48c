// The look before a DELETE: only a provider that shows the same, available backup may be asked to delete it.

import type { Run, Status } from "../../domain/backup.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { GetAnswer } from "../../ports/provider.ts";
import { surelyMove } from "../context/commit.ts";
import { runEvent } from "../context/context.ts";
import type { Looks } from "../context/calls.ts";
import type { DeleteContext, RetentionContext } from "./retention_context.ts";

/** A look at what is to be deleted, or at what stays, counts for so long: one that waited longer looks again in its turn. */
export const LOOK_LASTS_MS = 60_000;

/** How a look went, and what was said of a lock: `missing` when the provider does not know it, `latch` when it contradicts what is on record. */
type Check =
  | { ok: true; lockedUntil: number | null | undefined }
  | { ok: false; missing: boolean; latch: boolean; message: string };

/** Asks freshly for a backup; anything but the same, available backup fails the check. */
export async function checkBackup(context: RetentionContext, run: Run, looks?: Looks): Promise<Check> {
  const answer = await ask(context, run, looks);
  if (answer instanceof ProviderError) {
    const latch = answer.kind === "malformed";
    return { ok: false, missing: false, latch, message: answer.message };
  }
  if (answer.found !== "yes") {
    const message = `The provider has no backup '${run.id}' of job '${run.job}' any more`;
    return { ok: false, missing: true, latch: false, message };
  }
  const wrong = await judgeAnswer(context, run, answer);
  return wrong === undefined
    ? { ok: true, lockedUntil: answer.backup.lockedUntil }
    : { ok: false, missing: false, latch: true, message: wrong };
}

/** GETs a backup from its storage, however lately it was said to be there; a failure is a value here. */
export async function ask(
  context: DeleteContext,
  run: Run,
  looks: Looks = context.calls,
): Promise<GetAnswer | ProviderError> {
  try {
    return await looks.get(run.id!, { anew: true });
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

/**
 * What an answer says that cannot be true of this backup; undefined when nothing does. A data id that changed while the
 * provider names our run is the same backup under a new one, as `restic tag` gives it: it is taken over, and told.
 */
export async function judgeAnswer(
  context: RetentionContext,
  run: Run,
  answer: Extract<GetAnswer, { found: "yes" }>,
): Promise<string | undefined> {
  const wrong = contradiction(run, answer);
  const { dataId, runId, state } = answer.backup;
  if (wrong === undefined || state !== "available" || runId !== run.runId || dataId === undefined) {
    return wrong;
  }
  const [other] = await context.store.sharedData(context.job.providerKeys, [dataId], [run.runId]);
  if (other !== undefined) {
    return `${wrong}; '${dataId}' belongs to backup '${other.id ?? other.runId}' of job '${other.job}'`;
  }
  const message =
    `The provider gives backup '${run.id}' of job '${run.job}' the new data id '${dataId}' instead of ` +
    `'${run.dataId}', and names our run: it is the same backup`;
  await surelyMove(context, run, {
    from: ["available", "missing", "deleting", "delete-error"],
    set: { dataId },
    events: [runEvent(context, run, "provider.odd", "warning", message, { id: run.id, data_id: dataId })],
  });
  return undefined;
}

function contradiction(run: Run, answer: Extract<GetAnswer, { found: "yes" }>): string | undefined {
  const { backup } = answer;
  if (backup.state !== "available") {
    return `The provider says '${backup.status}' of backup '${run.id}' of job '${run.job}': expected 'available'. ` +
      "An approval deletes nothing while the provider says so: look at the backup there, then " +
      `'schelly backups delete ${run.id}' deletes it`;
  }
  // A data id that is the id says nothing where it was never recorded; one that is recorded, does.
  if (
    run.dataId !== null && backup.dataId !== undefined && backup.dataId !== backup.id &&
    backup.dataId !== run.dataId
  ) {
    const expected = `expected '${run.dataId}'`;
    const proof = backup.runId === run.runId
      ? ""
      : ", or our run id beside it, by which it would be the same backup. An approval does not delete it while the " +
        "provider says so";
    return `The provider gives data id '${backup.dataId}' for backup '${run.id}' of job '${run.job}': ${expected}${proof}`;
  }
  return undefined;
}

/** Records that the provider has the backup no more: it is never called deleted. */
export async function markMissing(
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
