// Verifications become the JSON shapes of ports/views.

import type { Run } from "../domain/backup.ts";
import { iso } from "../domain/instant.ts";
import type { Verification } from "../domain/verification/verification.ts";
import type { BackupVerificationView, VerificationView } from "../ports/views/proof.ts";

/** One verification. */
export function verificationView(one: Verification): VerificationView {
  return {
    verification_id: one.verificationId,
    id: one.id,
    run_id: one.runId,
    job: one.job,
    method: one.method,
    state: one.state,
    slot: iso(one.slot),
    asked_by: one.askedBy,
    created_at: iso(one.createdAt),
    ended_at: iso(one.endedAt),
    message: one.message,
    bytes: one.bytes,
    files: one.files,
    restore_seconds: one.durationMs === null ? null : one.durationMs / 1000,
  };
}

/** What is known of a backup, with its verifications, newest first. */
export function backupVerificationView(
  run: Run,
  verifications: readonly Verification[],
): BackupVerificationView {
  return {
    id: run.id,
    run_id: run.runId,
    job: run.job,
    verification: run.verification ?? "none",
    verified_at: iso(run.verifiedAt),
    verifications: verifications.map(verificationView),
  };
}
