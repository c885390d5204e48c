// Every read of the store: each is one statement, hence one consistent look, and comes back as one JSON text.

import { FUTURE_TOLERANCE_MS } from "../../domain/retention/election.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Clock } from "../../ports/host.ts";
import type { HistoryReads } from "../../ports/history.ts";
import type { JobState, Reads, RunStore } from "../../ports/store.ts";
import type { VerificationReads } from "../../ports/verifications.ts";
import { type Cell, JOB_JSON, jobFrom } from "../schema/columns.ts";
import { readPeriodRecords, readRestorePoints, readSchedules } from "../schema/coverage_reads.ts";
import type { Database, SqlValue } from "../database/database.ts";
import { readRows } from "../database/json_rows.ts";
import { readBackupCounts } from "./backup_counts.ts";
import { readElectionChanges, readElectionColumns, readSharedData } from "./election_columns.ts";
import { readElection } from "./election_query.ts";
import { readEvents } from "./event_store.ts";
import { readRemains } from "../schema/forgotten.ts";
import { readFreeze, readHeld } from "../schema/freeze.ts";
import { readApproval, readApprovedAt, readLatched } from "./guard_rows.ts";
import { listBackups, LISTED_ROWS, listRuns, RUN_ROWS } from "./list_queries.ts";
import { readMissing } from "./missing.ts";
import { readOpenDeletions } from "./open_deletions.ts";
import { createRunReads } from "./run_reads.ts";
import { readHooks } from "../schema/hooks.ts";
import { readJobDays } from "./job_days.ts";
import { readStorageDays } from "./storage_days.ts";
import { readLeftovers } from "../schema/leftovers.ts";
import { readSharedRows } from "./shared_rows.ts";
import { readSharedSlots } from "./shared_slots.ts";
import { readStats } from "./stats_query.ts";
import { readJobNames } from "./stored_facts.ts";
import { readLockedRows, readLocksToHear } from "../schema/locks.ts";
import { readProviderKeys, readSharer } from "../schema/shared_data.ts";
import { readNewestBackup, readPastSizes, readSuspects } from "../schema/suspects.ts";
import { readManagedJobs, readProviderBackups, readStrays } from "../schema/unmanaged.ts";
import { isWanted, wantedArgs } from "../schema/wanted_jobs.ts";
import { createVerificationReads } from "./verification_reads.ts";

/** Reads of retention passes over jobs with very many backups. */
type ElectionReads = Pick<
  RunStore,
  | "policyVersions"
  | "electionColumns"
  | "electionChanges"
  | "sharingRows"
  | "storedReasons"
  | "storedNames"
  | "unknownRuns"
  | "approvedAt"
  | "pendingTries"
  | "runsById"
  | "leftovers"
  | "sharedSlots"
  | "sharedRows"
  | "sharer"
  | "newestBackup"
  | "managedJobs"
  | "providerKeys"
  | "jobNames"
  | "hooks"
  | keyof VerificationReads
>;

/** What reads ask of the clock. UTC ms. */
interface ReadTimes {
  /** A hold that was to end by then is over. */
  ends(): number;
  /** What is dated later is from the future. */
  latest(): number;
}

/** The times of a watch. */
export function timesBy(watch: Pick<ClockWatch, "read">): ReadTimes {
  return { ends: () => watch.read().ends, latest: () => watch.read().steady + FUTURE_TOLERANCE_MS };
}

/** The reads of an open database. All reject with `StoreError`. */
export function createReads(
  database: Database,
  clock: Clock,
  { ends, latest }: ReadTimes,
): Reads & HistoryReads & ElectionReads {
  const jobs = async (where: string, args: SqlValue[]): Promise<JobState[]> =>
    (await readRows<Cell[]>(database, `SELECT ${JOB_JSON} AS row FROM jobs ${where}`, args)).map(jobFrom);

  return {
    ...createRunReads(database),
    ...createVerificationReads(database, latest),
    job: async (job) => (await jobs("WHERE job = ?1", [job]))[0],
    jobs: (some) => jobs(`WHERE true ${isWanted(some, "job")} ORDER BY job`, wantedArgs(some)),
    election: (job, providerKeys) => readElection(database, clock, ends, job, providerKeys),
    latched: (job) => readLatched(database, job === undefined ? undefined : [job]),
    approval: (job) => readApproval(database, job),
    approvedAt: (job) => readApprovedAt(database, job),
    freeze: () => readFreeze(database),
    held: (some) => readHeld(database, ends(), some),
    lockedRows: (job, runIds) => readLockedRows(database, ends(), job, runIds),
    locksToHear: (job, heardBefore, most) => readLocksToHear(database, job, heardBefore, most),
    providerBackups: (some) => readProviderBackups(database, some),
    strays: (some) => readStrays(database, some),
    remains: (some) => readRemains(database, some),
    pastSizes: (job, providerKeys, most) => readPastSizes(database, job, providerKeys, most, latest()),
    leftovers: (job, providerKeys, most) => readLeftovers(database, job, providerKeys, most, latest()),
    suspects: (some) => readSuspects(database, latest(), some),
    missing: (some) => readMissing(database, some),
    openDeletions: (sentBefore, some) => readOpenDeletions(database, sentBefore, some),
    backups: (query) => listBackups(database, RUN_ROWS, query, (page) => page),
    runs: (query) => listRuns(database, query, (page) => page),
    showBackups: (query, show) => listBackups(database, LISTED_ROWS, query, show),
    showRuns: (query, show) => listRuns(database, query, show),
    events: (query) => readEvents(database, query),
    stats: (some) => readStats(database, latest(), some),
    hooks: () => readHooks(database),
    jobNames: () => readJobNames(database),
    scheduleVersions: (job) => readSchedules(database, job),
    restorePoints: (job, providerKeys) => readRestorePoints(database, clock, job, providerKeys),
    jobDays: (some, from) => readJobDays(database, some, from),
    backupCounts: (job, before, places) => readBackupCounts(database, job, before, places),
    storageDays: (some, from) => readStorageDays(database, some, from),
    periodRecords: (job, periods) => readPeriodRecords(database, job, periods),
    electionColumns: (job, providerKeys, withEnds) =>
      readElectionColumns(database, clock, ends(), job, providerKeys, withEnds),
    electionChanges: (job, providerKeys, since, most) =>
      readElectionChanges(database, ends(), job, providerKeys, since, most),
    sharedSlots: (job, other, most) => readSharedSlots(database, job, other, most),
    sharedRows: (job, most) => readSharedRows(database, clock, job, most),
    sharer: (runId, dataId, providerKeys) => readSharer(database, runId, dataId, providerKeys, ends()),
    newestBackup: (job, providerKeys) => readNewestBackup(database, job, providerKeys, latest()),
    providerKeys: () => readProviderKeys(database),
    managedJobs: () => readManagedJobs(database),
    sharingRows: (providerKeys, runIds) => readSharedData(database, providerKeys, runIds),
    async policyVersions(job, since) {
      const found = await readRows<[string, string, number]>(
        database,
        "SELECT json_array(policy, timezone, since) AS row FROM policy_versions WHERE job = ?1 AND since >= " +
          "coalesce((SELECT max(since) FROM policy_versions WHERE job = ?1 AND since <= ?2), ?2) ORDER BY since",
        [job, BigInt(since)],
      );
      return found.map(([policy, timezone, since]) => ({ policy, timezone, since }));
    },
  };
}
