// The keys of borgmatic's configuration that mean something here, in its present form and, within sections, its older one.

import { z } from "zod";

const text = z.union([z.string(), z.number()], { error: "expected text" }).transform(String);
const flag = z.boolean({ error: "expected true or false" });
const whole = z.int({ error: "expected a whole number" });
/** One text was a list of one in older versions. */
const texts = z.union([z.array(text), text.transform((one) => [one])], { error: "expected a list of texts" });
/** Left without a value, a key counts as not there. */
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const repository = z.union([
  text.transform((path) => ({ path, label: undefined })),
  z.looseObject({ path: text, label: maybe(text) }),
], { error: "expected a path, or a mapping with path" });

const command = z.looseObject({
  before: maybe(z.enum(["action", "repository", "configuration", "everything"])),
  after: maybe(z.enum(["action", "repository", "configuration", "everything", "error"])),
  when: maybe(texts),
  states: maybe(texts),
  run: texts,
});

const check = z.union([
  text.transform((name) => ({ name, frequency: undefined })),
  z.looseObject({ name: text, frequency: maybe(text) }),
]);

const healthchecks = z.union([
  z.string().transform((ping_url) => ({ ping_url, states: undefined, send_logs: undefined })),
  z.looseObject({ ping_url: text, states: maybe(texts), send_logs: maybe(flag) }),
]);

const ntfy = z.looseObject({
  topic: text,
  server: maybe(text),
  username: maybe(text),
  password: maybe(text),
  access_token: maybe(text),
  states: maybe(texts),
});

const options = {
  source_directories: maybe(texts),
  source_directories_must_exist: maybe(flag),
  repositories: maybe(z.array(repository)),
  working_directory: maybe(text),
  local_path: maybe(text),
  remote_path: maybe(text),
  patterns: maybe(texts),
  patterns_from: maybe(texts),
  exclude_patterns: maybe(texts),
  exclude_from: maybe(texts),
  exclude_if_present: maybe(texts),
  one_file_system: maybe(flag),
  numeric_ids: maybe(flag),
  atime: maybe(flag),
  ctime: maybe(flag),
  birthtime: maybe(flag),
  flags: maybe(flag),
  read_special: maybe(flag),
  files_cache: maybe(text),
  exclude_caches: maybe(flag),
  keep_exclude_tags: maybe(flag),
  exclude_nodump: maybe(flag),
  encryption_passcommand: maybe(text),
  encryption_passphrase: maybe(text),
  checkpoint_interval: maybe(whole),
  chunker_params: maybe(text),
  compression: maybe(text),
  upload_rate_limit: maybe(whole),
  retries: maybe(whole),
  retry_wait: maybe(whole),
  temporary_directory: maybe(text),
  ssh_command: maybe(text),
  umask: maybe(whole),
  lock_wait: maybe(whole),
  archive_name_format: maybe(text),
  extra_borg_options: maybe(z.record(z.string(), maybe(text))),
  keep_within: maybe(text),
  keep_hourly: maybe(whole),
  keep_secondly: maybe(whole),
  keep_minutely: maybe(whole),
  keep_daily: maybe(whole),
  keep_weekly: maybe(whole),
  keep_monthly: maybe(whole),
  keep_yearly: maybe(whole),
  checks: maybe(z.array(check)),
  skip_actions: maybe(texts),
  commands: maybe(z.array(command)),
  container: maybe(z.looseObject({ secrets_directory: maybe(text) })),
  healthchecks: maybe(healthchecks),
  ntfy: maybe(ntfy),
};

/** What else stands there stays as it is, to be named. */
export const BorgmaticSchema = z.looseObject(options);
export type Borgmatic = z.infer<typeof BorgmaticSchema>;
export type BorgmaticCommand = z.infer<typeof command>;

/** Keys that are read. */
export const BORGMATIC_KEYS: ReadonlySet<string> = new Set(Object.keys(options));
/** The groups of keys that older versions had. */
export const SECTIONS = ["location", "storage", "retention", "consistency", "output", "hooks"] as const;
