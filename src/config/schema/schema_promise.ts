// The entries of `expect`: what a job promises about its backups.

import { z } from "zod";
import { DAY, parseDuration } from "../../domain/duration.ts";
import { LEVELS } from "../../domain/policy.ts";
import { parseBound } from "../../domain/promise.ts";
import { described, duration, line, whole } from "./schema_leaves.ts";

const NOT_A_COUNT = 'is not a number of backups: expected an operator and a number in quotes, such as ">=12"';
const NOT_AN_AGE = 'is not an age: expected ">=" or "<=" and a duration in quotes, such as ">=90d"';
const LONGEST_AGE_MS = 36_525 * DAY;

/** Reads the number of a `countBound`. */
export const readCount = (text: string) => /^\d{1,9}$/.test(text) ? Number(text) : null;

/** Reads the age of an `ageBound`, milliseconds. */
export const readAge = (text: string) => {
  const age = parseDuration(text);
  return age === null || age > LONGEST_AGE_MS ? null : age;
};

/** `>=12`, `=12`, `<=12`. */
const countBound = z.string({ error: NOT_A_COUNT })
  .regex(/^\s*(>=|<=|=)\s*\d{1,9}\s*$/, { error: NOT_A_COUNT });

/** `>=90d`, `<=90d`. */
const ageBound = z.string({ error: NOT_AN_AGE })
  .regex(/^\s*(>=|<=)\s*\d[\ddhms]*\s*$/, { error: NOT_AN_AGE, abort: true })
  .refine((text) => parseBound(text, readAge) !== null, { error: NOT_AN_AGE });

const PERIODS: Record<(typeof LEVELS)[number], string> = {
  secondly: "a second",
  minutely: "a minute",
  hourly: "an hour",
  daily: "a day",
  weekly: "a week",
  monthly: "a month",
  yearly: "a year",
};

const levels = Object.fromEntries(
  LEVELS.map((level) => [
    level,
    described(countBound, `So many backups stand for ${PERIODS[level]} each: >=N, =N or <=N`).optional(),
  ]),
) as Record<(typeof LEVELS)[number], z.ZodOptional<typeof countBound>>;

export const PromiseSchema = z.strictObject({
  after: described(
    duration(0, "0s"),
    "The promise holds from when the job ran undisturbed this long, beginning with nothing; " +
      "absent, for max_gap alone: as long as within",
  ).optional(),
  ...levels,
  max_gap: described(
    duration(1_000, "1s"),
    "No two neighbouring backups, nor the newest one and now, lie further apart",
  ).optional(),
  within: described(duration(1_000, "1s"), "How far back max_gap looks").optional(),
  verified_within: described(
    duration(3_600_000, "1h"),
    "Within so long a backup was proved restorable; needs verify",
  ).optional(),
  immutable_for: described(
    duration(3_600_000, "1h"),
    "Nobody can delete a backup for so long after it was begun, as its provider says of the newest",
  ).optional(),
  copies: described(
    whole(2, 100),
    "At so many providers a backup exists: of this job, and of those that copy it, or are named in copied_to",
  ).optional(),
  copied_to: described(z.array(line), "Jobs that keep copies of the same, beside those that copy_from")
    .optional(),
  copied_within: described(duration(60_000, "1m"), "Each of the copies is no older than this").optional(),
  oldest: described(ageBound, "Age of the oldest backup: >=DURATION or <=DURATION").optional(),
});

/** One entry of `expect`. */
export type PromiseSettings = z.infer<typeof PromiseSchema>;
