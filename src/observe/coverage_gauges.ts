// How well the levels of each job are covered, as gauges.

import type { Coverage } from "../domain/coverage/coverage.ts";
import type { RowGauge } from "./exposition.ts";

/** What the gauges tell of a job. */
export interface CoverageRow {
  coverage: Coverage;
  promises: readonly { state: "kept" | "broken" | "not_yet" }[];
}

type Gauge = RowGauge<{ labels: string; coverage: CoverageRow | null }>;

const ofCoverage = (name: string, help: string, value: (coverage: Coverage) => number | null): Gauge => ({
  name,
  help,
  each: ({ labels, coverage }, write) =>
    coverage === null ? undefined : write(labels, value(coverage.coverage)),
});

/** The gauges of jobs whose coverage is known; a job of which nothing is asked has no ratio. */
export const COVERAGE_GAUGES: readonly Gauge[] = [
  ofCoverage(
    "schelly_job_coverage_ratio",
    "Periods that have a backup, of those in which the policy asks for one.",
    ({ asked, covered }) => asked === 0 ? null : covered / asked,
  ),
  {
    name: "schelly_job_coverage_holes",
    help: "Periods of a level without the backup that the policy asks for.",
    each({ labels, coverage }, write) {
      for (const { level, asked, covered } of coverage?.coverage.levels ?? []) {
        write(`${labels},level="${level}"`, asked - covered);
      }
    },
  },
  ofCoverage(
    "schelly_job_worst_gap_seconds",
    "The time between two restore points that lost most against the plan.",
    ({ worstGap }) => worstGap === null ? null : worstGap.ms / 1000,
  ),
  ofCoverage(
    "schelly_job_worst_gap_planned_seconds",
    "The longest gap that would be left there if no backup were lacking.",
    ({ worstGap }) => worstGap === null ? null : worstGap.plannedMs / 1000,
  ),
  {
    name: "schelly_job_promises_broken",
    help: "Promises of the configuration that do not hold now.",
    each({ labels, coverage }, write) {
      const promises = coverage?.promises ?? [];
      if (promises.length > 0) write(labels, promises.filter(({ state }) => state === "broken").length);
    },
  },
];
