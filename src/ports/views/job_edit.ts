// What changing a job does, or would do: its settings, and which of its backups go.

import { z } from "zod";
import { time } from "./fields.ts";

/** Under the configuration before and after the edit; null: there is none, or it is not known. */
const counts = z.object({ before: z.number().int().nullable(), after: z.number().int().nullable() });

/** What becomes of the backups of a job. */
const PlannedBackupsView = z.object({
  count: z.number().int(),
  unmanaged: z.number().int().meta({ description: "How many nothing touches any more." }),
  deletes_now: counts.meta({ description: "By the next pass, before pace, holds and guards." }),
  deletes_within_30_days: counts.meta({ description: "Of today's backups." }),
  oldest: z.object({ before: time.nullable(), after: time.nullable() }).meta({
    description: "What is left after the next pass.",
  }),
  remove: z.array(z.object({ id: z.string().nullable(), run_id: z.string(), period_time: time })).meta({
    description: "What the next pass after the edit elects away, oldest first.",
  }),
});

/** A job that was written or removed, or would be. */
export const JobEditView = z.object({
  job: z.string(),
  file: z.string().meta({ description: "The file of the job, on the server's machine." }),
  etag: z.string().nullable().meta({
    description: "Of the file as it is now, for If-Match; null: there is none.",
  }),
  dry_run: z.boolean(),
  change: z.enum(["added", "removed", "renamed", "changed", "unchanged"]),
  settings: z.array(z.object({
    key: z.string(),
    old: z.string().nullable(),
    new: z.string().nullable(),
  })).meta({ description: "Each value that changes; secrets read <redacted>." }),
  backups: PlannedBackupsView.nullable().meta({
    description: "Null where the edit does nothing to backups.",
  }),
  returns_to: z.number().int().meta({
    description:
      "Backups on record of a job of this name that had left the configuration; which of them its policy lets " +
      "go is not known before it is back. 0: none.",
  }),
  notes: z.array(z.string()),
  reload: z.array(z.string()).meta({
    description: "What the reload changed, or would change, other edits that were not in force yet among it.",
  }),
});
export type JobEditView = z.infer<typeof JobEditView>;
