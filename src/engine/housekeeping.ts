// What is seen to every half minute, whatever the jobs do: deletions to be sent again, backups given up, what providers
// list, old rows.

import { DAY } from "../domain/duration.ts";
import { mayDeleteAt, type Run } from "../domain/backup.ts";
import { isFrozen } from "../domain/freeze.ts";
import type { Due, DueSource } from "./agenda.ts";
import type { ProviderCalls } from "./context/calls.ts";
import type { EngineContext } from "./context/context.ts";
import type { JobEntry } from "./job_entry.ts";
import { RESTORED, UNREAD } from "./inventory/reconcile.ts";
import { ReconcileTurns } from "./reconcile_turns.ts";
import { isByHand } from "./retention/delete_call.ts";
import { Prober } from "./run/probe.ts";
import type { Safekeeping } from "./safekeeping/safekeeping.ts";

/** What housekeeping is done for. */
interface Household {
  entries: ReadonlyMap<string, JobEntry>;
  safekeeping: Safekeeping;
  /** The queue of the provider with this key; undefined when config names none. */
  callsOf(providerKey: string, job: string): ProviderCalls | undefined;
  /** The job is stopped by what a verification found, or the upkeep of its storage. */
  damaged(job: string): void;
  /** Something failed outside any caller's reach. */
  failed(error: unknown): void;
}

const HOUSEKEEPING_MS = 30_000;
const TIDY_MS = DAY;

/** One for the life of the engine. */
export class Housekeeping implements DueSource {
  readonly ofJob = null;
  #prober: Prober;
  #reconciling: ReconcileTurns;
  /** By the monotonic clock, like `#tidiedAt`. */
  #keptHouseAt: number;
  #keepingHouse: Promise<void> = Promise.resolve();
  #tidiedAt = -Infinity;

  constructor(private readonly context: EngineContext, private readonly household: Household) {
    this.#prober = new Prober(context);
    this.#reconciling = new ReconcileTurns(context, household.failed);
    this.#keptHouseAt = context.clock.monotonic();
  }

  /** The next round. */
  due(): Due[] {
    return [{
      dueAt: this.#keptHouseAt + HOUSEKEEPING_MS,
      by: "monotonic",
      fire: () => {
        this.#keptHouseAt = this.context.clock.monotonic();
        this.#keepingHouse = this.#keepHouse().catch(this.household.failed);
        return Promise.resolve();
      },
    }];
  }

  isChanging(): boolean {
    return false;
  }

  /** Resolves when no round is under way. */
  idle(): Promise<void> {
    return this.#keepingHouse;
  }

  async #keepHouse(): Promise<void> {
    const { store, clock, watch } = this.context;
    const { entries, safekeeping } = this.household;
    const { now, ends, inDoubtUntil } = watch.read();
    const sent = await store.runsInStatus(["deleting", "delete-error"]);
    const due = sent.filter((row) => row.deleteSentAt !== null && mayDeleteAt(row, now));
    await safekeeping.keepHouse(due);
    // What could not be sent is not asked about again and again in vain.
    const stopped = inDoubtUntil !== null || isFrozen(await store.freeze(), ends);
    for (const [name, rows] of stopped ? [] : byJob(due)) {
      const entry = entries.get(name);
      if (entry === undefined) continue;
      const { providerKeys } = entry.scheduler.job;
      const ours = rows.filter((row) => providerKeys.includes(row.providerKey) && !isByHand(row));
      if (ours.length > 0) entry.retry(ours);
    }
    const found = await this.#prober.probe((run) => {
      const job = entries.get(run.job)?.scheduler.job;
      const calls = this.household.callsOf(run.providerKey, run.job);
      return job === undefined || calls === undefined ? undefined : { job, calls };
    });
    for (const run of found) entries.get(run.job)!.pass();
    const latched = await store.latched();
    const doubted = latched.filter(({ guard }) => guard === UNREAD || guard === RESTORED);
    for (const { guard, job } of latched) if (guard === "upkeep_failed") this.household.damaged(job);
    this.#reconciling.look(entries.values(), new Set(doubted.map(({ job }) => job)));
    // A clock that is years ahead makes everything old.
    if (inDoubtUntil === null && clock.monotonic() - this.#tidiedAt >= TIDY_MS) {
      this.#tidiedAt = clock.monotonic();
      const { more } = await store.tidy(now);
      // A bounded piece of it: the next round goes on.
      if (more) this.#tidiedAt = -Infinity;
    }
  }
}

function byJob(rows: readonly Run[]): Map<string, Run[]> {
  const found = new Map<string, Run[]>();
  for (const row of rows) {
    const known = found.get(row.job);
    if (known === undefined) found.set(row.job, [row]);
    else known.push(row);
  }
  return found;
}
