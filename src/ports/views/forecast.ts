// Which backups a job will have, as `GET /jobs/{job}/forecast` tells it.

import { z } from "zod";
import { level, reasons, tags, time } from "./fields.ts";
import { kept_for } from "./keep_reason.ts";

/** What will exist at a date. */
const OutlookView = z.object({
  at: time,
  backups: z.number().int(),
  /** How much of its limit each level of the policy keeps, fine to coarse. */
  levels: z.array(z.object({ level, kept: z.number().int(), limit: z.number().int() })),
  oldest: time.nullable().meta({ description: "The oldest restore point." }),
  largest_gap: z.object({ from: time, until: time, seconds: z.number() }).nullable().meta({
    description: "The longest time without a restore point, from the oldest one to the date.",
  }),
});
export type OutlookView = z.infer<typeof OutlookView>;

export const ForecastView = z.object({
  job: z.string(),
  schedule: z.string(),
  timezone: z.string(),
  policy: z.string(),
  from: time,
  until: time,
  /** How far it came: `until`, or less when it stopped at the slot limit. */
  reached: time,
  slots: z.number().int().meta({ description: "How many backups were made up to there." }),
  dates: z.array(OutlookView).meta({
    description: "What exists at each date; the last one is at 'reached'.",
  }),
  backups: z.array(z.object({ period_time: time, tags, reasons, kept_for })).meta({
    description:
      "What exists at 'reached', newest first, at most 10,000. What a pass would delete has no reasons.",
  }),
  left_out: z.number().int().meta({ description: "How many older ones are not listed." }),
});
export type ForecastView = z.infer<typeof ForecastView>;
