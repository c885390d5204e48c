// The keys of a profile of resticprofile that mean something here.

import { z } from "zod";

const text = z.union([z.string(), z.number()], { error: "expected text" }).transform(String);
const flag = z.boolean({ error: "expected true or false" }).optional();
const whole = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)], {
  error: "expected a whole number",
});
const texts = z.union([z.array(text), text.transform((one) => [one])], {
  error: "expected text, or a list of it",
})
  .optional();

const schedule = z.union([
  texts.unwrap(),
  z.looseObject({ at: texts }).transform(({ at }) => at ?? []),
]).optional();

const around = {
  "run-before": texts,
  "run-after": texts,
  "run-after-fail": texts,
  "run-finally": texts,
};

const keep = {
  "keep-last": whole.optional(),
  "keep-hourly": whole.optional(),
  "keep-daily": whole.optional(),
  "keep-weekly": whole.optional(),
  "keep-monthly": whole.optional(),
  "keep-yearly": whole.optional(),
  "keep-within": text.optional(),
  "keep-within-hourly": text.optional(),
  "keep-within-daily": text.optional(),
  "keep-within-weekly": text.optional(),
  "keep-within-monthly": text.optional(),
  "keep-within-yearly": text.optional(),
  "keep-tag": texts,
};

const backup = z.looseObject({
  ...around,
  source: texts,
  "source-base": text.optional(),
  schedule,
  exclude: texts,
  iexclude: texts,
  "exclude-file": texts,
  "exclude-caches": flag,
  "exclude-if-present": texts,
  "one-file-system": flag,
  tag: texts,
  host: z.union([z.boolean(), text]).optional(),
  "no-error-on-warning": flag,
  "read-concurrency": whole.optional(),
  compression: text.optional(),
});

const upkeep = z.looseObject({ schedule, "read-data-subset": text.optional() }).optional();

/** What else stands there stays as it is, to be named. */
export const ProfileSchema = z.looseObject({
  ...around,
  description: text.optional(),
  repository: text.optional(),
  "base-dir": text.optional(),
  "password-file": text.optional(),
  "password-command": text.optional(),
  initialize: flag,
  env: z.record(z.string(), text).optional(),
  option: texts,
  compression: text.optional(),
  "limit-upload": whole.optional(),
  "limit-download": whole.optional(),
  backup,
  retention: z.looseObject({ ...keep, "after-backup": flag, "before-backup": flag }).optional(),
  forget: z.looseObject({ ...keep, schedule }).optional(),
  check: upkeep,
  prune: upkeep,
});
export type RestProfile = z.infer<typeof ProfileSchema>;
/** Keys of a profile that are read. */
export const PROFILE_KEYS: ReadonlySet<string> = new Set(Object.keys(ProfileSchema.shape));
/** Keys of its backup that are read. */
export const BACKUP_KEYS: ReadonlySet<string> = new Set(Object.keys(backup.shape));
