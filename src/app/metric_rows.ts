// The jobs as a scrape shows them, with what is known beside the store: intervals and coverage; part of the composition
// root.

import type { Job } from "../domain/job.ts";
import type { Engine } from "../engine/engine.ts";
import type { JobRow } from "../observe/job_gauges.ts";
import type { Stops } from "../observe/program_families.ts";
import type { CoverageBook } from "./coverage/coverage_book.ts";
import type { DepartureBook } from "./future/departure_book.ts";
import { areDeletionsFrozen } from "./operations/job_facts.ts";
import type { JobsSlice } from "./operations/job_lists.ts";

interface MetricRowParts {
  engine: Engine;
  coverages: Pick<CoverageBook, "kept">;
  departures: Pick<DepartureBook, "countOf">;
  /** How long a job may rightly go without a success, in ms. */
  intervalOf(job: Job): number | null;
  /** Is told what stops all deletions. */
  setStops(stops: Stops): void;
}

/** The rows of the jobs that come in slices, one after the other as they are asked for. */
export async function* metricRows(
  { engine, coverages, departures, intervalOf, setStops }: MetricRowParts,
  jobs: AsyncIterable<JobsSlice>,
): AsyncGenerator<JobRow[], void> {
  const kept = coverages.kept();
  for await (const { views, facts } of jobs) {
    const isFrozen = areDeletionsFrozen(facts);
    setStops({ isFrozen, isClockInDoubt: facts.reading.inDoubtUntil !== null });
    yield views.map((view): JobRow => {
      const scheduler = engine.job(view.job);
      return {
        view,
        stats: facts.stored.get(view.job)?.stats ?? null,
        intervalMs: scheduler === undefined ? null : intervalOf(scheduler.job),
        coverage: kept.get(view.job) ?? null,
        // Nothing goes for as long as deletions are frozen.
        planned: isFrozen ? 0 : departures.countOf(view.job),
      };
    });
  }
}
