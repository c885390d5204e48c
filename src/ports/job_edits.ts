// What a caller may ask about the file of a job: to read, write or remove it. Types only.

import type { Caller } from "./caller.ts";
import type { JobEditView } from "./views/job_edit.ts";

/** What a caller says of what is replaced, as the headers of HTTP do. */
export interface Precondition {
  /** Entity tags, or `*`: there must be one of them. */
  ifMatch?: string;
  ifNoneMatch?: string;
}

/** How a job is written by a caller: the settings alone, or the text of its file. */
export type JobWish = { kind: "settings"; settings: unknown } | { kind: "text"; text: string };

/** A job that is to be written; `create`: only where there is none of its name. */
export interface PutJob extends Precondition {
  wish: JobWish;
  create: boolean;
  dryRun: boolean;
}

/** What became of it; `none`: there is no such job. In all cases but `done` nothing was changed. */
export type JobEditOutcome =
  | { outcome: "done"; view: JobEditView; created: boolean }
  | { outcome: "refused" | "conflict" | "precondition" | "none"; message: string }
  | { outcome: "invalid"; message: string; problems: string[] };

/** The file of a job, as it is. */
export type JobFileOutcome =
  | { outcome: "done"; text: string; etag: string }
  | { outcome: "refused" | "none"; message: string };

/** Changes of jobs, one at a time. */
export interface JobEdits {
  /** The text of the file of a job. */
  jobFile(job: string): Promise<JobFileOutcome>;
  putJob(job: string, by: Caller, put: PutJob): Promise<JobEditOutcome>;
  /** Takes a job out of the configuration; its backups stay untouched. */
  removeJob(job: string, by: Caller, options: Precondition & { dryRun: boolean }): Promise<JobEditOutcome>;
}
