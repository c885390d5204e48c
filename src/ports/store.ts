// The state store as the engine and the API see it: changes go in whole or not at all, reads never wait for the engine.

import type { Run, Status, Trigger, WireStatus } from "../domain/backup.ts";
import type { Level } from "../domain/policy.ts";
import type { EngineEvent, EventType } from "./events.ts";

/** What the store knows of a job besides its config. Times are UTC ms. */
export interface JobState {
  job: string;
  /** When Schelly first saw it: no slot before this was ever ours. */
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
  /** Retention is held because the clock cannot be trusted, until this instant. */
  clockUntrustedUntil: number | null;
}

/** An automatic stop that stays until approved. */
export interface LatchedGuard {
  job: string;
  guard: string;
  latchedAt: number;
  message: string;
}

/** One exact set of victims that an operator approved. */
export interface Approval {
  job: string;
  digest: string;
  runIds: string[];
  approvedAt: number;
  approvedBy: string;
  expiresAt: number;
}

/** A condition that must hold for a change to be committed. */
export type Guard =
  /** The run is in one of these statuses. */
  | { guard: "status"; runId: string; in: readonly Status[] }
  /** The job's cursor is still this. */
  | { guard: "cursor"; job: string; is: number }
  /** The job's revision is still this. */
  | { guard: "revision"; job: string; is: number }
  /** The run may be sent a DELETE: `deleting` or `delete-error`, never sent or due again, not held at `at`. */
  | { guard: "deletable"; runId: string; at: number }
  /** The job's policy text is still this. */
  | { guard: "policy"; job: string; is: string }
  /** The job's clock is trusted at `at`. */
  | { guard: "trustedClock"; job: string; at: number }
  /** No guard of the job is latched. */
  | { guard: "unlatched"; job: string };

export type RunChanges = Partial<Omit<Run, "runId" | "job" | "trigger" | "createdAt">>;
export type JobChanges = Partial<Omit<JobState, "job" | "revision" | "availableCount" | "knownSince">>;

export type Write =
  /** Inserts a row. A slot that already has one (or lies in a range row) is left as it was decided. */
  | { write: "insert"; run: Run }
  /** Changes a row; a new status needs a `status` guard for the same run whose edges are all legal. */
  | { write: "run"; runId: string; set: RunChanges }
  /** Changes many rows alike in one statement; same rule for a status, by `from`. */
  | { write: "runs"; runIds: readonly string[]; from?: readonly Status[]; set: RunChanges }
  /** Sets tags and reasons of many rows in one statement. */
  | { write: "tags"; job: string; rows: { runId: string; tags: Level[]; reasons: string[] }[] }
  /** Adds a job or leaves it as it is. */
  | { write: "addJob"; state: JobState }
  | { write: "job"; job: string; set: JobChanges }
  /**
   * Takes back what skipped and expired rows of the job decided about instants after `after` (UTC ms): ranges end
   * there; a row that begins later decides no slot any more.
   */
  | { write: "undecide"; job: string; after: number }
  /** Gives a job and all that is stored under it another name; left as it is when that name is taken. */
  | { write: "renameJob"; job: string; to: string }
  | { write: "latch"; guard: LatchedGuard }
  | { write: "unlatch"; job: string; guards: readonly string[] | "all" }
  | { write: "approval"; approval: Approval }
  | { write: "dropApproval"; job: string };

/** One atomic change of one job's rows, with the events that tell of it. */
export interface Change {
  job: string;
  guards?: readonly Guard[];
  writes: readonly Write[];
  /** Committed with the change, then published. */
  events?: readonly EngineEvent[];
}

/**
 * `done`: committed and durable. `conflict`: a guard did not hold or the job already has an unfinished run
 * (`busy`), or the provider's id is bound to another row (`duplicate_id`); nothing was changed.
 */
export type CommitResult =
  | { result: "done" }
  | { result: "conflict"; why: "guard" | "busy" | "duplicate_id" | "duplicate_slot" };

/** What election reads of one row. */
export interface ElectionRow {
  runId: string;
  periodTime: number;
  /** Null where unknown (imported). */
  endTime: number | null;
  dataId: string | null;
  held: boolean;
  suspect: boolean;
  imported: boolean;
  /** An operator has seen it: an approval or an accept covered it. */
  accepted: boolean;
  tags: Level[];
  reasons: string[];
}

/** One consistent view of a job for a retention pass. */
export interface ElectionSnapshot {
  revision: number;
  /** What the store counted while writing; differs from `rows.length` when something is wrong. */
  storedCount: number;
  /** Available rows of the given provider keys and all others of the job together. */
  actualCount: number;
  /** Available rows of the given provider keys. */
  rows: ElectionRow[];
  /** data ids of rows that are `deleting` and never sent, or living rows of other jobs at the provider. */
  latched: LatchedGuard[];
  approval: Approval | null;
  /** Rows that became `missing` and were not answered by an approval since. */
  missingCount: number;
}

/** A page of rows, newest first; `cursor` is opaque and absent on the last page. */
export interface Page<T> {
  items: T[];
  cursor?: string;
}

export interface BackupQuery {
  status?: WireStatus;
  tag?: Level;
  job?: string;
  /** Start time range, UTC ms: since inclusive, until exclusive. */
  since?: number;
  until?: number;
  limit: number;
  cursor?: string;
}

export interface RunQuery {
  status?: readonly Status[];
  job?: string;
  trigger?: Trigger;
  since?: number;
  until?: number;
  limit: number;
  cursor?: string;
}

export interface EventQuery {
  job?: string;
  runId?: string;
  type?: readonly EventType[];
  /** Only events with a greater sequence number. */
  after?: number;
  limit: number;
  /** Oldest first when true; newest first by default. */
  ascending?: boolean;
}

export interface StoredEvent extends EngineEvent {
  seq: number;
}

/** Counts and sums by job, for metrics and `jobs list`. */
export interface JobStats {
  job: string;
  byStatus: Partial<Record<Status, number>>;
  byTag: Partial<Record<Level, number>>;
  lastSuccessAt: number | null;
  /** End of the newest run that failed, was lost or was cancelled. */
  lastFailureAt: number | null;
  lastSizeMb: number | null;
  lastDurationMs: number | null;
  totalSizeMb: number;
}

/** Reads. Each is one consistent look; none waits for the engine or calls a provider. */
export interface Reads {
  job(job: string): Promise<JobState | undefined>;
  jobs(): Promise<JobState[]>;
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
  newestRunAt(): Promise<number | null>;
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
  latched(job?: string): Promise<LatchedGuard[]>;
  approval(job: string): Promise<Approval | undefined>;
  backups(query: BackupQuery): Promise<Page<Run>>;
  runs(query: RunQuery): Promise<Page<Run>>;
  events(query: EventQuery): Promise<StoredEvent[]>;
  stats(): Promise<JobStats[]>;
}

/** A policy a job had, and since when. */
export interface PolicyVersion {
  /** Canonical text of the policy. */
  policy: string;
  timezone: string;
  since: number;
}

/** What one call of `tidy` did, in rows. */
export interface TidyReport {
  /** Skipped and expired rows that became part of a range row. */
  folded: number;
  /** Failed rows removed. */
  removed: number;
  /** Deleted and failed rows reduced to ids and times. */
  shrunk: number;
  /** There is more to do: call again soon. */
  more: boolean;
}

/** Writes. All go through group commit and carry the lease's fence. */
export interface RunStore extends Reads {
  /** Rejects with `StoreError` when it cannot be known or was not committed for another reason than a conflict. */
  commit(change: Change): Promise<CommitResult>;
  /** Folds, removes and shrinks old rows, a bounded number a call; see DESIGN section 10. */
  tidy(now: number): Promise<TidyReport>;
  /** Every policy that was in force at or after `since`, oldest first: the one in force then is the first. */
  policyVersions(job: string, since: number): Promise<PolicyVersion[]>;
  /** The epoch taken at boot; strictly greater than every earlier one. */
  readonly fence: number;
  readonly bootSeq: number;
}
