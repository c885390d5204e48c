// Makes the settings of a served provider out of flags and the environment of the original's providers.

import { z } from "zod";
import type {
  BuiltinBase,
  CommandProviderSpec,
  HookSpec,
  ResticProviderSpec,
} from "../domain/provider_spec.ts";
import { EXIT, Failure } from "./exit.ts";

export interface HookArgs {
  pre?: string;
  post?: string;
}

export interface ResticSpecArgs extends HookArgs {
  repository?: string;
  path?: string[];
  exclude?: string[];
  passwordFile?: string;
  init?: boolean;
}

export interface CommandSpecArgs extends HookArgs {
  create?: string;
  delete?: string;
  get?: string;
  list?: string;
}

type Env = Record<string, string>;
type Argv = [string, ...string[]];

const DEFAULT_HOOK_SECONDS = 7_200;
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
    tags: [],
    host: null,
    oneFileSystem: false,
    // The original's provider makes a missing repository; --no-init turns that off.
    init: args.init ?? true,
    prune: false,
    onIncomplete: "fail",
    env: {},
    extraBackupArgs: [],
  };
}

/** Settings of `provider serve command`. */
export function commandSpec(args: CommandSpecArgs, env: Env): CommandProviderSpec {
  const create = argvOf("--create", args.create);
  const remove = argvOf("--delete", args.delete);
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
    env: {},
    cwd: null,
  };
}

function base(key: string, hooks: HookArgs, env: Env): BuiltinBase {
  const timeoutMs = hookSeconds(env.PRE_POST_TIMEOUT) * 1_000;
  const hook = (command: string | undefined): HookSpec | null =>
    command ? { argv: ["bash", "-c", command], timeoutMs } : null;
  return {
    key,
    formerly: [],
    maxConcurrent: 1,
    timeouts: { createMs: 60_000, getMs: 10_000, deleteMs: 600_000 },
    pollIntervalMs: 5_000,
    verifyBeforeDelete: true,
    pre: hook(hooks.pre ?? env.PRE_BACKUP_COMMAND),
    post: hook(hooks.post ?? env.POST_BACKUP_COMMAND),
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
  if (!text.trimStart().startsWith("[")) return ["sh", "-c", text];
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    data = undefined;
  }
  const parsed = Arguments.safeParse(data);
  if (parsed.success) return parsed.data as Argv;
  throw new Failure(
    EXIT.usage,
    `Cannot read ${flag} ${text}: expected a JSON array of texts such as ["tar", "czf", "/b.tgz"]`,
  );
}
