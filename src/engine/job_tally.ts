// How many jobs are at work or paused, kept as they change, so that nobody has to ask all of them.

import type { JobScheduler } from "./job_scheduler.ts";

/** What is told about the jobs as a whole. */
export interface JobCounts {
  all: number;
  /** Starts that are not sent yet, or again, are not among them. */
  running: number;
  paused: number;
}

/** One for the life of the engine. */
export class JobTally {
  #all = new Set<JobScheduler>();
  #atWork = new Set<JobScheduler>();
  #paused = new Set<JobScheduler>();

  /** The job is there, and may have changed. */
  changed(job: JobScheduler): void {
    this.#all.add(job);
    put(this.#atWork, job, job.running !== null);
    put(this.#paused, job, job.state.pausedAt !== null);
  }

  /** These are all there are. */
  replace(jobs: readonly JobScheduler[]): void {
    for (const before of [...this.#all]) this.remove(before);
    for (const job of jobs) this.changed(job);
  }

  remove(job: JobScheduler): void {
    for (const jobs of [this.#all, this.#atWork, this.#paused]) jobs.delete(job);
  }

  get counts(): JobCounts {
    let running = 0;
    for (const job of this.#atWork) if (job.running !== null && job.running.status !== "intent") running++;
    return { all: this.#all.size, running, paused: this.#paused.size };
  }
}

function put<T>(among: Set<T>, one: T, isAmong: boolean): void {
  if (isAmong) among.add(one);
  else among.delete(one);
}
