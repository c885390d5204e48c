// What a configuration is refused for: all of it at once, in reading order, without a secret.
// Also tests build_builtin.ts, build_job.ts, build_jobs.ts, build_provider.ts, build_server.ts, diagnostics.ts,
// document.ts, http_rules.ts, join.ts, load.ts, nearest.ts, report.ts, schema_leaves.ts, schema_provider.ts,
// yaml_issues.ts and yaml_values.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { issuesOf, load, notesOf } from "../support/load_text.ts";

/** One job with a good provider and the given lines, which begin in line 4, column 5. */
function job(lines: string): string {
  return `jobs:\n  - name: a\n    provider: { url: "http://p/b" }\n${lines.replace(/^/gm, "    ")}\n`;
}

/** One job with the given provider, which begins in line 3, column 15. */
function provider(flow: string): string {
  return `jobs:\n  - name: a\n    provider: ${flow}\n`;
}

const GOOD = `jobs: [{ name: a, provider: { url: "http://p/b" } }]\n`;

const BOMB = [
  "x, x",
  "*a, *a",
  "*b, *b",
  "*c, *c",
  "*d, *d",
  "*e, *e",
  "*f, *f",
  "*g, *g",
  "*h, *h",
  "*i, *i",
]
  .map((items, index) => `${"abcdefghij"[index]}: &${"abcdefghij"[index]} [${items}, ${items}]\n`).join("");

/** What is written, and the one issue that is told; `…` stands for anything. */
const TABLE: [what: string, text: string, issue: string][] = [
  // The text as YAML.
  ["an empty file", "", "schelly.yaml:1:1: the document is empty: expected at least 'jobs'"],
  ["a file of comments", "# nothing\n", "schelly.yaml:1:1: the document is empty: expected at least 'jobs'"],
  ["a null document", "null\n", "schelly.yaml:1:1: the document is empty: expected at least 'jobs'"],
  ["a list", "- a\n", "schelly.yaml:1:1: the document is no mapping: expected keys such as 'jobs:'"],
  [
    "two documents",
    `${GOOD}---\n${GOOD}`,
    "schelly.yaml:2:1: a second document begins here: expected one document in a file…",
  ],
  ["a tab", "jobs:\n\t- name: a\n", "schelly.yaml:2:1: a tab is used to indent (use spaces)"],
  ["an open bracket", "jobs: [\n", "schelly.yaml:2:1: not valid YAML: …"],
  [
    "a control character",
    'jobs:\n  - name: "a\u0001"\n',
    "schelly.yaml:2:13: the control character U+0001 is not allowed: expected a YAML text file",
  ],
  ["YAML 1.1", `%YAML 1.1\n---\n${GOOD}`, "schelly.yaml:1:1: YAML 1.1 is not supported: expected YAML 1.2"],
  [
    "an unknown tag",
    job("schedule: !cron 5 * * * *"),
    "schelly.yaml:4:15: unresolved tag: !cron: expected no tags (remove the tag)",
  ],
  [
    "a duplicate section",
    `${GOOD}log: {}\nlog: {}\n`,
    "schelly.yaml:3:1: log: duplicate key 'log': each key may stand once in a mapping",
  ],
  [
    "a duplicate key deep inside",
    job("retention:\n  daily: 1\n  daily: 2"),
    "schelly.yaml:6:7: jobs[0].retention.daily: duplicate key 'daily': each key may stand once in a mapping",
  ],
  [
    "a key __proto__",
    job("__proto__: { enabled: false }"),
    "schelly.yaml:4:5: jobs[0].__proto__: '__proto__' is not allowed as a key",
  ],
  [
    "a key that is a list",
    `${GOOD}? [a]\n: 1\n`,
    "schelly.yaml:2:3: a key is missing or no plain text: expected 'key: value'",
  ],
  [
    "a merge key that names no mapping",
    job("<<: 3"),
    "schelly.yaml:4:9: jobs[0]: '<<' merges no mapping: expected an alias of one, such as <<: *base, or a list of them",
  ],
  [
    "a merge key in quotes",
    job('"<<": { enabled: true }'),
    "schelly.yaml:4:5: jobs[0][\"<<\"]: unknown key '<<': the nearest are … (all of them: docs/configuration.md, `schelly config schema`)",
  ],
  [
    "an alias bomb",
    BOMB + GOOD,
    "schelly.yaml:6:…: there are more than 1000 aliases: expected a plain document",
  ],
  [
    "an alias in itself",
    `log: &a { level: *a }\n${GOOD}`,
    "schelly.yaml:1:18: log.level: the alias *a contains itself",
  ],
  [
    "an alias without anchor",
    job("schedule: *x"),
    "schelly.yaml:4:15: jobs[0].schedule: the alias *x has no anchor before it (put text that begins with * in quotes)",
  ],
  [
    "a cron pattern without quotes",
    job("schedule: */5 * * * *"),
    'schelly.yaml:4:15: not valid YAML: unexpected alias at node end (put the value in quotes: schedule: "*/5 * * * *")',
  ],
  [
    "values nested deeply",
    `a: ${"[".repeat(60)}${"]".repeat(60)}\n${GOOD}`,
    "schelly.yaml:1:43: …: the values are nested too deeply: expected at most 40 levels",
  ],
  [
    "a number that loses digits",
    job("grace_time: 12345678901234567890"),
    "schelly.yaml:4:17: jobs[0].grace_time: the number 12345678901234567890 cannot be kept exactly (put it in quotes)",
  ],
  // Keys and types.
  ["an unknown section", `${GOOD}job: []\n`, "schelly.yaml:2:1: job: unknown key 'job' (did you mean jobs?)"],
  [
    "an unknown key",
    job('shedule: "5 * * * *"'),
    "schelly.yaml:4:5: jobs[0].shedule: unknown key 'shedule' (did you mean schedule?)",
  ],
  [
    "a level by another program's name in a job",
    job("keep_daily: 7"),
    "schelly.yaml:4:5: jobs[0].keep_daily: unknown key 'keep_daily' (write 'daily' under retention)",
  ],
  [
    "a level by another program's name in a policy",
    job("retention: { keep-weekly: 4 }"),
    "schelly.yaml:4:18: jobs[0].retention.keep-weekly: unknown key 'keep-weekly' (did you mean weekly?)",
  ],
  [
    "an unknown key like no other",
    job("colour: {}"),
    "schelly.yaml:4:5: jobs[0].colour: unknown key 'colour': the nearest are …",
  ],
  [
    "an unknown level",
    job("retention: { dayly: 3 }"),
    "schelly.yaml:4:18: jobs[0].retention.dayly: unknown key 'dayly' (did you mean daily?)",
  ],
  [
    "a name in defaults",
    `${GOOD}defaults: { name: x }\n`,
    "schelly.yaml:2:13: defaults.name: unknown key 'name': the nearest are …",
  ],
  ["no jobs", "log: {}\n", "schelly.yaml: 'jobs' is missing: expected a list of jobs"],
  ["empty jobs", "jobs:\n", "schelly.yaml:1:1: jobs: empty: expected a list of jobs"],
  [
    "jobs that are no list",
    "jobs: { a: 1 }\n",
    "schelly.yaml:1:1: jobs: the jobs are no list: expected each to begin with '- name:'",
  ],
  [
    "a job that is no mapping",
    "jobs:\n  - postgres\n",
    "schelly.yaml:2:5: jobs[0]: 'postgres' is not a mapping with keys",
  ],
  [
    "a job without a name",
    'jobs:\n  - provider: { url: "http://p/b" }\n',
    "schelly.yaml:2:5: jobs[0].name: missing: expected text",
  ],
  [
    "a name with capitals",
    'jobs:\n  - name: Post\n    provider: { url: "http://p/b" }\n',
    "schelly.yaml:2:11: jobs[0].name: 'Post' is not a name: expected lower case letters, …",
  ],
  [
    "a job without a provider",
    "jobs:\n  - name: a\n",
    "schelly.yaml:2:5: jobs[0].provider: missing: expected the name of a provider, …",
  ],
  [
    "two jobs of one name",
    'jobs:\n  - { name: a, provider: { url: "http://p/b" } }\n  - { name: a, provider: { url: "http://p/b" } }\n',
    "schelly.yaml:3:13: jobs[1].name: the name 'a' is taken by the job at schelly.yaml:2: expected another one",
  ],
  [
    "a former name that another job has",
    'jobs:\n  - { name: a, provider: { url: "http://p/b" } }\n  - { name: b, renamed_from: a, provider: { url: "http://p/b" } }\n',
    "schelly.yaml:3:30: jobs[1].renamed_from: 'a' belongs to schelly.yaml:2: expected a name that no job has (if the rename is done, …",
  ],
  [
    "a former name that another job has, which named a command",
    "jobs:\n  - { name: b, renamed_from: a, provider: { command: { create: [x], delete: [y] } } }\n" +
    '  - { name: a, provider: { url: "http://p/b" } }\n',
    `schelly.yaml:2:30: jobs[0].renamed_from: 'a' belongs to schelly.yaml:3: expected a name that no job has (if the rename is done, take renamed_from out and put 'formerly: ["command:a"]' into its provider; …`,
  ],
  [
    "a former name that another command has",
    "jobs:\n  - { name: c, renamed_from: a, provider: { command: { create: [x], delete: [y] } } }\n" +
    "  - { name: a, renamed_from: b, provider: { command: { create: [x], delete: [y] } } }\n",
    `schelly.yaml:2:30: jobs[0].renamed_from: 'a' belongs to schelly.yaml:3: expected a name that no job has (if the rename is done, move the commands under \`providers\` first, this one's with 'formerly: ["command:a"]', and take renamed_from out; …`,
  ],
  [
    "the former key of a command that another job has now",
    'jobs:\n  - { name: c, provider: { formerly: ["command:a"], command: { create: [x], delete: [y] } } }\n' +
    "  - { name: a, provider: { command: { create: [x], delete: [y] } } }\n",
    "schelly.yaml:2:38: jobs[0].provider.formerly: 'command:a' belongs to the provider command:a: expected a key that no other provider has (move the commands under `providers` first, …",
  ],
  [
    "two jobs of one former name",
    'jobs:\n  - { name: a, renamed_from: c, provider: { url: "http://p/b" } }\n  - { name: b, renamed_from: c, provider: { url: "http://p/b" } }\n',
    "schelly.yaml:3:30: jobs[1].renamed_from: 'c' belongs to schelly.yaml:2: expected a name that no job has (two jobs cannot take over the same backups)",
  ],
  [
    "a job that was renamed from itself",
    'jobs:\n  - { name: a, renamed_from: a, provider: { url: "http://p/b" } }\n',
    "schelly.yaml:2:30: jobs[0].renamed_from: 'a' is the name of this job: expected its earlier name",
  ],
  [
    "yes for true",
    job("enabled: yes"),
    "schelly.yaml:4:14: jobs[0].enabled: 'yes' is not true or false (write true)",
  ],
  [
    "a mistyped word",
    job("missed_runs: lates"),
    "schelly.yaml:4:18: jobs[0].missed_runs: 'lates' is not known: expected latest or skip (did you mean latest?)",
  ],
  [
    "a log level of other programs",
    `${GOOD}log: { level: warn }\n`,
    "schelly.yaml:2:15: log.level: 'warn' is not known: expected debug, info, warning or error (did you mean warning?)",
  ],
  // Durations and sizes.
  [
    "a duration without a unit",
    job("jitter: 60"),
    "schelly.yaml:4:13: jobs[0].jitter: '60' has no unit: expected a duration such as 60s",
  ],
  [
    "a duration in words",
    job("grace_time: 5 min"),
    "schelly.yaml:4:17: jobs[0].grace_time: '5 min' is not a duration: write 5m",
  ],
  [
    "an empty duration",
    job("grace_time:"),
    "schelly.yaml:4:16: jobs[0].grace_time: empty: expected a number with a unit, …",
  ],
  [
    "a duration of zero where time is needed",
    job("retry_interval: 0s"),
    "schelly.yaml:4:21: jobs[0].retry_interval: '0s' is too short: expected at least 100ms",
  ],
  [
    "an endless duration",
    job("grace_time: 99999999d"),
    "schelly.yaml:4:17: jobs[0].grace_time: '99999999d' is too long: expected at most 36525d",
  ],
  [
    "a size without a unit",
    job("min_size: 10"),
    "schelly.yaml:4:15: jobs[0].min_size: '10' has no unit: expected a size such as 10MiB",
  ],
  [
    "a size in words",
    job("min_size: 10 megs"),
    "schelly.yaml:4:15: jobs[0].min_size: '10 megs' is not a size: expected a number with a unit, such as 10MiB or 1.5GB",
  ],
  // Schedules, zones, dates.
  [
    "a bad cron pattern",
    job('schedule: "61 * * * *"'),
    "schelly.yaml:4:15: jobs[0].schedule: Cannot read '61 * * * *' as a schedule: …",
  ],
  [
    "a pattern that never fires",
    job('schedule: "0 0 31 2 *"'),
    "schelly.yaml:4:15: jobs[0].schedule: Cannot use '0 0 31 2 *' as a schedule: it never fires …",
  ],
  [
    "a pattern of a past year",
    job('schedule: "0 0 0 1 1 * 2020"'),
    "schelly.yaml:4:15: jobs[0].schedule: Cannot use …: it never fires …",
  ],
  ["a one-shot date", job('schedule: "2027-01-01T00:00:00"'), "schelly.yaml:4:15: jobs[0].schedule: …"],
  [
    "a bad retention schedule",
    job('retention: { daily: 1, schedule: "bad" }'),
    "schelly.yaml:4:38: jobs[0].retention.schedule: Cannot read 'bad' as a schedule: …",
  ],
  [
    "an unknown zone",
    job("timezone: Europe/Berln"),
    "schelly.yaml:4:15: jobs[0].timezone: 'Europe/Berln' is not a time zone: expected an IANA name such as Europe/Berlin or UTC (did you mean Europe/Berlin?)",
  ],
  [
    "jitter of half the interval",
    job('schedule: "0 * * * *"\njitter: 30m'),
    "schelly.yaml:5:13: jobs[0].jitter: the jitter is not under half of the smallest interval of '0 * * * *', 3600s: expected less than 1800s",
  ],
  [
    "jitter beside an uneven pattern",
    job('schedule: "0,10 0 * * *"\njitter: 6m'),
    "schelly.yaml:5:13: jobs[0].jitter: the jitter is not under half of the smallest interval of '0,10 0 * * *', 600s: …",
  ],
  [
    "a day no calendar has",
    job("from: 2026-02-30"),
    "schelly.yaml:4:11: jobs[0].from: '2026-02-30' is no day of the calendar",
  ],
  [
    "a date in words",
    job("to: tomorrow"),
    "schelly.yaml:4:9: jobs[0].to: 'tomorrow' is not a date: expected 2026-12-31, …",
  ],
  [
    "to before from",
    job("from: 2026-05-02\nto: 2026-05-01"),
    "schelly.yaml:5:9: jobs[0].to: '2026-05-01' is not after from '2026-05-02': expected a later day",
  ],
  // Retention.
  [
    "levels that are all 0",
    job("retention: { daily: 0, weekly: 0@SUN }"),
    "schelly.yaml:4:25: jobs[0].retention.daily: every level is 0, which would keep one backup only: expected a count, 'keep_last', 'keep_within', or 'retention: keep_all'",
  ],
  [
    "a negative count",
    job("retention: { daily: -1, weekly: 2 }"),
    "schelly.yaml:4:25: jobs[0].retention.daily: Cannot read '-1' as a daily rule: …",
  ],
  [
    "weekday 7",
    job("retention: { weekly: 4@7 }"),
    "schelly.yaml:4:26: jobs[0].retention.weekly: Cannot read '4@7' as a weekly rule: …",
  ],
  [
    "a mistyped keep_all",
    job('retention: keep_al\nschedule: "5 * * * *"'),
    "schelly.yaml:4:16: jobs[0].retention: 'keep_al' does not fit: expected keep_all or a mapping with keys (did you mean keep_all?)",
  ],
  [
    "keep_all without a schedule",
    job("retention: keep_all"),
    "schelly.yaml:2:5: jobs[0].schedule: Cannot derive a schedule from the retention policy: …",
  ],
  [
    "more than all percent",
    job("retention: { daily: 1, guard: { max_percent: 101 } }"),
    "schelly.yaml:4:50: jobs[0].retention.guard.max_percent: '101' is too large: expected at most 100",
  ],
  [
    "keeping none",
    job("retention: { daily: 1, min_keep: 0 }"),
    "schelly.yaml:4:38: jobs[0].retention.min_keep: '0' is too small: expected at least 1",
  ],
  [
    "two names for one number",
    job("retention: { daily: 1, min_keep: 2, keep_last: 5 }"),
    "schelly.yaml:4:52: jobs[0].retention.keep_last: 'min_keep' is 2 and 'keep_last' is 5: they are two names of one setting: " +
    "expected one of them",
  ],
  [
    "no limit in the words of restic",
    job("retention: { keep_last: unlimited }"),
    "schelly.yaml:4:29: jobs[0].retention.keep_last: 'unlimited' is not a number (to delete nothing, write retention: keep_all)",
  ],
  [
    "a window in years",
    job("retention: { keep_within: 1y5m7d2h }"),
    "schelly.yaml:4:31: jobs[0].retention.keep_within: '1y5m7d2h' is not a duration: years, months and weeks are written in " +
    "days: expected for example 522d2h",
  ],
  [
    "a window of months, or minutes",
    job("retention: { keep_within: 6m }"),
    "schelly.yaml:4:31: jobs[0].retention.keep_within: '6m' has two meanings, minutes here and months in restic: expected " +
    "360s or 180d",
  ],
  [
    "levels all 0, and a window of nothing",
    job("retention: { daily: 0, keep_within: 0s }"),
    "schelly.yaml:4:25: jobs[0].retention.daily: every level is 0, which would keep one backup only: expected a count, " +
    "'keep_last', 'keep_within', or 'retention: keep_all'",
  ],
  [
    "keep_last without a schedule",
    job("retention: { keep_last: 5 }"),
    "schelly.yaml:2:5: jobs[0].schedule: Cannot derive a schedule from the retention policy: …",
  ],
  [
    "a mistyped unlimited",
    job("retention: { daily: 1, max_deletes_per_pass: unlimted }"),
    "schelly.yaml:4:50: jobs[0].retention.max_deletes_per_pass: 'unlimted' does not fit: expected a number or unlimited (did you mean unlimited?)",
  ],
  // Providers.
  [
    "a provider of no kind",
    provider("{ poll_interval: 1s }"),
    "schelly.yaml:3:15: jobs[0].provider: the provider is nothing to call: expected one of url, restic, command, backy2 or conductor, or use",
  ],
  [
    "a provider of two kinds",
    provider('{ url: "http://p/b", command: { create: [a], delete: [b] } }'),
    "schelly.yaml:3:15: jobs[0].provider: the provider is url and command at once: …",
  ],
  [
    "an unknown provider",
    `${provider("resti")}providers: { restic: { url: "http://p/b" } }\n`,
    "schelly.yaml:3:15: jobs[0].provider: 'resti' is not an entry of providers: expected one of restic (did you mean restic?)",
  ],
  [
    "a URL as a provider's name",
    provider("http://p/b"),
    "schelly.yaml:3:15: jobs[0].provider: 'http://p/b' is not an entry of providers: there are none (write { url: … })",
  ],
  [
    "settings beside use",
    `${provider("{ use: r, poll_interval: 1s }")}providers: { r: { url: "http://p/b" } }\n`,
    "schelly.yaml:3:25: jobs[0].provider.poll_interval: belongs to the provider itself: expected it in providers.r",
  ],
  [
    "a provider's name with capitals",
    `${GOOD}providers: { R: { url: "http://q/b" } }\n`,
    "schelly.yaml:2:14: providers.R: 'R' is not a name: …",
  ],
  [
    "ftp",
    provider('{ url: "ftp://p/b" }'),
    "schelly.yaml:3:22: jobs[0].provider.url: 'ftp://p/b' is not an http URL: expected http://host:port/path or https://…",
  ],
  [
    "a URL without a scheme",
    provider("{ url: p:7070/b }"),
    "schelly.yaml:3:22: jobs[0].provider.url: 'p:7070/b' is not an http URL: expected http://host:port/path or https://… (did you mean http://p:7070/b?)",
  ],
  [
    "a URL without a host",
    provider('{ url: "http://" }'),
    "schelly.yaml:3:22: jobs[0].provider.url: 'http://' is not a valid URL: …",
  ],
  [
    "a URL with a query",
    provider('{ url: "http://u:geheim@p/b?x=1" }'),
    "schelly.yaml:3:22: jobs[0].provider.url: 'http://<redacted>@p/b?<redacted>' has a query or fragment: …",
  ],
  [
    "a header with a line end",
    provider('{ url: "http://p/b", headers: { X-A: "a\\r\\nb" } }'),
    "schelly.yaml:3:52: jobs[0].provider.headers.X-A: the value has control characters, such as a line end: expected one line of text",
  ],
  [
    "a header beyond ASCII",
    provider('{ url: "http://p/b", headers: { X-A: ü } }'),
    "schelly.yaml:3:52: jobs[0].provider.headers.X-A: the value has other than ASCII characters: expected plain ASCII",
  ],
  [
    "a header name with a space",
    provider('{ url: "http://p/b", headers: { "X A": b } }'),
    "schelly.yaml:3:47: jobs[0].provider.headers[\"X A\"]: 'X A' is no header name: expected letters, digits and -",
  ],
  [
    "a header of Schelly",
    provider('{ url: "http://p/b", headers: { Idempotency-Key: b } }'),
    "schelly.yaml:3:47: jobs[0].provider.headers.Idempotency-Key: the header Idempotency-Key is set by Schelly: expected another one",
  ],
  [
    "a header twice",
    provider('{ url: "http://p/b", headers: { X-A: b, x-a: c } }'),
    "schelly.yaml:3:55: jobs[0].provider.headers.x-a: the header x-a is given twice: expected once",
  ],
  [
    "two authorizations",
    provider('{ url: "http://u:p@p/b", headers: { authorization: b } }'),
    "schelly.yaml:3:66: jobs[0].provider.headers.authorization: stands beside a user and password in the url: expected one of them",
  ],
  [
    "headers of a built-in",
    provider("{ command: { create: [a], delete: [b] }, headers: { X-A: b } }"),
    "schelly.yaml:3:65: jobs[0].provider.headers: goes with a url or conductor only: expected env or env_file in another built-in",
  ],
  [
    "JSON in quotes",
    provider(`{ url: "http://p/b", body: '{"a": 1}' }`),
    "schelly.yaml:3:42: jobs[0].provider.body: is JSON inside quotes, which would be sent as one text: expected it without the quotes",
  ],
  [
    "an empty command",
    provider("{ command: { create: [], delete: [b] } }"),
    "schelly.yaml:3:36: jobs[0].provider.command.create: a list is empty: expected a program and its arguments",
  ],
  [
    "a command as text",
    provider("{ command: { create: tar, delete: [b] } }"),
    "schelly.yaml:3:36: jobs[0].provider.command.create: 'tar' is no command: expected [tar], or { shell: … }",
  ],
  [
    "a command that never deletes",
    provider("{ command: { create: [a] } }"),
    "schelly.yaml:3:17: jobs[0].provider.command.delete: missing: expected a list or a mapping with keys",
  ],
  [
    "a schedule of upkeep that never fires",
    provider('{ restic: { repository: /r, paths: [/x], password: x, prune: { schedule: "0 0 31 2 *" } } }'),
    "schelly.yaml:3:88: jobs[0].provider.restic.prune.schedule: Cannot use '0 0 31 2 *' as a schedule: it never fires after 2026-11-20T12:00:00.000Z: expected a day that its months have and a year that is not over",
  ],
  [
    "upkeep at no time",
    provider("{ restic: { repository: /r, paths: [/x], password: x, check: {} } }"),
    "schelly.yaml:3:76: jobs[0].provider.restic.check: says no time: expected schedule, after_deletions, or both",
  ],
  [
    "a part of the data that is none",
    provider(
      "{ restic: { repository: /r, paths: [/x], password: x, check: { after_deletions: 9, read_data_subset: some } } }",
    ),
    "schelly.yaml:3:116: jobs[0].provider.restic.check.read_data_subset: 'some' is no subset: expected a share such as 5%, a part such as 2/10, or a size such as 10G",
  ],
  [
    "a bar in a word of backy2",
    provider('{ backy2: { source: "file:///x", config_file: schelly.yaml, name: "a|b" } }'),
    "schelly.yaml:3:81: jobs[0].provider.backy2.name: 'a|b' has a | or a comma, by which backy2 separates its words",
  ],
  [
    "restic without a password",
    provider("{ restic: { repository: /r, paths: [/x] } }"),
    "schelly.yaml:3:25: jobs[0].provider.restic: has no password: expected password_file, or password",
  ],
  [
    "restic without paths",
    provider("{ restic: { repository: /r, paths: [], password: x } }"),
    "schelly.yaml:3:50: jobs[0].provider.restic.paths: a list is empty: expected the files and folders to back up",
  ],
  [
    "a password that is a number",
    provider("{ restic: { repository: /r, paths: [/x], password: 12345 } }"),
    "schelly.yaml:3:66: jobs[0].provider.restic.password: the value is not text (put it in quotes)",
  ],
  [
    "nothing done at once",
    provider('{ url: "http://p/b", max_concurrent: 0 }'),
    "schelly.yaml:3:52: jobs[0].provider.max_concurrent: '0' is too small: expected at least 1",
  ],
  // The server.
  [
    "a port alone",
    `${GOOD}server: { listen: 8080 }\n`,
    "schelly.yaml:2:19: server.listen: '8080' is not host:port: expected for example 127.0.0.1:8080, in quotes",
  ],
  [
    "no host",
    `${GOOD}server: { listen: ":8080" }\n`,
    "schelly.yaml:2:19: server.listen: ':8080' names no host: expected for example 0.0.0.0:8080 for all interfaces",
  ],
  [
    "a port too great",
    `${GOOD}server: { listen: "127.0.0.1:65536" }\n`,
    "schelly.yaml:2:19: server.listen: '127.0.0.1:65536' has no valid port: expected 1-65535, or 0 for a free one",
  ],
  [
    "an address that is none",
    `${GOOD}server: { listen: "300.1.1.1:80" }\n`,
    "schelly.yaml:2:19: server.listen: '300.1.1.1:80' has no valid host: expected an IP address or a host name",
  ],
  [
    "a token without a token",
    `${GOOD}server: { auth: { tokens: [ { name: a, role: viewer } ] } }\n`,
    "schelly.yaml:2:29: server.auth.tokens[0]: has no token: expected token_file, or token",
  ],
  [
    "an unknown role",
    `${GOOD}server: { auth: { tokens: [ { name: a, role: root, token: abcdefghijklmnop } ] } }\n`,
    "schelly.yaml:2:46: server.auth.tokens[0].role: 'root' is not known: expected viewer, operator or admin",
  ],
  [
    "no tokens",
    `${GOOD}server: { auth: { tokens: [] } }\n`,
    "schelly.yaml:2:27: server.auth.tokens: empty: expected at least 1",
  ],
  [
    "a socket path too long",
    `${GOOD}server: { socket: /${"s".repeat(107)} }\n`,
    "schelly.yaml:2:19: server.socket: '/sss…' has 108 bytes: expected a path of at most 107",
  ],
  [
    "a socket where a file is",
    `${GOOD}server: { socket: schelly.yaml }\n`,
    "schelly.yaml:2:19: server.socket: '/home/me/schelly.yaml' is a file: expected a path at which there is a socket, or nothing",
  ],
  [
    "a state path without file:",
    `${GOOD}state: { url: /var/schelly.db }\n`,
    "schelly.yaml:2:15: state.url: '/var/schelly.db' is no place for state: expected file:/path, libsql://host or https://host (write file:/var/schelly.db)",
  ],
  [
    "state in memory",
    `${GOOD}state: { url: "file::memory:" }\n`,
    "schelly.yaml:2:15: state.url: state in memory is lost with the process: expected file:/path/schelly.db",
  ],
  [
    "a state file that may be lost",
    `${GOOD}state: { durability: relaxed }\n`,
    "schelly.yaml:2:22: state.durability: is for a libSQL server: a state file is written through to its disk always",
  ],
  [
    "a server that is durable in another way",
    `${GOOD}state: { url: "http://db:8080", durability: full }\n`,
    "schelly.yaml:2:45: state.durability: …",
  ],
  [
    "a token in the state's URL",
    `${GOOD}state: { url: "libsql://h/?authToken=geheim" }\n`,
    "schelly.yaml:2:15: state.url: the URL carries a password, query or fragment: …",
  ],
];

for (const [what, text, expected] of TABLE) {
  test(`loadConfig() refuses ${what} at its place`, async () => {
    const issues = await issuesOf(text);
    assert.equal(issues.length, 1, issues.join("\n"));
    const pattern = expected.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(
      "[^]*",
    );
    assert.match(issues[0]!, new RegExp(`^${pattern}$`));
  });
}

test("loadConfig() tells jobs with commands of their own that change names to move these first", async () => {
  const command = "provider: { command: { create: [x], delete: [y] } }";
  const issues = await issuesOf(
    `jobs:\n  - { name: b, renamed_from: a, ${command} }\n  - { name: a, renamed_from: b, ${command} }\n`,
  );
  assert.equal(issues.length, 2);
  for (const [at, key] of ["a", "b"].entries()) {
    assert.match(
      issues[at]!,
      new RegExp(
        `move the commands under .providers. first, this one's with .formerly: \\["command:${key}"\\].; then two jobs`,
      ),
    );
  }
});

test("loadConfig() tells all issues at once, in reading order", async () => {
  const issues = await issuesOf(`log: { level: loud }
defaults: { jitter: 5, timezone: Nowhere }
jobs:
  - name: A
    schedule: "99 * * * *"
    provider: nas
  - name: b
    provider: { url: "ftp://x" }
    retention: { daily: 9@77 }
  - name: c
    retention: { weekly: x }
    grace_time: 10
    provider: { restic: { repository: /r } }
tail: 1
`);
  assert.deepEqual(issues.map((issue) => issue.split(" ")[0]! + issue.split(" ")[1]!), [
    "schelly.yaml:1:15:log.level:",
    "schelly.yaml:2:21:defaults.jitter:",
    "schelly.yaml:2:34:defaults.timezone:",
    "schelly.yaml:4:11:jobs[0].name:",
    "schelly.yaml:5:15:jobs[0].schedule:",
    "schelly.yaml:6:15:jobs[0].provider:",
    "schelly.yaml:8:22:jobs[1].provider.url:",
    "schelly.yaml:9:25:jobs[1].retention.daily:",
    "schelly.yaml:11:26:jobs[2].retention.weekly:",
    "schelly.yaml:12:17:jobs[2].grace_time:",
    "schelly.yaml:13:25:jobs[2].provider.restic:",
    "schelly.yaml:14:1:tail:",
  ]);
});

test("loadConfig() never shows a secret in an issue", async () => {
  const issues = await issuesOf(`state: { token: [ "geheim1" ], url: "http://me:geheim2@host/?x" }
server: { auth: { tokens: [ { name: a, role: admin, token: "geheim3 mit leer" } ] } }
jobs:
  - name: a
    provider: { url: "http://me:geheim4@p/b#f", headers: { X-Key: "geheim5\\n" } }
  - name: b
    provider:
      restic: { repository: "rest:http://me:geheim6@p/", paths: [1], password: true, env: { K: [geheim7] } }
`);
  assert.equal(issues.length >= 6, true);
  assert.doesNotMatch(issues.join("\n"), /geheim/);
});

test("loadConfig() stops counting issues at some point", async () => {
  const issues = await issuesOf(`jobs:\n${"  - { nam: x }\n".repeat(1_000)}`);
  assert.equal(issues.length, 201);
  assert.match(issues[200]!, /2800 more issues are not shown/);
});

test("loadConfig() takes a configuration with more warnings than are shown, and shows an error before them", async () => {
  const hosts = Array.from({ length: 300 }, (_, index) => `h${index}`);
  const files = Object.fromEntries(
    hosts.map((host) => [`/home/me/t/${host}`, `token-of-${host}-0123456789`]),
  );
  const prepare = (memory: { setMode(path: string, mode: number): Promise<void> }) => {
    for (const path of ["/home", "/home/me", "/home/me/t"]) void memory.setMode(path, 0o755);
    for (const path of Object.keys(files)) void memory.setMode(path, 0o644);
  };
  const text = (more: string) =>
    `providers: { p: { url: "http://{host}/b", token_file: "t/{host}", hosts: [${hosts.join(", ")}] } }\n` +
    `jobs: [{ name: a, schedule: "0 3 * * *", provider: { use: p, host: h1 }${more} }]\n`;
  const notes = await notesOf(text(""), { files, prepare });
  assert.equal(notes.length, 201);
  assert.match(notes.at(-1)!, /^warning .*100 more issues are not shown/);
  const issues = await issuesOf(text(", expect: [{ max_gap: x, within: 30d }]"), { files, prepare });
  assert.ok(issues.some((issue) => /max_gap: 'x' is not a duration/.test(issue)), String(issues.at(-1)));
});

test("loadConfig() accepts a configuration without jobs and says so", async () => {
  assert.deepEqual(await notesOf("jobs: []\n"), [
    "warning schelly.yaml:1:7: jobs: there are no jobs: nothing will be backed up",
  ]);
});

test("loadConfig() accepts anchors that are used modestly", async () => {
  const config = await load(`defaults: { retention: &keep { daily: 3 } }
jobs:
  - { name: a, provider: { url: "http://p/b" }, retention: *keep }
`);
  assert.equal(config.jobs[0]!.retention.levels.daily.count, 3);
});
