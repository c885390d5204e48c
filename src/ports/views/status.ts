// Everything in one answer: how many jobs do how, which of them somebody has to look at, and what else is wrong.

import { z } from "zod";
import { HEALTH_STATES } from "../../domain/health.ts";
import { ContactTroubleView } from "./contact.ts";
import { time } from "./fields.ts";
import { InstanceView } from "./instance.ts";
import { HealthView } from "./health.ts";

export const StatusView = z.object({
  at: time,
  instance: InstanceView.meta({ description: "Which instance answers, where several share one state." }),
  well: z.boolean().meta({ description: "Nothing is wrong: no job is unwell, and no note is." }),
  jobs: z.number().int(),
  by_state: z.partialRecord(z.enum(HEALTH_STATES), z.number().int()).meta({
    description: "How many jobs do how; a word that is said of none is absent.",
  }),
  not_due_count: z.number().int().meta({
    description: "Those among the `never` of by_state whose first backup is not due yet: they are well.",
  }),
  unwell_count: z.number().int(),
  unwell: z.array(HealthView.extend({ job: z.string(), provider: z.string() })).meta({
    description: "Those that somebody has to look at, the worst first, at most 100.",
  }),
  deletions: z.object({
    under_way: z.number().int().meta({ description: "Backups whose deletion is decided and not over." }),
    planned: z.number().int().meta({
      description:
        "Backups that retention will delete within 24 hours, as last foreseen; 0 while it is frozen.",
    }),
    refused: z.number().int().meta({ description: "Backups whose deletion was refused; it is tried again." }),
  }),
  providers: z.array(ContactTroubleView.extend({
    provider: z.string(),
    jobs: z.number().int().meta({ description: "How many jobs it has." }),
  })).meta({
    description:
      "Providers over HTTP whose last calls did not get through, the longest first, at most 100. By itself that " +
      "makes nothing unwell: the jobs that lack a backup for it are.",
  }),
  providers_count: z.number().int().meta({ description: "How many these are in all." }),
  notes: z.array(z.object({
    name: z.string(),
    wrong: z.boolean().meta({
      description: "False for what somebody wanted so: a freeze, a relaxed state server.",
    }),
    message: z.string(),
  })).meta({
    description: "What concerns more than a job: a freeze, the clock, the state, providers, tokens.",
  }),
});
export type StatusView = z.infer<typeof StatusView>;
