// What the store tells of a job's past, for those who look over it.

import type { PeriodRecord } from "../domain/coverage/hole_cause.ts";

/** A schedule a job had, and from which instant (UTC ms, exclusive) its slots were the job's. */
export interface StoredSchedule {
  since: number;
  schedule: string;
  timezone: string;
}

/** Reads of a job's past. */
export interface HistoryReads {
  /** Every schedule the job had, oldest first. */
  scheduleVersions(job: string): Promise<StoredSchedule[]>;
  /** Period times (UTC ms) of the available backups at these providers that are not suspect, rising. */
  restorePoints(job: string, providerKeys: readonly string[]): Promise<Float64Array>;
  /** What became of the slots in each period (UTC ms, `until` exclusive), at the same places. */
  periodRecords(job: string, periods: readonly { from: number; until: number }[]): Promise<PeriodRecord[][]>;
}
