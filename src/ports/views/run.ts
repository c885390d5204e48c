// A run as the API shows it: the row with everything that was decided about it.

import { z } from "zod";
import { RETRY_ENDS, TRIGGERS } from "../../domain/backup.ts";
import { BackupView } from "./backup.ts";
import { EventView } from "./event.ts";
import { time } from "./fields.ts";
import { WaitingView } from "./waiting.ts";

export const RunView = z.object({
  ...BackupView.shape,
  trigger: z.enum(TRIGGERS),
  /** A `SkipReason`, or why it ended so. */
  reason: z.string().nullable(),
  slot_until: time.nullable(),
  slots: z.number().int().nullable(),
  provider: z.string(),
  attempts: z.number().int(),
  attempt: z.number().int().meta({ description: "Which try of its slot it is; each is a run of its own." }),
  retry_at: time.nullable().meta({
    description: "When its slot is tried again; null when it is not, or was.",
  }),
  retry_end: z.enum(RETRY_ENDS).nullable().meta({
    description: "Why this failed try is the last one; tried_again: another has followed it.",
  }),
  waiting: WaitingView.nullable(),
  created_at: time,
  maybe_duplicate: z.boolean(),
  held: z.boolean(),
  delete_sent_at: time.nullable(),
});
export type RunView = z.infer<typeof RunView>;

/** `GET /runs/{run_id}`: the row, what happened to it, and a built-in's output. */
export const RunDetailView = z.object({
  ...RunView.shape,
  events: z.array(EventView).meta({ description: "Oldest first." }),
  remedy: z.string().nullable().meta({ description: "What to do about its end, where that is known." }),
  output: z.string().nullable().meta({ description: "The last 64 KiB of output of a built-in provider." }),
});
export type RunDetailView = z.infer<typeof RunDetailView>;
