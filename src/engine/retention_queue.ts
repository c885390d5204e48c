// Everything that deletes for one job, one at a time: passes, retries of deletions, approvals.

import type { Run } from "../domain/backup.ts";
import type { JobState } from "../ports/store.ts";
import { keepFailedMs } from "../domain/leftovers.ts";
import type { EngineContext } from "./context/context.ts";
import { drainInSlices } from "./context/slices.ts";
import { Turns } from "./context/turns.ts";
import { cleanUp, retryLeftovers } from "./leftovers/clean_up.ts";
import { LeftoverShare } from "./leftovers/share.ts";
import { lookAtColumns } from "./retention/column_look.ts";
import { ElectionFollower, isLarge } from "./retention/election_follower.ts";
import { type ElectionLook, lookAtElection, policyText } from "./retention/election_look.ts";
import { type ShownElection, shownLook } from "./retention/shown_election.ts";
import { whyInactive } from "./job_parts.ts";
import type { JobScheduler } from "./job_scheduler.ts";
import { type ListAnswer, reconcile, type ReconcileMemory, tellUnreachable } from "./inventory/reconcile.ts";
import { hearLocks } from "./retention/locks.ts";
import { retryDeletes } from "./retention/remove.ts";
import type { RetentionContext } from "./retention/retention_context.ts";
import { type Approvable, approve, type PassReport, retain } from "./retention/retain.ts";

/** The deletions of one job. */
export class RetentionQueue {
  #queue = new Turns();
  #passWaiting = false;
  #retired = false;
  #share = new LeftoverShare();
  #follower: ElectionFollower;
  #count: number | undefined;

  constructor(private readonly context: EngineContext, private readonly scheduler: JobScheduler) {
    this.#follower = new ElectionFollower(context);
  }

  /** Runs a pass when the ones before are over; asked twice while one waits, it runs once. */
  async pass(): Promise<PassReport | undefined> {
    if (this.#passWaiting || this.#retired || this.context.stop.aborted) return undefined;
    this.#passWaiting = true;
    return await this.#add(async () => {
      this.#passWaiting = false;
      if (this.#retired) return undefined;
      const context = this.#retentionContext();
      await hearLocks(context);
      const { job } = context;
      const paced = { ...job, maxDeletesPerPass: this.#share.begin(job.maxDeletesPerPass) };
      const report = await retain({ ...context, job: paced }, this.#follower, () => this.#state())
        .finally(() => this.#follower.letGo());
      await this.#cleanUp(report);
      return report;
    });
  }

  /** What failed runs left goes after a pass, at the pace that the pass left over; one that was stopped stops it, too. */
  async #cleanUp(report: PassReport | undefined): Promise<void> {
    if (report === undefined || report.removed?.stopped !== undefined || this.#retired) return;
    const { job, state } = this.scheduler;
    if (whyInactive(state, this.context.clock.now()) !== undefined) return;
    const keepMs = keepFailedMs(job.keepFailed, state.cleansFailedSince);
    const room = job.maxDeletesPerPass - report.pass.going.length;
    this.#share.end(await cleanUp({ ...this.#retentionContext(), keepFailedMs: keepMs }, room));
  }

  /** How many available backups the job had when that was last read: it asks nobody. */
  get count(): number {
    return this.#count ?? this.scheduler.state.availableCount;
  }

  /** What a pass would do now. */
  async look(): Promise<ElectionLook> {
    return await lookAtElection(this.context, this.scheduler.job, (await this.#state())!);
  }

  /**
   * Takes what is asked from the election that passes follow, brought up to date; null where there is none, or it cannot
   * be. It is as it is now until `take` is over, and no longer.
   */
  async followed<T extends object>(take: (shown: ShownElection) => T | Promise<T>): Promise<T | null> {
    const state = await this.#state();
    if (state === undefined || !isLarge(this.context, state)) return null;
    return await this.#follower.read(this.scheduler.job, state, take);
  }

  /** Elects for `followed`, where nothing that passes follow can be read. */
  async prepare(): Promise<void> {
    const state = await this.#state();
    if (state !== undefined && isLarge(this.context, state)) {
      await this.#follower.prepare(this.scheduler.job, state);
    }
  }

  /** What a pass would do now, elected for whoever asks: it stays as it is. */
  async anew(): Promise<ShownElection> {
    const state = (await this.#state())!;
    const { job } = this.scheduler;
    const look = isLarge(this.context, state) ? await lookAtColumns(this.context, job, state) : null;
    return look ?? shownLook(job, await lookAtElection(this.context, job, state));
  }

  /** Approves the elected set that `digest` names; false when it is another one by now. */
  async approve(digest: string, by: string): Promise<boolean> {
    return await this.#add(async () =>
      await approve(this.#retentionContext(), await this.#approvable(), digest, by)
    );
  }

  /** In columns where none of its rows has anything to be seen. */
  async #approvable(): Promise<Approvable> {
    const { context, scheduler: { job } } = this;
    const state = (await this.#state())!;
    const shown = isLarge(context, state) ? await lookAtColumns(context, job, state) : null;
    if (shown !== null && shown.foreign === 0) {
      const victims = await drainInSlices(shown.victims(), context.clock);
      return { digest: shown.digest, head: shown.head, victims, rows: [] };
    }
    const { digest, snapshot, election } = await lookAtElection(context, job, state);
    return { digest, head: snapshot, victims: election.victims, rows: snapshot.rows };
  }

  /** Sends again what was sent before and is due. */
  async retry(rows: Run[]): Promise<void> {
    await this.#add(async () => {
      await retryDeletes(this.#retentionContext(), rows.filter(({ endedAs }) => endedAs === null));
      await retryLeftovers(this.#retentionContext(), rows.filter(({ endedAs }) => endedAs !== null));
    });
  }

  /** Compares what is on record with what the provider said it has. */
  async reconcile(list: ListAnswer, memory: ReconcileMemory): Promise<"done" | "unreachable"> {
    return await this.#add(async () =>
      this.#retired ? "done" : await reconcile(this.#retentionContext(), list, memory)
    );
  }

  /** Tells that this failed; `forLong`: so long that nothing may be deleted before an operator has seen it. */
  async couldNotReconcile(since: number, forLong: boolean): Promise<void> {
    await this.#add(() => tellUnreachable(this.#retentionContext(), since, forLong));
  }

  /** Begins no further pass: the job left the configuration. */
  retire(): void {
    this.#retired = true;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#queue.idle();
  }

  #add<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.add(work);
  }

  async #state(): Promise<JobState | undefined> {
    const state = await this.context.store.job(this.scheduler.job.name);
    if (state !== undefined) this.#count = state.availableCount;
    return state;
  }

  #retentionContext(): RetentionContext {
    const { job, calls, state: { edition } } = this.scheduler;
    return { ...this.context, job, calls, deleteBody: job.deleteBody, policy: policyText(job), edition };
  }
}
