// What programs that are started find of the environment of this one: what they need to run and to reach their storage.
// Everything else may be a secret of somebody else's.

import { SECRET_NAME } from "./secret_name.ts";

const NAMES: ReadonlySet<string> = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP"],
  ...["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"],
  ...["http_proxy", "https_proxy", "all_proxy", "no_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK", "CREDENTIALS_DIRECTORY"],
]);

/** Of locales, and of the tools that make backups or are backed up. */
const PREFIXES = [
  ...["LC_", "RESTIC_", "RCLONE_", "AWS_", "AZURE_", "GOOGLE_", "B2_", "OS_", "ST_"],
  ...["PG", "BORG_", "MYSQL_"],
];

/** What a shell sets itself, and what each program of a backup is told by name. */
const GIVEN = /^(_|PWD|OLDPWD|SHLVL|HOSTNAME|TERM|COLUMNS|LINES|SCHELLY_.*)$/;
/** What service managers, clusters and this program have for their own use: nobody misses it. */
const OWN = new RegExp(
  "^(INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|SYSTEMD_EXEC_PID|MAINPID|(WATCHDOG|LISTEN|MEMORY_PRESSURE|DENO)_.*|" +
    "(RUNTIME|STATE|CACHE|LOGS|CONFIGURATION)_DIRECTORY|(BACKUP|WEBHOOK|RETENTION|GRACE_TIME)_.*|LOG_LEVEL|DATA_DIR|" +
    "[A-Z0-9_]+_(PORT(_\\d+_.*)?|SERVICE_(HOST|PORT(_.*)?)))$",
);

/** Names of variables that say where a secret is. */
const PLACE_NAME = /(FILE|PATH|DIR|DIRECTORY|HOME|ROOT|SOCK|AUTHORITY|COMMAND)$/i;

type Environment = Record<string, string>;

/** What is handed on. */
export function passedOn(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => isPassed(name)));
}

/** Of what is handed on: a program that prints its own environment would tell these. */
export function inheritedSecrets(env: Environment): string[] {
  return Object.entries(env)
    // A place is no secret. What merely begins like one may be: a key in base64 does now and then.
    .filter(([name, value]) => SECRET_NAME.test(name) && !(value.startsWith("/") && PLACE_NAME.test(name)))
    .map(([, value]) => value);
}

/** Names of variables that are set and not handed on, sorted; `isOwn`: hardly meant for a program that is started. */
export function keptBack(env: Environment): { name: string; isOwn: boolean }[] {
  return Object.keys(env).filter((name) => !isPassed(name) && !GIVEN.test(name)).sort()
    .map((name) => ({ name, isOwn: OWN.test(name) }));
}

function isPassed(name: string): boolean {
  return NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
}
