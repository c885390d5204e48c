// Which backup something is done to, as somebody has to have seen it before they do it.

import type { Run } from "../../domain/backup.ts";
import { counted } from "../../domain/count_text.ts";
import { holdText, isHeld } from "../../domain/hold.ts";
import { iso } from "../../domain/instant.ts";
import type { ListedBackup } from "../../domain/listed_backup.ts";
import { sizeText } from "../../domain/size_text.ts";
import { isSuspect } from "../../domain/suspicion.ts";
import { restoreWarning } from "../../domain/verification/restore_warning.ts";
import type { ActLook, LookSources } from "./act.ts";

/** Of more it is not told how many there are. */
const MOST_COUNTED = 100;

/** Id, job, time, size, and what is known against it; undefined where there is no such run. */
export async function lookAtBackup(
  runId: string,
  { reads, now }: LookSources,
): Promise<ActLook | undefined> {
  const run = await reads.run(runId);
  return run === undefined ? undefined : { sentences: sentencesOf(run, now), rows: null, seen: {} };
}

/** The same, with what would be left of its job. */
export async function lookAtDeletion(
  runId: string,
  { reads, now }: LookSources,
): Promise<ActLook | undefined> {
  const run = await reads.run(runId);
  if (run === undefined) return undefined;
  const { items } = await reads.backups({ job: run.job, status: "available", limit: MOST_COUNTED });
  const left = items.filter((other) => other.runId !== run.runId);
  const sound = left.filter((other) => warningOf(other) === undefined);
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
  };
}

function sentencesOf(run: Run, now: number): string[] {
  const at = run.startTime ?? run.slot ?? run.createdAt;
  const size = run.sizeMb === null ? "" : `, ${sizeText(run.sizeMb)}`;
  const warning = warningOf(run);
  return [
    `Backup ${run.id ?? run.runId} of ${run.job}, of ${iso(at)}${size}.`,
    ...(warning === undefined ? [] : [`Known of it: ${warning}.`]),
    ...(isHeld(run, now) ? [`It is ${holdText(run)}.`] : []),
  ];
}

function warningOf(run: ListedBackup): string | undefined {
  const { verification, verifiedAt, suspectReason, rejectedAt } = run;
  return restoreWarning({
    ...{ verification, verifiedAt, suspectReason },
    ...{ isSuspect: isSuspect(run), isRejected: rejectedAt !== null },
  });
}
