// How well the levels of each job are covered, as gauges.

import type { Coverage } from "../domain/coverage/coverage.ts";
import { gaugeText, labelText } from "./exposition.ts";

/** What the gauges tell of a job. */
export interface CoverageRow {
  coverage: Coverage;
  promises: readonly { state: "kept" | "broken" | "not_yet" }[];
}

/** The text of the gauges of every job whose coverage is known; a job of which nothing is asked has no ratio. */
export function coverageGauges(coverages: ReadonlyMap<string, CoverageRow>): string[] {
  const rows = Array.from(coverages, ([job, row]) => ({ labels: labelText(["job"], [job]), ...row }));
  const gauge = (name: string, help: string, value: (coverage: Coverage) => number | null) =>
    gaugeText(name, help, (write) => {
      for (const { labels, coverage } of rows) write(labels, value(coverage));
    });
  return [
    gauge(
      "schelly_job_coverage_ratio",
      "Periods that have a backup, of those in which the policy asks for one.",
      ({ asked, covered }) => asked === 0 ? null : covered / asked,
    ),
    gaugeText(
      "schelly_job_coverage_holes",
      "Periods of a level without the backup that the policy asks for.",
      (write) => {
        for (const { labels, coverage } of rows) {
          for (const { level, asked, covered } of coverage.levels) {
            write(`${labels},level="${level}"`, asked - covered);
          }
        }
      },
    ),
    gauge(
      "schelly_job_worst_gap_seconds",
      "The time between two restore points that lost most against the plan.",
      ({ worstGap }) => worstGap === null ? null : worstGap.ms / 1000,
    ),
    gauge(
      "schelly_job_worst_gap_planned_seconds",
      "The longest gap that would be left there if no backup were lacking.",
      ({ worstGap }) => worstGap === null ? null : worstGap.plannedMs / 1000,
    ),
    gaugeText(
      "schelly_job_promises_broken",
      "Promises of the configuration that do not hold now.",
      (write) => {
        for (const { labels, promises } of rows) {
          if (promises.length > 0) write(labels, promises.filter(({ state }) => state === "broken").length);
        }
      },
    ),
  ];
}
