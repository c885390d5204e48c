// What is needed to reach or run a provider, every default filled in. Config makes it, the composition root uses it.

import type { Json } from "./job.ts";

/**
 * Runs around each backup of a built-in: `pre` before it, which stops it by failing; `post` after it, whatever became of
 * it; then `on_success` or `on_failure`. What fails after the backup is reported.
 */
export interface HookSpec {
  argv: [string, ...string[]];
  timeoutMs: number;
}

/**
 * A command line of a user as arguments. A pipe whose first part fails must never pass for a backup, nor a misspelt
 * variable delete what it should not: bash ends at the first error.
 */
export function shellArgv(line: string): [string, ...string[]] {
  return ["bash", "-euo", "pipefail", "-c", line];
}

const COMMAND = "command:";
/** Whose command it is where it is written in the defaults, for all jobs. */
const FOR_ALL = "defaults";

/** The provider key of a command that is written in the job `owner`, or in `defaults`. */
export function commandKey(owner: string): string {
  return `${COMMAND}${owner}`;
}

/** The job whose command has this key; undefined for one of all jobs, and for every other provider. */
export function commandOwner(key: string): string | undefined {
  return key.startsWith(COMMAND) && key !== commandKey(FOR_ALL) ? key.slice(COMMAND.length) : undefined;
}

/** Whether this is the key of a command that is written in a job of another name. */
export function isCommandOfAnother(key: string, job: string): boolean {
  const owner = commandOwner(key);
  return owner !== undefined && owner !== job;
}

/** The key of the provider `name` on one of its hosts; no name has the sign between. */
export function hostKey(name: string, host: string): string {
  return `${name}@${host}`;
}

/** What every kind of provider has. */
export interface ProviderBase {
  /**
   * Provider key: the name in config, else the normalised URL without credentials, else kind + repository; of an address
   * that variables give a part of, as it was written, with digits of its digest.
   */
  key: string;
  /** Keys whose rows are this provider's too. */
  formerly: string[];
  /** Calls under way at the same time where it is reached over HTTP, backups where it is a built-in. */
  maxConcurrent: number;
  timeouts: { createMs: number; getMs: number; deleteMs: number };
  pollIntervalMs: number;
  verifyBeforeDelete: boolean;
  /** What variables gave to its address and bodies, sorted: never shown. Absent: nothing. */
  hidden?: readonly string[];
}

export interface HttpProviderSpec extends ProviderBase {
  kind: "http";
  /** Without a trailing slash; credentials are moved to `headers`. */
  url: string;
  /** The URL as people may see it; absent: as it is, without its query. */
  shownUrl?: string;
  /** The name of the host it is on, which each call bears; absent: it is not one of several. */
  host?: string;
  headers: Record<string, string>;
  /** PEM texts of certificates beside the usual ones; absent: none. */
  tls?: { ca?: string; cert?: string; key?: string };
  /** Sent with create and delete where the job has none of its own. */
  createBody: Json | undefined;
  deleteBody: Json | undefined;
}

/** `{ conductor: … }`: workers of a Conductor server make and delete, each as a workflow. */
export interface ConductorProviderSpec extends Omit<HttpProviderSpec, "kind"> {
  kind: "conductor";
  /** Where its page is, without a trailing slash. */
  uiUrl: string;
  /** Its workflows and their version; null: the newest. */
  workflows: { create: string; remove: string; version: number | null };
  /** What the workflows call what they are given and what they answer. */
  inputs: { backupName: string; dataId: string; workerConfig: string; timeoutSeconds: string };
  outputs: { dataId: string; dataSizeMb: string };
  /** "sql": one database says at once what was started; null: nobody promises that, so a look-up proves nothing. */
  persistence: "sql" | null;
  /** Given to the workflows; null: the name of the job, nothing, nothing. */
  backupName: string | null;
  workerConfig: string | null;
  timeoutSeconds: number | null;
}

/** True where the backups are made by a service that is called, and not by this program. */
export function isService(spec: Pick<ProviderSpec, "kind">): boolean {
  return spec.kind === "http" || spec.kind === "conductor";
}

export interface BuiltinBase extends ProviderBase {
  pre: HookSpec | null;
  post: HookSpec | null;
  /** Absent: none. */
  onSuccess?: HookSpec;
  onFailure?: HookSpec;
  /** Variables of `env` whose values came from files: secret, whatever their names are. */
  secretEnv?: readonly string[];
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
  /** Writes a backup into a folder; exit 3: it has no such path. Absent or null: nobody can. */
  restore?: [string, ...string[]] | null;
  /** Lists a folder of a backup; exit 3: there is none such. */
  browse?: [string, ...string[]] | null;
  /** Proves that a backup can be restored; exit code 0 passed, 1 damaged, any other: nothing was found out. Absent: none. */
  verify?: [string, ...string[]];
  env: Record<string, string>;
  cwd: string | null;
}

/** When a repository is pruned, checked or cleaned up: by the clock, after so many deletions, or both. */
export interface UpkeepSpec {
  /** A pattern that fires, in an IANA zone; null: not by the clock. */
  schedule: { pattern: string; timezone: string } | null;
  /** Null: not after deletions. */
  afterDeletions: number | null;
}

/** Into so many parts a repository is divided for verifications by `check` where nothing is said. */
export const VERIFY_PARTS = 10;

/** `{ restic: … }`. */
export interface ResticProviderSpec extends BuiltinBase {
  kind: "restic";
  repository: string;
  /** The same as it is written, where that is a relative path: by this it was known before. */
  written?: string;
  /** The folder that restic runs in, for its relative paths; absent: where Schelly was started. */
  folder?: string;
  /** The other folder that its relative `paths` may mean; absent: there is none, or all are written whole. */
  otherFolder?: string;
  /** Path of the program. */
  program: string;
  passwordFile: string | null;
  password: string | null;
  /** Empty where it copies. */
  paths: string[];
  /**
   * Copies the backups of another repository instead of reading files; `job`: those of this job alone, null: all of
   * Schelly's. Absent: it reads files.
   */
  copyFrom?: { repository: string; password: string | null; passwordFile: string | null; job: string | null };
  exclude: string[];
  /** Files with patterns. */
  excludeFiles: string[];
  /** Names of files, each with an optional `:header`, whose folder is left out. */
  excludeIfPresent: string[];
  /** Leave out folders with a CACHEDIR.TAG. */
  excludeCaches: boolean;
  tags: string[];
  host: string | null;
  oneFileSystem: boolean;
  /** KiB a second; null: no limit. */
  limitUpload: number | null;
  limitDownload: number | null;
  /** Null: restic's own. */
  compression: "auto" | "off" | "max" | null;
  /** Files read at the same time; null: restic's own. */
  readConcurrency: number | null;
  /** restic's extended options, `-o name=value`. */
  options: Record<string, string>;
  /** How long a backup waits for the lock of another restic, or for upkeep of ours before it ends that. */
  lockWaitMs: number;
  /** Make a missing repository. */
  init: boolean;
  /** Prune together with forget. */
  prune: boolean;
  /** Prune apart from deletions. */
  pruneUpkeep: UpkeepSpec | null;
  /** `readDataSubset`: how much of the data is read too, as restic takes it; null: none. */
  checkUpkeep: UpkeepSpec & { readDataSubset: string | null } | null;
  /**
   * How a verification looks. `parts`: a check reads one of so many parts of the data, the next one each time;
   * `maxSizeMb`: more is not restored; null: no limit. `test`: run in what was restored. Absent: as by default.
   */
  verify?: { parts: number; maxSizeMb: number | null; test: HookSpec | null };
  /** What to do when some files could not be read (exit 3). */
  onIncomplete: "fail" | "accept";
  env: Record<string, string>;
  extraBackupArgs: string[];
}

/** `{ backy2: … }`. */
export interface Backy2ProviderSpec extends BuiltinBase {
  kind: "backy2";
  program: string;
  /** Its configuration: a file that is there, or a text that is kept beside the journal, and the folders it names. */
  config: { file: string } | { text: string; folders: string[] };
  /** `file:///…` or `rbd://pool/image@snapshot`. */
  source: string;
  /** The name its versions have in backy2. */
  name: string;
  tags: string[];
  /** Make a missing database. */
  init: boolean;
  /** Frees what deleted versions held. */
  cleanupUpkeep: UpkeepSpec | null;
  env: Record<string, string>;
}

export type BuiltinProviderSpec = CommandProviderSpec | ResticProviderSpec | Backy2ProviderSpec;
export type ProviderSpec = HttpProviderSpec | ConductorProviderSpec | BuiltinProviderSpec;
