// An unfinished run on its way to its end, for whoever the job belongs to: that may change while it is under way.

import type { Run } from "../../domain/backup.ts";
import type { Job } from "../../domain/job.ts";
import type { ProviderCalls } from "../context/calls.ts";
import { type ActiveRun, activeRun, type EngineContext, type RunContext } from "../context/context.ts";
import { follow } from "./follow.ts";

/** What a followed run asks of the job that it belongs to, and tells it. */
export interface RunOwner {
  whyAtRest: RunContext["whyAtRest"];
  /** An attempt to cancel the run is over, whatever came of it. */
  cancelOver(): void;
  /** The run has ended, or was left as stored. */
  over(active: ActiveRun): Promise<void>;
  failed(error: unknown): void;
}

/** Begins at once, with the job and the calls that it keeps to its end. */
export class FollowedRun {
  readonly active: ActiveRun;
  /** Resolves once nothing of it is under way any more. */
  readonly done: Promise<void>;

  constructor(
    context: EngineContext,
    run: Run,
    { job, calls }: { job: Job; calls: ProviderCalls },
    public owner: RunOwner,
  ) {
    const active = activeRun(run, context);
    this.active = active;
    const whyAtRest = () => this.owner.whyAtRest();
    this.done = follow({ ...context, job, calls, whyAtRest }, active, () => this.owner.cancelOver())
      .then(() => this.owner.over(active))
      .catch((error) => {
        active.firstAnswer.resolve(active.run);
        this.owner.failed(error);
      });
  }
}
