// When to compare which jobs with their providers: one list for all jobs of a provider, an hour's patience on failure.

import { ProviderError } from "../domain/errors.ts";
import type { ProviderCalls } from "./context/calls.ts";
import type { EngineContext } from "./context/context.ts";
import type { JobScheduler } from "./job_scheduler.ts";
import type { ListAnswer, ReconcileMemory } from "./inventory/reconcile.ts";
import { madeForUs } from "./inventory/unknown_runs.ts";
import type { RetentionQueue } from "./retention_queue.ts";

/** A job and the queue of all that concerns its deletions. */
export interface Reconcilable {
  scheduler: JobScheduler;
  queue: RetentionQueue;
}

interface Turn extends ReconcileMemory {
  /** By the monotonic clock. */
  dueAt: number;
  /** When looks began to fail, by both clocks; null while they do not. */
  failing: { since: number; monotonic: number } | null;
  /** When the last look failed that could not read the list or ask for a backup, and how many did in a row; null for none. */
  trouble: { at: number; looks: number } | null;
}

/** A start is busy enough, and a program that is restarted each day must have its look, too. */
const FIRST_AFTER_MS = 600_000;
const AGAIN_AFTER_MS = 3_600_000;
/** After a good answer to something else a look that failed is made again; the longer it fails, the later, by doubling. */
const SOON_MS = 20_000;

/** One for the life of the engine. */
export class ReconcileTurns {
  #turns = new Map<string, Turn>();
  #looking = new Set<ProviderCalls>();
  /** Those that have said once that they can list. */
  #listing = new WeakSet<ProviderCalls>();

  constructor(private readonly context: EngineContext, private readonly failed: (error: unknown) => void) {}

  /**
   * Begins the looks that are due, and does not wait for them. `doubted`: jobs that are looked at as soon as they are there,
   * since a list of them could not be read, or the state went back in time.
   */
  look(jobs: Iterable<Reconcilable>, doubted: ReadonlySet<string>): void {
    const now = this.context.clock.monotonic();
    const due = new Map<ProviderCalls, Reconcilable[]>();
    const declared = new Set<string>();
    for (const one of jobs) {
      const { job, calls } = one.scheduler;
      if (job.reconcileMs === null) continue;
      declared.add(job.name);
      const turn = this.#turns.get(job.name);
      if (turn === undefined) {
        const dueAt = doubted.has(job.name) ? now : now + Math.min(FIRST_AFTER_MS, job.reconcileMs);
        this.#turns.set(job.name, {
          dueAt,
          failing: null,
          trouble: null,
          tripped: null,
          unread: false,
          unknownRuns: new Set(),
        });
      } else if ((turn.dueAt <= now || isWorthALook(turn, calls, now)) && !this.#looking.has(calls)) {
        const group = due.get(calls);
        if (group === undefined) due.set(calls, [one]);
        else group.push(one);
      }
    }
    for (const name of this.#turns.keys()) if (!declared.has(name)) this.#turns.delete(name);
    for (const [calls, group] of due) {
      this.#looking.add(calls);
      void this.#lookAt(calls, group).catch(this.failed).finally(() => this.#looking.delete(calls));
    }
  }

  async #lookAt(calls: ProviderCalls, group: readonly Reconcilable[]): Promise<void> {
    const { clock, stop } = this.context;
    const askedAt = clock.now();
    const list = await this.#list(calls, askedAt);
    if (typeof list === "string") return this.#putOff(group, list === "unknown");
    for (const { scheduler, queue } of group) {
      if (stop.aborted) return;
      const turn = this.#turns.get(scheduler.job.name);
      const every = scheduler.job.reconcileMs;
      if (turn === undefined || every === null) continue;
      turn.dueAt = clock.monotonic() + (list.ids === null ? Math.min(AGAIN_AFTER_MS, every) : every);
      const outcome = await queue.reconcile(list, turn);
      const isRead = list.ids !== null && outcome === "done";
      turn.trouble = isRead ? null : { at: clock.monotonic(), looks: (turn.trouble?.looks ?? 0) + 1 };
      if (outcome === "done") {
        turn.failing = null;
        continue;
      }
      const now = clock.monotonic();
      turn.dueAt = now + Math.min(AGAIN_AFTER_MS, every);
      turn.failing ??= { since: askedAt, monotonic: now };
      await queue.couldNotReconcile(turn.failing.since, now - turn.failing.monotonic >= every);
    }
  }

  /** Nothing can be compared here; the provider may answer, or learn to list. */
  #putOff(group: readonly Reconcilable[], soon: boolean): void {
    for (const { scheduler: { job } } of group) {
      const turn = this.#turns.get(job.name);
      if (turn === undefined) continue;
      const every = job.reconcileMs ?? AGAIN_AFTER_MS;
      const now = this.context.clock.monotonic();
      turn.dueAt = now + (soon ? Math.min(AGAIN_AFTER_MS, every) : every);
      turn.trouble = soon ? { at: now, looks: (turn.trouble?.looks ?? 0) + 1 } : null;
    }
  }

  /** `none`: the provider has no list; `unknown`: it never said that it has one, and does not answer. */
  async #list(calls: ProviderCalls, askedAt: number): Promise<ListAnswer | "none" | "unknown"> {
    try {
      const { list: canList, host } = await calls.capabilities();
      if (!canList) return "none";
      this.#listing.add(calls);
      const list = await calls.list();
      const locks = new Map(
        list.flatMap(({ id, lockedUntil }) => lockedUntil === undefined ? [] : [[id, lockedUntil]]),
      );
      return { ids: new Set(list.map(({ id }) => id)), made: madeForUs(list, host), locks, askedAt };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      // Too long, or odd: single backups can be asked for all the same.
      return this.#listing.has(calls) ? { ids: null, why: error.message, askedAt } : "unknown";
    }
  }
}

/** A look failed, and the provider has answered something else well since: what stands for that may be over. */
function isWorthALook({ trouble }: Turn, calls: ProviderCalls, now: number): boolean {
  if (trouble === null || calls.lastGoodAnswer() <= trouble.at) return false;
  return now - trouble.at >= Math.min(AGAIN_AFTER_MS, SOON_MS * 2 ** (trouble.looks - 1));
}
