// A job as the API shows it: what is configured, and how it stands.

import { z } from "zod";
import { ContactView } from "./contact.ts";
import { state, time } from "./fields.ts";
import { GuardView } from "./guard.ts";
import { HealthView } from "./health.ts";
import { JobVerificationView } from "./proof.ts";
import { StorageView } from "./storage.ts";
import { WaitingView } from "./waiting.ts";

/** `blackout`: the end of a window. */
const NEXT_WAITS = ["blackout"] as const;

export const JobView = z.object({
  job: z.string(),
  label: z.string(),
  health: HealthView.meta({ description: "How it does, in one word, with the cause and what to do." }),
  enabled: z.boolean(),
  schedule: z.string(),
  schedule_derived: z.boolean(),
  timezone: z.string(),
  provider: z.string(),
  provider_trouble: z.string().nullable().meta({
    description:
      "Why its provider could not be opened, and so starts and deletes nothing; null when it could.",
  }),
  contact: ContactView.nullable().meta({
    description: "What the last calls of its provider tell; null for a built-in, and before the first one.",
  }),
  store_trouble: z.string().nullable().meta({
    description:
      "Why nothing of it can be saved, the same for all jobs: no backup begins meanwhile, and what is shown may be " +
      "older than what happened. Null while it can.",
  }),
  policy: z.string(),
  next_slot: time.nullable().meta({
    description:
      "When the next start by the schedule is to come; the end of its blackout where it waits for that.",
  }),
  next_waits: z.enum(NEXT_WAITS).nullable().meta({
    description: "What that start waits for, beyond its slot; null: for nothing.",
  }),
  blackout: z.object({ windows: z.array(z.string()), then: z.enum(["wait", "skip"]) }).nullable().meta({
    description: "When the job does not start by itself; null: it may at any time.",
  }),
  paused: z.boolean(),
  paused_until: time.nullable(),
  running: z.object({
    run_id: z.string(),
    state,
    since: time.nullable(),
    message: z.string().nullable(),
  }).nullable().meta({ description: "The run under way; null while its start waits for the provider." }),
  waiting: z.object({ run_id: z.string(), ...WaitingView.shape }).nullable().meta({
    description: "A start that waits for its provider: it surely began nothing, and is tried again.",
  }),
  retry: z.object({
    attempt: z.number().int().meta({ description: "The try under way, or the next one; 1 is the first." }),
    of: z.number().int().meta({ description: "How many tries a slot has." }),
    next_at: time.nullable().meta({ description: "When it begins; null while it is under way." }),
    cause: z.string().nullable().meta({
      description: "Why the one before failed; null while it is under way.",
    }),
  }).nullable().meta({ description: "Set while a slot whose backup failed is tried again." }),
  last_success: time.nullable(),
  last_failure: time.nullable(),
  available: z.number().int(),
  last_duration_seconds: z.number().nullable().meta({
    description: "How long the newest available backup took.",
  }),
  last_size_mb: z.number().nullable().meta({
    description: "How large the newest available backup is; null where its provider does not tell.",
  }),
  suspects: z.number().int().meta({ description: "Backups that wait to be accepted or rejected." }),
  missing: z.number().int().meta({
    description: "Backups that are not at their provider any more, found out since the last approval.",
  }),
  held: z.number().int().meta({ description: "Backups that are held." }),
  managed: z.boolean().meta({
    description: "False for a job that left the configuration: nothing of it is started or deleted.",
  }),
  unmanaged_since: time.nullable(),
  unmanaged: z.array(z.object({ provider: z.string(), available: z.number().int() })).meta({
    description: "Its available backups that nobody manages, by provider.",
  }),
  remains: z.number().int().nullable().meta({
    description:
      "Of a job that left the configuration: how many of its runs may have something left at a provider. 0: DELETE " +
      "/jobs/{job} forgets it. Null for one that is in the configuration.",
  }),
  storage: StorageView.nullable().meta({
    description: "Where its backups lie, as far as that is known; the same for all jobs of one repository.",
  }),
  guards: z.array(GuardView),
  open_deletions: z.object({
    count: z.number().int(),
    since: time.meta({ description: "When the first of them was sent first." }),
    message: z.string().meta({ description: "What stands in their way." }),
    stuck: z.boolean().meta({ description: "True after a day: nobody seems to see to it." }),
  }).nullable().meta({ description: "Deletions that were sent and find no way; null when there are none." }),
  verification: JobVerificationView.nullable().meta({
    description: "How its backups are proved; null where only by hand.",
  }),
});
export type JobView = z.infer<typeof JobView>;
