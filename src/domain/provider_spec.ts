// What is needed to reach or run a provider, every default filled in. Config makes it, the composition root uses it.

import type { Json } from "./job.ts";

/** Runs before or after each backup of a built-in; a failing `pre` stops the backup, a failing `post` is reported. */
export interface HookSpec {
  argv: [string, ...string[]];
  timeoutMs: number;
}

/** What every kind of provider has. */
export interface ProviderBase {
  /** Provider key: the name in config, else the normalised URL without credentials, else kind + repository. */
  key: string;
  /** Keys whose rows are this provider's too. */
  formerly: string[];
  maxConcurrent: number;
  timeouts: { createMs: number; getMs: number; deleteMs: number };
  pollIntervalMs: number;
  verifyBeforeDelete: boolean;
}

export interface HttpProviderSpec extends ProviderBase {
  kind: "http";
  /** Without a trailing slash; credentials are moved to `headers`. */
  url: string;
  headers: Record<string, string>;
  /** Sent with create and delete where the job has none of its own. */
  createBody: Json | undefined;
  deleteBody: Json | undefined;
}

export interface BuiltinBase extends ProviderBase {
  pre: HookSpec | null;
  post: HookSpec | null;
  /** Most time for one backup; null: no limit. */
  createLimitMs: number | null;
  createBody: Json | undefined;
  deleteBody: Json | undefined;
}

/** `{ command: … }`: any program makes and deletes. */
export interface CommandProviderSpec extends BuiltinBase {
  kind: "command";
  create: [string, ...string[]];
  delete: [string, ...string[]];
  /** Optional look-up; exit 0 found, 3 not there. */
  get: [string, ...string[]] | null;
  list: [string, ...string[]] | null;
  env: Record<string, string>;
  cwd: string | null;
}

/** `{ restic: … }`. */
export interface ResticProviderSpec extends BuiltinBase {
  kind: "restic";
  repository: string;
  /** Path of the program. */
  program: string;
  passwordFile: string | null;
  password: string | null;
  paths: string[];
  exclude: string[];
  tags: string[];
  host: string | null;
  oneFileSystem: boolean;
  /** Make a missing repository. */
  init: boolean;
  /** Prune together with forget. */
  prune: boolean;
  /** What to do when some files could not be read (exit 3). */
  onIncomplete: "fail" | "accept";
  env: Record<string, string>;
  extraBackupArgs: string[];
}

export type BuiltinProviderSpec = CommandProviderSpec | ResticProviderSpec;
export type ProviderSpec = HttpProviderSpec | BuiltinProviderSpec;
