// The options of `schelly provider serve`, by which a unit of systemd is made as well.

import type { Command } from "commander";
import { configOption } from "../terminal/options.ts";
import type { ConductorSpecArgs } from "./conductor_spec.ts";
import type { Backy2SpecArgs, CommandSpecArgs, ResticSpecArgs } from "./provider_spec.ts";

/** What every kind is started with. */
export interface ServeArgs {
  listen?: string;
  stateFolder?: string;
  tokenFile?: string;
  /** The header that carries the token, instead of `Authorization: Bearer`. */
  tokenHeader?: string;
  /** What Schelly calls this host; calls meant for another one are refused. */
  host?: string[];
  /** Folders into which callers may have backups restored. */
  restoreRoot?: string[];
  /** PEM files; both or neither. */
  tlsCertFile?: string;
  tlsKeyFile?: string;
  /** Take the provider from this configuration … */
  config?: string;
  /** … by this name. */
  name?: string;
}

export type ServeProviderArgs =
  | ({ kind: "command" } & ServeArgs & CommandSpecArgs)
  | ({ kind: "restic" } & ServeArgs & ResticSpecArgs)
  | ({ kind: "backy2" } & ServeArgs & Backy2SpecArgs)
  | ({ kind: "conductor" } & ServeArgs & ConductorSpecArgs);

export type ServedKind = ServeProviderArgs["kind"];

/** Where the journal is unless another folder is named. */
export const DEFAULT_FOLDER = "/var/lib/schelly/provider";

/** What can be served. */
export const SERVED_KINDS: readonly { kind: ServedKind; description: string; examples: string[] }[] = [
  {
    kind: "restic",
    description: "back up files with restic",
    examples: [
      "schelly provider serve restic --repository /srv/repo --path /srv/data --password-file /etc/restic.pw",
    ],
  },
  {
    kind: "command",
    description: "back up with programs of yours",
    examples: [
      `schelly provider serve command --create 'tar czf /b/$SCHELLY_BACKUP_ID.tgz /data' --delete 'rm -f /b/$SCHELLY_BACKUP_ID.tgz'`,
    ],
  },
  {
    kind: "backy2",
    description: "back up disk images and Ceph with backy2",
    examples: [
      "schelly provider serve backy2 --source file:///dev/vg/disk --config-file /etc/backy.cfg",
    ],
  },
  {
    kind: "conductor",
    description: "back up by workers of a Conductor server",
    examples: ["schelly provider serve conductor --url http://conductor:8080/api --sql"],
  },
];

/** Adds those of a kind. */
export function serveOptions(command: Command, kind: ServedKind): Command {
  const all = kind === "conductor" ? commonOptions(command) : hookOptions(commonOptions(command));
  switch (kind) {
    case "restic":
      return all
        .option(
          "--repository <repository>",
          "as restic -r takes it (TARGET_DATA_PATH, RESTIC_REPOSITORY; default /backup-repo)",
        )
        .option("--path <path...>", "what is backed up (SOURCE_DATA_PATH; default /backup-source)")
        .option("--exclude <pattern...>", "left out")
        .option(
          "--password-file <path>",
          "password of the repository (RESTIC_PASSWORD_FILE; or RESTIC_PASSWORD holds it)",
        )
        .option("--no-init", "fail when the repository is missing, instead of making it");
    case "command":
      return all
        .option("--create <command>", "makes a backup: a JSON array of arguments, or one line for bash")
        .option("--delete <command>", "deletes the backup SCHELLY_DATA_ID; same forms")
        .option("--get <command>", "looks for the backup SCHELLY_DATA_ID; exit code 3: not there")
        .option("--list <command>", "lists the backups that exist")
        .option("--verify <command>", "proves the backup SCHELLY_DATA_ID; exit code 1: it is damaged")
        .option("--restore <command>", "restores SCHELLY_DATA_ID into SCHELLY_TARGET; needs --restore-root")
        .option("--browse <command>", "lists what is in the folder SCHELLY_PATH of it");
    case "backy2":
      return all
        .option("--source <url>", "file:///… or rbd://pool/image@snapshot (SOURCE_DATA_PATH)")
        .option(
          "--config-file <path>",
          "backy2's own configuration; absent: made of TARGET_DATA_BACKEND, S3_*, SIMULTANEOUS_*, MAX_BANDWIDTH_*",
        );
    case "conductor":
      return all
        .option("--url <url>", "its API, such as http://conductor:8080/api (CONDUCTOR_API_URL)")
        .option(
          "--sql",
          "its database is PostgreSQL, MySQL or SQLite: what was started is found by its run at once",
        )
        .option("--create-workflow <name>", "the workflow that makes a backup (default create_backup)")
        .option("--remove-workflow <name>", "the workflow that deletes one (default remove_backup)")
        .option("--ui-url <url>", "where its page is, for links; default: the url without /api");
  }
}

function commonOptions(command: Command): Command {
  return configOption(command)
    .option("--name <name>", "serve the provider of this name out of the configuration")
    .option("--listen <address>", "address (LISTEN_IP, LISTEN_PORT; default 127.0.0.1:7070)")
    .option(
      "--state-folder <path>",
      `where the journal of its backups is (DATA_DIR; default ${DEFAULT_FOLDER})`,
    )
    .option(
      "--token-file <path>",
      "callers must send this file's token as `Authorization: Bearer …`; needed unless only this machine reaches it",
    )
    .option("--token-header <name>", "callers must send the token in this header instead, as it is")
    .option(
      "--host <name...>",
      "this host's name in Schelly's `hosts`: calls for another one are refused; default: the one first asked for",
    )
    .option(
      "--restore-root <folder...>",
      "callers may have backups restored into these folders; default: into none",
    )
    .option("--tls-cert-file <path>", "serve HTTPS with this certificate (PEM, with its chain)")
    .option("--tls-key-file <path>", "and this key of it");
}

/** Of those whose work is done on this machine. */
function hookOptions(command: Command): Command {
  return command
    .option("--pre <command>", "run by bash before each backup (PRE_BACKUP_COMMAND)")
    .option("--post <command>", "run by bash after each backup, whatever became of it (POST_BACKUP_COMMAND)")
    .option("--on-success <command>", "run by bash once a backup is there (ON_SUCCESS_COMMAND)")
    .option("--on-failure <command>", "run by bash after any other end of one (ON_FAILURE_COMMAND)");
}
