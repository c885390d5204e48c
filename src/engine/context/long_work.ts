// Long pure work that somebody asked for: one at a time in this process, in slices by time, each followed by as much rest,
// so that it delays no slot; with a budget, and a limit to how many wait.

import PQueue from "p-queue";
import { OverBudget, TooBusy } from "../../domain/errors.ts";
import type { Clock } from "../../ports/host.ts";

/** Longest stretch without letting other work run. */
const SLICE_MS = 4;
/** The budget of one question, in time at work; what it costs in steps is for the work itself to say. */
const BUDGET_MS = 10_000;
/** So many may wait for their turn. */
const MOST_WAITING = 8;

/** One for the life of the program. */
export class LongWork {
  #queue = new PQueue({ concurrency: 1 });

  constructor(
    private readonly clock: Pick<Clock, "monotonic" | "sleep">,
    private readonly stop?: AbortSignal,
  ) {}

  /**
   * Runs work to its end, a generator that should yield every few hundred microseconds; `begin` makes it when its turn has
   * come, and may read for that. Rejects with `TooBusy` when too many wait, with `OverBudget` when it takes too long,
   * and with the stop's reason.
   */
  async run<T>(begin: () => Generator<unknown, T> | Promise<Generator<unknown, T>>): Promise<T> {
    if (this.#queue.size >= MOST_WAITING) {
      throw new TooBusy(
        `Cannot begin: ${this.#queue.size} questions of this kind wait already, one is worked on at a time: ` +
          "ask again in some seconds",
      );
    }
    return await this.#queue.add(async () => await this.#work(await begin())) as T;
  }

  async #work<T>(work: Generator<unknown, T>): Promise<T> {
    let spent = 0;
    let began = this.clock.monotonic();
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      const worked = this.clock.monotonic() - began;
      if (worked < SLICE_MS) continue;
      spent += worked;
      if (spent > BUDGET_MS) {
        throw new OverBudget(
          `Cannot go on: this takes more than ${
            BUDGET_MS / 1000
          } s of work, the budget of one question: expected less ` +
            "to be asked for: a nearer end, a coarser schedule, a policy that keeps fewer",
        );
      }
      await this.clock.sleep(worked, this.stop);
      began = this.clock.monotonic();
    }
  }
}
