// Makes the settings of a served provider out of flags and the environment of the original's providers.

import { z } from "zod";
import {
  type Backy2ProviderSpec,
  type BuiltinBase,
  type CommandProviderSpec,
  type HookSpec,
  type ResticProviderSpec,
  shellArgv,
} from "../../domain/provider_spec.ts";
import { backy2Config } from "./backy2_config.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

interface HookArgs {
  pre?: string;
  post?: string;
  onSuccess?: string;
  onFailure?: string;
}

export interface ResticSpecArgs extends HookArgs {
  repository?: string;
  path?: string[];
  exclude?: string[];
  passwordFile?: string;
  init?: boolean;
}

export interface Backy2SpecArgs extends HookArgs {
  source?: string;
  configFile?: string;
}

export interface CommandSpecArgs extends HookArgs {
  create?: string;
  delete?: string;
  get?: string;
  list?: string;
  verify?: string;
  restore?: string;
  browse?: string;
}

type Env = Record<string, string>;
type Argv = [string, ...string[]];

/** Nobody else would free what deleted versions held. */
const CLEANUP = { schedule: { pattern: "0 30 4 * * *", timezone: "UTC" }, afterDeletions: null };

const DEFAULT_HOOK_SECONDS = 7_200;
const LOCK_WAIT_MS = 600_000;
const Arguments = z.array(z.string()).min(1);

/** Settings of `provider serve restic`; a flag wins over the environment. */
export function resticSpec(args: ResticSpecArgs, env: Env): ResticProviderSpec {
  const repository = args.repository ?? (env.TARGET_DATA_PATH || env.RESTIC_REPOSITORY || "/backup-repo");
  const passwordFile = args.passwordFile ?? (env.RESTIC_PASSWORD_FILE || null);
  const password = passwordFile === null ? env.RESTIC_PASSWORD || null : null;
  if (passwordFile === null && password === null) {
    throw new Failure(
      EXIT.usage,
      "Cannot serve restic without the password of its repository: expected --password-file, RESTIC_PASSWORD_FILE or RESTIC_PASSWORD",
    );
  }
  return {
    ...base(`restic:${repository}`, args, env),
    kind: "restic",
    repository,
    program: "restic",
    passwordFile,
    password,
    paths: args.path ?? [env.SOURCE_DATA_PATH || "/backup-source"],
    exclude: args.exclude ?? [],
    excludeFiles: [],
    excludeIfPresent: [],
    excludeCaches: false,
    tags: [],
    host: null,
    oneFileSystem: false,
    limitUpload: null,
    limitDownload: null,
    compression: null,
    readConcurrency: null,
    options: {},
    lockWaitMs: LOCK_WAIT_MS,
    // The original's provider makes a missing repository; --no-init turns that off.
    init: args.init ?? true,
    prune: false,
    pruneUpkeep: null,
    checkUpkeep: null,
    onIncomplete: "fail",
    env: {},
    extraBackupArgs: [],
  };
}

/** Settings of `provider serve backy2`; without a configuration file the environment says what would stand in it. */
export function backy2Spec(args: Backy2SpecArgs, env: Env): Backy2ProviderSpec {
  const source = args.source ?? env.SOURCE_DATA_PATH ?? "";
  if (!/^[a-z][a-z0-9]*:\/\/./.test(source)) {
    throw new Failure(
      EXIT.usage,
      `Cannot serve backy2 with the source ${
        JSON.stringify(source)
      }: expected --source or SOURCE_DATA_PATH such as ` +
        "file:///backup-source/disk or rbd://pool/image@snapshot",
    );
  }
  return {
    ...base(`backy2:${source}`, args, env),
    kind: "backy2",
    program: "backy2",
    config: args.configFile === undefined ? backy2Config(env) : { file: args.configFile },
    source,
    name: "schelly",
    tags: [],
    // As the original's provider, which makes a database when it has none.
    init: true,
    cleanupUpkeep: CLEANUP,
    env: {},
  };
}

/** Settings of `provider serve command`. */
export function commandSpec(args: CommandSpecArgs, env: Env): CommandProviderSpec {
  const create = argvOf("--create", args.create);
  const remove = argvOf("--delete", args.delete);
  const verify = argvOf("--verify", args.verify);
  if (create === null || remove === null) {
    throw new Failure(
      EXIT.usage,
      `Cannot serve commands without ${
        create === null ? "--create" : "--delete"
      }: expected a command, or --config with --name`,
    );
  }
  return {
    ...base(`command:${create.join(" ")}`, args, env),
    kind: "command",
    create,
    delete: remove,
    get: argvOf("--get", args.get),
    list: argvOf("--list", args.list),
    restore: argvOf("--restore", args.restore),
    browse: argvOf("--browse", args.browse),
    ...(verify === null ? {} : { verify }),
    env: {},
    cwd: null,
  };
}

function base(key: string, hooks: HookArgs, env: Env): BuiltinBase {
  const timeoutMs = hookSeconds(env.PRE_POST_TIMEOUT) * 1_000;
  const hook = (command: string | undefined): HookSpec | null =>
    command ? { argv: ["bash", "-c", command], timeoutMs } : null;
  const onSuccess = hook(hooks.onSuccess ?? env.ON_SUCCESS_COMMAND);
  const onFailure = hook(hooks.onFailure ?? env.ON_FAILURE_COMMAND);
  return {
    key,
    formerly: [],
    maxConcurrent: 1,
    timeouts: { createMs: 60_000, getMs: 10_000, deleteMs: 600_000 },
    pollIntervalMs: 5_000,
    verifyBeforeDelete: true,
    pre: hook(hooks.pre ?? env.PRE_BACKUP_COMMAND),
    post: hook(hooks.post ?? env.POST_BACKUP_COMMAND),
    ...(onSuccess === null ? {} : { onSuccess }),
    ...(onFailure === null ? {} : { onFailure }),
    createLimitMs: null,
    createBody: undefined,
    deleteBody: undefined,
  };
}

function hookSeconds(text: string | undefined): number {
  if (!text) return DEFAULT_HOOK_SECONDS;
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new Failure(
    EXIT.usage,
    `Cannot read PRE_POST_TIMEOUT ${JSON.stringify(text)}: expected whole seconds such as 7200`,
  );
}

function argvOf(flag: string, text: string | undefined): Argv | null {
  if (text === undefined || text === "") return null;
  const data = parseJson(text);
  // `[ -e /mnt ] && …` is a line for bash too.
  if (!Array.isArray(data) && !/^\s*\[\s*"/.test(text)) return shellArgv(text);
  const parsed = Arguments.safeParse(data);
  if (parsed.success) return parsed.data as Argv;
  throw new Failure(
    EXIT.usage,
    `Cannot read ${flag} ${text}: expected a JSON array of texts such as ["tar", "czf", "/b.tgz"]`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
