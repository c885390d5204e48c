// The jobs and backups that a plan is made of.

import type { Candidate } from "../retention/election.ts";
import type { Job } from "../job.ts";
import type { Policy } from "../policy.ts";
import type { Settings } from "../settings_diff.ts";

/** When a job is at work, besides its schedule. */
export type JobDates = Pick<Job, "from" | "to" | "retentionSchedule">;

/** A job as the edit finds it: from another configuration, a running server, or a state. */
export interface OldJob extends Pick<Job, "name" | "enabled" | "schedule" | "timezone" | "providerKey"> {
  /** Null: not known; taken to be as after the edit. */
  dates: JobDates | null;
  /** Null: its text cannot be read by this version. */
  policy: Policy | null;
  /** Available backups where counted already; null: count those given. */
  available: number | null;
  /** What stops its retention at present, one sentence each. */
  stops: readonly string[];
  /** Everything set; null where only the fields above are known. */
  settings: Settings | null;
}

/** A job as the edit leaves it. */
export interface NewJob {
  job: Job;
  settings: Settings;
}

/** An available backup as a plan sees it. */
export interface PlanBackup extends Candidate {
  /** The provider's id; null where it is not known. */
  id: string | null;
  /** Whose storage it is in; null where that is not known: then the job's provider before the edit. */
  providerKey: string | null;
  /** Not made by the job, and not seen by an operator since. */
  foreign: boolean;
}
