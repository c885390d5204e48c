// I2 and I44: what failed or was cut off is tried again, once a try, and a gateway's answers lead to few starts.

import type { Run, Status } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import { gatewayDelay, MAX_GATEWAY_POSTS } from "../../../src/engine/context/retry.ts";
import type { Change } from "../../../src/ports/store.ts";
import { type Finding, iso, show, type Witness } from "./witness.ts";

/** Starts of one run whose delivery is not excluded: a gateway's, and answers that were lost. */
export const MOST_POSTS = MAX_GATEWAY_POSTS + 3;

/** I2: a start that a gateway answered is followed by the next one at a doubling wait. */
export function I2_gatewayIsSpaced(witness: Witness, run: Run, job: Job, at: number): Finding {
  const lost = run.uncertainAttempts - run.gatewayAttempts - 1;
  const wait = lost > 0 ? 60_000 : gatewayDelay(Math.max(1, run.gatewayAttempts), job.retryIntervalMs);
  if (witness.now() - at < wait) {
    return `POST for ${show(run)} ${
      witness.now() - at
    } ms after one that a gateway answered: expected ${wait}`;
  }
}

/** Where a run that failed may be as the next try is begun: an operator may have deleted what it left. */
const FAILED: readonly Status[] = ["failed", "deleting", "delete-error", "deleted"];

/** I44: only as it fails, a run is to be tried again; whatever becomes of what it left, it did fail then. */
export function I44_onlyFailuresAreTriedAgain(before: Run | undefined, after: Run): Finding {
  if (after.retryAt === null || (before?.retryAt ?? null) !== null) return;
  if (after.status !== "failed" || before === undefined || before.status === "failed") {
    return `${show(after)} is to be tried again from ${iso(after.retryAt)} on, but has not just failed`;
  }
}

/**
 * I44: the tries of a slot are numbered without a gap, and each follows one that failed and asked for it. What ran
 * without a slot, since the clock was in doubt, is no slot together with all others that have none: there a try follows
 * the very row of the schedule that was made before it.
 */
export function I44_triesFollow({ model }: Witness, before: Run | undefined, after: Run): Finding {
  if (before !== undefined || after.attempt === 1) return;
  const rows = model.runsOf(after.job).filter((run) => run.slot === after.slot && run.runId !== after.runId);
  const isRun = ({ trigger, status }: Run) => trigger === "schedule" && status !== "skipped";
  const others = after.slot === null ? rows.filter(isRun).slice(-1) : rows;
  const one = others.filter((run) => run.attempt === after.attempt - 1);
  if (one.length !== 1 || !FAILED.includes(one[0]!.status) || one[0]!.retryEnd !== "tried_again") {
    return `${show(after)} is try ${after.attempt} of a slot whose tries are ${others.map(show).join(", ")}`;
  }
  if (others.some((run) => run.attempt >= after.attempt)) {
    return `${show(after)} is try ${after.attempt} twice`;
  }
  if (after.periodTime !== one[0]!.periodTime) {
    return `${show(after)} does not carry the period time of its slot`;
  }
}

/** I44: while a slot has a pending try, no later slot was decided. */
export function I44_nextSlotEndsTries({ model }: Witness, after: Run, change: Change): Finding {
  const isDecision = change.writes.some((write) =>
    write.write === "insert" && write.run.runId === after.runId
  );
  if (!isDecision || after.slot === null || after.trigger !== "schedule" || after.attempt > 1) return;
  const ends = (runId: string) =>
    change.writes.some((write) =>
      write.write === "run" && write.runId === runId && write.set.retryAt === null
    );
  // As a doubt ends, what ran without a slot gets one, and slots before that are decided with it: they end no try of it.
  const slotOf = (run: Run) =>
    change.writes.reduce(
      (slot, write) =>
        write.write === "run" && write.runId === run.runId && write.set.slot !== undefined
          ? write.set.slot
          : slot,
      run.slot,
    );
  const isLater = (run: Run) => (after.slotUntil ?? after.slot!) > (slotOf(run) ?? -Infinity);
  const pending = model.runsOf(after.job).find((run) =>
    run.retryAt !== null && !ends(run.runId) && isLater(run)
  );
  // One that ends only now was still under way when this slot was decided.
  if (pending !== undefined && (pending.endTime ?? 0) < after.createdAt) {
    return `${show(after)} is decided while ${show(pending)} is to be tried again at ${
      iso(pending.retryAt!)
    }`;
  }
}

/** I44: what was cut off is to be tried again, or it says why not; one that was being cancelled is not wanted. */
export function I44_cutOffIsRemembered(witness: Witness, before: Run | undefined, after: Run): Finding {
  if (after.status !== "failed" || after.reason !== "cut_off" || before?.status === "failed") return;
  const job = witness.jobOf(after.job);
  if (after.trigger !== "schedule" || before?.status === "cancelling" || !job?.retry.attempts) return;
  if (after.retryAt === null && after.retryEnd === null) {
    return `${show(after)} is not tried again, and nothing says why`;
  }
}

/** I44: it is tried again in the end, once the world is well again. */
export function I44_cutOffIsTriedAgain(witness: Witness, run: Run): Finding {
  if (witness.jobOf(run.job) === undefined || run.retryAt === null) return;
  if (witness.now() - run.retryAt > 300_000 && witness.jumpedAt === -Infinity) {
    return `${show(run)} was to be tried again at ${iso(run.retryAt)}`;
  }
}
