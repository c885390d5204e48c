// I43: what failed runs left goes in the end, never before a later good backup exists, and nothing else is touched.

import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { FakeProvider } from "../../support/fake_provider.ts";
import { placeOf } from "../model.ts";
import { isHeld, isSuspect } from "./retention.ts";
import { DAY, type Finding, keyOf, show, type Witness } from "./witness.ts";

/** Backups dated so far ahead of now are none yet. */
const AHEAD_MS = 120_000;

/** I43: what is called left over was our own run with a proved end, old enough, and made worthless by a later backup. */
export function I43_onlyWhatIsLeft(witness: Witness, before: Run | undefined, after: Run): Finding {
  if (before === undefined || before.endedAs === after.endedAs) return;
  if (before.status !== "failed" && before.status !== "cancelled") {
    return `${show(before)} is called left over, and had not failed`;
  }
  if (after.endedAs !== before.status) return `${show(before)} is said to have ended as ${after.endedAs}`;
  if (!isOurs(before)) {
    return `${show(before)} is called left over, and nobody proved that it is ours and has ended`;
  }
  const job = witness.jobOf(after.job);
  if (job === undefined) return `${show(before)} is called left over, and its job is not declared`;
  // The clock may step between the commit and the look here.
  const now = Math.max(witness.now(), after.deleteIntentAt ?? 0);
  if (now - before.endTime! < job.keepFailed.ms) return `${show(before)} is called left over before its time`;
  if (!hasLater(witness, before, now)) {
    return `${show(before)} is called left over, and no later backup is there`;
  }
  if (after.status !== "deleted" && sharesData(witness, before)) {
    return `${show(before)} is to be deleted, and another has its data`;
  }
}

/** I43: right before a DELETE of what a run left, its provider said again that it has failed, and that is so. */
export function I43_freshWord(witness: Witness, provider: FakeProvider, run: Run): Finding {
  const said = witness.said.get(keyOf(provider.key, run.id!));
  if (said?.life !== witness.lifeNumber || said.info?.state !== "failed") {
    return `DELETE of what ${show(run)} left, without a fresh word that it has failed`;
  }
  const effects = provider.effects.filter(({ id }) => id === run.id);
  // An id that was given twice stands for whichever is left.
  if (effects.length === 1 && effects[0]!.ends !== "failed") {
    return `DELETE of what ${show(run)} left, which is a backup`;
  }
}

/** I43: once passes have come to rest, nothing of this job that may go is still there. */
export function I43_allAreGone(witness: Witness, job: Job): Finding {
  const left = leftOf(witness, job);
  if (left.length > 0) {
    return `retention of ${job.name} is at rest, and ${left.map(show).join(", ")} left something`;
  }
}

/** What of this job may go now and was not asked about. */
export function leftOf(witness: Witness, job: Job): Run[] {
  const now = witness.now();
  const waits = (run: Run) => {
    const wait = (run.deleteNotBefore ?? 0) - now;
    return wait > 0 && wait <= 2 * DAY;
  };
  return witness.model.runsOf(job.name).filter((run) =>
    (run.status === "failed" || run.status === "cancelled") && isOurs(run) &&
    job.providerKeys.includes(run.providerKey) && witness.model.managed.get(placeOf(run)) === true &&
    !isHeld(run, now) && !waits(run) && now - run.endTime! >= job.keepFailed.ms &&
    hasLater(witness, run, now) && !sharesData(witness, run)
  );
}

function isOurs(run: Run): boolean {
  return run.id !== null && run.endTime !== null && run.trigger !== "import" && run.importedAt === null &&
    run.reason !== "unsettled";
}

/** At a provider that is the job's by what is saved: an edit that is not yet taken over changes nothing. */
function hasLater({ model }: Witness, run: Run, now: number): boolean {
  return model.runsOf(run.job).some((one) =>
    one.status === "available" && model.managed.get(placeOf(one)) === true && !isSuspect(one) &&
    one.rejectedAt === null && one.importedAt === null && one.startTime !== null &&
    one.startTime >= run.endTime! && one.startTime <= now + AHEAD_MS &&
    // Its start lies ahead of now where it was dated by a clock that was believed and wrong.
    one.startTime > (run.startTime ?? run.createdAt)
  );
}

function sharesData({ model }: Witness, run: Run): boolean {
  return [...model.runs.values()].some((one) =>
    one.runId !== run.runId && one.status !== "deleted" && one.providerKey === run.providerKey &&
    (one.id === run.id || (one.dataId !== null && (one.dataId === run.dataId || one.dataId === run.id)))
  );
}
