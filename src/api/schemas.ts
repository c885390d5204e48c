// The answers of the API as zod schemas, for the OpenAPI document; each must fit its type in ports/views.ts.

import { z } from "@hono/zod-openapi";
import { STATUSES, WIRE_STATUSES } from "../domain/backup.ts";
import { LEVELS } from "../domain/policy.ts";
import type { CheckResult } from "../ports/provider.ts";
import type {
  BackupView,
  EventView,
  ExplainView,
  ForecastView,
  GuardView,
  JobView,
  ProblemView,
  RetentionRowView,
  RetentionView,
  RunDetailView,
  RunView,
} from "../ports/views.ts";

const time = z.string().openapi({ format: "date-time", example: "2026-03-01T23:59:59.000Z" });
const tags = z.array(z.enum(LEVELS));
const state = z.enum(STATUSES).openapi({ description: "The exact status." });
const reasons = z.array(z.string()).openapi({ example: ["daily 3 of 7 (2026-11-20)"] });

const backupShape = {
  id: z.string().nullable().openapi({ description: "The provider's id; null while it is unknown." }),
  data_id: z.string().nullable().openapi({ description: "The storage's own id." }),
  status: z.enum(WIRE_STATUSES),
  start_time: time.nullable(),
  end_time: time.nullable(),
  custom_data: z.string().nullable().openapi({ description: "The provider's last message." }),
  size: z.number().nullable().openapi({ description: "Megabytes; the same as size_mb." }),
  tags,
  job: z.string(),
  run_id: z.string(),
  slot: time.nullable().openapi({ description: "The due instant; null when started by hand or imported." }),
  period_time: time.nullable().openapi({ description: "The time that decides its periods." }),
  state,
  size_mb: z.number().nullable(),
  reasons: reasons.openapi({ description: "Why retention keeps it, as of the last pass." }),
};

const runShape = {
  ...backupShape,
  trigger: z.enum(["schedule", "manual", "import"]),
  reason: z.string().nullable(),
  slot_until: time.nullable(),
  slots: z.number().int().nullable(),
  provider: z.string(),
  attempts: z.number().int(),
  created_at: time,
  maybe_duplicate: z.boolean(),
  held: z.boolean(),
  suspect: z.boolean(),
  delete_sent_at: time.nullable(),
};

export const BackupSchema = z.object(backupShape).openapi("Backup") satisfies z.ZodType<BackupView>;

export const RunSchema = z.object(runShape).openapi("Run") satisfies z.ZodType<RunView>;

export const EventSchema = z.object({
  seq: z.number().int(),
  at: time,
  type: z.string().openapi({ example: "run.available" }),
  level: z.string(),
  job: z.string().nullable(),
  run_id: z.string().nullable(),
  message: z.string(),
  data: z.record(z.string(), z.any()),
}).openapi("Event") satisfies z.ZodType<EventView>;

export const RunDetailSchema = z.object({
  ...runShape,
  events: z.array(EventSchema).openapi({ description: "Oldest first." }),
  output: z.string().nullable().openapi({ description: "The last 64 KiB of output of a built-in provider." }),
}).openapi("RunDetail") satisfies z.ZodType<RunDetailView>;

export const GuardSchema = z.object({
  guard: z.string(),
  since: time.nullable(),
  latched: z.boolean().openapi({ description: "True: stays until approved." }),
  message: z.string(),
}).openapi("Guard") satisfies z.ZodType<GuardView>;

export const JobSchema = z.object({
  job: z.string(),
  label: z.string(),
  enabled: z.boolean(),
  schedule: z.string(),
  schedule_derived: z.boolean(),
  timezone: z.string(),
  provider: z.string(),
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
  guards: z.array(GuardSchema),
}).openapi("Job") satisfies z.ZodType<JobView>;

const RetentionRowSchema = z.object({
  id: z.string().nullable(),
  run_id: z.string(),
  period_time: time,
  tags,
  reasons,
}).openapi("RetentionRow") satisfies z.ZodType<RetentionRowView>;

export const RetentionSchema = z.object({
  job: z.string(),
  policy: z.string(),
  keep: z.array(RetentionRowSchema),
  remove: z.array(RetentionRowSchema),
  digest: z.string().openapi({ description: "Names exactly the set in 'remove'." }),
  guards: z.array(GuardSchema),
  approved: z.boolean(),
  deleting: z.number().int().openapi({ description: "Deletions still on their way." }),
}).openapi("Retention") satisfies z.ZodType<RetentionView>;

export const ExplainSchema = z.object({
  id: z.string().nullable(),
  run_id: z.string(),
  job: z.string(),
  state,
  kept: z.boolean(),
  tags,
  reasons,
  notes: z.array(z.string()).openapi({ description: "One sentence each." }),
}).openapi("Explanation") satisfies z.ZodType<ExplainView>;

export const ForecastSchema = z.object({
  job: z.string(),
  schedule: z.string(),
  timezone: z.string(),
  policy: z.string(),
  from: time,
  until: time,
  reached: time,
  slots: z.number().int(),
  backups: z.array(z.object({ period_time: time, tags, reasons })),
}).openapi("Forecast") satisfies z.ZodType<ForecastView>;

export const CheckSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  message: z.string(),
}).openapi("Check") satisfies z.ZodType<CheckResult>;

export const ReadinessSchema = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({
    name: z.string(),
    ok: z.boolean(),
    fatal: z.boolean().openapi({ description: "False: shows, but does not make the server unready." }),
    message: z.string(),
  })).optional(),
}).openapi("Readiness");

export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  candidates: z.array(z.object({ job: z.string(), run_id: z.string(), id: z.string().nullable() }))
    .optional(),
  retention: RetentionSchema.optional(),
}).openapi("Problem") satisfies z.ZodType<ProblemView>;

/** A JSON answer for the OpenAPI document. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

const PROBLEMS = {
  400: "What was sent cannot be read; names each field.",
  401: "A token is needed.",
  403: "The role does not allow it.",
  404: "There is no such thing.",
  409: "It contradicts what is there.",
  413: "The body is over 1 MiB.",
  415: "The body is not JSON.",
  421: "The Host header is not one of this server's names.",
  422: "The configuration is not valid.",
  502: "The provider refused or failed.",
  503: "The state store failed, or Schelly stops.",
};

/** The problem answers of a route: its own, and those every route may give. */
export function problems<S extends keyof typeof PROBLEMS>(...own: S[]) {
  const every = [401, 403, 421, 503] as const;
  const entries = [...own, ...every].map((status) => [status, {
    description: PROBLEMS[status],
    content: { "application/problem+json": { schema: ProblemSchema } },
  }]);
  return Object.fromEntries(entries) as Record<
    S | typeof every[number],
    { description: string; content: { "application/problem+json": { schema: typeof ProblemSchema } } }
  >;
}
