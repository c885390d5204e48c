// Whether a backup can be restored, as its provider finds out when asked: the extension `verify` of the protocol.

import type { Json } from "../domain/job.ts";
import type { ToolTask } from "./tool_task.ts";

/**
 * How a provider proves a backup, as far as it can choose.
 * - `check`: reads what is stored (restic: the next share of the packs), and compares it with its digests.
 * - `restore`: restores it into a private scratch folder, compares counts and sizes, and runs the test that its
 *   configuration names, such as a database that must start and count its rows.
 */
type VerificationMethod = "check" | "restore";

/** What one verification found, as the provider tells of it. */
export interface VerificationReport {
  /**
   * `failed` is said only of damage: the backup, or what it rests on, cannot be restored whole. What kept a verification
   * from an answer (no space, a lock, a time limit, a test that could not begin) is `inconclusive`.
   */
  state: "running" | "passed" | "failed" | "inconclusive";
  method: VerificationMethod;
  /** UTC ms of its end; of its begin while it runs. */
  at: number;
  /** For people: progress, or what is wrong and with which file. */
  message?: string;
  /** Which one of our verifications, as it was asked for; undefined of one that somebody else asked for. */
  verificationId?: string;
  /** What was restored, and how long that alone took: the time to restore that people plan with. */
  bytes?: number;
  files?: number;
  durationMs?: number;
  /** `passed` says only that nothing wrong was found in what was read, which is not all that the backup rests on. */
  partial?: boolean;
}

/** Asks for one verification of one backup. */
export interface VerifyCall {
  /** Ours; the same one again begins nothing and answers what became of it. */
  verificationId: string;
  method: VerificationMethod;
  /** The lease's epoch; a provider may refuse a lower one. */
  fence: number;
  job: string;
}

/**
 * What a provider with the extension `verify` has beside the rest; each rejects with `ProviderError`.
 * The report of the last verification also stands in `BackupInfo.verification`.
 */
export interface Verifier {
  /** Begins one; refused (409) while another one of the provider runs that it cannot have beside this one. */
  verify(id: string, call: VerifyCall): Promise<VerificationReport>;
  /** Ends the one that runs, so that a backup need not wait; resolves when it is over or was none. */
  cancelVerification(id: string, verificationId: string): Promise<void>;
}

/** What a `Backuper` may use while it verifies. */
export interface VerifyTask extends ToolTask {
  dataId: string;
  method: VerificationMethod;
  job: string | null;
  /** A private, empty folder that is removed afterwards, also after a crash; only for `restore`. */
  scratch: string;
  body: Json | undefined;
}

/** How a `Backuper` answers; rejecting means that nothing was found out (`inconclusive`). */
export interface VerifyResult {
  passed: boolean;
  message?: string;
  bytes?: number;
  files?: number;
  /** Of the restore alone, in ms. */
  durationMs?: number;
  /** It passed as far as it was read, which is not all that the backup rests on: that proves no backup. */
  partial?: boolean;
}
