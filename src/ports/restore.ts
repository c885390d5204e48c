// What gets a backup back, and shows what is inside: the extensions `restore` and `browse` of the protocol.

import type { ToolTask } from "./tool_task.ts";

/** Asks for a restore of one backup. */
export interface RestoreCall {
  /** Ours; the same one again begins nothing and answers what became of it. */
  operationId: string;
  /** An absolute folder on the machine of the provider. */
  target: string;
  /** Paths inside the backup, as `browse` shows them; empty: all of it. */
  include: readonly string[];
  /** Says what would be written, and writes nothing. */
  dryRun: boolean;
  /** Also into a folder that is not empty; files of the same path are replaced, others stay. */
  overwrite: boolean;
  /** Owners that could not be restored are no failure. */
  anyOwner: boolean;
}

/** How far a restore is. */
export interface RestoreOperation {
  operationId: string;
  /** Id of the backup. */
  id: string;
  /** `failed` also where it is all there but owners or modes could not be restored: the message says so. */
  state: "running" | "done" | "failed";
  target: string;
  dryRun: boolean;
  /** For people: progress, or why it failed. */
  message: string;
  /** What was written, or would be. */
  files?: number;
  bytes?: number;
  /** UTC ms. */
  startedAt: number;
  endedAt?: number;
}

/** One file or folder inside a backup. */
export interface BackupEntry {
  /** From the root of the backup, with slashes between names alone; restored into DIR it is `DIR/path`. */
  path: string;
  type: "file" | "folder" | "link" | "other";
  /** Bytes; undefined for what has none. */
  size?: number;
  /** UTC ms. */
  modifiedAt?: number;
}

/** A page of what lies directly in one folder of a backup, by name. */
export interface BackupPage {
  entries: BackupEntry[];
  /** Where the next page begins; undefined on the last one. */
  next?: string;
}

/** What a provider with the extension `restore` has beside the rest; each rejects with `ProviderError`. */
export interface Restorer {
  restore(id: string, call: RestoreCall): Promise<RestoreOperation>;
  /** Undefined: the provider never heard of it, or has forgotten it. */
  operation(operationId: string): Promise<RestoreOperation | undefined>;
  /** Ends it; what was written until then stays, and the operation says so. */
  cancelOperation(operationId: string): Promise<void>;
}

/** What a provider with the extension `browse` has beside the rest. */
export interface Browser {
  /**
   * `path`: a folder of the backup, the empty text for its root; undefined is answered where it has none such.
   * `after`: `next` of the page before. At most `limit` entries.
   */
  browse(id: string, path: string, after: string | undefined, limit: number): Promise<BackupPage | undefined>;
}

/** What a `Backuper` may use while it restores. The target is an empty folder; for a dry run it need not be there. */
export interface RestoreTask extends ToolTask, Pick<RestoreCall, "target" | "include" | "dryRun"> {
  dataId: string;
}

/** How a restore ended well; rejecting says why it did not. */
export interface RestoreResult {
  files?: number;
  bytes?: number;
  message?: string;
  /** What could not be made as it was, such as owners; a failure unless the caller accepts it. */
  lost?: string;
}

/** What a `Backuper` may use while it lists. */
export interface BrowseTask {
  id: string;
  dataId: string;
  /** See `Browser`. */
  path: string;
  after: string | undefined;
  limit: number;
  signal: AbortSignal;
}
