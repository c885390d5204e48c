// What the store tells of a job's past, for those who look over it.

import type { PeriodRecord } from "../domain/coverage/hole_cause.ts";
import type { Level } from "../domain/policy.ts";
import type { JobDay } from "../domain/job_days.ts";
import type { StorageDays } from "../domain/storage_days.ts";

/** A schedule a job had, and from which instant (UTC ms, exclusive) its slots were the job's. */
export interface StoredSchedule {
  since: number;
  schedule: string;
  timezone: string;
}

/** How many available backups lie in a stretch of time (UTC ms, `until` exclusive) and stand for the same levels. */
export interface BackupCount {
  from: number;
  until: number;
  count: number;
  /** As the last pass found. */
  tags: Level[];
}

/** Reads of a job's past. */
export interface HistoryReads {
  /** Every schedule the job had, oldest first. */
  scheduleVersions(job: string): Promise<StoredSchedule[]>;
  /** Period times (UTC ms) of the available backups at these providers that are not suspect, rising. */
  restorePoints(job: string, providerKeys: readonly string[]): Promise<Float64Array>;
  /** What became of the slots in each period (UTC ms, `until` exclusive), at the same places. */
  periodRecords(job: string, periods: readonly { from: number; until: number }[]): Promise<PeriodRecord[][]>;
  /**
   * What became of each of the jobs by day, from the day of the instant `from` (UTC ms) on: the days on which something
   * was, rising; jobs without any are left out. One look for all of them.
   */
  jobDays(jobs: readonly string[], from: number): Promise<Map<string, JobDay[]>>;
  /** Stretches in which backups that began before an instant (UTC ms) lie, of so many equal ones; rising. */
  backupCounts(job: string, before: number, places: number): Promise<BackupCount[]>;
  /** How much room the backups of these jobs take together, or those of all, with the days from that of `from` (UTC ms) on. */
  storageDays(jobs: readonly string[] | undefined, from: number): Promise<StorageDays>;
}
