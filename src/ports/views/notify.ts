// Channels of notifications as the API shows them; no address and no secret among it.

import { z } from "zod";
import { TOLD_WORDS } from "../../domain/notify/rule.ts";
import { time } from "./fields.ts";

const ChannelView = z.object({
  name: z.string(),
  type: z.enum(["webhook", "ntfy", "slack", "command", "email"]),
  waiting: z.number().int().meta({ description: "Messages that were not taken yet." }),
  oldest: time.nullable().meta({ description: "When the oldest of them was written." }),
  error: z.string().nullable().meta({
    description: "Why one of them was not taken; null where none was tried.",
  }),
});

const RuleView = z.object({
  to: z.array(z.string()),
  on: z.array(z.enum(TOLD_WORDS)),
  jobs: z.array(z.string()),
  repeat_seconds: z.number().nullable().meta({ description: "Null: what is still wrong is told once." }),
  quiet: z.string().nullable().meta({ description: "As 22:00-07:00." }),
  digest: z.enum(["daily", "weekly", "never"]),
});

export const NotifyView = z.object({
  name: z.string().meta({ description: "How messages name this installation." }),
  timezone: z.string(),
  channels: z.array(ChannelView),
  rules: z.array(RuleView).meta({
    description: "In order; of those for a channel the first that names a job counts.",
  }),
});
export type NotifyView = z.infer<typeof NotifyView>;

export const NotifyTestView = z.object({
  channel: z.string(),
  sent: z.array(z.object({
    news: z.string().meta({ description: "Of what kind it was." }),
    title: z.string(),
    ok: z.boolean(),
    message: z.string().nullable().meta({ description: "Why it was not taken; null where it was." }),
  })),
});
export type NotifyTestView = z.infer<typeof NotifyTestView>;
