// What callers may ask of everything at once; part of the composition root.

import { iso } from "../../domain/instant.ts";
import type { Operations } from "../../ports/operations.ts";
import type { StatusView } from "../../ports/views/status.ts";
import { programChecks, type ReadinessParts } from "./readiness.ts";
import { healthOfAll } from "./unwell_jobs.ts";

/** So many unwell jobs are shown. */
const MOST_SHOWN = 100;

/** Builds it. */
export function statusOperations(parts: ReadinessParts): Pick<Operations, "status"> {
  return {
    async status(): Promise<StatusView> {
      const found = await healthOfAll(parts, MOST_SHOWN);
      const notes = (await programChecks(parts)).filter(({ ok }) => !ok).map(({ name, message }) => ({
        name,
        wrong: name !== "freeze",
        message,
      }));
      return {
        at: iso(parts.clock.now()),
        well: found.unwellCount === 0 && notes.every(({ wrong }) => !wrong),
        jobs: found.total,
        by_state: found.byState,
        unwell_count: found.unwellCount,
        unwell: found.unwell,
        deletions: found.deletions,
        notes,
      };
    },
  };
}
