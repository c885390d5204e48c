// I42: a backup that a verification found damaged stops the deletions of its job, and is deleted by none of its passes; a backup
// that is due waits for no verification. I51 and I52: what retention makes of proofs, told without an election.

import type { Run } from "../../../src/domain/backup.ts";
import { LEVELS } from "../../../src/domain/policy.ts";
import { isSuspect } from "../../../src/domain/suspicion.ts";
import type { FakeProvider } from "../../support/fake_provider.ts";
import { period } from "../../support/naive_retention.ts";
import { VerifyingProvider } from "../../support/verifying_provider.ts";
import { type Pass, timeOf } from "./retention.ts";
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

/** Those that count: neither suspect nor dated ahead, the newest first. */
function counted({ available, now }: Pass): { run: Run; time: number }[] {
  return available.filter((run) => !isSuspect(run)).map((run) => ({ run, time: timeOf(run) ?? Infinity }))
    .filter(({ time }) => time <= now + 120_000)
    .sort((a, b) => b.time - a.time || (a.run.runId < b.run.runId ? 1 : -1));
}

/**
 * I51: of those that are proved the newest is elected by no pass, whatever its policy. What is proved is told by verifications,
 * whatever the rows that elections read were made of that.
 */
export function I51_newestProvedStays({ model }: Witness, pass: Pass): Finding {
  const newest = counted(pass).find(({ run }) => model.proofs.get(run.runId) === "passed")?.run;
  if (newest !== undefined && pass.going.includes(newest.runId)) {
    return `${show(newest)} is elected, but of those that are proved the newest`;
  }
}

/** I52: what was found damaged is not all that a pass leaves of a period that is kept, where there was a sound one. */
export function I52_soundOneStays(_: Witness, pass: Pass): Finding {
  const { policy, timezone, available, going } = pass;
  if (going.length === 0) return;
  const damaged = available.filter((run) =>
    run.verification === "failed" && !(run.acceptedAt !== null && run.acceptedAt >= (run.verifiedAt ?? 0))
  );
  if (damaged.length === 0) return;
  // What is damaged counts for nothing, whatever the program made of that.
  const sound = counted(pass).filter(({ run }) => !damaged.includes(run));
  for (const level of LEVELS) {
    const periodOf = (time: number) => period(level, time, policy, timezone);
    const kept = [...new Set(sound.map(({ time }) => periodOf(time)))].slice(0, policy.levels[level].count);
    for (const one of damaged) {
      const time = timeOf(one);
      if (time === null) continue;
      const its = periodOf(time);
      if (!kept.includes(its)) continue;
      if (sound.some(({ run, time }) => periodOf(time) === its && !going.includes(run.runId))) continue;
      return `${show(one)} is damaged, and all that is left of its ${level} period`;
    }
  }
}
