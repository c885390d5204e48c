// How large a storage is and how its upkeep went, as the API shows it.

import { z } from "zod";
import { time } from "./fields.ts";

export const StorageView = z.object({
  measured_at: time.nullable().meta({ description: "When the sizes were measured; null: not yet." }),
  size_mb: z.number().nullable().meta({ description: "All that lies there." }),
  needed_mb: z.number().nullable().meta({ description: "Data that backups need, as it is stored." }),
  dead_mb: z.number().nullable().meta({ description: "Data that no backup needs: a prune frees it." }),
  restored_mb: z.number().nullable().meta({
    description: "What all backups would be, each restored whole.",
  }),
  dedup_ratio: z.number().nullable().meta({ description: "What is restored, over what is needed." }),
  snapshots: z.number().int().nullable().meta({ description: "All of them, whoever made them." }),
  mostly_dead: z.boolean().meta({
    description: "True when over half of the data, and over 100 MB, is dead.",
  }),
  upkeep: z.array(z.object({
    task: z.string().meta({ description: "prune, check, cleanup." }),
    ok: z.boolean(),
    at: time.nullable(),
    message: z.string(),
  })).meta({ description: "How each kind of upkeep ended last." }),
});
export type StorageView = z.infer<typeof StorageView>;
