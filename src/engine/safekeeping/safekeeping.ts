// What operators say about deletions, and what comes of it in time: holds, the freeze, words on suspects, and deletions
// by hand.

import PQueue from "p-queue";
import type { Run } from "../../domain/backup.ts";
import { type Freeze, isFrozen } from "../../domain/freeze.ts";
import type { Hold } from "../../domain/hold.ts";
import type { Job } from "../../domain/job.ts";
import type { FreezeState, HoldOutcome, Verdict, VerdictOutcome } from "../../ports/operations.ts";
import type { ProviderCalls } from "../context/calls.ts";
import type { EngineContext } from "../context/context.ts";
import { isByHand } from "../retention/delete_call.ts";
import { forgetLock } from "../retention/forget_lock.ts";
import { endFreeze, freeze, freezeState, unfreeze } from "./freeze.ts";
import { endHolds, hold, release } from "./hold.ts";
import { removeByHand, retryByHand } from "../retention/remove.ts";
import { dataIdOf, sharerOf } from "../retention/shared_data.ts";
import type { DeleteContext } from "../retention/retention_context.ts";
import { decideSuspect } from "./suspects.ts";

/** What it asks of the engine. */
interface SafekeepingHooks {
  job(name: string): Job | undefined;
  /** The queue of the provider with this key; undefined when config names none. */
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
  /** Something may be deleted now that could not be before: in this job, or in all. */
  lookAgain(job?: string): void;
}

/** One for the life of the engine. */
export class Safekeeping {
  #byHand = new PQueue({ concurrency: 4 });

  constructor(private readonly context: EngineContext, private readonly hooks: SafekeepingHooks) {}

  hold(run: Run, wanted: Hold, by: string): Promise<HoldOutcome> {
    return hold(this.context, run.runId, wanted, by);
  }

  async release(run: Run, by: string): Promise<HoldOutcome> {
    const answer = await release(this.context, run.runId, by);
    if (answer.outcome === "done") this.hooks.lookAgain(run.job);
    return answer;
  }

  async decideSuspect(run: Run, verdict: Verdict, by: string): Promise<VerdictOutcome> {
    const answer = await decideSuspect(this.context, run.runId, verdict, by);
    if (answer.outcome === "done") this.hooks.lookAgain(run.job);
    return answer;
  }

  /** Forgets what is known of a backup's lock, so that its storage is asked again at the next pass. */
  async forgetLock(run: Run, by: string): Promise<VerdictOutcome> {
    const answer = await forgetLock(this.context, run.runId, by);
    if (answer.outcome === "done") this.hooks.lookAgain(run.job);
    return answer;
  }

  freeze(wanted: Pick<Freeze, "reason" | "owner" | "until">, by: string): Promise<FreezeState> {
    return freeze(this.context, wanted, by);
  }

  async unfreeze(by: string): Promise<FreezeState> {
    const state = await unfreeze(this.context, by);
    this.hooks.lookAgain();
    return state;
  }

  freezeState(): Promise<FreezeState> {
    return freezeState(this.context);
  }

  /** True when a DELETE for the backup has somewhere to go to. */
  canReach(run: Run): boolean {
    return this.hooks.callsOf(run.providerKey, run.job) !== undefined;
  }

  /**
   * Deletes a backup by id, of whatever job; undefined when it changed, or a hold, a freeze, a doubtful clock or another
   * backup of the same data came before.
   */
  async delete(run: Run, by: string): Promise<Run | undefined> {
    const context = this.#deleteContext(run);
    if (context === undefined) return undefined;
    return await this.#byHand.add(() => removeByHand(context, run, by)) as Run | undefined;
  }

  /** A living backup that has the data of this one as well, so that this one is not deleted by hand. */
  async sharer(run: Run): Promise<Run | undefined> {
    const context = this.#deleteContext(run);
    return context && await sharerOf(context, run, await dataIdOf(context, run));
  }

  /** Ends what is over, and sends deletions by hand again that are due; `due` are rows with a DELETE to repeat. */
  async keepHouse(due: readonly Run[]): Promise<void> {
    if (await endFreeze(this.context)) this.hooks.lookAgain();
    for (const job of await endHolds(this.context)) this.hooks.lookAgain(job);
    const { ends, inDoubtUntil } = this.context.watch.read();
    if (inDoubtUntil !== null || isFrozen(await this.context.store.freeze(), ends)) return;
    await Promise.all(
      due.filter(isByHand).map((row) => {
        const context = this.#deleteContext(row);
        return context && this.#byHand.add(() => retryByHand(context, row));
      }),
    );
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#byHand.onIdle();
  }

  #deleteContext(run: Run): DeleteContext | undefined {
    const calls = this.hooks.callsOf(run.providerKey, run.job);
    if (calls === undefined) return undefined;
    const job = this.hooks.job(run.job);
    // What a job sends along is meant for its own provider.
    const isOurs = job?.providerKeys.includes(run.providerKey) === true;
    return { ...this.context, calls, deleteBody: isOurs ? job.deleteBody : undefined };
  }
}
