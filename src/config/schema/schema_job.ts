// The keys of a job; `defaults` takes all of them but the names.

import { z } from "zod";
import { LEVELS, VERIFIED_RULES } from "../../domain/policy.ts";
import { VERIFY_METHODS, VERIFY_SELECTS } from "../../domain/verification/verify_settings.ts";
import {
  date,
  described,
  duration,
  flag,
  LEVEL_EXAMPLES,
  levelRule,
  name,
  size,
  span,
  text,
  whole,
} from "./schema_leaves.ts";
import { PingSchema } from "./schema_ping.ts";
import { PromiseSchema } from "./schema_promise.ts";
import { JobHookSchema, JobProviderSchema } from "./schema_provider.ts";

const levels = Object.fromEntries(
  LEVELS.map((level) => [
    level,
    described(levelRule, `count or count@reference: ${LEVEL_EXAMPLES[level]}; L: the last`, 0).optional(),
  ]),
) as Record<(typeof LEVELS)[number], z.ZodOptional<typeof levelRule>>;

const guard = z.strictObject({
  max_percent: described(
    whole(1, 100),
    "A pass that would delete more than this share of the backups (and more than 3) waits for approval",
    50,
  ).optional(),
  policy_change_hold: described(
    duration(0, "0s"),
    "After an edit of the policy nothing new is deleted this long; 0s: the next pass deletes at once, also after the edit that sets it",
    "1h",
  )
    .optional(),
});

const retention = z.union([
  z.literal("keep_all"),
  z.strictObject({
    ...levels,
    week_starts: described(z.enum(["sunday", "monday"]), "First day of a week", "sunday").optional(),
    schedule: described(text, "Cron pattern of further passes; absent: after each backup").optional(),
    keep_last: described(
      whole(1, 1_000_000),
      "As many newest backups are always kept; without a level they are all that is kept, with keep_within",
      1,
    ).optional(),
    keep_within: described(
      span,
      "Backups less than this older than the newest one are kept; a policy by itself, as keep_last is",
      "0s",
    ).optional(),
    min_keep: described(
      whole(1, 1_000_000),
      "The same number as keep_last, but no policy by itself: without a level the default levels hold",
      1,
    ).optional(),
    min_age: described(duration(0, "0s"), "Backups younger than this are kept", "0s").optional(),
    keep_oldest: described(flag, "While a level has room, keep the oldest backup too", false).optional(),
    verified: described(
      z.enum(["off", ...VERIFIED_RULES]),
      "prefer: the proved backup of a period is kept beside the one that stands for it; require: in its place, once the " +
        "period is over; see docs/verification.md",
      "off",
    ).optional(),
    max_deletes_per_pass: described(
      z.union([whole(1, 1_000_000), z.literal("unlimited")]),
      "Most deletions of one pass, or unlimited",
      10,
    ).optional(),
    guard: described(guard, "When a suspicious pass is stopped").optional(),
  }),
]);

const suspect = z.strictObject({
  min_percent: described(
    whole(0, 99),
    "A backup under this share of the median of the last 10 is suspect; 0: sizes are not learned from",
    20,
  ).optional(),
});

const windows = z.array(text).max(50);

const blackout = z.union([
  z.literal("off"),
  text,
  windows,
  z.strictObject({
    windows: described(windows, "Days, times of day, or both, in the job's zone"),
    then: described(
      z.enum(["wait", "skip"]),
      "wait: a start that is due in a window waits for its end, within start_deadline; skip: its slot is skipped",
      "wait",
    ).optional(),
  }),
]);

const verify = z.strictObject({
  schedule: described(text, "Cron pattern: when a backup is proved, in the zone of the job").optional(),
  select: described(
    z.enum(VERIFY_SELECTS),
    "Which: the newest, the one not proved for longest if that is for every or more, a random one, or one of each kept " +
      "level in turn",
    "each_level",
  ).optional(),
  method: described(
    z.enum(VERIFY_METHODS),
    "check: its provider reads what is stored; restore: its provider restores it into a private folder and tests that",
    "check",
  ).optional(),
  timeout: described(
    duration(60_000, "1m"),
    "A verification that takes longer is ended, and proves nothing",
    "6h",
  )
    .optional(),
  every: described(
    duration(3_600_000, "1h"),
    "The job is unproved when nothing of it was proved for longer",
    "30d",
  )
    .optional(),
});

/** What `defaults` may hold. */
const settings = {
  enabled: described(flag, "false: no slot runs and nothing is deleted", true).optional(),
  from: described(date, "No slot before this day or instant").optional(),
  to: described(date, "No slot after this day, or from this instant on").optional(),
  schedule: described(text, "Cron pattern of 5, 6 or 7 fields; absent: derived from retention").optional(),
  timezone: described(text, "IANA zone of the schedule and the periods; absent: TZ, else UTC").optional(),
  jitter: described(duration(0, "0s"), "Starts are delayed by up to this", "0s").optional(),
  missed_runs: described(
    z.enum(["latest", "skip"]),
    "After downtime: run the latest missed slot, or none",
    "latest",
  ).optional(),
  start_deadline: described(
    duration(1_000, "1s"),
    "How late a missed slot may still start; absent: one interval, at most 24h",
  ).optional(),
  blackout: described(
    blackout,
    'Windows in which the job does not start by itself, such as ["Mon-Fri 08:00-18:00", "Sat,Sun"], or off; see docs/schedule.md',
  ).optional(),
  provider: described(JobProviderSchema, "Who makes the backups: a name of providers, or one written out")
    .optional(),
  grace_time: described(
    duration(1_000, "1s"),
    "A run older than this may be cancelled by the next slot; also how long a failing start is retried",
    "1h",
  ).optional(),
  max_duration: described(duration(1_000, "1s"), "A run older than this is cancelled at once; absent: never")
    .optional(),
  retry_interval: described(duration(100, "100ms"), "Time between two tries of a failing start", "5s")
    .optional(),
  on_unknown: described(
    z.enum(["retry", "skip"]),
    "When it cannot be known whether a start took effect: try again (may make two backups), or not",
    "retry",
  ).optional(),
  retry: described(
    z.union([
      z.literal("off"),
      z.strictObject({
        attempts: described(whole(0, 10), "How often it is tried again; 0 means the same as off", 2)
          .optional(),
        after: described(
          duration(1_000, "1s"),
          "Time before the second try, doubled before each further one; after a restart there is none",
          "10m",
        ).optional(),
      }),
    ]),
    "How often a scheduled backup that failed is tried again before the next slot, or off",
  ).optional(),
  min_size: described(
    size,
    "A smaller backup is suspect: it counts for nothing and is kept until accepted or rejected",
  ).optional(),
  suspect: described(suspect, "When a backup is suspect by the sizes of those before it").optional(),
  retention: described(
    retention,
    "What is kept: counts by level, keep_last, keep_within, or keep_all; absent: daily 4, weekly 4, monthly 3, yearly 2",
  ).optional(),
  keep_failed: described(
    z.union([z.literal("forever"), duration(0, "0s")]),
    "What failed and cancelled runs left in the storage is deleted this long after their end, once a later backup is " +
      "available, or forever; absent: 7d for built-ins, forever over HTTP and for jobs from before there was this key",
  ).optional(),
  reconcile: described(
    z.union([z.literal("off"), duration(60_000, "1m")]),
    "How often the backups on record are compared with what the provider lists, or off",
    "24h",
  ).optional(),
  verify: described(
    z.union([z.literal("off"), verify]),
    "Prove on a schedule that backups can be restored, or off; see docs/verification.md",
  ).optional(),
  ping: described(
    PingSchema,
    "Tell a dead man's switch, in the way of healthchecks.io, of each run: its start, and whether its backup is there; " +
      "or off",
  ).optional(),
  on_success: described(
    JobHookSchema,
    "Run by Schelly once a backup is there; when it fails, an event says so; or off",
  ).optional(),
  on_failure: described(
    JobHookSchema,
    "The same where no backup will be: failed, its start never reached the provider, cancelled, missed, suspect, guarded",
  ).optional(),
  expect: described(
    z.array(PromiseSchema),
    "What schedule and retention are to achieve, checked by `validate config`: " +
      '[{ after: 400d, monthly: ">=12" }, { max_gap: 26h, within: 30d }]',
  ).optional(),
};

export const DefaultsSchema = z.strictObject(settings);

export const JobSchema = z.strictObject({
  name: described(name, "Name of the job"),
  renamed_from: described(name, "Earlier name of the job, so that its backups stay its own").optional(),
  ...settings,
});

/** A job, or the defaults and a job merged. */
export type JobSettings = z.infer<typeof JobSchema>;
export type RetentionSettings = Exclude<NonNullable<JobSettings["retention"]>, string>;
