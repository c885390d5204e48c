// A backup as the API shows it: the original's fields, then ours.

import { z } from "zod";
import { WIRE_STATUSES } from "../../domain/backup.ts";
import { reasons, state, tags, time } from "./fields.ts";
import { kept_for } from "./keep_reason.ts";

/** Why a backup is never deleted, who said so, since when and until when. */
export const HoldView = z.object({
  reason: z.string().nullable(),
  owner: z.string().nullable(),
  since: time,
  until: time.nullable().meta({ description: "Null: until it is released." }),
});

/** Since when a storage is known to refuse to delete a backup, and until when. */
const LockView = z.object({
  heard_at: time.meta({ description: "When its provider last said so." }),
  until: time.nullable().meta({
    description: "Null where no date was given: it is asked again a day later.",
  }),
});

export const BackupView = z.object({
  id: z.string().nullable().meta({ description: "The provider's id; null while it is unknown." }),
  data_id: z.string().nullable().meta({ description: "The storage's own id." }),
  status: z.enum(WIRE_STATUSES),
  start_time: time.nullable(),
  end_time: time.nullable(),
  custom_data: z.string().nullable().meta({ description: "The provider's last message." }),
  size: z.number().nullable().meta({ description: "Megabytes; the same as size_mb." }),
  tags,
  job: z.string(),
  run_id: z.string(),
  slot: time.nullable().meta({ description: "The due instant; null when started by hand or imported." }),
  period_time: time.nullable().meta({ description: "The time that decides its periods." }),
  state,
  size_mb: z.number().nullable(),
  reasons: reasons.meta({ description: "Why retention keeps it, as of the last pass." }),
  kept_for,
  suspect: z.boolean().meta({
    description: "Implausibly small, and neither accepted nor rejected: it counts for nothing and is kept.",
  }),
  suspect_reason: z.string().nullable().meta({ example: "0 MB is under min_size, 10 MB" }),
  rejected: z.boolean().meta({ description: "An operator rejected it: retention deletes it." }),
  verification: z.enum(["passed", "failed", "none"]).meta({
    description: "The last word of a verification on it: failed: it cannot be restored whole.",
  }),
  verified_at: time.nullable().meta({ description: "When that was found." }),
  hold: HoldView.nullable().meta({ description: "While this stands nothing deletes it." }),
  lock: LockView.nullable().meta({
    description: "Its storage refuses to delete it; null: as far as its provider said, it does not.",
  }),
  leftover: z.string().nullable().meta({
    description:
      "What a run that failed, was lost or was cancelled left at its provider: why it stays, and until when. " +
      "Told where backups, or one run, are read; null where nothing is known of it.",
    example: "What it left stays until a later backup of the job is available.",
  }),
  ended_as: z.enum(["failed", "cancelled"]).nullable().meta({
    description:
      "How the run had ended, where what it left was deleted by keep_failed: it never was a backup.",
  }),
});
export type BackupView = z.infer<typeof BackupView>;
