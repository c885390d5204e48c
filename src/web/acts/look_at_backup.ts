// Which backup something is done to, as somebody has to have seen it before they do it.

import { isUnfinished, type Run } from "../../domain/backup.ts";
import { counted } from "../../domain/count_text.ts";
import { holdRefusal, holdText, isHeld } from "../../domain/hold.ts";
import { iso } from "../../domain/instant.ts";
import { sizeText } from "../../domain/size_text.ts";
import { wasAccepted } from "../../domain/suspicion.ts";
import { warningOfRun } from "../../domain/run_warning.ts";
import type { ActLook, LookSources } from "./act.ts";
import { standing } from "./in_force.ts";

/** Of more it is not told how many there are. */
const MOST_COUNTED = 100;

type Look = (runId: string, sources: LookSources) => Promise<ActLook | undefined>;

/** Looks at id, job, time, size, and what is known against it; `whyNot`: what makes the act unfit, as the end of a sentence. */
function looking(whyNot: (run: Run) => string | undefined): Look {
  return async (runId, { reads, now }) => {
    const run = await reads.run(runId);
    if (run === undefined) return undefined;
    const why = whyNot(run);
    return {
      ...{ sentences: sentencesOf(run, now), rows: null, seen: {} },
      ...(why === undefined ? {} : { refusal: `Backup ${run.id ?? run.runId} of ${run.job} ${why}.` }),
    };
  };
}

/** A backup, with the hold that a new one would replace. */
export const lookAtHold: Look = async (runId, { reads, now }) => {
  const run = await reads.run(runId);
  if (run === undefined) return undefined;
  const look = { sentences: sentencesOf(run, now), rows: null, seen: {} };
  const refusal = holdRefusal(run);
  if (refusal !== undefined) return { ...look, refusal: `${refusal}.` };
  if (!isHeld(run, now)) return look;
  const held = standing({ what: "hold", reason: run.holdReason ?? "", until: run.holdUntil });
  return { ...look, ...held, sentences: [...look.sentences, ...held.sentences] };
};

/** One that is held. */
export const lookAtRelease: Look = looking(({ holdAt }) =>
  holdAt === null ? "is not held: there is no hold to release" : undefined
);

/** One that its storage is known to refuse to delete. */
export const lookAtLocked: Look = looking(({ lockedAt }) =>
  lockedAt === null ? "is not known to be locked: there is nothing to ask again" : undefined
);

/** One that can be restored, as far as is known. */
export const lookAtVerify: Look = looking(({ status }) =>
  status === "available" ? undefined : `is '${status}': only what is available is verified`
);

/** One that is suspect, and not damaged. */
export const lookAtAccept: Look = looking((run) =>
  run.verification === "failed" && run.suspectAt !== null && !wasAccepted(run)
    ? "failed its verification: it is accepted only by the act for damaged ones"
    : undecidable(run) ?? (wasAccepted(run) ? "was accepted already" : undefined)
);

/** One that is suspect since its verification failed. */
export const lookAtAcceptDamaged: Look = looking((run) =>
  undecidable(run) ?? (wasAccepted(run) ? "was accepted already" : undefined) ??
    (run.verification === "failed" ? undefined : "is not known to be damaged")
);

/** One that is suspect. */
export const lookAtReject: Look = looking((run) =>
  undecidable(run) ?? (run.rejectedAt === null ? undefined : "was rejected already")
);

function undecidable({ suspectAt, status }: Run): string | undefined {
  if (suspectAt === null) return "is not suspect: there is nothing to decide about it";
  const isThere = status === "available" || status === "missing" || status === "deleting";
  return isThere ? undefined : `is '${status}': there is nothing to decide about it any more`;
}

/** A backup, with what would be left of its job. */
export async function lookAtDeletion(
  runId: string,
  { reads, now }: LookSources,
): Promise<ActLook | undefined> {
  const run = await reads.run(runId);
  if (run === undefined) return undefined;
  const refusal = undeletable(run);
  const { items } = await reads.backups({ job: run.job, status: "available", limit: MOST_COUNTED });
  const left = items.filter((other) => other.runId !== run.runId);
  const sound = left.filter((other) => warningOfRun(other) === undefined);
  const isNewest = run.status === "available" && items[0]?.runId === run.runId && left.length > 0;
  return {
    sentences: [
      ...sentencesOf(run, now),
      ...(isNewest ? ["It is the newest backup of its job."] : []),
      left.length === 0
        ? `${run.job} has no other backup: nothing of it is left then.`
        : sound.length === 0
        ? `Something bad is known of ${
          left.length === 1 ? "the one other" : `each of the ${left.length} others`
        } of ${run.job}: this may be the last good one.`
        : `${run.job} has ${items.length === MOST_COUNTED ? "at least " : ""}${
          counted(sound.length, "other backup")
        } that nothing is known against.`,
    ],
    ...{ rows: null, seen: {} },
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function undeletable({ id, runId, job, status }: Run): string | undefined {
  if (id === null) return `Run ${runId} of ${job} has no backup at its provider.`;
  const isGone = status === "deleting" || status === "deleted" || isUnfinished(status);
  return isGone ? `Backup ${id} of ${job} is '${status}': it cannot be deleted by hand.` : undefined;
}

function sentencesOf(run: Run, now: number): string[] {
  const at = run.startTime ?? run.slot ?? run.createdAt;
  const size = run.sizeMb === null ? "" : `, ${sizeText(run.sizeMb)}`;
  const warning = warningOfRun(run);
  return [
    `Backup ${run.id ?? run.runId} of ${run.job}, of ${iso(at)}${size}.`,
    ...(warning === undefined ? [] : [`Known of it: ${warning}.`]),
    ...(isHeld(run, now) ? [`It is ${holdText(run)}.`] : []),
  ];
}
