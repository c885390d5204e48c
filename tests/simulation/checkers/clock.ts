// I34 to I36: a clock in doubt deletes nothing, ends nothing and decides nothing that has not come; a suspend is no doubt.

import type { Run } from "../../../src/domain/backup.ts";
import type { Change, JobState } from "../../../src/ports/store.ts";
import { type Finding, iso, sentAfter, show, type Witness } from "./witness.ts";

/** I34: no DELETE is marked as sent in doubt, not by hand either. */
export function I34_notInDoubt(witness: Witness, run: Run): Finding {
  if (witness.lastRight() === null || !sentAfter(witness, run, "doubt")) return;
  return `DELETE of ${show(run)} while the clock is in doubt since ${iso(witness.lastRight()!)}`;
}

/** I34: in doubt no hold, freeze or pause ends by itself that was not over before. Asked before the change is carried out. */
export function I34_nothingEndsInDoubt(witness: Witness, change: Change): Finding {
  const right = witness.lastRight();
  const byItself = change.events?.some(({ type, data }) =>
    (type === "run.released" || type === "freeze.ended" || type === "job.resumed") && data?.by === undefined
  );
  if (right === null || !byItself) return;
  const { model } = witness;
  for (const write of change.writes) {
    if (write.write === "run" && write.set.holdAt === null) {
      const run = model.runs.get(write.runId)!;
      if (run.holdUntil !== null && run.holdUntil > right) return `the hold of ${show(run)} ends in doubt`;
    }
    if (write.write === "unfreeze" && (model.freeze?.until ?? 0) > right) return "the freeze ends in doubt";
    if (write.write === "job" && write.set.pausedAt === null) {
      if ((model.jobs.get(write.job)!.pausedUntil ?? 0) > right) {
        return `the pause of ${write.job} ends in doubt`;
      }
    }
  }
}

/** I35: in doubt no slot is decided that has not come by both clocks. */
export function I35_nothingAhead(
  witness: Witness,
  before: JobState | undefined,
  after: JobState,
): Finding {
  const right = witness.rightNow();
  if (right === null || before === undefined || after.cursor <= before.cursor) return;
  const due = Math.min(right, witness.now());
  if (after.cursor > due) {
    return `the cursor of ${after.job} goes to ${iso(after.cursor)} in doubt, and by both clocks it is ${
      iso(due)
    }`;
  }
}

/** I36: a clock that was never anything but right is never in doubt, however often the machine slept. */
export function I36_suspendIsNoDoubt(change: Change, isStepped: boolean): Finding {
  const doubt = isStepped ? undefined : change.events?.find(({ type }) => type === "clock.jump");
  if (doubt !== undefined) return `a clock that is right is in doubt: ${doubt.message}`;
}
