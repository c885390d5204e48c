// What the store knows of verifications, which no election and no count ever reads.

import type { ProofCandidate } from "../domain/verification/choose.ts";
import type { Verification, VerifyState } from "../domain/verification/verification.ts";

export type VerificationWrite =
  /** Adds a verification, or puts what it is now in its place: a job has one open one. */
  | { write: "verification"; verification: Verification }
  /** What is known of the verifications of a job, in the place of what was. */
  | { write: "verifyState"; state: VerifyState };

/** A backup whose last verification failed, and that nobody has answered for. */
export interface FailedProof {
  runId: string;
  /** The provider's. */
  id: string;
  /** When it was found (UTC ms): seen again it is the same finding. */
  since: number;
  reason: string;
}

/** Reads of verifications. */
export interface VerificationReads {
  /** Of the jobs whose backups are or were to be proved, or of those named; by name. */
  verifyStates(jobs?: readonly string[]): Promise<VerifyState[]>;
  /** Those that are under way, of one job or of all. */
  openVerifications(job?: string): Promise<Verification[]>;
  verification(verificationId: string): Promise<Verification | undefined>;
  /** Of one backup, newest first. */
  verificationsOf(runId: string, most: number): Promise<Verification[]>;
  /**
   * Available backups of the job at these providers, those rejected and those dated ahead of now apart: all of them, or of
   * very many the `most` that nobody looked at for longest, the newest, and for each level those two.
   */
  proofCandidates(job: string, providerKeys: readonly string[], most: number): Promise<ProofCandidate[]>;
  /** The one found last of those available backups of the job that failed, and that nobody accepted or rejected since. */
  failedProof(job: string, providerKeys: readonly string[]): Promise<FailedProof | undefined>;
}
