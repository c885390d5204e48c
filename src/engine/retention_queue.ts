// Everything that deletes for one job, one at a time: passes, retries of deletions, approvals, deletions by hand.

import PQueue from "p-queue";
import type { Run } from "../domain/backup.ts";
import type { JobState } from "../ports/store.ts";
import type { EngineContext } from "./context.ts";
import { type ElectionPlan, planElection, policyText } from "./election_plan.ts";
import type { JobEngine } from "./job_engine.ts";
import { removeByHand, retryDeletes } from "./remove.ts";
import type { RetentionContext } from "./retention_context.ts";
import { approve, type PassReport, retain } from "./retain.ts";

/** The deletions of one job. */
export class RetentionQueue {
  #queue = new PQueue({ concurrency: 1 });
  #passWaiting = false;

  constructor(private readonly context: EngineContext, private readonly engine: JobEngine) {}

  /** Runs a pass when the ones before are over; asked twice while one waits, it runs once. */
  async pass(): Promise<PassReport | undefined> {
    if (this.#passWaiting || this.context.stop.aborted) return undefined;
    this.#passWaiting = true;
    return await this.#add(async () => {
      this.#passWaiting = false;
      return await retain(this.#retentionContext(), () => this.#state());
    });
  }

  /** What a pass would do now. */
  async plan(): Promise<ElectionPlan> {
    return await planElection(this.context, this.engine.job, (await this.#state())!);
  }

  /** Approves the elected set that `digest` names; false when it is another one by now. */
  async approve(digest: string, by: string): Promise<boolean> {
    return await this.#add(async () =>
      await approve(this.#retentionContext(), await this.plan(), digest, by)
    );
  }

  /** Sends again what was sent before and is due. */
  async retry(rows: Run[]): Promise<void> {
    await this.#add(() => retryDeletes(this.#retentionContext(), rows));
  }

  async deleteByHand(run: Run, by: string): Promise<Run | undefined> {
    return await this.#add(() => removeByHand(this.#retentionContext(), run, by));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#queue.onIdle();
  }

  #add<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.add(work) as Promise<T>;
  }

  #state(): Promise<JobState | undefined> {
    return this.context.store.job(this.engine.job.name);
  }

  #retentionContext(): RetentionContext {
    const { job, calls } = this.engine;
    return { ...this.context, job, calls, policy: policyText(job) };
  }
}
