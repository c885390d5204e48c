// I16, I17, I19, I22, I23, I24, I33, I34 and I43 as a DELETE is about to be sent.

import { I42_proofStops } from "./verified.ts";
import type { Run } from "../../../src/domain/backup.ts";
import type { FakeProvider } from "../../support/fake_provider.ts";
import { placeOf } from "../model.ts";
import { I17_importWasSeen } from "./adoption.ts";
import { I34_notInDoubt } from "./clock.ts";
import { I43_freshWord } from "./leftovers.ts";
import { isHeld, isLockedRow, isSuspect } from "./retention.ts";
import { type Finding, iso, keyOf, type Said, sentAfter, show, type Witness } from "./witness.ts";

/** The first thing that forbids this DELETE. */
export function mayDelete(witness: Witness, provider: FakeProvider, id: string): Finding {
  const run = [...witness.model.runs.values()].find((one) =>
    one.id === id && one.providerKey === provider.key
  );
  if (run === undefined) return `DELETE of ${id}, which is bound to no row at ${provider.key}`;
  const always = I17_notHeld(witness, run) ?? I22_notFrozen(witness, run) ??
    I50_notLocked(witness, provider, run);
  if (always !== undefined) return always;
  if (run.status === "cancelling") {
    return I24_cancelsOnlyWhatRuns(witness, provider, run) ?? I24_graceIsOver(witness, provider, run);
  }
  const intent = I16_intentIsCommitted(run) ?? I34_notInDoubt(witness, run);
  if (intent !== undefined || run.deleteAskedBy !== null) return intent;
  const isLeft = run.endedAs !== null;
  return I33_acknowledgedIsInForce(witness, run) ??
    (isLeft
      ? I43_freshWord(witness, provider, run)
      : I17_freshWord(witness, provider, run) ?? I17_oneThatStaysSpoke(witness, run)) ??
    I17_isManaged(witness, run) ??
    I17_importWasSeen(witness, run) ?? I19_oneIsLeft(witness, run) ??
    I22_pastNoLatch(witness, run) ?? I42_proofStops(witness, run) ?? I22_newestIsSound(witness, run) ??
    I23_restoredWaits(witness, run.job);
}

/** I16: the intent, and that it is sent now, were committed before. */
export function I16_intentIsCommitted(run: Run): Finding {
  if (run.status !== "deleting" || run.deleteSentAt === null || run.deleteIntentAt === null) {
    return `DELETE of ${show(run)} without a committed intent`;
  }
}

/** Longer than a look counts, and the looks take that are had in the turn of the DELETE itself. */
const LOOK_LASTS_MS = 4 * 60_000;

/** I17: where checks before a DELETE are on, its storage said not long ago that it is available. */
export function I17_freshWord(witness: Witness, provider: FakeProvider, run: Run): Finding {
  if (!witness.jobOf(run.job)?.verifyBeforeDelete) return;
  const said = freshWord(witness, provider, run);
  const anew = witness.saidAnew.get(keyOf(provider.key, run.id!));
  const isAnew = anew?.life === witness.lifeNumber && anew.info?.state === "available" &&
    anew.at >= (witness.intendedAt.get(run.runId) ?? -Infinity) &&
    witness.monotonic() - anew.at <= LOOK_LASTS_MS;
  if (said?.info?.state !== "available" || !isAnew) {
    return `DELETE of ${show(run)} without a fresh word that it is available`;
  }
}

/**
 * I17: where checks before a DELETE are on, the storage of one that stays has said that it has it, since the deletion was
 * intended and not long ago: what was true of it when it was made is no word on now.
 */
export function I17_oneThatStaysSpoke(witness: Witness, run: Run): Finding {
  if (!witness.jobOf(run.job)?.verifyBeforeDelete || run.deleteAttempts > 1) return;
  const since = Math.max(
    witness.intendedAt.get(run.runId) ?? -Infinity,
    witness.monotonic() - LOOK_LASTS_MS,
  );
  const spoke = witness.model.runsOf(run.job).some((one) => {
    if (one.runId === run.runId || one.status !== "available" || one.id === null) return false;
    const said = witness.saidAnew.get(keyOf(one.providerKey, one.id));
    return said?.life === witness.lifeNumber && said.at >= since &&
      said.info?.state === "available";
  });
  if (!spoke) {
    return `DELETE of ${show(run)}, and no storage was asked for one that stays since it was intended`;
  }
}

/** I17: what is held is never deleted, by nobody; nor is it cancelled. */
export function I17_notHeld(witness: Witness, run: Run): Finding {
  if (isHeld(run, witness.now())) return `DELETE of ${show(run)}, which is held`;
}

/**
 * I50: nothing is sent for what its storage refuses to delete, as far as it said: before its date, or, without one, within
 * a day of the last refusal.
 */
export function I50_notLocked(witness: Witness, provider: FakeProvider, run: Run): Finding {
  const now = witness.now();
  const said = witness.saidAnew.get(keyOf(provider.key, run.id!));
  const told = said?.life === witness.lifeNumber ? said.info?.lockedUntil ?? -Infinity : -Infinity;
  if (told > now) return `DELETE of ${show(run)}, which its storage locks until ${iso(told)}`;
  if (isLockedRow(run, now)) return `DELETE of ${show(run)}, which is locked`;
}

/** I17: retention touches only what is where its job now is. */
export function I17_isManaged(witness: Witness, run: Run): Finding {
  if (witness.model.managed.get(placeOf(run)) !== false) return;
  if (sentAfter(witness, run, `manage ${run.job}`)) return `DELETE of ${show(run)}, which nobody manages`;
}

/** I22: nothing at all is sent once a freeze was acknowledged. */
export function I22_notFrozen(witness: Witness, run: Run): Finding {
  const { freeze } = witness.model;
  if (freeze === null || (freeze.until !== null && freeze.until <= witness.now())) return;
  if (sentAfter(witness, run, "freeze")) return `DELETE of ${show(run)} under a freeze`;
}

/** I22: while the newest backup is suspect, the job deletes nothing. */
export function I22_newestIsSound(witness: Witness, run: Run): Finding {
  const job = witness.jobOf(run.job);
  const at = (one: Run) => one.periodTime ?? one.startTime ?? -Infinity;
  const newest =
    witness.model.runsOf(run.job).filter((one) =>
      one.status === "available" && one.rejectedAt === null && at(one) <= witness.now() + 120_000 &&
      job?.providerKeys.includes(one.providerKey)
    ).sort((a, b) => at(b) - at(a) || (a.runId < b.runId ? 1 : -1))[0];
  if (newest === undefined || !isSuspect(newest)) return;
  if (sentAfter(witness, run, `news ${run.job}`)) {
    return `DELETE of ${show(run)} while the newest backup is suspect: ${show(newest)}`;
  }
}

/** I23: a state that is not the one that ran last says so, and no other does. */
export function I23_restoreIsNoticed(restored: string | null, expected: boolean): Finding {
  if (expected && restored === null) return "an older state was put in place, and nobody noticed";
  if (!expected && restored !== null) return `the state calls itself restored, and is not: ${restored}`;
}

/** I23: what was restored deletes nothing until someone has approved it. */
export function I23_restoredWaits({ restoredJobs }: Witness, job: string): Finding {
  if (restoredJobs.has(job)) return `job ${job} deletes although its state was restored`;
}

/** I33: once it was answered that a job is paused, disabled or edited, no DELETE of before begins. */
export function I33_acknowledgedIsInForce(witness: Witness, run: Run): Finding {
  const { paused, disabled } = witness.acknowledged;
  if (paused.has(run.job) && witness.model.jobs.get(run.job)!.pausedAt !== null) {
    return `DELETE of ${show(run)}, whose job is paused, and that was answered`;
  }
  if (disabled.has(run.job)) return `DELETE of ${show(run)}, whose job is disabled, and that was answered`;
  if (!sentAfter(witness, run, `edit ${run.job}`)) {
    return `DELETE of ${show(run)}, which was marked before an edit that was answered`;
  }
}

/** I19: the first DELETE of a backup leaves another one that is available. */
export function I19_oneIsLeft({ model }: Witness, run: Run): Finding {
  if (run.deleteAttempts > 1) return;
  if (!model.runsOf(run.job).some((one) => one.status === "available")) {
    return `DELETE of ${show(run)}, and no available backup is left`;
  }
}

/** I22: nothing is sent past a guard that is latched. */
export function I22_pastNoLatch({ model }: Witness, run: Run): Finding {
  if ((model.latches.get(run.job)?.size ?? 0) > 0) return `DELETE of ${show(run)} past a latched guard`;
}

/** I24: a backup in progress is cancelled only on a fresh word that it is running. */
export function I24_cancelsOnlyWhatRuns(witness: Witness, provider: FakeProvider, run: Run): Finding {
  if (freshWord(witness, provider, run)?.info?.state !== "running") {
    return `${show(run)} is cancelled without a fresh word that it is running`;
  }
}

/** I24: grace time, or max_duration, really went by, whatever the wall clock did meanwhile. */
export function I24_graceIsOver(witness: Witness, provider: FakeProvider, run: Run): Finding {
  const job = witness.jobOf(run.job);
  const sent = witness.sendingAt.get(run.runId);
  if (job === undefined || sent === undefined || sent.life !== witness.lifeNumber) return;
  const limit = run.reason === "max_duration"
    ? job.maxDurationMs
    : run.reason?.startsWith("grace")
    ? job.graceMs
    : 0;
  const age = witness.monotonic() - sent.at;
  if (limit !== null && age < limit - 1_000) {
    return `${show(run)} at ${provider.key} is cancelled after ${age} ms`;
  }
}

/** What the provider last said of it in this life of the program. */
function freshWord(witness: Witness, provider: FakeProvider, run: Run): Said | undefined {
  const said = witness.said.get(keyOf(provider.key, run.id!));
  return said?.life === witness.lifeNumber ? said : undefined;
}
