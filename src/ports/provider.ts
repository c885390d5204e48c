// The provider protocol as the engine sees it, and the smaller interface a provider author implements.

import type { Json } from "../domain/job.ts";
import type { BackupPage, Browser, BrowseTask, Restorer, RestoreResult, RestoreTask } from "./restore.ts";
import type { LockKeeper } from "./storage_locks.ts";
import type { ToolTask } from "./tool_task.ts";
import type { VerificationReport, Verifier, VerifyResult, VerifyTask } from "./verification.ts";

/** What a provider says of one backup. */
export interface BackupInfo {
  id: string;
  /** The storage's own id; undefined or equal to `id` while unknown. */
  dataId?: string;
  /** Folded from the provider's word: unknown words are `running`; failed, error, cancelled … are `failed`. */
  state: "running" | "available" | "failed";
  /** The provider's own word. */
  status: string;
  message?: string;
  /** Machine word for a failure a built-in foresaw, such as `incomplete` or `cut_off`. */
  reason?: string;
  sizeMb?: number;
  /** Our run id, when the provider echoes it. */
  runId?: string;
  /** Whose it is, where the provider can tell: the job it was made for, the machine it was made on, and what of that. */
  job?: string;
  host?: string;
  paths?: string[];
  startTime?: number;
  endTime?: number;
  /**
   * Until when the storage refuses to delete it (UTC ms); null where it says that nothing of the kind stands, undefined
   * where it says nothing.
   */
  lockedUntil?: number | null;
  /** Of its last verification, where the provider makes some. */
  verification?: VerificationReport;
}

export interface CreateCall {
  runId: string;
  job: string;
  /** UTC ms; null by hand. */
  slot: number | null;
  /** The lease's epoch; a provider may refuse a lower one. */
  fence: number;
  body: Json | undefined;
}

export type GetAnswer =
  | { found: "yes"; backup: BackupInfo }
  /** 404. */
  | { found: "no" }
  /** 410: was here and was deleted. */
  | { found: "gone" };

export interface GetOptions {
  /**
   * The storage itself is asked, however lately it was said to have the backup: for whoever deletes, or calls something
   * missing, by the answer.
   */
  anew?: boolean;
}

export type DeleteAnswer =
  /** 200, 204. */
  | "deleted"
  /** 202: accepted, not yet done. */
  | "accepted"
  /** 404: never heard of it. */
  | "absent"
  /** 410. */
  | "gone";

/** Extensions a provider may honour, discovered by use and by OPTIONS. */
export interface Capabilities {
  idempotency: boolean;
  list: boolean;
  lookup: boolean;
  fence: boolean;
  verify?: boolean;
  restore?: boolean;
  browse?: boolean;
  /** The storage deletes nothing for anybody who calls this provider: it only takes more in. */
  immutable?: boolean;
  /** The machine the provider is on, by the name that its list has for `host`. */
  host?: string;
}

export const NO_CAPABILITIES: Capabilities = { idempotency: false, list: false, lookup: false, fence: false };

/**
 * A service that makes, shows and deletes backups.
 * Every method rejects with `ProviderError`; see its kinds for what may be concluded.
 * `locks` and `unlock` are there where the storage has locks that a person may have to remove; those of verification,
 * restore and browsing where the kind of provider may have the extension, which `capabilities` tells.
 */
export interface Provider
  extends Partial<LockKeeper>, Partial<Verifier>, Partial<Restorer>, Partial<Browser> {
  readonly key: string;
  create(call: CreateCall): Promise<BackupInfo>;
  get(id: string, options?: GetOptions): Promise<GetAnswer>;
  delete(id: string, body: Json | undefined, fence: number): Promise<DeleteAnswer>;
  /** Needs the `lookup` capability: the backup made for our run, or undefined when the provider has none. */
  lookup(runId: string): Promise<BackupInfo | undefined>;
  /** Needs the `list` capability. */
  list(): Promise<BackupInfo[]>;
  capabilities(): Promise<Capabilities>;
  /** Asks without changing anything whether it could work; problems are in the answer, never thrown. */
  check(options?: CheckOptions): Promise<CheckResult[]>;
  /**
   * Whether the storage has the backup as a whole, where nobody saw its end; undefined when that cannot be told. Absent:
   * it never can.
   */
  standsWhole?(id: string): Promise<boolean | undefined>;
  /** The last 64 KiB of output of a built-in's run, redacted; undefined elsewhere. */
  output(id: string): Promise<string | undefined>;
}

export interface CheckOptions {
  /**
   * Also says, as the result `DRY_RUN`, what a backup made now would add, and makes none. A provider that cannot say
   * leaves it out. Takes about as long as a backup.
   */
  dryRun?: boolean;
}

/** Name of the result of a dry run. */
export const DRY_RUN = "dry run";

export interface CheckResult {
  name: string;
  ok: boolean;
  message: string;
}

/** For which run a backup was made, as far as the journal knows; all null for one that it does not know. */
export type BackupOrigin = Pick<BackupTask, "runId" | "job" | "slot">;

/** What a `Backuper` may use while it makes a backup. */
export interface BackupTask extends ToolTask {
  runId: string | null;
  job: string | null;
  /** UTC ms; null by hand or when the caller did not say. */
  slot: number | null;
  body: Json | undefined;
}

export interface BackupResult {
  dataId?: string;
  sizeMb?: number;
  /** How many files it holds; none counts as size 0, whatever their archive takes. */
  files?: number;
  message?: string;
}

/** A finished backup as the storage itself shows it. */
export interface StoredBackup {
  /** Empty: the storage does not say of which backup it is. */
  id: string;
  dataId?: string;
  /** It is there, and never was whole: no backup, but something to delete. */
  incomplete?: boolean;
  runId?: string;
  /** See `BackupInfo`. */
  job?: string;
  host?: string;
  paths?: string[];
  sizeMb?: number;
  startTime?: number;
  endTime?: number;
  /** See `BackupInfo`. */
  lockedUntil?: number | null;
}

/**
 * Reason of a failed backup that may be where nobody sees it: somebody else is making it (the journal that tells of it is a
 * copy), or its storage was another one meanwhile.
 */
export const UNSEEN = "unseen";

/** How what is deleted had ended. */
export type BackupOutcome = "available" | "failed" | "cancelled";

/**
 * What the author of a provider implements; everything else of the protocol is ours.
 * `locks` and `unlock` are there where the storage has locks that a person may have to remove.
 */
export interface Backuper extends Partial<LockKeeper> {
  /** Once, before the first call; rejects with a sentence that says what to fix. */
  init(): Promise<void>;
  /** Makes one backup and resolves when it is complete; rejects when it failed. */
  create(task: BackupTask): Promise<BackupResult>;
  /**
   * Looks a finished backup up in the storage; undefined when it surely is not there. Optional: then the journal answers.
   * `dataId` is `id` for one that the journal does not know, which is claimed only where the answer bears its id.
   */
  get?(id: string, dataId: string, origin?: BackupOrigin): Promise<StoredBackup | undefined>;
  /** True when `get` finds a backup by `id` alone, so that its "not there" is proof also where the journal was lost. */
  readonly findsById?: boolean;
  /**
   * Deletes a finished backup, or what one that ended otherwise may have left; resolves false when there was nothing.
   * Rejecting means that something may still be there: it is asked again. Rejecting with `LockedUntil` means that the
   * storage refuses it, and nothing happened.
   */
  delete(
    id: string,
    dataId: string,
    body: Json | undefined,
    signal: AbortSignal,
    outcome?: BackupOutcome,
    origin?: BackupOrigin,
  ): Promise<boolean>;
  list?(): Promise<StoredBackup[]>;
  /** What `list` has for `host` of what is made here; never rejects. Optional: then it has none, or nobody can tell. */
  host?(): Promise<string | undefined>;
  check?(options?: CheckOptions): Promise<CheckResult[]>;
  /** True where the storage deletes nothing, found out without deleting anything; undefined where that cannot be told. */
  immutable?(): Promise<boolean | undefined>;
  /** Proves that a finished backup can be restored, or finds that it cannot. */
  verify?(task: VerifyTask): Promise<VerifyResult>;
  /** Writes a finished backup, or a part of it, into `task.target` and nowhere else. */
  restore?(task: RestoreTask): Promise<RestoreResult>;
  /** What lies in one folder of a finished backup; see `Browser`. */
  browse?(task: BrowseTask): Promise<BackupPage | undefined>;
}
