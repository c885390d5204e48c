// An edit leaves most jobs as they are: those go on as the very objects that they were.

import type { Config } from "../config/values/config.ts";
import { isSame } from "../domain/same.ts";
import { inSlices } from "../engine/context/slices.ts";
import type { Clock } from "../ports/host.ts";

/**
 * Puts the jobs of `before` in the place of those of `next` that say the same. Whoever compares the two then sees at once
 * that nothing changed, and nothing is held twice. Other work is let in between.
 */
export async function keepUnchanged(
  before: Pick<Config, "jobs">,
  next: Pick<Config, "jobs">,
  clock: Pick<Clock, "yield">,
): Promise<void> {
  const known = new Map(before.jobs.map((job) => [job.name, job]));
  let at = 0;
  for await (const some of inSlices(next.jobs, clock)) {
    for (const job of some) {
      const was = known.get(job.name);
      if (was !== undefined && isSame(was, job)) next.jobs[at] = was;
      at++;
    }
  }
}
