// A job as the API shows it: what is configured, and how it stands.

import { z } from "zod";
import { state, time } from "./fields.ts";
import { GuardView } from "./guard.ts";

export const JobView = z.object({
  job: z.string(),
  label: z.string(),
  enabled: z.boolean(),
  schedule: z.string(),
  schedule_derived: z.boolean(),
  timezone: z.string(),
  provider: z.string(),
  provider_trouble: z.string().nullable().meta({
    description:
      "Why its provider could not be opened, and so starts and deletes nothing; null when it could.",
  }),
  policy: z.string(),
  next_slot: time.nullable(),
  paused: z.boolean(),
  paused_until: time.nullable(),
  running: z.object({
    run_id: z.string(),
    state,
    since: time.nullable(),
    message: z.string().nullable(),
  }).nullable(),
  last_success: time.nullable(),
  last_failure: time.nullable(),
  available: z.number().int(),
  last_duration_seconds: z.number().nullable().meta({
    description: "How long the newest available backup took.",
  }),
  suspects: z.number().int().meta({ description: "Backups that wait to be accepted or rejected." }),
  held: z.number().int().meta({ description: "Backups that are held." }),
  managed: z.boolean().meta({
    description: "False for a job that left the configuration: nothing of it is started or deleted.",
  }),
  unmanaged_since: time.nullable(),
  unmanaged: z.array(z.object({ provider: z.string(), available: z.number().int() })).meta({
    description: "Its available backups that nobody manages, by provider.",
  }),
  guards: z.array(GuardView),
});
export type JobView = z.infer<typeof JobView>;
