// Jobs that left the configuration while a run of theirs was under way, and runs that a process before this one left of
// such jobs: each is followed to its end, starts nothing, and goes back to its job when that comes back.

import type { Run } from "../domain/backup.ts";
import type { EngineContext } from "./context/context.ts";
import { JobEntry } from "./job_entry.ts";
import type { JobHooks } from "./job_parts.ts";
import { JobScheduler } from "./job_scheduler.ts";
import { dropUnsent, giveUpStray, leaveInDoubt, NO_SLOTS, strayJob } from "./run/stray.ts";

/** One for the life of the engine. */
export class Leaving {
  #entries = new Set<JobEntry>();

  constructor(private readonly context: EngineContext, private readonly hooks: JobHooks<JobScheduler>) {}

  /** Takes a job that is not declared any more; `settle` or `inherit` says what becomes of its run. */
  add(entry: JobEntry): void {
    entry.retire();
    this.#entries.add(entry);
    void entry.idle().then(() => this.#entries.delete(entry));
  }

  /** Hands what is under way of that name, or of the one it had, to the job that is at work now. */
  async inherit(heir: JobScheduler): Promise<void> {
    const { name, renamedFrom } = heir.job;
    for (const { scheduler } of this.#entries) {
      const run = scheduler.running;
      if (run === null || (run.job !== name && run.job !== renamedFrom)) continue;
      // What is stored says whether the former name was taken over.
      if ((await this.context.store.run(run.runId))?.job === name) await heir.inherit(scheduler);
    }
  }

  /**
   * What nobody took over is not to start any more; takes up what nobody follows. Of jobs that are not stored as in the
   * configuration alone.
   */
  async settle(): Promise<void> {
    for (const { scheduler } of this.#entries) scheduler.leave();
    for (const run of await this.context.store.strays()) {
      if (!this.follows(run)) await this.#takeUp(run);
    }
  }

  /** True for a run that is followed here. */
  follows({ runId }: Pick<Run, "runId">): boolean {
    return this.#of(runId) !== undefined;
  }

  /** Asks for the run of a job that left to be cancelled, or gives up one that nobody can follow; false where it is neither. */
  async cancel(run: Run, why: string): Promise<boolean> {
    const entry = this.#of(run.runId);
    if (entry !== undefined) return entry.scheduler.requestCancel(run.runId, why);
    const isStray = (await this.context.store.strays([run.job])).some(({ runId }) => runId === run.runId);
    return isStray && await giveUpStray(this.context, run, why);
  }

  /** What is still under way. */
  idle(): Promise<void>[] {
    return Array.from(this.#entries, (entry) => entry.idle());
  }

  #of(runId: string): JobEntry | undefined {
    for (const entry of this.#entries) if (entry.scheduler.running?.runId === runId) return entry;
    return undefined;
  }

  async #takeUp(run: Run): Promise<void> {
    if (run.status === "intent") return await dropUnsent(this.context, run);
    const calls = this.hooks.callsOf(run.providerKey, run.job);
    if (calls === undefined) return await leaveInDoubt(this.context, run);
    const state = await this.context.store.job(run.job);
    if (state === undefined) return;
    const parts = { job: strayJob(state, run), calls, slots: NO_SLOTS };
    const scheduler = new JobScheduler(this.context, this.hooks, parts, state, null);
    scheduler.leave();
    scheduler.resume(run, calls);
    this.add(new JobEntry(this.context, scheduler, null, this.hooks));
  }
}
