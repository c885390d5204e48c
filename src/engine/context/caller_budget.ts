// How much work each caller may ask for: what was used comes back with time, so that nobody keeps others from theirs.

import { formatDuration } from "../../domain/duration.ts";
import { OverBudget } from "../../domain/errors.ts";
import type { Clock } from "../../ports/host.ts";

/** So much work one caller may ask for, which is back after so long. */
const BUDGET_MS = 60_000;
const BACK_AFTER_MS = 600_000;
/** Those that used least are forgotten beyond these; names of callers come from the configuration, so there are few. */
const MOST_CALLERS = 1_000;

interface Used {
  ms: number;
  /** By the monotonic clock. */
  at: number;
}

/** What callers have used, by name. */
export class CallerBudgets {
  #used = new Map<string, Used>();

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  /** Throws `OverBudget` for a caller who has used up what one may. */
  demand(caller: string): void {
    const over = this.#now(caller) - BUDGET_MS;
    if (over < 0) return;
    const waitMs = Math.ceil((over + 1_000) * BACK_AFTER_MS / BUDGET_MS / 1_000) * 1_000;
    throw new OverBudget(
      `Cannot begin: ${caller} has used up ${
        formatDuration(BUDGET_MS)
      } of work, the budget of one caller in ` +
        `${formatDuration(BACK_AFTER_MS)}: expected to be asked again in ${formatDuration(waitMs)}`,
    );
  }

  /** Counts what was worked for a caller. */
  use(caller: string, ms: number): void {
    this.#used.set(caller, { ms: this.#now(caller) + ms, at: this.clock.monotonic() });
    if (this.#used.size <= MOST_CALLERS) return;
    const least = [...this.#used.keys()].toSorted((a, b) => this.#now(a) - this.#now(b))[0]!;
    this.#used.delete(least);
  }

  #now(caller: string): number {
    const used = this.#used.get(caller);
    if (used === undefined) return 0;
    return Math.max(0, used.ms - (this.clock.monotonic() - used.at) * BUDGET_MS / BACK_AFTER_MS);
  }
}
