// Restores by the server, and what lies in a backup, as the API shows them.

import { z } from "zod";
import { time } from "./fields.ts";

/** How far a restore is. */
export const RestoreView = z.object({
  operation_id: z.string(),
  job: z.string(),
  id: z.string().meta({ description: "The provider's id of the backup." }),
  run_id: z.string(),
  state: z.enum(["running", "done", "failed"]).meta({
    description: "failed, too, where all is there but owners were lost: the message says so.",
  }),
  target: z.string().meta({ description: "A folder on the machine of the backup's provider." }),
  include: z.array(z.string()).meta({ description: "Paths of the backup; empty: all of it." }),
  dry_run: z.boolean(),
  overwrite: z.boolean(),
  any_owner: z.boolean(),
  warning: z.string().nullable().meta({
    description: "What was known against the backup as it was asked for, such as damage; null: nothing.",
  }),
  asked_by: z.string(),
  message: z.string().meta({ example: "120 files, 1.2 GB restored" }),
  files: z.number().nullable(),
  bytes: z.number().nullable(),
  started_at: time,
  ended_at: time.nullable(),
});
export type RestoreView = z.infer<typeof RestoreView>;

/** A page of what lies directly in a folder of a backup. */
export const FilesView = z.object({
  entries: z.array(z.object({
    path: z.string().meta({ description: "From the root of the backup." }),
    type: z.enum(["file", "folder", "link", "other"]),
    size: z.number().nullable(),
    modified_at: time.nullable(),
  })),
  next: z.string().nullable().meta({ description: "The 'after' of the next page; null on the last one." }),
});
export type FilesView = z.infer<typeof FilesView>;
