// What is said of keys of borgmatic that have no counterpart here, so that none is left out without a word.

import { type Borgmatic, BORGMATIC_KEYS } from "./borgmatic_schema.ts";
import { VARIABLE_KEYS } from "./borgmatic_create.ts";
import { HOOK_KEYS } from "./borgmatic_hooks.ts";
import type { Notes } from "./imported.ts";

const EXAMPLES = "deploy/examples";
const CHANNEL =
  "see docs/notifications.md: ntfy, mail, Slack, a webhook, or by a command apprise, which reaches it";

/** Without these something that borgmatic did is not done. */
const LOST: Readonly<Record<string, string>> = {
  postgresql_databases: `dumps are NOT made by this configuration: add a job of ${EXAMPLES}/postgres`,
  mysql_databases: `dumps are NOT made by this configuration: add a job of ${EXAMPLES}/mariadb`,
  mariadb_databases: `dumps are NOT made by this configuration: add a job of ${EXAMPLES}/mariadb`,
  sqlite_databases: `dumps are NOT made by this configuration: add a job of ${EXAMPLES}/sqlite`,
  mongodb_databases:
    "dumps are NOT made by this configuration: write one with mongodump in pre, into a folder that is backed up",
  zfs: "no snapshot is made: make and mount one in pre, and take it away in post",
  btrfs: "no snapshot is made: make and mount one in pre, and take it away in post",
  lvm: "no snapshot is made: make and mount one in pre, and take it away in post",
  keep_13weekly: "there are no quarters here: raise monthly, of which every third is one",
  keep_3monthly: "there are no quarters here: raise monthly, of which every third is one",
  pushover: CHANNEL,
  zabbix: CHANNEL,
  apprise:
    "give notify a channel of type command with the argv of apprise: docs/notifications.md has it written out",
  uptime_kuma: "call its address with curl in on_success of the job",
  cronitor: "call its address with curl in on_success and on_failure of the job, or give the job a ping",
  pagerduty: CHANNEL,
  loki: "Schelly's own log is JSON lines, for any collector",
  sentry: CHANNEL,
  watchgoose: "it speaks the way of healthchecks.io: give the job ping: { url_file: … }",
  keepassxc: "its passwords are not read: put each in a file that only the server may read",
  borg_exit_codes: "what a warning is worth is decided in create, by what borg says",
};

const CHANGED: Readonly<Record<string, string>> = {
  check_repositories:
    "every repository has a job of its own: take verify out of those that are not to be checked",
  check_last: "verify takes an archive of each level in turn: see select in docs/verification.md",
  match_archives: "not needed: retention counts the backups that this job has made, and no other archives",
  prefix: "not needed: retention counts the backups that this job has made, and no other archives",
  compact_threshold: "borg compact runs after each deletion, with its own threshold",
  recompress: "not done: a backup is written once",
  checkpoint_volume: "not taken over: add it to the options in create",
  archive_hostname: "not taken over: an archive has the name of this host",
  archive_username: "not taken over: an archive has the name of the user who runs the server",
  msgpack_version_check: "not taken over",
  check_i_know_what_i_am_doing: "not taken over: repairs are yours to run",
  bootstrap:
    "an archive does not hold the configuration: `schelly recovery-sheet` says what restores without it",
  store_config_files:
    "an archive does not hold the configuration: `schelly recovery-sheet` says what restores without it",
  systemd: "credentials are read from the folder that systemd names",
  retry_wait: "it is the time before the second try",
  files_changed: "not taken over: add it to the options in create",
  unsafe_skip_path_validation_before_create: "not needed",
};

/** About what borgmatic itself prints or stores. */
const OWN = new Set([
  "color",
  "verbosity",
  "syslog_verbosity",
  "log_file_verbosity",
  "log_file",
  "log_file_format",
  "monitoring_verbosity",
  "log_json",
  "progress",
  "statistics",
  "quick_statistics",
  "list_details",
  "default_actions",
  "upload_buffer_size",
  "file_list_format",
  "archive_list_format",
  "debug_passphrase",
  "display_passphrase",
  "borgmatic_source_directory",
  "user_runtime_directory",
  "user_state_directory",
]);

/** One note for each key that is set and not read elsewhere. */
export function noteTheRest(config: Borgmatic, notes: Notes): void {
  const own: string[] = [];
  for (const [key, value] of Object.entries(config)) {
    if (value === undefined || value === null && !["zfs", "btrfs", "lvm"].includes(key)) continue;
    if (BORGMATIC_KEYS.has(key) || VARIABLE_KEYS.has(key) || HOOK_KEYS.has(key)) continue;
    if (key.startsWith("x-")) continue;
    if (Object.hasOwn(LOST, key)) notes.lost(key, LOST[key]!);
    else if (Object.hasOwn(CHANGED, key)) notes.changed(key, CHANGED[key]!);
    else if (OWN.has(key)) own.push(key);
    else notes.lost(key, "not taken over: no key of borgmatic of this name is known here");
  }
  if (own.length > 0) {
    notes.changed(own.join(", "), "not needed: they are about what borgmatic itself prints and stores");
  }
  const others = Object.entries(config.extra_borg_options ?? {}).filter(([command, words]) =>
    command !== "create" && words
  );
  if (others.length > 0) {
    const commands = others.map(([command]) => command).join(", ");
    notes.changed(
      "extra_borg_options",
      `those of ${commands} are not taken over: add them where borg is called below`,
    );
  }
}
