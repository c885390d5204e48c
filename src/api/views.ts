// Rows of the store become the JSON shapes of ports/views.

import { type Run, waitCause, wireStatus } from "../domain/backup.ts";
import { iso } from "../domain/instant.ts";
import type { ListedBackup } from "../domain/listed_backup.ts";
import { reasonFields } from "../domain/retention/reason_data.ts";
import { isUntilMended } from "../domain/unusable.ts";
import { isSuspect } from "../domain/suspicion.ts";
import type { StoredEvent } from "../ports/queries.ts";
import type { BackupView } from "../ports/views/backup.ts";
import type { EventView } from "../ports/views/event.ts";
import type { RunView } from "../ports/views/run.ts";

/** A run as `GET /backups` shows it; with what is known of leftovers, by run id. */
export function backupView(run: ListedBackup, leftovers?: ReadonlyMap<string, string>): BackupView {
  return {
    id: run.id,
    data_id: run.dataId,
    status: wireStatus(run.status),
    start_time: iso(run.startTime),
    end_time: iso(run.endTime),
    custom_data: run.message,
    size: run.sizeMb,
    tags: run.tags,
    job: run.job,
    run_id: run.runId,
    slot: iso(run.slot),
    period_time: iso(run.periodTime),
    state: run.status,
    size_mb: run.sizeMb,
    ...reasonFields(run.reasons),
    suspect: isSuspect(run),
    suspect_reason: run.suspectReason,
    rejected: run.rejectedAt !== null,
    verification: run.verification ?? "none",
    verified_at: iso(run.verifiedAt),
    hold: run.holdAt === null ? null : {
      reason: run.holdReason,
      owner: run.holdOwner,
      since: iso(run.holdAt),
      until: iso(run.holdUntil),
    },
    lock: run.lockedAt === null ? null : { heard_at: iso(run.lockedAt), until: iso(run.lockedUntil) },
    leftover: leftovers?.get(run.runId) ?? null,
    ended_as: run.endedAs,
  };
}

/** A run with everything that was decided about it. */
export function runView(run: Run, leftovers?: ReadonlyMap<string, string>): RunView {
  return {
    ...backupView(run, leftovers),
    trigger: run.trigger,
    reason: run.reason,
    slot_until: iso(run.slotUntil),
    slots: run.slots,
    provider: run.providerKey,
    attempts: run.attempts,
    attempt: run.attempt,
    retry_at: iso(run.retryAt),
    retry_end: run.retryEnd,
    waiting: run.status === "intent"
      ? {
        since: iso(run.startTime ?? run.slot ?? run.createdAt),
        cause: waitCause(run),
        until_mended: isUntilMended(run),
      }
      : null,
    created_at: iso(run.createdAt),
    maybe_duplicate: run.maybeDuplicateAt !== null,
    held: run.holdAt !== null,
    delete_sent_at: iso(run.deleteSentAt),
  };
}

/** Backups as the text of a JSON array, as `backupView` shows each. */
export function backupsText(
  runs: readonly ListedBackup[],
  leftovers?: ReadonlyMap<string, string>,
): string {
  return JSON.stringify(runs.map((run) => backupView(run, leftovers)));
}

/** Runs as the text of a JSON array, as `runView` shows each without leftovers. */
export function runsText(runs: readonly Run[]): string {
  return JSON.stringify(runs.map((run) => runView(run)));
}

/** A committed event. */
export function eventView(event: StoredEvent): EventView {
  return {
    seq: event.seq,
    at: iso(event.at),
    type: event.type,
    level: event.level,
    job: event.job ?? null,
    run_id: event.runId ?? null,
    message: event.message,
    data: event.data ?? {},
  };
}
