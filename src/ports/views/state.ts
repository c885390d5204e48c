// The state as a whole: what comes into it from a provider's list or the original's record, and a copy of it.

import { z } from "zod";
import { time } from "./fields.ts";

/** Whose a listed backup is; null and empty where its provider does not say. */
const owner = {
  job: z.string().nullable().meta({
    description: "The job it was made for, by its provider's word; null: it does not say.",
  }),
  host: z.string().nullable().meta({ description: "The machine it was made on, by its provider's word." }),
  paths: z.array(z.string()).meta({
    description: "What of that machine it holds, by its provider's word.",
  }),
};

/** What an import took in from the provider's list, or would take in. */
export const ImportView = z.object({
  job: z.string(),
  provider: z.string(),
  dry_run: z.boolean(),
  imported: z.array(z.object({
    id: z.string(),
    run_id: z.string().nullable().meta({ description: "Null in a dry run, where it is not proven." }),
    proven: z.boolean().meta({
      description:
        "The provider proves it to be of this run of the job, which was given up: it is no stranger's.",
    }),
    data_id: z.string().nullable(),
    period_time: time.nullable(),
    size_mb: z.number().nullable(),
    held: z.boolean().meta({ description: "The provider named no time, so it came in held." }),
    ...owner,
  })),
  /** What stays out, and why. */
  skipped: z.array(z.object({ id: z.string(), why: z.string(), ...owner })),
  would_delete: z.array(z.object({ id: z.string(), period_time: time.nullable() })).meta({
    description: "What the policy would let go with these in, oldest first; none of it before an approval.",
  }),
});
export type ImportView = z.infer<typeof ImportView>;

/** What was taken over from the original's record, or would be. */
export const MigrationView = ImportView.extend({
  /** `weekly 4@L` */
  levels_lost: z.array(z.string()).meta({
    description:
      "Levels that the original's image keeps where nothing is said, and the job's policy does not.",
  }),
});
export type MigrationView = z.infer<typeof MigrationView>;

/** A copy of the state file. */
export const SnapshotView = z.object({
  path: z.string(),
  taken_at: time,
  bytes: z.number().int(),
  store_id: z.string(),
  jobs: z.number().int(),
  runs: z.number().int(),
  /** Backups that can be restored. */
  available: z.number().int(),
  newest_run_at: time.nullable(),
});
export type SnapshotView = z.infer<typeof SnapshotView>;

/** The room in the state file, and what was given back of it. */
export const CompactionView = z.object({
  dry_run: z.boolean(),
  bytes_before: z.number().int(),
  bytes_after: z.number().int().meta({ description: "In a dry run: as it would be, or less." }),
  free_bytes: z.number().int().meta({ description: "Those of before in pages that held nothing." }),
  needs_stop: z.boolean().meta({
    description: "An earlier version made the file: it can be compacted only while no server uses it.",
  }),
});
export type CompactionView = z.infer<typeof CompactionView>;
