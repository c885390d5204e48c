// The answers of the API as zod schemas, for the OpenAPI document; each must fit its type in ports/views.ts.

import { z } from "@hono/zod-openapi";
import { STATUSES, WIRE_STATUSES } from "../domain/backup.ts";
import { LEVELS } from "../domain/policy.ts";
import type { ReasonData } from "../domain/retention/reason_data.ts";
import type { CheckResult } from "../ports/provider.ts";
import type {
  BackupView,
  EventView,
  ExplainView,
  FateView,
  ForecastView,
  FreezeView,
  GuardView,
  HoldView,
  ImportView,
  JobView,
  MigrationView,
  ProblemView,
  RetentionRowView,
  RetentionView,
  RunDetailView,
  RunView,
  SettingView,
  SnapshotView,
} from "../ports/views.ts";

const time = z.string().openapi({ format: "date-time", example: "2026-03-01T23:59:59.000Z" });
const tags = z.array(z.enum(LEVELS));
const state = z.enum(STATUSES).openapi({ description: "The exact status." });
const reasons = z.array(z.string()).openapi({ example: ["daily 3 of 7 (2026-11-20)"] });

const ReasonSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("level"),
    level: z.enum(LEVELS),
    rank: z.number().int().openapi({ description: "1 is the newest." }),
    limit: z.number().int(),
    period: z.string().openapi({ example: "2026-11-20" }),
  }),
  z.object({ kind: z.literal("min_keep"), rank: z.number().int(), of: z.number().int() }),
  z.object({
    kind: z.literal("oldest"),
    levels: tags.openapi({ description: "The levels that have room." }),
  }),
  z.object({ kind: z.literal("younger"), min_age_seconds: z.number() }),
  z.object({
    kind: z.enum(["newest", "keep_all", "suspect", "future", "held", "rejected", "only_copy"]),
  }),
  z.object({ kind: z.literal("former_policy"), until: time }),
  z.object({ kind: z.literal("shared_data"), with: z.string().openapi({ description: "The other's id." }) }),
  z.object({ kind: z.literal("other"), text: z.string() }),
]).openapi("KeepReason") satisfies z.ZodType<ReasonData>;

const kept_for = z.array(ReasonSchema).openapi({
  description: "The same as 'reasons', in the same order, as data. More kinds may come.",
});

const HoldSchema = z.object({
  reason: z.string().nullable(),
  owner: z.string().nullable(),
  since: time,
  until: time.nullable().openapi({ description: "Null: until it is released." }),
}).openapi("HoldState") satisfies z.ZodType<HoldView>;

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
  kept_for,
  suspect: z.boolean().openapi({
    description: "Implausibly small, and neither accepted nor rejected: it counts for nothing and is kept.",
  }),
  suspect_reason: z.string().nullable().openapi({ example: "0 MB is under min_size, 10 MB" }),
  rejected: z.boolean().openapi({ description: "An operator rejected it: retention deletes it." }),
  hold: HoldSchema.nullable().openapi({ description: "While this stands nothing deletes it." }),
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
  last_duration_seconds: z.number().nullable().openapi({
    description: "How long the newest available backup took.",
  }),
  suspects: z.number().int().openapi({ description: "Backups that wait to be accepted or rejected." }),
  held: z.number().int().openapi({ description: "Backups that are held." }),
  managed: z.boolean().openapi({
    description: "False for a job that left the configuration: nothing of it is started or deleted.",
  }),
  unmanaged_since: time.nullable(),
  unmanaged: z.array(z.object({ provider: z.string(), available: z.number().int() })).openapi({
    description: "Its available backups that nobody manages, by provider.",
  }),
  guards: z.array(GuardSchema),
}).openapi("Job") satisfies z.ZodType<JobView>;

const RetentionRowSchema = z.object({
  id: z.string().nullable(),
  run_id: z.string(),
  period_time: time,
  tags,
  reasons,
  kept_for,
}).openapi("RetentionRow") satisfies z.ZodType<RetentionRowView>;

export const RetentionSchema = z.object({
  job: z.string(),
  policy: z.string(),
  keep: z.array(RetentionRowSchema),
  remove: z.array(RetentionRowSchema),
  digest: z.string().openapi({
    description: "Names exactly the set in 'remove' and the guards that latched on it.",
  }),
  guards: z.array(GuardSchema),
  approved: z.boolean(),
  deleting: z.number().int().openapi({ description: "Deletions still on their way." }),
}).openapi("Retention") satisfies z.ZodType<RetentionView>;

const FateSchema = z.object({
  fate: z.enum(["goes", "stays", "kept"]).openapi({
    description: "goes: a pass to come elects it away. stays: none does as far as was looked. " +
      "kept: nothing of schedule and policy lets it go.",
  }),
  at: time.nullable().openapi({ description: "The first pass that elects it away." }),
  slot: time.nullable().openapi({ description: "The slot whose backup comes last before that pass." }),
  deleted_at: time.nullable().openapi({ description: "The pass that deletes it, at the job's pace." }),
  because: z.string().nullable(),
  looked_until: time.nullable(),
  ended: z.boolean().openapi({ description: "No pass is left that could elect it away." }),
}).openapi("Fate") satisfies z.ZodType<FateView>;

export const ExplainSchema = z.object({
  id: z.string().nullable(),
  run_id: z.string(),
  job: z.string(),
  state,
  kept: z.boolean(),
  tags,
  reasons,
  kept_for,
  levels: z.array(z.object({
    level: z.enum(LEVELS),
    period: z.string().openapi({ example: "2026-11-20" }),
    reference: z.union([z.number().int(), z.literal("L")]).openapi({
      description: "L: the last of the period.",
    }),
    limit: z.number().int(),
    rank: z.number().int().nullable().openapi({ description: "1 is the newest; null: another one stands." }),
    instead: z.object({ id: z.string().nullable(), run_id: z.string() }).nullable(),
  })).openapi({ description: "How it stands at the levels that the policy keeps." }),
  fate: FateSchema.nullable(),
  released: FateSchema.nullable().openapi({
    description: "What becomes of a held one that is released now; null when it is not held.",
  }),
  longer: z.object({ change: z.string().openapi({ example: "daily: 9 instead of 7" }), fate: FateSchema })
    .nullable()
    .openapi({
      description:
        "The smallest change of the policy that keeps it longer, a held one as if it were released.",
    }),
  deletion: z.object({
    decided_at: time.nullable(),
    why: z.string().nullable(),
    asked_by: z.string().nullable().openapi({
      description: "Who asked for it by id; null when retention decided it.",
    }),
    sent_at: time.nullable(),
    done_at: time.nullable(),
  }).nullable(),
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
  slots: z.number().int().openapi({ description: "How many backups were made up to there." }),
  dates: z.array(z.object({
    at: time,
    backups: z.number().int(),
    levels: z.array(z.object({ level: z.enum(LEVELS), kept: z.number().int(), limit: z.number().int() })),
    oldest: time.nullable().openapi({ description: "The oldest restore point." }),
    largest_gap: z.object({ from: time, until: time, seconds: z.number() }).nullable().openapi({
      description: "The longest time without a restore point, from the oldest one to the date.",
    }),
  })).openapi({ description: "What exists at each date; the last one is at 'reached'." }),
  backups: z.array(z.object({ period_time: time, tags, reasons, kept_for })).openapi({
    description:
      "What exists at 'reached', newest first, at most 10,000. What a pass would delete has no reasons.",
  }),
  left_out: z.number().int().openapi({ description: "How many older ones are not listed." }),
}).openapi("Forecast") satisfies z.ZodType<ForecastView>;

export const CheckSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  message: z.string(),
}).openapi("Check") satisfies z.ZodType<CheckResult>;

export const SettingSchema = z.object({
  path: z.string().openapi({ example: "jobs.postgres.retention.daily" }),
  value: z.string().openapi({ description: "As YAML would write it; secrets read <redacted>." }),
  source: z.string().openapi({ description: "Where it was said.", example: "schelly.yaml:12" }),
}).openapi("Setting") satisfies z.ZodType<SettingView>;

export const FreezeSchema = z.object({
  frozen: z.boolean(),
  reason: z.string().nullable(),
  owner: z.string().nullable(),
  since: time.nullable(),
  until: time.nullable().openapi({ description: "Null: until it is released." }),
  on_the_wire: z.array(z.object({ job: z.string(), run_id: z.string(), id: z.string().nullable(), state }))
    .openapi({
      description: "Deletions and cancels that were sent, or may have been: no freeze stops those.",
    }),
}).openapi("FreezeState") satisfies z.ZodType<FreezeView>;

const owner = {
  job: z.string().nullable().openapi({
    description: "The job it was made for, by its provider's word; null: it does not say.",
  }),
  host: z.string().nullable().openapi({ description: "The machine it was made on, by its provider's word." }),
  paths: z.array(z.string()).openapi({
    description: "What of that machine it holds, by its provider's word.",
  }),
};

export const ImportSchema = z.object({
  job: z.string(),
  provider: z.string(),
  dry_run: z.boolean(),
  imported: z.array(z.object({
    id: z.string(),
    run_id: z.string().nullable().openapi({ description: "Null in a dry run, where it is not proven." }),
    proven: z.boolean().openapi({
      description:
        "The provider proves it to be of this run of the job, which was given up: it is no stranger's.",
    }),
    data_id: z.string().nullable(),
    period_time: time.nullable(),
    size_mb: z.number().nullable(),
    held: z.boolean().openapi({ description: "The provider named no time, so it came in held." }),
    ...owner,
  })),
  skipped: z.array(z.object({ id: z.string(), why: z.string(), ...owner })),
  would_delete: z.array(z.object({ id: z.string(), period_time: time.nullable() })).openapi({
    description: "What the policy would let go with these in, oldest first; none of it before an approval.",
  }),
}).openapi("Import") satisfies z.ZodType<ImportView>;

export const MigrationSchema = ImportSchema.extend({
  levels_lost: z.array(z.string()).openapi({
    description:
      "Levels that the original's image keeps where nothing is said, and the job's policy does not.",
  }),
}).openapi("Migration") satisfies z.ZodType<MigrationView>;

export const SnapshotSchema = z.object({
  path: z.string(),
  taken_at: time,
  bytes: z.number().int(),
  store_id: z.string(),
  jobs: z.number().int(),
  runs: z.number().int(),
  available: z.number().int(),
  newest_run_at: time.nullable(),
}).openapi("Snapshot") satisfies z.ZodType<SnapshotView>;

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
