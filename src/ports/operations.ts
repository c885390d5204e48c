// What a caller (API, CLI over it) may ask of the running program besides reading the store.

import type { ConfigIssue } from "../domain/errors.ts";
import type { PlanView } from "../domain/future/plan_view.ts";
import type { Run } from "../domain/backup.ts";
import type { ListedBackup } from "../domain/listed_backup.ts";
import type { Freeze } from "../domain/freeze.ts";
import type { Hold } from "../domain/hold.ts";
import type { RestoreWish, ServerRestore } from "../domain/server_restore.ts";
import type { Verification } from "../domain/verification/verification.ts";
import type { VerifyMethod } from "../domain/verification/verify_settings.ts";
import type { ChainedEvent, KeptHead, TrailHead, TrailQuery } from "./audit_trail.ts";
import type { Page } from "./queries.ts";
import type { BackupPage } from "./restore.ts";
import type { Caller } from "./caller.ts";
import type { JobEdits } from "./job_edits.ts";
import type { AuditReportView } from "./views/audit.ts";
import type { InstanceView } from "./views/instance.ts";
import type { JobDaysView } from "./views/job_days.ts";
import type { CoverageSummaryView, CoverageView } from "./views/coverage.ts";
import type { DeletionsView, DeparturesView } from "./views/departures.ts";
import type { ForesightView } from "./views/explain.ts";
import type { ForecastView } from "./views/forecast.ts";
import type { JobView } from "./views/job.ts";
import type { LocksView, UnlockView } from "./views/locks.ts";
import type { RetentionRowView, RetentionView } from "./views/retention.ts";
import type { CheckView, SettingView } from "./views/server.ts";
import type { NotifyTestView, NotifyView } from "./views/notify.ts";
import type { StatusView } from "./views/status.ts";
import type { CompactionView, ImportView, MigrationView, SnapshotView } from "./views/state.ts";

export type { Caller } from "./caller.ts";

export type TriggerOutcome =
  | { outcome: "started"; run: Run }
  /** The provider's answer was lost or unreadable; the run is being settled. */
  | { outcome: "unknown"; run: Run; message: string }
  | { outcome: "refused"; run: Run; message: string }
  /** An earlier start waits for its provider: it was tried once more, and goes on being tried. */
  | { outcome: "waiting"; run: Run; message: string }
  /** `cause`: why that run has not been sent yet; null where it has. */
  | { outcome: "busy"; runId: string | null; cause: string | null }
  | { outcome: "stopping" };

export type DeleteOutcome =
  | { outcome: "accepted"; run: Run }
  /** `sharedWith`: a living backup that would lose its data. */
  | { outcome: "conflict"; message: string; sharedWith?: Run };

/** What became of a hold or its release; `forbidden`: it would end a hold early, which needs another role. */
export type HoldOutcome =
  | { outcome: "done"; run: Run }
  | { outcome: "conflict" | "forbidden"; message: string };

/** The freeze, and what a DELETE may be under way for in spite of it. */
export interface FreezeState {
  freeze: Freeze | null;
  /** Runs in `deleting` with a DELETE sent, and in `cancelling`. */
  onTheWire: Run[];
}

export type FreezeOutcome =
  | { outcome: "done"; state: FreezeState }
  | { outcome: "forbidden"; message: string };

/** What an import did or would do. */
export type ImportOutcome =
  | { outcome: "done"; view: ImportView }
  /** The provider cannot list what it has. */
  | { outcome: "conflict"; message: string };

/** What a migration did or would do. */
export type MigrateOutcome =
  | { outcome: "done"; view: MigrationView }
  /** The file cannot be read as the original's. */
  | { outcome: "conflict"; message: string };

/** A copy of the state, and what it holds. */
export type SnapshotOutcome =
  | { outcome: "written"; view: SnapshotView }
  | { outcome: "conflict" | "refused"; message: string };

/** What room in the state file was given back, or would be. */
export type CompactOutcome = { outcome: "done"; view: CompactionView } | {
  outcome: "conflict";
  message: string;
};

/** An operator's word on a suspect; `accept_damaged` also on one whose verification failed. */
export type Verdict = "accept" | "accept_damaged" | "reject";

/** What became of an operator's word about a suspect. */
export type VerdictOutcome = { outcome: "done"; run: Run } | { outcome: "conflict"; message: string };

/** What became of asking for a verification. */
export type VerifyOutcome =
  | { outcome: "accepted"; verification: Verification }
  | { outcome: "conflict"; message: string };

/** What became of asking for a restore; `refused`: it is not to be asked for so. */
export type RestoreOutcome =
  | { outcome: "accepted"; restore: ServerRestore }
  | { outcome: "conflict" | "refused"; message: string };

/** What an edit of the configuration would do; `invalid`: why it makes none. */
export type PlanOutcome =
  | { outcome: "plan"; view: PlanView }
  | { outcome: "invalid"; issues: ConfigIssue[] };

/** What lies in a folder of a backup; `none`: it has no such folder. */
export type FilesOutcome =
  | { outcome: "page"; page: BackupPage }
  | { outcome: "none" | "conflict"; message: string };

/** `at`: since when (UTC ms). */
export type ForgetOutcome = { outcome: "forgotten"; at: number } | { outcome: "conflict"; message: string };

export type CancelOutcome = { outcome: "cancelled" | "accepted"; run: Run } | {
  outcome: "conflict";
  message: string;
};

export type ApproveOutcome =
  | { outcome: "approved"; view: RetentionView }
  /** The elected set changed since the digest was shown. */
  | { outcome: "changed"; view: RetentionView }
  | { outcome: "nothing"; view: RetentionView };

export interface Readiness {
  ready: boolean;
  /** It is not ready only since it waits for the active instance. Absent: it does not. */
  isStandby?: boolean;
  /** Whether each part is well, in words; `ok: false` with `fatal: false` shows but does not make unready. */
  checks: { name: string; ok: boolean; fatal: boolean; message: string }[];
}

export interface ReloadOutcome {
  ok: boolean;
  /** Issues when not ok; what changed when ok. */
  messages: string[];
}

/** What to forecast; UTC ms. */
export interface ForecastRequest {
  /** Null: a month, or as far as the budget of a forecast reaches. */
  until: number | null;
  /** Dates to look at up to `until`; absent: a sensible few. */
  dates?: readonly number[];
  /** A pattern to try out instead of the job's own. */
  schedule?: string;
  /** A policy in one line to try out; weeks start as the job's where it does not say. */
  policy?: string;
}

/** What explains an available backup. */
export interface Explanation {
  /** What its job would do now; of its rows only this backup's. */
  retention: RetentionView;
  /** Undefined when retention does not look at the backup; a text says why nothing could be foreseen. */
  foresight: ForesightView | string | undefined;
}

/** What retention would do, but for the rows. */
export type RetentionSummary = Omit<RetentionView, "keep" | "remove">;

/** Which rows of what retention would do: those that stay, newest first, then those that go, oldest first. */
export interface RetentionQuery {
  limit: number;
  cursor?: string;
  /** Only those of one kind. */
  decision?: "keep" | "remove";
}

/** What retention would do, with some of the rows. */
export interface RetentionPage {
  view: RetentionView;
  /** Of the next page. */
  cursor?: string;
}

/** What retention would do, with all rows, however many. */
export interface RetentionSlices {
  summary: RetentionSummary;
  /** All rows in their order, some at a time, as of when it was asked. */
  slices(): AsyncGenerator<{ decision: "keep" | "remove"; rows: RetentionRowView[] }, void>;
}

/** What was made, what failed with no further try to follow, and what was deleted, of all jobs. */
export interface Lately {
  made: number;
  failed: number;
  deleted: number;
}

/** Engine actions and live views. A job that does not exist answers undefined. */
export interface Operations extends JobEdits {
  jobNames(): string[];
  /**
   * A page of all jobs: those of the configuration in its order, then those that left it, by name. Rejects with
   * `InvalidCursor`, also when the job that the cursor names left the configuration since.
   */
  jobs(query: { limit: number; cursor?: string; enabled?: boolean }): Promise<Page<JobView>>;
  /** All of them, or those that are enabled or not, some at a time, as of now. */
  everyJob(enabled?: boolean): AsyncIterable<JobView[]>;
  job(name: string): Promise<JobView | undefined>;
  /** Why a job that was forgotten does not show; undefined for every other name. */
  forgotten(name: string): Promise<string | undefined>;
  /**
   * Ends a job that left the configuration, once nothing of it may be left; saying it again changes nothing.
   * `storageGone`: the caller says that where its backups were is no more, and answers for it.
   */
  forget(job: string, by: Caller, storageGone?: boolean): Promise<ForgetOutcome | undefined>;
  trigger(job: string, by: Caller, callerKey?: string): Promise<TriggerOutcome | undefined>;
  pause(job: string, by: Caller, options: { reason?: string; until?: number }): Promise<JobView | undefined>;
  resume(job: string, by: Caller): Promise<JobView | undefined>;
  /** `dryRun` also asks what a backup made now would add: takes about as long as one. */
  check(job: string, dryRun?: boolean): Promise<CheckView[] | undefined>;
  /** Asks the provider for the locks on its storage. Rejects as the provider's calls do. */
  locks(job: string): Promise<LocksView | undefined>;
  /** Removes these, whoever may be at work under them. */
  unlock(job: string, ids: readonly string[], by: Caller): Promise<UnlockView | undefined>;
  /** With all rows in memory. */
  retention(job: string): Promise<RetentionView | undefined>;
  /** Rejects with `InvalidCursor`. */
  retentionPage(job: string, query: RetentionQuery): Promise<RetentionPage | undefined>;
  retentionSlices(job: string): Promise<RetentionSlices | undefined>;
  /** Starts a pass now and answers when it is over; `dryRun` only elects. `query`: the rows to answer; absent: all. */
  runRetention(
    job: string,
    by: Caller,
    dryRun: boolean,
    query?: RetentionQuery,
  ): Promise<RetentionView | undefined>;
  approveRetention(
    job: string,
    by: Caller,
    digest: string,
    query?: RetentionQuery,
  ): Promise<ApproveOutcome | undefined>;
  deleteBackup(run: Run, by: Caller): Promise<DeleteOutcome>;
  /** Holds a backup, or changes its hold; ending one early by this needs admin. */
  holdBackup(run: Run, hold: Omit<Hold, "owner"> & { owner?: string }, by: Caller): Promise<HoldOutcome>;
  releaseBackup(run: Run, by: Caller): Promise<HoldOutcome>;
  /** Freezes every deletion, or changes the freeze; ending it early by this needs admin. */
  freeze(
    wanted: { reason: string; owner?: string; until: number | null },
    by: Caller,
  ): Promise<FreezeOutcome>;
  unfreeze(by: Caller): Promise<FreezeState>;
  freezeState(): Promise<FreezeState>;
  /**
   * Takes in what the job's provider lists as the job's own and nobody knows; with `ids` those alone, whosever they are.
   * `dryRun` only says what.
   */
  importBackups(
    job: string,
    by: Caller,
    dryRun: boolean,
    ids?: readonly string[],
  ): Promise<ImportOutcome | undefined>;
  /** Takes over what the original's sqlite file (on the server's machine) has on record and the provider still has. */
  migrate(job: string, path: string, by: Caller, dryRun: boolean): Promise<MigrateOutcome | undefined>;
  /** Copies the state to a new file on the server's machine. */
  snapshot(path: string, by: Caller): Promise<SnapshotOutcome>;
  /** Gives the room that the state file does not need back to the disk, while all goes on; `dryRun` only says how much. */
  compact(by: Caller, dryRun: boolean): Promise<CompactOutcome>;
  /** Accepts or rejects a suspect; saying the same again changes nothing. A damaged one takes `accept_damaged`. */
  decideSuspect(run: Run, verdict: Verdict, by: Caller): Promise<VerdictOutcome>;
  /** Has the storage of a backup that is locked asked again at the next pass, whatever it said of when. */
  forgetLock(run: Run, by: Caller): Promise<VerdictOutcome>;
  /** Asks the backup's provider to prove it, and does not wait for that; `method` absent: as its job has it. */
  verifyBackup(run: Run, method: VerifyMethod | undefined, by: Caller): Promise<VerifyOutcome>;
  /** Of one backup, newest first. */
  verificationsOf(run: Run, most: number): Promise<Verification[]>;
  /** Asks the backup's provider to restore it below `restore.roots`, and does not wait for that. */
  restoreBackup(run: Run, wish: RestoreWish, by: Caller): Promise<RestoreOutcome>;
  /** Why that would be refused now; undefined: nothing speaks against it so far. Rejects as the provider's calls do. */
  lookAtRestore(run: Run, wish: RestoreWish): Promise<RestoreOutcome | undefined>;
  /** Those that are known, newest first. */
  restores(query: { job?: string; limit: number }): ServerRestore[];
  restore(operationId: string): ServerRestore | undefined;
  /** Undefined where there is none. Rejects as the provider's calls do. */
  cancelRestore(operationId: string): Promise<RestoreOutcome | undefined>;
  /** Asks the backup's provider; `path` is one of `browse`. Rejects as the provider's calls do. */
  filesOf(run: Run, path: string, after: string | undefined, limit: number): Promise<FilesOutcome>;
  cancelRun(run: Run, by: Caller): Promise<CancelOutcome>;
  /** Every job in one line, as worked out lately. */
  coverages(): Promise<CoverageSummaryView[]>;
  /** What a job lacks, as of now. */
  coverage(job: string): Promise<CoverageView | undefined>;
  /** What became of a job on each day from that of `from` (UTC ms) to today. */
  jobDays(job: string, from: number): Promise<JobDaysView | undefined>;
  /**
   * Rejects with `RangeError` for what cannot be tried out, or when the job has too many backups, with `OverBudget` for
   * what takes too much work, or who has asked for too much, and with `TooBusy` when too many ask.
   */
  forecast(job: string, request: ForecastRequest, by: Caller): Promise<ForecastView | undefined>;
  /**
   * Which of a job's backups go until then (UTC ms; null: within a year), as far as that is quick to find out. Rejects with
   * `RangeError` when it has too many backups, or for an end that cannot be foreseen.
   */
  departures(job: string, until: number | null): Promise<DeparturesView | undefined>;
  /** What all jobs will delete, by day, as far as it is known by now. */
  plannedDeletions(): Promise<DeletionsView>;
  /** What retention would do with a backup now, and what will become of it: both of one look. */
  explain(run: Run, by: Caller): Promise<Explanation | undefined>;
  /** Of those of the runs that may have left data behind, by run id: why that stays, and until when. */
  leftovers(runs: readonly ListedBackup[]): Promise<ReadonlyMap<string, string>>;
  /** A built-in's kept output of a run. */
  output(run: Run): Promise<string | undefined>;
  /** Where the audit trail ends. */
  auditHead(): Promise<TrailHead>;
  auditEvents(query: TrailQuery): Promise<ChainedEvent[]>;
  /** Looks through the whole trail; by a head that was kept elsewhere, or by itself alone. */
  verifyAudit(kept: KeptHead | null): Promise<AuditReportView>;
  trustClock(by: Caller): Promise<void>;
  /** `by`: whoever asks, by name; absent: nobody in particular. */
  reload(by?: string): Promise<ReloadOutcome>;
  /** The sheet for the worst day, as of now, as a text. Rejects where the state cannot be read. */
  recoverySheet(format: "markdown" | "html"): Promise<string>;
  /**
   * What an edit would change and delete if it were written, and nothing is written. `file`: the one of `planFiles` that it
   * would be; null: the whole configuration. Rejects with `OverBudget` and `TooBusy` as `forecast` does.
   */
  plan(edit: { text: string; file: string | null }, by: Caller): Promise<PlanOutcome>;
  /** The files of the folder that the configuration is; none where it is one text. */
  planFiles(): string[];
  /** The configuration in force, redacted. */
  settings(): Promise<SettingView[]>;
  /** Everything at once. Rejects where the state cannot be read. */
  status(): Promise<StatusView>;
  /** What happened within the last 24 hours. */
  lately(): Promise<Lately>;
  /** Channels, rules and what waits. */
  notifications(): Promise<NotifyView>;
  /** Sends one message of each kind at once; undefined where there is no such channel. */
  testChannel(channel: string): Promise<NotifyTestView | undefined>;
  /** Which instance this is, where several share the state. */
  instance(): InstanceView;
  /** `withJobs`: names the jobs that are unwell, too, some of them where they are many. */
  readiness(withJobs?: boolean): Promise<Readiness>;
  /** In pieces; the first is there once all that may fail is done. */
  metrics(): AsyncIterable<string>;
}
