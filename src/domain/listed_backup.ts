// What a list of backups shows of each: half of a run, and so half of the work.

import type { Run } from "./backup.ts";

/** The fields of a run that a list reads. */
export const LISTED_FIELDS = [
  "runId",
  "job",
  "trigger",
  "slot",
  "status",
  "reason",
  "message",
  "providerKey",
  "id",
  "dataId",
  "periodTime",
  "createdAt",
  "startTime",
  "endTime",
  "sizeMb",
  "tags",
  "reasons",
  "holdReason",
  "holdOwner",
  "holdAt",
  "holdUntil",
  "suspectReason",
  "suspectAt",
  "acceptedAt",
  "rejectedAt",
  "importedAt",
  "deleteNotBefore",
  "endedAs",
  "verification",
  "verifiedAt",
  "lockedAt",
  "lockedUntil",
] as const satisfies readonly (keyof Run)[];

/** A run as a list shows it. */
export type ListedBackup = Pick<Run, typeof LISTED_FIELDS[number]>;
