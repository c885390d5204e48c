// The keys of notifications: channels, and what they are told.

import { z } from "zod";
import { TOLD_WORDS } from "../../domain/notify/rule.ts";
import { argv, described, duration, line, name, NAME_PATTERN, text } from "./schema_leaves.ts";

const timeout = (usual: string) => ({
  timeout: described(duration(100, "100ms"), "Longest time of one delivery", usual).optional(),
});

const ca = described(
  line,
  "Who signed its certificate, in PEM, where that is nobody whom this machine trusts",
)
  .optional();

/** The address of what is told, which may be a secret as a whole. */
const address = (what: string) => ({
  url: described(text, `${what}; never shown`).optional(),
  url_file: described(line, "File with that address").optional(),
  ca_file: ca,
});

const webhook = z.strictObject({
  type: described(z.literal("webhook"), "CloudEvents as JSON, signed by Standard Webhooks"),
  ...address("Address that takes a POST"),
  secret: described(line, "Signs each message: base64, as whsec_… of Standard Webhooks; better: secret_file")
    .optional(),
  secret_file: described(line, "File with that secret").optional(),
  headers: described(z.record(z.string().min(1), z.string()), "Headers of each request").optional(),
  headers_file: described(z.record(z.string().min(1), line), "The same, each value read from a file")
    .optional(),
  ...timeout("15s"),
});

const ntfy = z.strictObject({
  type: described(z.literal("ntfy"), "A topic of ntfy"),
  ...address("Address of the topic, such as https://ntfy.sh/TOPIC"),
  token: described(text, "Access token; better: token_file").optional(),
  token_file: described(line, "File with that token").optional(),
  ...timeout("15s"),
});

const slack = z.strictObject({
  type: described(z.literal("slack"), "An incoming webhook of Slack, or of what speaks its shape"),
  ...address("Address of the incoming webhook"),
  ...timeout("15s"),
});

const command = z.strictObject({
  type: described(z.literal("command"), "A program that reads the message as JSON from its standard input"),
  argv: described(argv, "The program and its arguments; no shell"),
  env: described(z.record(z.string().min(1), z.string()), "Variables of the program").optional(),
  env_file: described(z.record(z.string().min(1), line), "The same, each value read from a file").optional(),
  ...timeout("30s"),
});

const email = z.strictObject({
  type: described(z.literal("email"), "Mail, handed to a mail server"),
  host: described(line, "The mail server"),
  port: described(z.int().min(1).max(65_535), "Absent: 587 with starttls, 465 with tls, 25 with none")
    .optional(),
  security: described(
    z.enum(["starttls", "tls", "none"]),
    "starttls and tls send nothing in the clear; none sends all of it so",
    "starttls",
  ).optional(),
  user: described(line, "Who logs in to the mail server").optional(),
  password: described(line, "The password; better: password_file").optional(),
  password_file: described(line, "File with that password").optional(),
  ca_file: ca,
  from: described(line, "The sender's address"),
  to: described(z.array(line).min(1), "Addresses of whom it is for"),
  ...timeout("60s"),
});

export const ChannelSchema = z.discriminatedUnion("type", [webhook, ntfy, slack, command, email]);

const rule = z.strictObject({
  to: described(z.array(name).min(1), "Names of channels"),
  on: described(
    z.array(z.enum(TOLD_WORDS)).min(1),
    "What is told: words of health, verification_failed, recovered, and deletion_planned; absent: all but waiting and deletion_planned",
  ).optional(),
  jobs: described(
    z.array(line).min(1),
    "Names of jobs, * for any text and ? for one character; absent: all. The first rule of a channel that names a job counts",
  ).optional(),
  repeat: described(
    z.union([z.literal("never"), duration(600_000, "10m")]),
    "After how long what is still wrong is told again, twice at most",
    "24h",
  ).optional(),
  quiet: described(
    z.string({ error: "is no time of quiet: expected two times in quotes, such as '22:00-07:00'" }),
    "Times of the day in which nothing is sent: it waits for their end",
  ).optional(),
  digest: described(
    z.enum(["daily", "weekly", "never"]),
    "What ran, failed, was deleted and will be: each day, or each Monday, at 08:00; absent: weekly by mail, else never",
  ).optional(),
});

export const NotifySchema = z.strictObject({
  name: described(line, "How messages name this installation; absent: by the machine's name").optional(),
  timezone: described(
    line,
    "Zone of the times in messages, of quiet hours and of digests; absent: as for jobs",
  )
    .optional(),
  channels: described(
    z.record(z.string().regex(NAME_PATTERN), ChannelSchema),
    "Where notifications go, by name; a channel that no rule names is told every change of health",
  ).optional(),
  rules: described(z.array(rule), "Which channel is told what").optional(),
});

/** The same, its channels not looked at: each is judged by itself. */
export const NotifySectionSchema = NotifySchema.extend({
  channels: z.record(z.string(), z.any()).optional(),
});

export type NotifySettings = z.infer<typeof NotifySectionSchema>;
export type ChannelSettings = z.infer<typeof ChannelSchema>;
export type RuleSettings = z.infer<typeof rule>;
