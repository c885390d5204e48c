// What commands read of the server's answers. Lenient: unknown fields pass through, fields that are only shown may lack.

import { z } from "zod";

const text = z.string().nullish();
const words = z.array(z.string()).default([]);

export const GuardAnswer = z.looseObject({
  guard: z.string(),
  message: text,
  latched: z.boolean().nullish(),
  since: text,
});

export const BackupAnswer = z.looseObject({
  id: text,
  data_id: text,
  run_id: text,
  job: text,
  status: z.string(),
  state: text,
  start_time: text,
  end_time: text,
  slot: text,
  period_time: text,
  custom_data: text,
  size_mb: z.number().nullish(),
  tags: words,
  reasons: words,
  suspect: z.boolean().nullish(),
  suspect_reason: text,
  rejected: z.boolean().nullish(),
  hold: z.looseObject({ reason: text, owner: text, since: text, until: text }).nullish(),
});
export type BackupAnswer = z.infer<typeof BackupAnswer>;

export const EventAnswer = z.looseObject({
  seq: z.number(),
  at: z.string(),
  type: z.string(),
  level: text,
  job: text,
  run_id: text,
  message: z.string().default(""),
});
export type EventAnswer = z.infer<typeof EventAnswer>;

export const RunAnswer = BackupAnswer.extend({
  run_id: z.string(),
  trigger: text,
  reason: text,
  slot_until: text,
  slots: z.number().nullish(),
  provider: text,
  attempts: z.number().nullish(),
  created_at: text,
  maybe_duplicate: z.boolean().nullish(),
  held: z.boolean().nullish(),
  delete_sent_at: text,
  events: z.array(EventAnswer).default([]),
  output: text,
});
export type RunAnswer = z.infer<typeof RunAnswer>;

export const JobAnswer = z.looseObject({
  job: z.string(),
  label: text,
  enabled: z.boolean().nullish(),
  schedule: text,
  schedule_derived: z.boolean().nullish(),
  timezone: text,
  provider: text,
  policy: text,
  next_slot: text,
  paused: z.boolean().nullish(),
  paused_until: text,
  running: z.looseObject({ run_id: z.string(), state: text, since: text, message: text }).nullish(),
  last_success: text,
  last_failure: text,
  available: z.number().nullish(),
  last_duration_seconds: z.number().nullish(),
  suspects: z.number().nullish(),
  held: z.number().nullish(),
  managed: z.boolean().nullish(),
  unmanaged_since: text,
  unmanaged: z.array(z.looseObject({ provider: z.string(), available: z.number() })).optional(),
  guards: z.array(GuardAnswer).default([]),
});
export type JobAnswer = z.infer<typeof JobAnswer>;

const RetentionRowAnswer = z.looseObject({
  id: text,
  run_id: z.string(),
  period_time: text,
  tags: words,
  reasons: words,
});

export const RetentionAnswer = z.looseObject({
  job: z.string(),
  policy: text,
  keep: z.array(RetentionRowAnswer),
  remove: z.array(RetentionRowAnswer),
  digest: z.string(),
  guards: z.array(GuardAnswer).default([]),
  approved: z.boolean().nullish(),
  deleting: z.number().nullish(),
});
export type RetentionAnswer = z.infer<typeof RetentionAnswer>;

const FateAnswer = z.looseObject({
  fate: z.string(),
  at: text,
  deleted_at: text,
  because: text,
  looked_until: text,
});

export const ExplainAnswer = z.looseObject({
  id: text,
  run_id: text,
  job: text,
  state: text,
  kept: z.boolean().nullish(),
  tags: words,
  reasons: words,
  levels: z.array(z.looseObject({
    level: z.string(),
    period: z.string(),
    reference: z.union([z.number(), z.string()]).default("L"),
    limit: z.number(),
    rank: z.number().nullish(),
    instead: z.looseObject({ id: text, run_id: z.string() }).nullish(),
  })).default([]),
  fate: FateAnswer.nullish(),
  notes: words,
});
export type ExplainAnswer = z.infer<typeof ExplainAnswer>;

export const ForecastAnswer = z.looseObject({
  job: z.string(),
  schedule: text,
  timezone: text,
  policy: text,
  from: text,
  until: text,
  reached: text,
  slots: z.number().nullish(),
  dates: z.array(z.looseObject({
    at: z.string(),
    backups: z.number(),
    levels: z.array(z.looseObject({ level: z.string(), kept: z.number(), limit: z.number() })).default([]),
    oldest: text,
    largest_gap: z.looseObject({ from: z.string(), until: z.string() }).nullish(),
  })).default([]),
  backups: z.array(z.looseObject({ period_time: z.string(), tags: words, reasons: words })),
  left_out: z.number().nullish(),
});
export type ForecastAnswer = z.infer<typeof ForecastAnswer>;

export const CheckAnswer = z.looseObject({
  name: z.string(),
  ok: z.boolean(),
  message: z.string().default(""),
});

export const FreezeAnswer = z.looseObject({
  frozen: z.boolean(),
  reason: text,
  owner: text,
  since: text,
  until: text,
  on_the_wire: z.array(z.looseObject({ job: z.string(), run_id: z.string(), id: text, state: z.string() }))
    .default([]),
});
export type FreezeAnswer = z.infer<typeof FreezeAnswer>;

const owner = { job: text, host: text, paths: words };

export const ImportAnswer = z.looseObject({
  job: z.string(),
  provider: text,
  imported: z.array(
    z.looseObject({
      id: z.string(),
      run_id: text,
      proven: z.boolean().nullish(),
      period_time: text,
      held: z.boolean().nullish(),
      ...owner,
    }),
  ),
  skipped: z.array(z.looseObject({ id: z.string(), why: z.string(), ...owner })).default([]),
  would_delete: z.array(z.looseObject({ id: z.string(), period_time: text })).default([]),
});
export type ImportAnswer = z.infer<typeof ImportAnswer>;

export const MigrationAnswer = ImportAnswer.extend({ levels_lost: z.array(z.string()).default([]) });
export type MigrationAnswer = z.infer<typeof MigrationAnswer>;

export const SnapshotAnswer = z.looseObject({
  path: z.string(),
  taken_at: z.string(),
  bytes: z.number(),
  store_id: z.string(),
  jobs: z.number(),
  runs: z.number(),
  available: z.number(),
  newest_run_at: text,
});
export type SnapshotAnswer = z.infer<typeof SnapshotAnswer>;

export const ReloadAnswer = z.looseObject({ messages: words });

/** Any JSON, or nothing. */
export const AnyAnswer = z.unknown();
