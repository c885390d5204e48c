// Keys as other backup programs and schedulers write them, and what says the same here.

import { LEVELS } from "../../domain/policy.ts";

/** The key that says the same here, by the one that other programs have. */
const SAME: Record<string, string> = {
  cron: "schedule",
  crontab: "schedule",
  interval: "schedule",
  frequency: "schedule",
  every: "schedule",
  calendar: "schedule",
  tz: "timezone",
  zone: "timezone",
  timeout: "max_duration",
  retries: "retry",
  attempts: "retry",
  notifications: "notify",
  notification: "notify",
  alerts: "notify",
  healthcheck: "ping",
  healthchecks: "ping",
  backups: "jobs",
  schedules: "jobs",
  plans: "jobs",
  repositories: "providers",
  repos: "providers",
  backends: "providers",
  destinations: "providers",
  storages: "providers",
  logging: "log",
  port: "listen",
  address: "listen",
  bind: "listen",
  database: "state",
  db: "state",
  store: "state",
  storage: "state",
  keep: "retention",
  prune: "retention",
  forget: "retention",
  policy: "retention",
  latest: "keep_last",
  last: "keep_last",
  within: "keep_within",
  annual: "yearly",
  frequently: "minutely",
  excludes: "exclude",
  sources: "paths",
  source_directories: "paths",
  source: "paths",
  repo: "repository",
  passphrase_file: "password_file",
  before: "pre",
  after_backup: "post",
};

const AGE =
  "backups are kept by count: daily: 7 keeps one of each of the last seven days; keep_within: 7d keeps all of them";
const AROUND =
  "commands before and after stand in a built-in provider, as pre and post; on_success and on_failure stand in the job";
const PROVIDED =
  "it stands in the provider: provider: { restic: { repository: …, password_file: …, paths: […] } }";
const ADDRESS = "it stands in the provider: provider: { url: http://host:7070/backups }";
const OFF = "write enabled: false";

/** What is to be done instead, where another key says it in another way: only where the named key is known. */
const OTHERWISE: Record<string, readonly [where: string, words: string]> = {
  days: ["daily", AGE],
  ttl: ["daily", AGE],
  max_age: ["daily", AGE],
  expire: ["daily", AGE],
  keep_days: ["daily", AGE],
  hooks: ["retention", AROUND],
  pre: ["retention", AROUND],
  post: ["retention", AROUND],
  before: ["retention", AROUND],
  before_backup: ["retention", AROUND],
  after_backup: ["retention", AROUND],
  commands: ["retention", AROUND],
  type: ["provider", PROVIDED],
  backend: ["provider", PROVIDED],
  restic: ["provider", PROVIDED],
  repository: ["provider", PROVIDED],
  repo: ["provider", PROVIDED],
  password_file: ["provider", PROVIDED],
  paths: ["provider", PROVIDED],
  source: ["provider", PROVIDED],
  sources: ["provider", PROVIDED],
  source_directories: ["provider", PROVIDED],
  exclude: ["provider", PROVIDED],
  excludes: ["provider", PROVIDED],
  command: [
    "provider",
    "it stands in the provider: provider: { command: { create: [program, argument], … } }",
  ],
  url: ["provider", ADDRESS],
  webhook: ["provider", ADDRESS],
  webhook_url: ["provider", ADDRESS],
  disabled: ["enabled", OFF],
  disable: ["enabled", OFF],
  notify: [
    "retention",
    "it stands at the top, beside jobs: notify: { channels: …, rules: … }; a rule names the jobs",
  ],
  auth: ["server", "it stands under server"],
  tls: ["server", "it stands under server"],
  port: ["server", "write server: { listen: 127.0.0.1:8080 }"],
  host: ["server", "write server: { listen: 127.0.0.1:8080 }"],
  listen: ["server", "it stands under server"],
  schedule: ["jobs", "it stands in a job, or under defaults for all of them"],
  timezone: ["jobs", "it stands in a job, or under defaults for all of them"],
};

const RETENTION_WORDS = ["days", "ttl", "max_age", "expire", "keep_days"];

/** What a person who wrote such a key most likely wants, among the keys known at that place; undefined for other words. */
export function otherWord(key: string, known: readonly string[]): string | undefined {
  const word = key.toLowerCase().replaceAll("-", "_");
  const kept = keptWord(key, known);
  if (kept !== undefined) return kept;
  const same = own(SAME, word);
  if (same !== undefined && known.includes(same)) return `did you mean ${same}?`;
  if (RETENTION_WORDS.includes(word) && known.includes("retention")) {
    return "backups are kept by count: retention: { daily: 7 } keeps one of each of the last seven days, { keep_within: 7d } all of them";
  }
  const otherwise = own(OTHERWISE, word);
  return otherwise !== undefined && known.includes(otherwise[0]) ? otherwise[1] : undefined;
}

/** Other programs put `keep` before what they keep: `keep_daily`, `keep-last`, `keepLatest`, `keep_within_daily`. */
function keptWord(key: string, known: readonly string[]): string | undefined {
  const word = key.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().replaceAll("-", "_");
  const [, within, name] = /^keep_(within_)?([a-z]+)$/.exec(word) ?? [];
  const meant = name === "latest" || name === "last"
    ? "keep_last"
    : name === "within"
    ? "keep_within"
    : name === "annual"
    ? "yearly"
    : LEVELS.find((level) => level === name);
  if (meant === undefined) return undefined;
  const isHere = known.includes(meant);
  if (!isHere && !known.includes("retention")) return undefined;
  if (within !== undefined) {
    return `write ${meant}: 30${
      isHere ? "" : " under retention"
    } to keep one of each of the last 30 that have one; ` +
      "keep_within: 30d keeps all of 30 days";
  }
  return isHere ? `did you mean ${meant}?` : `write '${meant}' under retention`;
}

function own<T>(table: Record<string, T>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
