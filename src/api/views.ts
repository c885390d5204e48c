// Rows of the store become the JSON shapes of ports/views.ts.

import { type Run, wireStatus } from "../domain/backup.ts";
import { reasonFields } from "../domain/retention/reason_data.ts";
import { isSuspect } from "../domain/suspicion.ts";
import type { StoredEvent } from "../ports/queries.ts";
import type { BackupView, EventView, RunView } from "../ports/views.ts";

/** ISO 8601 UTC of a stored time. */
export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** A run as `GET /backups` shows it. */
export function backupView(run: Run): BackupView {
  return {
    id: run.id,
    data_id: run.dataId,
    status: wireStatus(run.status),
    start_time: isoTime(run.startTime),
    end_time: isoTime(run.endTime),
    custom_data: run.message,
    size: run.sizeMb,
    tags: run.tags,
    job: run.job,
    run_id: run.runId,
    slot: isoTime(run.slot),
    period_time: isoTime(run.periodTime),
    state: run.status,
    size_mb: run.sizeMb,
    ...reasonFields(run.reasons),
    suspect: isSuspect(run),
    suspect_reason: run.suspectReason,
    rejected: run.rejectedAt !== null,
    hold: run.holdAt === null ? null : {
      reason: run.holdReason,
      owner: run.holdOwner,
      since: isoTime(run.holdAt),
      until: isoTime(run.holdUntil),
    },
  };
}

/** A run with everything that was decided about it. */
export function runView(run: Run): RunView {
  return {
    ...backupView(run),
    trigger: run.trigger,
    reason: run.reason,
    slot_until: isoTime(run.slotUntil),
    slots: run.slots,
    provider: run.providerKey,
    attempts: run.attempts,
    created_at: isoTime(run.createdAt),
    maybe_duplicate: run.maybeDuplicateAt !== null,
    held: run.holdAt !== null,
    delete_sent_at: isoTime(run.deleteSentAt),
  };
}

/** A committed event. */
export function eventView(event: StoredEvent): EventView {
  return {
    seq: event.seq,
    at: isoTime(event.at),
    type: event.type,
    level: event.level,
    job: event.job ?? null,
    run_id: event.runId ?? null,
    message: event.message,
    data: event.data ?? {},
  };
}
