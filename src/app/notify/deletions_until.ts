// How many backups of a job will go up to a date, by its forecast; part of the composition root.

import { OverBudget, TooBusy } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import type { Caller, Operations } from "../../ports/operations.ts";

const DIGEST: Caller = { name: "digest", role: "viewer" };

/** What is there now and is made, less what will be there. Null where that cannot be foreseen, or takes too long. */
export async function deletionsUntil(
  { forecast }: Pick<Operations, "forecast">,
  job: string,
  now: number,
  until: number,
): Promise<number | null> {
  try {
    const view = await forecast(job, { until, dates: [now, until] }, DIGEST);
    const [first, last] = view?.dates ?? [];
    if (view === undefined || first === undefined || last === undefined || view.reached !== iso(until)) {
      return null;
    }
    return Math.max(0, first.backups + view.slots - last.backups);
  } catch (error) {
    if (error instanceof RangeError || error instanceof OverBudget || error instanceof TooBusy) return null;
    throw error;
  }
}
