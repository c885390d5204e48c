// Long work that somebody asked for and that changes nothing: one at a time in this process, in slices by time, each
// followed by as much rest, so that it delays no slot; with budgets, and a limit to how many wait.

import PQueue from "p-queue";
import { OverBudget, TooBusy } from "../../domain/errors.ts";
import type { Clock } from "../../ports/host.ts";
import { CallerBudgets } from "./caller_budget.ts";

/** Longest stretch without letting other work run. */
const SLICE_MS = 4;
/** The budget of one question, in time at work; what it costs in steps is for the work itself to say. */
const BUDGET_MS = 10_000;
/** So many may wait for their turn, and so many of one caller. */
const MOST_WAITING = 8;
const MOST_OF_ONE = 6;

/** One for the life of the program. */
export class LongWork {
  #queue = new PQueue({ concurrency: 1 });
  /** Small ones do not wait for large ones. */
  #looks = { small: new PQueue({ concurrency: 1 }), large: new PQueue({ concurrency: 1 }) };
  /** Looks that have not begun, by what they look at. */
  #waiting = new Map<string, Promise<unknown>>();
  /** Questions that have not been answered, by who asked. */
  #asked = new Map<string, number>();
  #budgets: CallerBudgets;

  constructor(
    private readonly clock: Pick<Clock, "monotonic" | "sleep">,
    private readonly stop?: AbortSignal,
  ) {
    this.#budgets = new CallerBudgets(clock);
  }

  /**
   * Runs work to its end, a generator that should yield every few hundred microseconds; `begin` makes it when its turn has
   * come, and may read for that. The first question of a caller comes before the second of another. Rejects with
   * `TooBusy` when too many wait, with `OverBudget` when it takes too long or `caller` has asked for too much lately, and
   * with the stop's reason.
   */
  async run<T>(
    caller: string,
    begin: () => Generator<unknown, T> | Promise<Generator<unknown, T>>,
  ): Promise<T> {
    this.#budgets.demand(caller);
    const before = this.#asked.get(caller) ?? 0;
    if (this.#queue.size >= MOST_WAITING || before > MOST_OF_ONE) {
      const whose = before > MOST_OF_ONE ? ` of ${caller}` : "";
      throw new TooBusy(
        `Cannot begin: ${
          whose === "" ? this.#queue.size : before - 1
        } questions of this kind${whose} wait already, ` +
          "one is worked on at a time: ask again in some seconds",
      );
    }
    this.#asked.set(caller, before + 1);
    try {
      return await this.#queue.add(async () => await this.#work(caller, await begin()), {
        priority: -before,
      }) as T;
    } finally {
      const left = this.#asked.get(caller)! - 1;
      if (left === 0) this.#asked.delete(caller);
      else this.#asked.set(caller, left);
    }
  }

  /**
   * Looks at something in pieces that let other work run, one look at a time. Who asks for the same while it waits gets
   * the same answer, so that no more wait than there are things to look at; one that has begun may be of before, and is
   * nobody else's. Those that are `small`, a matter of milliseconds, wait for each other alone.
   */
  look<T>(what: string, look: () => Promise<T>, size: "small" | "large" = "large"): Promise<T> {
    const waiting = this.#waiting.get(what);
    if (waiting !== undefined) return waiting as Promise<T>;
    let begun = false;
    const answer = this.#looks[size].add(async () => {
      begun = true;
      this.#waiting.delete(what);
      return await look();
    }) as Promise<T>;
    // It may have begun already.
    if (!begun) this.#waiting.set(what, answer);
    return answer;
  }

  async #work<T>(caller: string, work: Generator<unknown, T>): Promise<T> {
    let spent = 0;
    let began = this.clock.monotonic();
    try {
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
    } finally {
      this.#budgets.use(caller, spent);
    }
  }
}
