// Why a backup stays or goes, and when, as `GET /backups/{id}/explain` tells it.

import { z } from "zod";
import { level, reasons, state, tags, time } from "./fields.ts";
import { kept_for } from "./keep_reason.ts";

/** What schedule and policy will do to a backup. */
export const FateView = z.object({
  fate: z.enum(["goes", "stays", "kept"]).meta({
    description: "goes: a pass to come elects it away. stays: none does as far as was looked. " +
      "kept: nothing of schedule and policy lets it go.",
  }),
  at: time.nullable().meta({ description: "The first pass that elects it away." }),
  slot: time.nullable().meta({ description: "The slot whose backup comes last before that pass." }),
  deleted_at: time.nullable().meta({ description: "The pass that deletes it, at the job's pace." }),
  /** What keeps it. */
  because: z.string().nullable(),
  looked_until: time.nullable(),
  ended: z.boolean().meta({ description: "No pass is left that could elect it away." }),
});
export type FateView = z.infer<typeof FateView>;

/** A backup at one level of its policy. */
const LevelRankView = z.object({
  level,
  /** Or `week of 2026-11-15`. */
  period: z.string().meta({ example: "2026-11-20" }),
  /** The second, minute, hour, weekday (0 is Sunday), day or month nearest to which a backup stands. */
  reference: z.union([z.number().int(), z.literal("L")]).meta({ description: "L: the last of the period." }),
  /** How many the policy keeps. */
  limit: z.number().int(),
  /** Its rank among those that stand for a period. */
  rank: z.number().int().nullable().meta({ description: "1 is the newest; null: another one stands." }),
  /** Who stands for its period. */
  instead: z.object({ id: z.string().nullable(), run_id: z.string() }).nullable(),
  proof: z.object({ decides: z.enum(["for", "against"]), id: z.string().nullable(), run_id: z.string() })
    .nullable().meta({
      description:
        "Where a proof decides who is kept for the period: for this one, which is proved, or against it; and which " +
        "other one that is about.",
    }),
});
export type LevelRankView = z.infer<typeof LevelRankView>;

export const ExplainView = z.object({
  id: z.string().nullable(),
  run_id: z.string(),
  job: z.string(),
  state,
  kept: z.boolean(),
  tags,
  reasons,
  kept_for,
  /** Fine to coarse; empty when it takes no part. */
  levels: z.array(LevelRankView).meta({
    description: "How it stands at the levels that the policy keeps.",
  }),
  /** Null when it is gone, or when its job is not in the configuration. */
  fate: FateView.nullable(),
  released: FateView.nullable().meta({
    description: "What becomes of a held one that is released now; null when it is not held.",
  }),
  /** With what becomes of it then; null when there is no such change. */
  longer: z.object({ change: z.string().meta({ example: "daily: 9 instead of 7" }), fate: FateView })
    .nullable()
    .meta({
      description:
        "The smallest change of the policy that keeps it longer, a held one as if it were released.",
    }),
  /** How its deletion went, or is going; null while it is not to go. */
  deletion: z.object({
    decided_at: time.nullable(),
    /** As it was recorded. */
    why: z.string().nullable(),
    asked_by: z.string().nullable().meta({
      description: "Who asked for it by id; null when retention decided it.",
    }),
    /** When the provider was first asked. */
    sent_at: time.nullable(),
    /** When it was known to be gone. */
    done_at: time.nullable(),
  }).nullable(),
  notes: z.array(z.string()).meta({ description: "One sentence each." }),
});
export type ExplainView = z.infer<typeof ExplainView>;

/** What a forecast over one job says of one backup: a part of its explanation. */
export interface ForesightView extends Pick<ExplainView, "levels" | "released" | "longer"> {
  /** Of the periods and of the schedule. */
  timezone: string;
  fate: FateView;
}
