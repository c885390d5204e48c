// I42: a backup that a verification found damaged stops the deletions of its job, and is deleted by none of its passes; a backup
// that is due waits for no verification.

import type { Run } from "../../../src/domain/backup.ts";
import { isSuspect } from "../../../src/domain/suspicion.ts";
import type { FakeProvider } from "../../support/fake_provider.ts";
import { VerifyingProvider } from "../../support/verifying_provider.ts";
import { type Finding, show, type Witness } from "./witness.ts";

/** I42: retention deletes nothing of a job one of whose backups stands as damaged, before somebody has approved it. */
export function I42_proofStops({ model }: Witness, run: Run): Finding {
  if (run.deleteAskedBy !== null || model.approvedOnce.has(run.job)) return;
  const failed = model.runsOf(run.job).find((one) =>
    one.status === "available" && one.verification === "failed" && isSuspect(one) &&
    one.providerKey === run.providerKey
  );
  if (failed !== undefined) return `DELETE of ${show(run)} although ${show(failed)} cannot be restored`;
}

/** A verification does not outlast the tries of a start for so long (ms): cutting it off takes a call. */
const IN_THE_WAY_MS = 30_000;

/** A start that is tried again does not meet the verification that it met before. `triedFor`: since its first try (ms). */
export function verificationMakesWay(
  provider: FakeProvider,
  runId: string,
  triedFor: number,
  room: number,
): Finding {
  if (!(provider instanceof VerifyingProvider) || triedFor < IN_THE_WAY_MS) return;
  const one = provider.verifying();
  if (one === undefined || provider.running().length + 1 < room) return;
  if (provider.ranFor(one) > triedFor) return `the start of ${runId} waits for a verification of ${one.id}`;
}
