// I42 of verifications, I57 and I58 in worlds of built-ins: what verifications say of backups is held against what their
// repository really has.

import type { Run } from "../../../src/domain/backup.ts";
import { isSuspect } from "../../../src/domain/suspicion.ts";
import type { Verification } from "../../../src/domain/verification/verification.ts";
import type { SimRepository } from "../builtin/restic_repository.ts";
import type { RotBook } from "../builtin/rot_book.ts";
import type { StorageTruth } from "../builtin/storage_truth.ts";
import { type Finding, show } from "./witness.ts";

interface Truth extends StorageTruth {
  readonly rot: RotBook;
  readonly runs: ReadonlyMap<string, Run>;
}

/** I42: no DELETE is marked as sent of a job one of whose backups stands as damaged, before somebody has approved it. */
export function I42_provedDamageStops(
  run: Run,
  ofJob: readonly Run[],
  approved: ReadonlySet<string>,
): Finding {
  if (run.deleteAskedBy !== null || approved.has(run.job)) return;
  const failed = ofJob.find((one) =>
    one.status === "available" && one.verification === "failed" && isSuspect(one) &&
    one.providerKey === run.providerKey
  );
  if (failed !== undefined) return `DELETE of ${show(run)} although ${show(failed)} cannot be restored`;
}

/**
 * I57: what a verification that passed proves could be restored, and what one says is damaged, or what lies beside it, is. Of a
 * walk over the data in parts it proves what was damaged since before the backup was made.
 */
export function I57_proofsAreTrue(
  truth: Truth,
  repository: SimRepository | undefined,
  { verificationId, state, runId, method, message, sentAt, createdAt }: Verification,
): Finding {
  const { rot } = truth;
  if (!rot.begun.has(verificationId)) rot.begun.set(verificationId, Math.min(sentAt ?? createdAt, createdAt));
  if (state !== "passed" && state !== "failed") return;
  const run = truth.runs.get(runId);
  const placed = truth.snapshotsOf(run?.id ?? "").find((one) => one.repository === repository);
  // It may have been swapped, or an admin may have forgotten it, just then.
  if (run === undefined || placed === undefined) return;
  const begun = rot.begun.get(verificationId)!;
  const { snapshot } = placed;
  if (state === "passed") {
    const isInParts = method === "check" && /as were all others since it was made/.test(message ?? "");
    const bad = rot.badSince(placed.repository, snapshot, isInParts ? snapshot.time : begun);
    if (bad !== undefined) return `${show(run)} is said to be proved (${message}), and ${bad} is damaged`;
    return;
  }
  const packs = method === "restore"
    ? snapshot.packs
    : placed.repository.snapshots.flatMap((one) => one.packs);
  const isThere = packs.every((pack) => placed.repository.packs.has(pack));
  if (isThere && !rot.wasBad(placed.repository, packs, begun)) {
    return `${show(run)} is said to be damaged (${message}), and nothing is wrong with it`;
  }
}

/** I58: a backup of nothing at all, after one of something, counts for nothing until somebody has looked at it. */
export function I58_emptyIsSuspect(truth: Truth, run: Run, ofJob: readonly Run[]): Finding {
  if (run.trigger === "import" || run.sizeMb === null || isSuspect(run)) return;
  const filesOf = ({ id }: Run) =>
    truth.snapshotsOf(id ?? "").at(0)?.snapshot.contents?.reduce((sum, { files }) => sum + files, 0);
  if (filesOf(run) !== 0) return;
  const before = ofJob.find((one) =>
    one.runId !== run.runId && one.status === "available" && !isSuspect(one) && (filesOf(one) ?? 0) > 0
  );
  if (before !== undefined) return `${show(run)} is empty and counts, after ${show(before)}`;
}
