// The audit trail, as `/audit` tells it.

import { z } from "zod";
import { EventView } from "./event.ts";

const link = z.number().int().meta({ description: "The number in the chain, from 1 on." });
const digest = z.string().meta({
  description: "SHA-256, hexadecimal, over the digest before it and all of the event.",
});
const head = z.string().meta({ description: "`NUMBER:DIGEST` of the last event: what to keep elsewhere." });

export const AuditHeadView = z.object({ head, link, digest });
export type AuditHeadView = z.infer<typeof AuditHeadView>;

export const AuditEventView = EventView.extend({ link, digest });
export type AuditEventView = z.infer<typeof AuditEventView>;

export const AuditReportView = z.object({
  whole: z.boolean().meta({
    description: "Every event fits onto the one before it, and a head that was given is proved.",
  }),
  head,
  events: z.number().int().meta({ description: "How many are chained." }),
  pruned: z.number().int().meta({
    description: "How many went by their age and are vouched for by checkpoints.",
  }),
  unchained: z.number().int().meta({ description: "How many are from before the chain." }),
  trouble: z.object({
    link: z.number().int().nullable(),
    seq: z.number().int().nullable(),
    message: z.string(),
  }).nullable().meta({ description: "The first that does not fit." }),
  proof: z.object({ result: z.enum(["proved", "refuted", "pruned"]), message: z.string() }).nullable()
    .meta({ description: "What came of the head that was given." }),
});
export type AuditReportView = z.infer<typeof AuditReportView>;
