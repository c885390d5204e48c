// The settings of the built-in providers, restic, command and backy2, become their specs.

import {
  type BuiltinBase,
  commandKey,
  type HookSpec,
  type ProviderBase,
  type ProviderSpec,
  type ResticProviderSpec,
  shellArgv,
  type UpkeepSpec,
  VERIFY_PARTS,
} from "../../domain/provider_spec.ts";
import { repositoryIdentity } from "../../domain/repository_identity.ts";
import { parseSchedule } from "../../domain/schedule/schedule.ts";
import { upkeepZone } from "./upkeep_defaults.ts";
import type { Bodies, ProviderBuild } from "./provider_build.ts";
import type {
  Backy2Settings,
  CommandSettings,
  HookSettings,
  ProgramSettings,
  ResticSettings,
  UpkeepSettings,
} from "../schema/schema_provider.ts";
import { type Path, valueAt } from "../document/tree.ts";
import { resolvePath } from "../../domain/path.ts";
import { milliseconds } from "../values/durations.ts";
import { parseSizeMb } from "../values/sizes.ts";

const HOOK_TIMEOUT = "2h";
const LOCK_WAIT = "10m";

type BuiltinSettings = ResticSettings | CommandSettings | Backy2Settings;

/** Checks its password too. */
export function buildRestic(
  settings: ResticSettings,
  base: ProviderBase,
  bodies: Bodies,
  path: Path,
  build: ProviderBuild,
): ProviderSpec {
  const { secrets } = build;
  const env = environmentOf(settings, path, build);
  const prune = typeof settings.prune === "object" ? settings.prune : undefined;
  const inEnv = ["RESTIC_PASSWORD", "RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND"]
    .some((variable) => (env[variable] ?? build.env[variable] ?? "") !== "");
  judgePassword(settings, path, build, inEnv);
  judgeCopy(settings, path, build);
  const { places } = build;
  const repository = places.repositoryAt([...path, "repository"]);
  const folder = places.folderOf(path);
  const otherFolder = places.otherFolderOf(path);
  const filesAt = (key: string, list: readonly string[] = []) =>
    list.map((_, index) => places.fileAt([...path, key, index]));
  judgeOwnFolder(repository, settings, folder, path, build);
  return {
    ...base,
    ...builtinOf(settings, bodies),
    ...copyFromOf(settings, path, build),
    key: base.key || `restic:${withoutCredentials(settings.repository)}`,
    kind: "restic",
    repository,
    ...(repository === settings.repository ? {} : { written: settings.repository }),
    ...(folder === undefined ? {} : { folder }),
    ...(otherFolder === undefined ? {} : { otherFolder }),
    program: programOf(
      settings.program === undefined ? "restic" : places.fileAt([...path, "program"]),
      folder,
    ),
    passwordFile: settings.password_file === undefined ? null : secrets.fileAt([...path, "password_file"]),
    password: settings.password ?? null,
    paths: filesAt("paths", settings.paths),
    exclude: settings.exclude ?? [],
    excludeFiles: filesAt("exclude_files", settings.exclude_files),
    excludeIfPresent: settings.exclude_if_present ?? [],
    excludeCaches: settings.exclude_caches ?? false,
    tags: settings.tags ?? [],
    host: settings.host ?? null,
    oneFileSystem: settings.one_file_system ?? false,
    limitUpload: settings.limit_upload ?? null,
    limitDownload: settings.limit_download ?? null,
    compression: settings.compression ?? null,
    readConcurrency: settings.read_concurrency ?? null,
    options: settings.options ?? {},
    lockWaitMs: milliseconds(settings.lock_wait ?? LOCK_WAIT),
    init: settings.init ?? false,
    prune: settings.prune === true,
    pruneUpkeep: upkeepOf(prune, [...path, "prune"], build),
    checkUpkeep: checkOf(settings.check, [...path, "check"], build),
    ...(settings.verify === undefined ? {} : { verify: verifyOf(settings.verify) }),
    onIncomplete: settings.on_incomplete ?? "fail",
    env,
    extraBackupArgs: settings.extra_backup_args ?? [],
  };
}

/** A repository below what it backs up: each backup holds all backups before it. */
function judgeOwnFolder(
  repository: string,
  { paths = [], exclude = [] }: Pick<ResticSettings, "paths" | "exclude">,
  folder: string | undefined,
  path: Path,
  { report }: ProviderBuild,
): void {
  if (!repository.startsWith("/") || exclude.some((pattern) => repository.startsWith(pattern))) return;
  for (const [index, written] of paths.entries()) {
    const read = folder === undefined ? written : resolvePath(folder, written);
    if (!`${repository.replace(/\/+$/, "")}/`.startsWith(`${read.replace(/\/+$/, "")}/`)) continue;
    report.add([...path, "paths", index], {
      message:
        `'${written}' holds the repository '${repository}': each backup takes in all backups before it`,
      hint: "move the repository elsewhere, or name it under exclude",
      severity: "warning",
    });
  }
}

/** Keys that say what is read, which nothing is where another repository is copied. */
const READING = [
  "paths",
  "exclude",
  "exclude_files",
  "exclude_if_present",
  "exclude_caches",
  "one_file_system",
  "read_concurrency",
  "on_incomplete",
  "extra_backup_args",
  "host",
] as const;

function judgeCopy(settings: ResticSettings, path: Path, build: ProviderBuild): void {
  const { report } = build;
  const { copy_from: from } = settings;
  if (from === undefined) {
    if (settings.paths === undefined) {
      report.add(path, { message: "has no paths: expected the files and folders to back up, or copy_from" });
    }
    return;
  }
  for (const key of READING) {
    if (settings[key] === undefined) continue;
    report.add([...path, key], { message: "stands beside copy_from: a copy has what the other backup has" });
  }
  const [source, target] = [["copy_from", "repository"], ["repository"]].map((key) =>
    repositoryIdentity(build.places.repositoryAt([...path, ...key]))
  );
  if (source === target) {
    report.add([...path, "copy_from", "repository"], {
      message: "is the repository that is copied into: expected another one",
    });
  }
  judgePassword(from, [...path, "copy_from"], build);
}

/** `isElsewhere`: what is not written here may come from the environment. */
function judgePassword(
  { password, password_file: file }: Pick<ResticSettings, "password" | "password_file">,
  path: Path,
  { report, mode }: ProviderBuild,
  isElsewhere = false,
): void {
  if (password !== undefined && file !== undefined) {
    report.add([...path, "password_file"], { message: "stands beside password: expected one of them" });
  }
  if (password === undefined && file === undefined && !isElsewhere) {
    report.add(path, {
      message: "has no password: expected password_file, or password",
      severity: mode === "optional" ? "note" : "error",
    });
  }
}

/** A name is looked for in PATH; a relative path is one from that folder. */
function programOf(program: string, folder: string | undefined): string {
  return folder === undefined || !program.includes("/") ? program : resolvePath(folder, program);
}

function copyFromOf(
  { copy_from: from }: ResticSettings,
  path: Path,
  { secrets, places }: ProviderBuild,
): Pick<ResticProviderSpec, "copyFrom"> {
  if (from === undefined) return {};
  return {
    copyFrom: {
      repository: places.repositoryAt([...path, "copy_from", "repository"]),
      password: from.password ?? null,
      passwordFile: from.password_file === undefined
        ? null
        : secrets.fileAt([...path, "copy_from", "password_file"]),
      job: from.job ?? null,
    },
  };
}

/**
 * Its key is `command:` and the name of the job it is written in, so that an edit of the command leaves the backups
 * made so far where they belong. `command:defaults` for one written there.
 */
export function buildCommand(
  settings: CommandSettings,
  base: ProviderBase,
  bodies: Bodies,
  path: Path,
  build: ProviderBuild,
): ProviderSpec {
  const owner = path[0] === "jobs" ? String(valueAt(build.root, [...path.slice(0, 2), "name"])) : "defaults";
  return {
    ...base,
    ...builtinOf(settings, bodies),
    key: base.key || commandKey(owner),
    kind: "command",
    create: argvOf(settings.create),
    delete: argvOf(settings.delete),
    get: settings.get === undefined ? null : argvOf(settings.get),
    list: settings.list === undefined ? null : argvOf(settings.list),
    restore: settings.restore === undefined ? null : argvOf(settings.restore),
    browse: settings.browse === undefined ? null : argvOf(settings.browse),
    ...(settings.verify === undefined ? {} : { verify: argvOf(settings.verify) }),
    env: environmentOf(settings, path, build),
    cwd: settings.cwd === undefined ? null : resolvePath(build.base, settings.cwd),
  };
}

/** Its key names the configuration and the source: two sources in one store are two providers. */
export function buildBacky2(
  settings: Backy2Settings,
  base: ProviderBase,
  bodies: Bodies,
  path: Path,
  build: ProviderBuild,
): ProviderSpec {
  const source = settings.source;
  if (!/^[a-z][a-z0-9]*:\/\/./.test(source)) {
    build.report.add([...path, "source"], {
      message: `${
        build.report.shown([...path, "source"], source)
      } is no source: expected file:///… or rbd://pool/image@snapshot`,
    });
  }
  return {
    ...base,
    ...builtinOf(settings, bodies),
    key: base.key || `backy2:${source}`,
    kind: "backy2",
    program: settings.program ?? "backy2",
    config: { file: build.secrets.fileAt([...path, "config_file"]) },
    source,
    name: settings.name ?? "schelly",
    tags: settings.tags ?? [],
    init: settings.init ?? false,
    cleanupUpkeep: upkeepOf(settings.cleanup, [...path, "cleanup"], build),
    env: environmentOf(settings, path, build),
  };
}

/** Null when it is absent, or wrong and reported. */
function upkeepOf(settings: UpkeepSettings | undefined, path: Path, build: ProviderBuild): UpkeepSpec | null {
  if (settings === undefined) return null;
  const { schedule: pattern, after_deletions: afterDeletions } = settings;
  if (pattern === undefined && afterDeletions === undefined) {
    build.report.add(path, { message: "says no time: expected schedule, after_deletions, or both" });
    return null;
  }
  const timezone = upkeepZone(build);
  if (pattern !== undefined) {
    const parsed = parseSchedule(pattern, timezone, build.now);
    if ("error" in parsed) {
      build.report.add([...path, "schedule"], { message: parsed.error });
      return null;
    }
  }
  return {
    schedule: pattern === undefined ? null : { pattern, timezone },
    afterDeletions: afterDeletions ?? null,
  };
}

function checkOf(settings: ResticSettings["check"], path: Path, build: ProviderBuild) {
  if (settings === undefined || settings === "never") return null;
  const { read_data_subset: subset, ...when } = settings;
  if (subset !== undefined && !/^(\d+(\.\d+)?%|\d+\/\d+|\d+[KMGTkmgt]?)$/.test(subset)) {
    build.report.add([...path, "read_data_subset"], {
      message: `${
        build.report.shown([...path, "read_data_subset"], subset)
      } is no subset: expected a share such as 5%, a part such as 2/10, or a size such as 10G`,
    });
  }
  const upkeep = upkeepOf(when, path, build);
  return upkeep === null ? null : { ...upkeep, readDataSubset: subset ?? null };
}

function verifyOf({ parts, max_size, test }: NonNullable<ResticSettings["verify"]>) {
  return {
    parts: parts ?? VERIFY_PARTS,
    maxSizeMb: max_size === undefined ? null : parseSizeMb(max_size) ?? null,
    test: hookOf(test),
  };
}

function argvOf(settings: ProgramSettings): [string, ...string[]] {
  return Array.isArray(settings) ? settings as [string, ...string[]] : shellArgv(settings.shell);
}

function builtinOf(
  settings: BuiltinSettings,
  bodies: Bodies,
): Pick<
  BuiltinBase,
  "pre" | "post" | "onSuccess" | "onFailure" | "secretEnv" | "createLimitMs" | "createBody" | "deleteBody"
> {
  const [onSuccess, onFailure] = [hookOf(settings.on_success), hookOf(settings.on_failure)];
  return {
    ...(settings.env_file === undefined ? {} : { secretEnv: Object.keys(settings.env_file) }),
    pre: hookOf(settings.pre),
    post: hookOf(settings.post),
    ...(onSuccess === null ? {} : { onSuccess }),
    ...(onFailure === null ? {} : { onFailure }),
    createLimitMs: settings.create_limit === undefined ? null : milliseconds(settings.create_limit),
    ...bodies,
  };
}

function hookOf(settings: HookSettings | undefined): HookSpec | null {
  if (settings === undefined) return null;
  if (Array.isArray(settings)) return hookOf({ argv: settings });
  return {
    argv: "shell" in settings ? shellArgv(settings.shell) : settings.argv as [string, ...string[]],
    timeoutMs: milliseconds(settings.timeout ?? HOOK_TIMEOUT),
  };
}

/** What `env` and `env_file` give; what is wrong is reported. */
export function environmentOf(
  settings: { env?: Record<string, string> | undefined; env_file?: Record<string, string> | undefined },
  path: Path,
  { report, secrets }: Pick<ProviderBuild, "report" | "secrets">,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const key of ["env", "env_file"] as const) {
    for (const [name, written] of Object.entries(settings[key] ?? {})) {
      const at = [...path, key, name];
      const value = key === "env" ? written : secrets.textAt(at);
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        report.add(at, { message: "is no variable name: expected letters, digits and _", atKey: true });
      } else if (Object.hasOwn(env, name)) {
        report.add(at, { message: "stands in env and in env_file: expected one of them", atKey: true });
      } else if (value?.includes("\0")) {
        report.add(at, { message: "the value has a NUL character: expected text" });
      } else if (value !== undefined) env[name] = value;
    }
  }
  return env;
}

function withoutCredentials(repository: string): string {
  return repository.replace(/(:\/\/)[^\s/?#]*@/, "$1");
}
