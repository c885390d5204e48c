// What is known of the proofs of backups, as the API shows it.

import { z } from "zod";
import { VERIFY_METHODS, VERIFY_SELECTS } from "../../domain/verification/verify_settings.ts";
import { VERIFICATION_STATES } from "../../domain/verification/verification.ts";
import { level, time } from "./fields.ts";

/** One verification of one backup. */
export const VerificationView = z.object({
  verification_id: z.string(),
  id: z.string().meta({ description: "The provider's id of the backup." }),
  run_id: z.string(),
  job: z.string(),
  method: z.enum(VERIFY_METHODS),
  state: z.enum(VERIFICATION_STATES).meta({
    description: "inconclusive: nothing was found out; cut_off: it was ended for a backup that was due.",
  }),
  slot: time.nullable().meta({ description: "What its schedule asked for; null by hand." }),
  asked_by: z.string().nullable(),
  created_at: time,
  ended_at: time.nullable(),
  message: z.string().nullable().meta({ example: "120 files, 1.2 GB" }),
  bytes: z.number().int().nullable().meta({ description: "What was restored." }),
  files: z.number().int().nullable(),
  restore_seconds: z.number().nullable().meta({ description: "How long the restore alone took." }),
});
export type VerificationView = z.infer<typeof VerificationView>;

/** What is known of one backup, its last verifications first. */
export const BackupVerificationView = z.object({
  id: z.string().nullable(),
  run_id: z.string(),
  job: z.string(),
  verification: z.enum(["passed", "failed", "none"]).meta({ description: "The last conclusive word on it." }),
  verified_at: time.nullable(),
  verifications: z.array(VerificationView),
});
export type BackupVerificationView = z.infer<typeof BackupVerificationView>;

/** How the backups of a job are proved. */
export const JobVerificationView = z.object({
  schedule: z.string(),
  select: z.enum(VERIFY_SELECTS),
  method: z.enum(VERIFY_METHODS),
  every_seconds: z.number().meta({ description: "The job is unproved when nothing was proved for longer." }),
  next_at: time.nullable().meta({ description: "When the next one is due, or another try." }),
  next_pick: z.object({ id: z.string(), run_id: z.string(), level: level.nullable() }).nullable().meta({
    description: "What it would take now. Told where one job is read.",
  }),
  running: z.object({ id: z.string(), since: time, message: z.string().nullable() }).nullable(),
  proved_at: time.nullable().meta({ description: "When a backup of it was last proved restorable." }),
  proved_id: z.string().nullable(),
  last: z.object({
    state: z.enum(["passed", "failed", "inconclusive"]),
    at: time.nullable(),
    message: z.string().nullable(),
  }).nullable(),
  restore: z.object({
    bytes: z.number(),
    seconds: z.number(),
    bytes_per_second: z.number(),
    median_seconds: z.number().nullable().meta({
      description: "The median of up to ten restores before it; null while there are fewer than three.",
    }),
    median_of: z.int().nullable(),
  }).nullable().meta({
    description: "The last restore that was measured: the time to restore that people plan with.",
  }),
});
export type JobVerificationView = z.infer<typeof JobVerificationView>;
