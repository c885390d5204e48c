// Metrics of a program of which everything is known.

import type { CoverageRow } from "../../src/observe/coverage_gauges.ts";
import type { JobRow } from "../../src/observe/job_gauges.ts";
import {
  createMetrics,
  type JobsShown,
  type Metrics,
  type MetricsOptions,
} from "../../src/observe/metrics.ts";
import type { JobStats } from "../../src/ports/job_facts.ts";
import type { JobView } from "../../src/ports/views/job.ts";
import { FakeClock } from "./fake_clock.ts";
import { USAGE } from "./fake_usage.ts";

/** When it started, UTC ms. */
export const STARTED_AT = Date.UTC(2026, 2, 1);

/** Metrics that are told of jobs, and asked for the whole text. */
export interface TestMetrics extends Omit<Metrics, "render"> {
  /** What every scrape from now on shows of jobs. */
  setJobs(
    stats: readonly JobStats[],
    views: readonly JobView[],
    intervals?: ReadonlyMap<string, number>,
    coverages?: ReadonlyMap<string, CoverageRow>,
    planned?: ReadonlyMap<string, number>,
  ): void;
  /** Shows so many jobs on their own. */
  render(most?: number): Promise<string>;
}

/** Without events and jobs. */
export function newMetrics(options: Partial<MetricsOptions> = {}): TestMetrics {
  const metrics = createMetrics({
    version: { version: "1.2.3", commit: "abc" },
    startedAt: STARTED_AT,
    usage: () => Promise.resolve(USAGE),
    logDropped: () => 0,
    clock: new FakeClock(STARTED_AT),
    ...options,
  });
  let shown: Omit<JobsShown, "most"> = { names: [], rows: [] };
  return {
    ...metrics,
    setJobs(stats, views, intervals = new Map(), coverages = new Map(), planned = new Map()) {
      const byJob = new Map(stats.map((one) => [one.job, one]));
      const rows = views.map((view): JobRow => ({
        view,
        stats: byJob.get(view.job) ?? null,
        intervalMs: intervals.get(view.job) ?? null,
        coverage: coverages.get(view.job) ?? null,
        planned: planned.get(view.job) ?? null,
      }));
      const slices = Array.from(
        { length: Math.ceil(rows.length / 100) },
        (_, at) => rows.slice(at * 100, at * 100 + 100),
      );
      shown = { names: views.filter(({ managed }) => managed).map(({ job }) => job), rows: slices };
    },
    async render(most = Infinity) {
      let text = "";
      for await (const piece of metrics.render({ ...shown, most })) text += piece;
      return text;
    },
  };
}
