// What a job's levels and promises ask for by now against what exists.

import { z } from "zod";
import { HOLE_CAUSES } from "../../domain/coverage/hole_cause.ts";
import { level, time } from "./fields.ts";

const count = z.number().int();

export const CoverageSummaryView = z.object({
  job: z.string(),
  /** Then nothing below says anything. */
  at: time.nullable().meta({ description: "When it was worked out; null when it was not yet." }),
  since: time.nullable().meta({
    description: "Since when the job is known: nothing before is asked for.",
  }),
  policy: z.string().nullable(),
  score: z.number().nullable().meta({
    description: "Covered of asked, in percent, rounded down to a tenth; null when nothing is asked.",
  }),
  asked: count.meta({ description: "Periods in which a slot fell and that the policy keeps." }),
  /** How many of them have a backup. */
  covered: count,
  levels: z.array(z.object({
    level,
    count: count.nullable().meta({ description: "Null where everything is kept." }),
    asked: count,
    covered: count,
  })),
  /** The time between neighbouring restore points that lost most against the plan. */
  worst_gap: z.object({
    from: time,
    to: time.nullable().meta({ description: "Null: it lasts until now." }),
    seconds: count,
    planned_seconds: count.meta({
      description: "The longest gap that would be left if no backup in it were lacking.",
    }),
    slots: count.nullable().meta({ description: "Slots that fell in it; null when too many to count." }),
  }).nullable(),
  promises: z.array(z.object({
    /** `after 400d: monthly >=12` */
    promise: z.string(),
    /** `not_yet`: the job is not known for as long as the promise needs. */
    state: z.enum(["kept", "broken", "not_yet"]),
    /** What was promised and what there is instead; null unless broken. */
    why: z.string().nullable(),
  })),
});
export type CoverageSummaryView = z.infer<typeof CoverageSummaryView>;

/** A period without its backup. */
const HoleView = z.object({
  level,
  /** Or `week of 2026-11-15`. */
  period: z.string().meta({ example: "2026-11-20" }),
  from: time,
  until: time,
  slot: time.meta({ description: "The slot whose backup would stand for the period." }),
  why: z.array(z.object({
    cause: z.enum(HOLE_CAUSES),
    /** How many rows ended so. */
    runs: count,
    run_id: z.string().meta({ description: "The newest of these runs." }),
    detail: z.string().nullable(),
    asked_by: z.string().nullable().meta({ description: "Who asked for the deletion by id." }),
  })).meta({ description: "What became of the slots of the period; empty when no record tells." }),
});
export type HoleView = z.infer<typeof HoleView>;

export const CoverageView = z.object({
  ...CoverageSummaryView.shape,
  holes: z.array(HoleView).meta({ description: "Newest first, at most 500." }),
  hole_count: count,
  /** Those looked at are the newest 20,000. */
  cut: z.boolean().meta({ description: "A level asks for more periods than were looked at." }),
});
export type CoverageView = z.infer<typeof CoverageView>;
