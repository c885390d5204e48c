// A job as the engine sees it: every default filled in, durations in milliseconds.

import { hasSameItems, isSame } from "./same.ts";
import type { Policy } from "./policy.ts";
import type { PingSpec } from "./ping.ts";
import type { KeepFailed } from "./leftovers.ts";
import type { SuspicionBounds } from "./suspicion.ts";
import type { JobPromise } from "./promise.ts";
import type { VerifySettings } from "./verification/verify_settings.ts";

/** JSON that a provider is sent. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** When a suspicious pass is stopped and how long an edited policy waits. */
interface GuardSettings {
  /** More than this share of the available backups (and more than 3) stops the pass. 1-100. */
  maxPercent: number;
  policyChangeHoldMs: number;
}

/** A command that Schelly runs itself once it is known what became of a slot. */
export interface JobHook {
  argv: [string, ...string[]];
  timeoutMs: number;
  /** What it finds in its environment besides; secret. */
  env: Record<string, string>;
}

/** How often a slot whose backup failed is tried again. */
export interface RetrySettings {
  /** Tries after the first one; 0 for none. */
  attempts: number;
  /** Wait before the second try (ms); doubled before each further one. */
  afterMs: number;
}

/** When a job may not start by itself. */
export interface BlackoutSettings {
  /** As `parseWindow` reads them. */
  windows: string[];
  /** What becomes of a start that is due in one: it waits for the end, or its slot is skipped. */
  act: "wait" | "skip";
}

/** One declared job. */
export interface Job {
  name: string;
  /** The label of the original's BACKUP_NAME where it differs from `name`. */
  label: string;
  renamedFrom: string | null;
  enabled: boolean;
  /** No slot before this instant (UTC ms, inclusive). */
  from: number | null;
  /** No slot at or after this instant (UTC ms, exclusive). */
  to: number | null;
  /** Normalised cron pattern: croner's words, 5 to 7 fields. */
  schedule: string;
  /** True when `schedule` was derived from the retention policy. */
  scheduleDerived: boolean;
  /** IANA zone of the schedule and of the periods. */
  timezone: string;
  /** Greatest delay of a start after its slot. */
  jitterMs: number;
  missedRuns: "latest" | "skip";
  /** How late a missed slot may still start; null: one interval, at most 24 h. */
  startDeadlineMs: number | null;
  /** When it may not start by itself; absent: it may at any time. */
  blackout?: BlackoutSettings;
  /** Where new runs go. */
  providerKey: string;
  /** All keys whose rows are this provider's: `providerKey` and what it was formerly called. */
  providerKeys: string[];
  createBody: Json | undefined;
  deleteBody: Json | undefined;
  /** Longest time one POST may take (ms): what an unknown fate must wait out. */
  createTimeoutMs: number;
  deleteTimeoutMs: number;
  pollIntervalMs: number;
  verifyBeforeDelete: boolean;
  /** How often the backups on record are compared with what the provider lists; null: never. */
  reconcileMs: number | null;
  graceMs: number;
  maxDurationMs: number | null;
  retryIntervalMs: number;
  onUnknown: "retry" | "skip";
  /** How often a slot whose backup failed is tried again. */
  retry: RetrySettings;
  /** When a backup is suspect for its size. */
  suspicion: SuspicionBounds;
  retention: Policy;
  /** Cron pattern of extra passes; null: after each new backup and at the job's schedule. */
  retentionSchedule: string | null;
  /** Infinity when unlimited. */
  maxDeletesPerPass: number;
  /** How long what failed runs left stays. */
  keepFailed: KeepFailed;
  guard: GuardSettings;
  /** What schedule and policy are to achieve; checked, never acted upon. */
  promises: JobPromise[];
  /** How its backups are proved; absent: only by hand. */
  verify?: VerifySettings;
  /** Who is told of each run; absent: nobody. */
  ping?: PingSpec;
  /** Run by Schelly once a backup is there, and where none will be; absent: nothing is run. */
  onSuccess?: JobHook;
  onFailure?: JobHook;
}

/** True where an edit changes nothing of a job. In which order its promises are written says nothing. */
export function isSameJob(job: Job, other: Job): boolean {
  if (job === other) return true;
  for (const key in job) {
    if (key !== "promises" && !isSame(job[key as keyof Job], other[key as keyof Job])) return false;
  }
  for (const key in other) {
    if (!(key in job) && other[key as keyof Job] !== undefined) return false;
  }
  return hasSameItems(job.promises, other.promises);
}
