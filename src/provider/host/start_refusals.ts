// Why a start is not taken, in words for the caller.

import { ProviderError } from "../../domain/errors.ts";
import { unusableReason } from "../../domain/unusable.ts";
import { BackupFailure } from "./backup_failure.ts";
import type { JournalEntry } from "./journal.ts";

/** The host makes as many backups as it may at a time; `id` is one that is being made, null when it has none yet. */
export class BusyError extends ProviderError {
  constructor(message: string, readonly id: string | null) {
    super("unsent", message, { status: 409 });
  }
}

/** `runningIds`: those that are being made, oldest first. */
export function busyError(runningIds: string[], maxConcurrent: number): BusyError {
  const id = runningIds[0] ?? null;
  const which = id === null ? "another backup is just starting" : `backup '${id}' is running`;
  const most = maxConcurrent === 1 ? "one at a time" : `${maxConcurrent} at a time`;
  return new BusyError(`Cannot start a backup now: ${which}, and this provider makes ${most}`, id);
}

/** Nothing begins any more. */
export function stoppingError(): ProviderError {
  return new ProviderError("unsent", "Cannot start a backup: this program is stopping", { status: 503 });
}

/** The Backuper's `init` failed, or is not over. */
export function notReadyError(why: string, cause: unknown): ProviderError {
  const unusable = cause instanceof BackupFailure ? unusableReason(cause.reason) : undefined;
  // What begins with what cannot be done says no more for a second such clause.
  const message = why.startsWith("Cannot ") ? why : `Cannot start a backup: ${why}`;
  return new ProviderError("unsent", message, { status: 503, unusable, cause });
}

/** What `post` of these backups gives back is not taken again before it ended. */
export function postRunningError(ids: string[]): ProviderError {
  const message =
    `Cannot start a backup: the post command of backup '${ids[0]}', which an end of this program kept ` +
    "from running, is still running";
  return new ProviderError("unsent", message, { status: 503 });
}

/** What is not in the journal is not begun. */
export function unwrittenError(place: string, why: string, cause: unknown): ProviderError {
  const message = `Cannot start a backup: the journal in ${place} cannot be written: ${why}`;
  return new ProviderError("unsent", message, { status: 503, cause });
}

/** The run had its backup, and that was deleted. */
export function deletedError(runId: string, { id }: JournalEntry): ProviderError {
  const message = `Cannot start run '${runId}' again: its backup '${id}' was deleted: ` +
    "a new backup needs a run id (Idempotency-Key) of its own";
  return new ProviderError("refused", message, { status: 422 });
}

/** Throws when a run is started again with another body; both are told by their digests. */
export function requireSameBody(runId: string, digest: string, before: string): void {
  if (digest === before) return;
  const message = `Cannot start run '${runId}' again with another body: ` +
    "its Idempotency-Key stands for the call it came with first";
  throw new ProviderError("refused", message, { status: 422 });
}
