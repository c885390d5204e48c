// What retention would do with a job's backups now.

import { z } from "zod";
import { reasons, tags, time } from "./fields.ts";
import { GuardView } from "./guard.ts";
import { kept_for } from "./keep_reason.ts";

export const RetentionRowView = z.object({
  id: z.string().nullable(),
  run_id: z.string(),
  period_time: time,
  tags,
  size_mb: z.number().nullable().meta({ description: "As its provider said; null where it did not." }),
  reasons,
  kept_for,
});
export type RetentionRowView = z.infer<typeof RetentionRowView>;

export const RetentionView = z.object({
  job: z.string(),
  policy: z.string(),
  keep: z.array(RetentionRowView),
  remove: z.array(RetentionRowView),
  keep_count: z.number().int().meta({ description: "How many stay, on this page or not." }),
  remove_count: z.number().int().meta({ description: "How many go, on this page or not." }),
  digest: z.string().meta({
    description: "Names exactly the set of all that go and the guards that latched on it.",
  }),
  guards: z.array(GuardView),
  approved: z.boolean(),
  deleting: z.number().int().meta({ description: "Deletions still on their way." }),
});
export type RetentionView = z.infer<typeof RetentionView>;
