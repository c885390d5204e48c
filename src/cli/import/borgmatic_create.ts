// What `borg create` is called with, and the environment that borg finds, by the keys of borgmatic.

import type { Borgmatic } from "./borgmatic_schema.ts";
import { CannotImport, quoted, quotedPath } from "./imported.ts";

/** Keys of borgmatic that are variables of borg. */
const VARIABLES: Readonly<Record<string, string>> = {
  borg_base_directory: "BORG_BASE_DIR",
  borg_config_directory: "BORG_CONFIG_DIR",
  borg_cache_directory: "BORG_CACHE_DIR",
  borg_security_directory: "BORG_SECURITY_DIR",
  borg_keys_directory: "BORG_KEYS_DIR",
  borg_key_file: "BORG_KEY_FILE",
  borg_files_cache_ttl: "BORG_FILES_CACHE_TTL",
  use_chunks_archive: "BORG_USE_CHUNKS_ARCHIVE",
  relocated_repo_access_is_ok: "BORG_RELOCATED_REPO_ACCESS_IS_OK",
  unknown_unencrypted_repo_access_is_ok: "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK",
  temporary_directory: "TMPDIR",
  ssh_command: "BORG_RSH",
  remote_path: "BORG_REMOTE_PATH",
};
export const VARIABLE_KEYS: ReadonlySet<string> = new Set(Object.keys(VARIABLES));

/** Words for the shell: options, then `::ARCHIVE`, then paths. */
export function createArguments(config: Borgmatic): string[] {
  const flag = (key: keyof Borgmatic, option: string, when = true) => config[key] === when ? [option] : [];
  const value = (option: string, of: string | number | undefined) =>
    of === undefined ? [] : [`${option} ${quoted(String(of))}`];
  const each = (option: string, of: readonly string[] | undefined, quote = quoted) =>
    (of ?? []).map((one) => `${option} ${quote(one)}`);
  return [
    ...value("--compression", config.compression),
    ...value("--upload-ratelimit", config.upload_rate_limit),
    ...value("--checkpoint-interval", config.checkpoint_interval),
    ...value("--chunker-params", config.chunker_params),
    ...value("--files-cache", config.files_cache),
    ...value("--umask", config.umask === undefined ? undefined : config.umask.toString(8).padStart(4, "0")),
    ...flag("one_file_system", "--one-file-system"),
    ...flag("numeric_ids", "--numeric-ids"),
    ...flag("atime", "--atime"),
    ...flag("ctime", "--noctime", false),
    ...flag("birthtime", "--nobirthtime", false),
    ...flag("flags", "--noflags", false),
    ...flag("read_special", "--read-special"),
    ...flag("exclude_caches", "--exclude-caches"),
    ...flag("keep_exclude_tags", "--keep-exclude-tags"),
    ...flag("exclude_nodump", "--exclude-nodump"),
    ...each("--exclude-if-present", config.exclude_if_present),
    ...each("--patterns-from", config.patterns_from, quotedPath),
    ...each("--pattern", config.patterns),
    ...each("--exclude-from", config.exclude_from, quotedPath),
    ...each("--exclude", config.exclude_patterns?.map(withHome)),
    // As it stands there: options, and their values in quotes where they need them.
    ...[config.extra_borg_options?.create?.trim()].filter((words) => words !== undefined && words !== ""),
    // What follows is no option, whatever it begins with.
    '-- "::$SCHELLY_BACKUP_ID"',
    ...(config.source_directories ?? []).map(quotedPath),
  ] as string[];
}

/** True where something says what is to be backed up. */
export function hasSources({ source_directories, patterns, patterns_from }: Borgmatic): boolean {
  return (source_directories?.length ?? 0) > 0 || (patterns_from?.length ?? 0) > 0 ||
    (patterns ?? []).some((pattern) => /^R\s/.test(pattern));
}

/** The variables that keys of borgmatic stand for. */
export function borgVariables(config: Borgmatic): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, name] of Object.entries(VARIABLES)) {
    const value = config[key];
    if (typeof value === "boolean") found[name] = value ? "yes" : "no";
    else if (typeof value === "string" || typeof value === "number") found[name] = withHome(String(value));
  }
  return found;
}

/** A repository as borg takes it: what looks like `user@host:path` is an ssh address, as borgmatic reads it. */
export function repositoryPlace(path: string, folder: string): string {
  if (/^(?:sftp|https?|s3|b2):\/\/|^(?:rclone|s3|b2|rest):/.test(path)) {
    throw new CannotImport(
      `a repository of ${
        path.split(":")[0]
      } is one of Borg 2, whose commands are others: write its provider by hand, ` +
        "from deploy/examples/borg",
    );
  }
  if (path.startsWith("file://")) return path.slice("file://".length);
  if (path.startsWith("ssh://")) return path;
  if (/^[^/]*:/.test(path) && !path.startsWith("${")) {
    return `ssh://${path.replaceAll(":~", "/~").replaceAll(":/", "/").replaceAll(":", "/./")}`;
  }
  if (/^[/~{$]/.test(path)) return withHome(path);
  return `${folder}/${path}`;
}

/** `~/` is the home folder of the one who runs the server. */
function withHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, "${HOME}");
}
