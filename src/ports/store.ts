// The state store as the engine and the API see it: changes go in whole or not at all, reads never wait for the engine.

import type { Run, Status } from "../domain/backup.ts";
import type { Freeze } from "../domain/freeze.ts";
import type { CandidateColumns } from "../domain/retention/followed/candidate_columns.ts";
import type { Missing } from "../domain/missing.ts";
import type { HookLedger } from "../domain/hook_ledger.ts";
import type { Level } from "../domain/policy.ts";
import type { Remains } from "../domain/remains.ts";
import type { Dated } from "../domain/retention/order.ts";
import type { Heads, StoredReason } from "../domain/retention/reasons.ts";
import type { PastSize } from "../domain/suspicion.ts";
import type { Condition } from "./condition.ts";
import type { EngineEvent } from "./events.ts";
import type {
  JobStats,
  JobSuspects,
  LatchedGuard,
  Leftovers,
  OpenDeletions,
  ProviderBackups,
  StoredFacts,
} from "./job_facts.ts";
import type { HistoryReads } from "./history.ts";
import type { LockReads } from "./lock_reads.ts";
import type { EventQuery, ListReads, SlotRecord, StoredEvent } from "./queries.ts";
import type { TidyReport } from "./tidy_report.ts";
import type { VerificationReads, VerificationWrite } from "./verifications.ts";

export type { LatchedGuard, ProviderBackups } from "./job_facts.ts";

/** What the store knows of a job besides its config. Times are UTC ms. */
export interface JobState {
  job: string;
  /** When Schelly first saw it, by the clock that is trusted: no slot before this was ever ours. Never after `cursor`. */
  knownSince: number;
  /** Slots up to and including this instant are decided. */
  cursor: number;
  /** Raised by every change that election reads. */
  revision: number;
  /** Rows in status `available`, kept by the store itself. */
  availableCount: number;
  schedule: string;
  timezone: string;
  /** Canonical text of the policy in force, and since when. */
  policy: string;
  policySince: number;
  providerKey: string;
  pausedAt: number | null;
  pausedUntil: number | null;
  pauseReason: string | null;
  /** Grace time is multiplied by this; doubled by each cancel, 1 after a success. */
  graceFactor: number;
  /** The slot for which the last cancel made room. */
  lastCancelSlot: number | null;
  /** Start of the open range row for disabled, outside_dates, unmanaged; null when none is open. */
  openRangeRunId: string | null;
  /** What was told of a doubt about the clock: that it lasts until then, by that clock. Whether it does the watch knows. */
  clockUntrustedUntil: number | null;
  /** When the job was found to have left the configuration; null while it is in it. */
  unmanagedSince: number | null;
  /** When the configuration was found to disable the job; null while it does not. */
  disabledSince: number | null;
  /** The job's dates: from, inclusive, to, exclusive. */
  activeFrom: number | null;
  activeTo: number | null;
  /** Raised by each edit of the job, or of the provider behind it. */
  edition: number;
  /** Since when what its failed runs leave may go by default; null: it was known before there was `keep_failed`. */
  cleansFailedSince: number | null;
  /** When an operator had it forgotten; null while it is a job, in the configuration or not. */
  forgottenAt: number | null;
}

/** A job that was in the configuration when that was last read. */
export type ManagedJob = Pick<JobState, "job" | "availableCount">;

/** One exact set of victims that an operator approved. */
export interface Approval {
  job: string;
  digest: string;
  runIds: string[];
  approvedAt: number;
  approvedBy: string;
  expiresAt: number;
}

/** When a row was made changes only where it was dated by a clock in doubt. */
export type RunChanges = Partial<Omit<Run, "runId" | "job" | "trigger">>;
export type JobChanges = Partial<Omit<JobState, "job" | "revision" | "availableCount">>;

export type Write =
  /** Inserts a row. A slot that already has one (or lies in a range row) is left as it was decided. */
  | { write: "insert"; run: Run }
  /** Changes a row; a new status needs a `status` condition for the same run whose edges are all legal. */
  | { write: "run"; runId: string; set: RunChanges }
  /** Changes many rows alike in one statement; same rule for a status, by `from`. */
  | { write: "runs"; runIds: readonly string[]; from?: readonly Status[]; set: RunChanges }
  /** Takes deletions back that were never sent; leaves every other row as it is. */
  | { write: "withdraw"; runIds: readonly string[] }
  /** Freezes all deletions, or changes the freeze; seen by every change that is committed after it. */
  | { write: "freeze"; freeze: Freeze }
  | { write: "unfreeze" }
  /** Says which providers are the job's: its backups anywhere else are managed by nobody. */
  | { write: "manage"; job: string; providerKeys: readonly string[] }
  /** Sets tags and reasons of many rows in one statement, and what the ranks in the job's reasons are counted from. */
  | { write: "tags"; job: string; rows: readonly TagsRow[]; heads: Heads }
  /** Adds a job or leaves it as it is. */
  | { write: "addJob"; state: JobState }
  | { write: "job"; job: string; set: JobChanges }
  /**
   * Takes back what skipped and expired rows of the job decided about instants after `after` (UTC ms): ranges end
   * there; a row that begins later decides no slot any more.
   */
  | { write: "undecide"; job: string; after: number }
  /**
   * Gives a job and all that is stored under it another name, in the texts of guards too; left as it is when that name is
   * taken.
   */
  | { write: "renameJob"; job: string; to: string }
  /**
   * Makes two stored jobs one: all that is stored under `job` goes to `to`, and `job` is no more. `known since` is the
   * earlier one, counts are added up, guards of both stand, approvals of both are dropped. No slot may be decided in
   * both, and one of the two at most may have an unfinished run: else it is a conflict.
   */
  | { write: "joinJobs"; job: string; to: string }
  | { write: "latch"; guard: LatchedGuard }
  | { write: "unlatch"; job: string; guards: readonly string[] | "all" }
  | { write: "approval"; approval: Approval }
  | { write: "dropApproval"; job: string }
  | VerificationWrite
  /** Which outcomes had their hook run; null: nobody asks for any. */
  | { write: "hooks"; ledger: HookLedger | null };

/** How one backup stands. `fingerprint`: what tells without the words whether it stands otherwise; null for unknown. */
export interface TagsRow {
  runId: string;
  tags: Level[];
  reasons: StoredReason[];
  fingerprint: number | null;
}

/** One atomic change of one job's rows, with the events that tell of it. */
export interface Change {
  job: string;
  conditions?: readonly Condition[];
  writes: readonly Write[];
  /** Committed with the change, then published. */
  events?: readonly EngineEvent[];
}

/**
 * `done`: committed and durable. `conflict`: a condition did not hold or the job already has an unfinished run
 * (`busy`), or the provider's id is bound to another row (`duplicate_id`); nothing was changed.
 */
export type CommitResult =
  | { result: "done" }
  | { result: "conflict"; why: "condition" | "busy" | "duplicate_id" | "duplicate_slot" };

/** What election reads of one row. */
export interface ElectionRow {
  runId: string;
  /** The provider's. */
  id: string | null;
  periodTime: number;
  /** Null where unknown (imported). */
  endTime: number | null;
  dataId: string | null;
  held: boolean;
  suspect: boolean;
  proved: boolean;
  imported: boolean;
  /** An operator has seen it: an approval or an accept covered it. */
  accepted: boolean;
  tags: Level[];
  reasons: StoredReason[];
}

/** What a retention pass reads of a job beside its backups. */
export interface ElectionHead {
  revision: number;
  /** The number of the last change of a row that election reads. */
  changes: number;
  /** What the ranks in stored reasons are counted from, as of the last pass; empty before the first. */
  heads: Heads;
  /** What the store counted while writing; differs from the rows there are when something is wrong. */
  storedCount: number;
  latched: LatchedGuard[];
  approval: Approval | null;
  /** Rows that became `missing` and were not answered by an approval since. */
  missingCount: number;
}

/** One consistent view of a job for a retention pass. */
export interface ElectionSnapshot extends ElectionHead {
  /** Available rows of the given provider keys and all others of the job together. */
  actualCount: number;
  /** Available rows of the given provider keys, those rejected apart. */
  rows: ElectionRow[];
  /** Those an operator rejected: they take no part in the election, and go. */
  rejected: ElectionRow[];
}

/** The same for a job with very many backups. */
export interface ElectionColumns extends ElectionHead {
  /** Available rows of the given provider keys and all others of the job together. */
  actualCount: number;
  /** Available rows of the given provider keys, those rejected included; beside each its fingerprint, NaN for none. */
  candidates: CandidateColumns;
  /** How many of them were imported, are neither suspect nor rejected, and no operator has seen. */
  foreign: number;
  /** When the first of the holds ends (UTC ms); null when none does. */
  nextHoldEnd: number | null;
}

/** A row that changed in what election reads. */
export interface ChangedBackup {
  runId: string;
  /** The number of its last change. */
  change: number;
  isAvailable: boolean;
  /** Null where no time is known to go by. */
  periodTime: number | null;
  endTime: number | null;
  held: boolean;
  holdUntil: number | null;
  /** Of one of the given provider keys, and neither suspect nor rejected nor imported and unseen. */
  isPlain: boolean;
  proved: boolean;
  /** An operator has accepted it. */
  isSeen: boolean;
}

/** What changed in a job, in one consistent view. */
export interface ElectionChanges extends ElectionHead {
  /** In the order of their last changes, as `proofs`; null when there are too many of either. */
  rows: ChangedBackup[] | null;
  proofs: Pick<ChangedBackup, "runId" | "change" | "periodTime" | "proved">[];
}

/** What a backup is shown with beside what an election decides. */
export interface StoredName {
  /** The provider's. */
  id: string | null;
  /** As a pass last stored them. */
  tags: Level[];
}

/** A row whose data another row uses too. */
export interface SharedData {
  runId: string;
  otherRunId: string;
  otherId: string | null;
}

/** Reads. Each is one consistent look; none waits for the engine or calls a provider. */
export interface Reads extends ListReads, LockReads {
  job(job: string): Promise<JobState | undefined>;
  /** Those of the jobs that are stored, or all of them; by name. */
  jobs(jobs?: readonly string[]): Promise<JobState[]>;
  run(runId: string): Promise<Run | undefined>;
  /** Every unfinished run of the job, or of all jobs. */
  unfinished(job?: string): Promise<Run[]>;
  /** Rows in the given statuses, oldest first; with `endedSince` only those that ended at or after it. */
  runsInStatus(
    statuses: readonly Status[],
    job?: string,
    limit?: number,
    endedSince?: number,
  ): Promise<Run[]>;
  /** Rows whose provider id or run id is `id`, over all jobs or one. */
  find(id: string, job?: string): Promise<Run[]>;
  /** The row a provider's id is bound to. */
  byProviderId(providerKey: string, id: string): Promise<Run | undefined>;
  byCallerKey(job: string, callerKey: string): Promise<Run | undefined>;
  /** Rows (not deleted) of any job at the provider with one of these data ids, the given rows apart. */
  sharedData(providerKeys: readonly string[], dataIds: readonly string[], except: readonly string[]): Promise<
    { dataId: string; runId: string; id: string | null; job: string }[]
  >;
  election(job: string, providerKeys: readonly string[]): Promise<ElectionSnapshot>;
  /** Of the job, or of all that are not forgotten. */
  latched(job?: string): Promise<LatchedGuard[]>;
  approval(job: string): Promise<Approval | undefined>;
  /** The freeze as stored, ended or not. */
  freeze(): Promise<Freeze | null>;
  /** How many backups of each job, or of those named, are held now; jobs without any are left out. */
  held(jobs?: readonly string[]): Promise<{ job: string; count: number }[]>;
  /** Rows whose hold has ended by `now` and still stands on them. */
  endedHolds(now: number): Promise<Run[]>;
  /** Rows of the job, or of all jobs, that were written while the clock was in doubt and are not dated yet; oldest first. */
  inDoubt(job?: string): Promise<Run[]>;
  /** Where the available backups of all jobs are, or of those named. */
  providerBackups(jobs?: readonly string[]): Promise<ProviderBackups[]>;
  /** What may be left at providers of jobs that are not in the configuration, of all or of those named; by name. */
  remains(jobs?: readonly string[]): Promise<Remains[]>;
  /** Unfinished runs of jobs that are not in the configuration, of all or of those named; by name of the job. */
  strays(jobs?: readonly string[]): Promise<Run[]>;
  /** Sizes of the newest backups at these providers that are or were sound, newest first; deleted ones too. */
  pastSizes(job: string, providerKeys: readonly string[], most: number): Promise<PastSize[]>;
  /** The jobs that have suspects, by name; with `jobs` of those alone, as below. */
  suspects(jobs?: readonly string[]): Promise<JobSuspects[]>;
  /** The jobs with backups that went missing since their last approval, by name. */
  missing(jobs?: readonly string[]): Promise<Missing[]>;
  /** The jobs whose deletions found no way, by name: those sent before `sentBefore` (UTC ms), and those refused. */
  openDeletions(sentBefore: number, jobs?: readonly string[]): Promise<OpenDeletions[]>;
  events(query: EventQuery): Promise<StoredEvent[]>;
  stats(jobs?: readonly string[]): Promise<JobStats[]>;
}

/** A policy a job had, and since when. */
interface PolicyVersion {
  /** Canonical text of the policy. */
  policy: string;
  timezone: string;
  since: number;
}

/** Writes. All go through group commit and carry the lease's fence. */
export interface RunStore extends Reads, HistoryReads, VerificationReads {
  /** Rejects with `StoreError` when it cannot be known or was not committed for another reason than a conflict. */
  commit(change: Change): Promise<CommitResult>;
  /** The jobs that are taken to be in the configuration, by name. */
  managedJobs(): Promise<ManagedJob[]>;
  /** Those of the runs that are there, in this order. */
  runsById(runIds: readonly string[]): Promise<Run[]>;
  /** Every failed run that is to be tried again, of the job or of all jobs. */
  pendingTries(job?: string): Promise<Run[]>;
  /** Folds, removes and shrinks old rows, a bounded number a call. */
  tidy(now: number): Promise<TidyReport>;
  /** Every policy that was in force at or after `since`, oldest first: the one in force then is the first. */
  policyVersions(job: string, since: number): Promise<PolicyVersion[]>;
  /** For jobs with very many backups: `election` as columns. End times only where `withEnds`. */
  electionColumns(job: string, providerKeys: readonly string[], withEnds: boolean): Promise<ElectionColumns>;
  /** What changed after the change of number `since`, when it is at most `most` rows. */
  electionChanges(
    job: string,
    providerKeys: readonly string[],
    since: number,
    most: number,
  ): Promise<ElectionChanges>;
  /** Those of the rows whose data another row (not deleted) of any job at the provider uses too. */
  sharingRows(providerKeys: readonly string[], runIds: readonly string[]): Promise<SharedData[]>;
  /** A living row of any job at these providers that has the data of this run as well, as by the condition `unshared`. */
  sharer(runId: string, dataId: string | null, providerKeys: readonly string[]): Promise<Run | undefined>;
  /** The newest available backup of the job at these providers that was not rejected and is not dated ahead of now. */
  newestBackup(job: string, providerKeys: readonly string[]): Promise<Run | undefined>;
  /** Every provider key that a job has, or that a backup was ever available under; the same list while none is new. */
  providerKeys(): Promise<readonly string[]>;
  /** At most `most` rows of the job at these providers, with what tells whether they may go. */
  leftovers(job: string, providerKeys: readonly string[], most: number): Promise<Leftovers>;
  /** Rows of one job and rows of another that decide the same slot, pair by pair; `most` at most. */
  sharedSlots(job: string, other: string, most: number): Promise<{ of: SlotRecord; other: SlotRecord }[]>;
  /**
   * Every row of the job whose data another row (not deleted) of any job and provider uses too, found by a walk over the
   * data of the whole store; null where that has had more than `most` rows.
   */
  sharedRows(job: string, most: number): Promise<Dated[] | null>;
  /** Another text after every change of the store, whoever made it. */
  standing(): Promise<string>;
  /** Those of the rows that there are, by run id, with their sizes. */
  storedNames(runIds: readonly string[]): Promise<Map<string, StoredName & { sizeMb: number | null }>>;
  /** Reasons as they are stored, of those rows that are there. */
  storedReasons(runIds: readonly string[]): Promise<Map<string, StoredReason[]>>;
  /** When an operator last approved deletions of the job (UTC ms); null for never. */
  approvedAt(job: string): Promise<number | null>;
  /** Those of the run ids that no row has. */
  unknownRuns(runIds: readonly string[]): Promise<string[]>;
  /** As it was saved last; undefined where no outcome was ever to have a hook. */
  hooks(): Promise<HookLedger | undefined>;
  /** Every stored job that is not forgotten, by name. */
  jobNames(): Promise<string[]>;
  /**
   * What only changes of a job change, by name: of these jobs, or of all, where no more is read than what has changed
   * since it was last asked for. A fact is as of a moment since it was asked for.
   */
  storedFacts(jobs?: readonly string[]): Promise<ReadonlyMap<string, StoredFacts>>;
  /** The epoch taken at boot; strictly greater than every earlier one. */
  readonly fence: number;
  readonly bootSeq: number;
  /** False: no backup is known to be locked, and nobody need ask which are. */
  readonly hasLocks: boolean;
}
