// `schelly jobs …`: all that is done with jobs, together.

import type { Command } from "commander";
import type { Context } from "../terminal/options.ts";
import { addJobs } from "./jobs.ts";
import { addJobsForget } from "./jobs_forget.ts";
import { addJobsLogs } from "./jobs_logs.ts";
import { addJobsPut } from "./jobs_put.ts";
import { addJobsTrigger } from "./jobs_trigger.ts";
import { addJobsUnlock } from "./jobs_unlock.ts";

/** Declares the group with every command in it. */
export function addJobsGroup(program: Command, context: Context): void {
  const jobs = addJobs(program, context);
  addJobsLogs(jobs, context);
  addJobsTrigger(jobs, context);
  addJobsUnlock(jobs, context);
  addJobsPut(jobs, context);
  addJobsForget(jobs, context);
}
