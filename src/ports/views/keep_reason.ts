// Why a backup is kept, as data beside the words.

import { z } from "zod";
import { LEVELS } from "../../domain/policy.ts";
import type { ReasonData } from "../../domain/retention/reason_data.ts";
import { tags, time } from "./fields.ts";

/** A reason of retention, by its kind. */
export const KeepReasonView = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("level"),
    level: z.enum(LEVELS),
    rank: z.number().int().meta({ description: "1 is the newest." }),
    limit: z.number().int(),
    period: z.string().meta({ example: "2026-11-20" }),
  }),
  z.object({
    kind: z.literal("min_keep").meta({ description: "Among the last ones: 'keep_last', or 'min_keep'." }),
    rank: z.number().int(),
    of: z.number().int(),
  }),
  z.object({
    kind: z.literal("oldest"),
    levels: tags.meta({ description: "The levels that have room." }),
  }),
  z.object({
    kind: z.literal("within").meta({ description: "Less than this older than the newest that counts." }),
    within_seconds: z.number(),
  }),
  z.object({ kind: z.literal("younger"), min_age_seconds: z.number() }),
  z.object({
    kind: z.enum([
      "newest",
      "newest_proved",
      "keep_all",
      "suspect",
      "future",
      "held",
      "rejected",
      "only_copy",
    ]),
  }),
  z.object({
    kind: z.literal("proved").meta({
      description: "It is proved, and another one, which is not, stands for this period.",
    }),
    level: z.enum(LEVELS),
    period: z.string().meta({ example: "week of 2026-11-15" }),
  }),
  z.object({ kind: z.literal("former_policy"), until: time }),
  z.object({ kind: z.literal("shared_data"), with: z.string().meta({ description: "The other's id." }) }),
  z.object({
    kind: z.literal("locked"),
    until: time.nullable().meta({ description: "Null where the storage names no date." }),
    again: time.nullable().meta({ description: "Then: when its provider is asked again." }),
  }),
  z.object({ kind: z.literal("other"), text: z.string() }),
]) satisfies z.ZodType<ReasonData>;

/** The same as `reasons`, in the same order, as data. */
export const kept_for = z.array(KeepReasonView).meta({
  description: "The same as 'reasons', in the same order, as data. More kinds may come.",
});
