// A configuration of borgmatic as one of ours: a job for each repository, with borg run by commands.

import { LEVELS } from "../../domain/policy.ts";
import { nameFor } from "../config/first_answers.ts";
import { borgCommands, createCommand, type Shell } from "./borg_commands.ts";
import { borgVariables, createArguments, hasSources, repositoryPlace } from "./borgmatic_create.ts";
import { hooksOf } from "./borgmatic_hooks.ts";
import { noteTheRest } from "./borgmatic_notes.ts";
import { retentionOf, verifyOf } from "./borgmatic_policy.ts";
import type { Borgmatic } from "./borgmatic_schema.ts";
import {
  CannotImport,
  type Imported,
  type ImportedJob,
  type ImportedSecret,
  Notes,
  unusedName,
} from "./imported.ts";
import { mergedFrom } from "./imported_text.ts";

/** What is known beside the file. */
export interface ImportPlace {
  /** As it was named. */
  file: string;
  /** To which relative paths lead. */
  folder: string;
  /** A cron pattern; undefined: what the other file says, or what the policy asks for. */
  schedule?: string;
  timezone?: string;
  /** Of the first job, instead of one by its repository. */
  name?: string;
  now: number;
}

/** Where no level says how often backups are made. */
const DAILY = "0 2 * * *";
const LOCK_WAIT_S = 600;
const MOST_ATTEMPTS = 10;

/** Throws `CannotImport` where no job comes of it. */
export function importBorgmatic(config: Borgmatic, place: ImportPlace): Imported {
  const notes = new Notes();
  const secrets: ImportedSecret[] = [];
  const repositories = config.repositories ?? [];
  if (repositories.length === 0) {
    throw new CannotImport(`'${place.file}' names no repositories: expected at least one`);
  }
  if (!hasSources(config)) {
    throw new CannotImport(
      `'${place.file}' names no source_directories: where databases alone are backed up, start from a job of ` +
        "deploy/examples/postgres, mariadb or sqlite",
    );
  }
  const calls = { program: config.local_path ?? "borg", lockWait: config.lock_wait ?? LOCK_WAIT_S };
  const names = repositories.map(({ path, label }, at) =>
    at === 0 && place.name !== undefined ? place.name : nameFor(label ?? shortName(path))
  ).reduce((taken, name) => taken.add(unusedName(name, taken)), new Set<string>());
  const key = keyOf(config, [...names][0]!, secrets, notes);
  const [verify, retention] = [verifyOf(config, notes), retentionOf(config, { ...place, notes })];
  const schedule = place.schedule ?? (hasLevel(retention) ? undefined : DAILY);
  const told = toldOf(config, [...names][0]!, secrets, notes);
  const jobs = repositories.map(({ path, label }, at): ImportedJob => {
    const repository = repositoryPlace(path, config.working_directory ?? place.folder);
    const hooks = hooksOf(config, { repository, label: label ?? "", file: place.file }, notes);
    return {
      name: [...names][at]!,
      ...(schedule === undefined ? {} : { schedule }),
      ...(place.timezone === undefined ? {} : { timezone: place.timezone }),
      provider: {
        command: {
          ...mergedFrom("borg"),
          ...(config.working_directory === undefined ? {} : { cwd: config.working_directory }),
          env: { BORG_REPO: repository, ...borgVariables(config), ...key.env },
          ...(key.env_file === undefined ? {} : { env_file: key.env_file }),
          ...shellKey("pre", hooks.pre),
          ...shellKey("post", hooks.post),
          ...shellKey("on_success", hooks.success),
        },
      },
      ...retryOf(config),
      retention: retention as ImportedJob["retention"],
      ...(verify === undefined ? {} : { verify }),
      ...(told.ping === undefined || at > 0 ? {} : { ping: told.ping }),
      ...shellKey("on_failure", hooks.failure),
    };
  });
  noteWays(config, place, jobs, notes);
  noteTheRest(config, notes);
  return {
    from: "borgmatic",
    jobs,
    shared: {
      name: "borg",
      value: { create: createCommand(calls, createArguments(config)), ...borgCommands(calls) },
    },
    ...(told.notify === undefined ? {} : { notify: told.notify }),
    secrets,
    notes: notes.all,
  };
}

function shellKey(key: string, shell: string | undefined): Record<string, Shell> {
  return shell === undefined ? {} : { [key]: { shell } };
}

function retryOf({ retries, retry_wait }: Borgmatic): Record<string, unknown> {
  if (retries === undefined || retries <= 0) return {};
  const after = retry_wait === undefined || retry_wait <= 0 ? {} : { after: `${retry_wait}s` };
  return { retry: { attempts: Math.min(retries, MOST_ATTEMPTS), ...after } };
}

function hasLevel(retention: string | Record<string, unknown>): boolean {
  return typeof retention !== "string" && LEVELS.some((level) => level in retention);
}

/** `laptop` of `user@nas:laptop.borg`. */
function shortName(path: string): string {
  return path.replace(/\/+$/, "").replace(/\.borg$|\/repo$/, "").split(/[/:]/).at(-1)!;
}

/** Where the passphrase comes from: never from the configuration itself. */
function keyOf(
  { encryption_passphrase: phrase, encryption_passcommand: command, container }: Borgmatic,
  job: string,
  secrets: ImportedSecret[],
  notes: Notes,
): { env?: Record<string, string>; env_file?: Record<string, string> } {
  const [, kind, rest = ""] = /^\{credential\s+(\w+)\s+(.+?)\}$/.exec(phrase ?? "") ?? [];
  const place = {
    file: rest.replaceAll(/^["']|["']$/g, ""),
    systemd: `\${CREDENTIALS_DIRECTORY}/${rest}`,
    container: `${container?.secrets_directory ?? "/run/secrets"}/${rest}`,
  }[kind ?? ""];
  if (place !== undefined) return { env_file: { BORG_PASSPHRASE: place } };
  if (phrase !== undefined && hasVariable(phrase)) return { env: { BORG_PASSPHRASE: phrase } };
  const file = `${job}-passphrase`;
  if (kind !== undefined) {
    notes.lost(
      "encryption_passphrase",
      `${phrase} is not read here: put the passphrase into the file '${file}'`,
    );
    return { env_file: { BORG_PASSPHRASE: file } };
  }
  if (phrase !== undefined) {
    secrets.push({ file, value: unescaped(phrase), what: "the passphrase of the repository" });
    return { env_file: { BORG_PASSPHRASE: file } };
  }
  if (command !== undefined) return { env: { BORG_PASSCOMMAND: command } };
  notes.changed(
    "encryption_passphrase",
    "none is set: borg finds BORG_PASSPHRASE or BORG_PASSCOMMAND of the server's environment",
  );
  return {};
}

/** Who learns how it went. */
function toldOf(
  { healthchecks, ntfy }: Borgmatic,
  job: string,
  secrets: ImportedSecret[],
  notes: Notes,
): { ping?: Record<string, unknown>; notify?: Record<string, unknown> } {
  const told: ReturnType<typeof toldOf> = {};
  if (healthchecks !== undefined) {
    const { ping_url: url, states, send_logs } = healthchecks;
    const address = /^https?:|^\$\{/.test(url) ? url : `https://hc-ping.com/${url}`;
    told.ping = {
      ...secretIn("url", address, `${job}-ping-url`, "the address of the check", secrets),
      ...(states === undefined || states.includes("start") ? {} : { start: false }),
      ...(send_logs === false ? { output: false } : {}),
    };
  }
  if (ntfy !== undefined) {
    const { topic, server = "https://ntfy.sh", access_token, username, states } = ntfy;
    const url = `${server.replace(/\/+$/, "")}/${topic}`;
    const token = access_token === undefined
      ? {}
      : secretIn("token", access_token, "ntfy-token", "the access token of ntfy", secrets);
    told.notify = {
      channels: {
        ntfy: { type: "ntfy", ...secretIn("url", url, "ntfy-url", "the topic of ntfy", secrets), ...token },
      },
    };
    notes.changed(
      "ntfy",
      "it tells when the health of a job turns bad and good again, not each run: `schelly notify test ntfy`",
    );
    if (username !== undefined) {
      notes.lost(
        "ntfy.username",
        "a channel logs in with an access token alone: make one, and give it token_file",
      );
    }
    if (states?.includes("finish")) {
      notes.changed(
        "ntfy.states",
        "no message says that a backup is there; a digest does: docs/notifications.md",
      );
    }
  }
  return told;
}

function secretIn(
  key: string,
  value: string,
  file: string,
  what: string,
  secrets: ImportedSecret[],
): Record<string, string> {
  if (hasVariable(value)) return { [key]: value };
  const [, credential] = /^\{credential\s+file\s+(.+?)\}$/.exec(value) ?? [];
  if (credential !== undefined) return { [`${key}_file`]: credential };
  secrets.push({ file, value: unescaped(value), what });
  return { [`${key}_file`]: file };
}

/** True where the environment holds it, or a part of it: then nothing secret stands there. */
function hasVariable(value: string): boolean {
  return /(?<!\$)\$\{/.test(value);
}

/** Files are read as they are, variables or not. */
function unescaped(value: string): string {
  return value.replaceAll("$${", () => "${");
}

/** What is the same for every import. */
function noteWays(config: Borgmatic, place: ImportPlace, jobs: readonly ImportedJob[], notes: Notes): void {
  if (place.schedule === undefined) {
    notes.changed(
      "when",
      "borgmatic's file does not say it, its timer or crontab does. Here it is " +
        (jobs[0]!.schedule === undefined
          ? "derived from the finest level of retention (`schelly schedule derive` says how)"
          : "02:00 each day") +
        '; give --schedule 02:30, or write schedule: "30 2 * * *"',
    );
  }
  if (jobs.length > 1 && config.healthchecks !== undefined) {
    notes.lost(
      "healthchecks",
      `the check hears of job ${
        jobs[0]!.name
      } alone: make one for each of the others, and give it ping: { url_file: … }`,
    );
  }
  if (jobs.length > 1) {
    notes.changed(
      "repositories",
      `${jobs.length} of them are ${jobs.length} jobs, each with its own state; they may run at the same time`,
    );
  }
  notes.changed(
    "archive_name_format",
    "an archive has the id of its backup as its name. Archives of borgmatic stay, and are nobody's to delete, until " +
      `\`schelly backups import --job ${jobs[0]!.name}\` takes them in`,
  );
  if (config.source_directories_must_exist === false) {
    notes.changed(
      "source_directories_must_exist",
      "a folder that is not there fails the backup: borg warns of it",
    );
  }
  const broken = config.umask !== undefined && config.umask < 0;
  if (broken) throw new CannotImport(`umask: ${config.umask} is none`);
}
