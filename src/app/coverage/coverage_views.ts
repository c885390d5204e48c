// Coverage as the JSON shapes that leave the program; part of the composition root.

import type { JobCoverage } from "./coverage_book.ts";
import { deletionText } from "../../domain/backup.ts";
import { causeOf, type PeriodRecord } from "../../domain/coverage/hole_cause.ts";
import { iso } from "../../domain/instant.ts";
import type { RunStore } from "../../ports/store.ts";
import type { CoverageSummaryView, CoverageView, HoleView } from "../../ports/views/coverage.ts";

/** More holes than these are counted, not listed. */
const MOST_HOLES = 500;

/** A job in one line; undefined stands for what was not worked out yet. */
export function coverageSummary(job: string, known: JobCoverage | undefined): CoverageSummaryView {
  if (known === undefined) {
    const nothing = { at: null, since: null, policy: null, score: null, asked: 0, covered: 0, levels: [] };
    return { job, ...nothing, worst_gap: null, promises: [] };
  }
  const { coverage } = known;
  const gap = coverage.worstGap;
  return {
    job,
    at: iso(known.at),
    since: iso(known.since),
    policy: known.policy,
    score: coverage.score,
    asked: coverage.asked,
    covered: coverage.covered,
    levels: coverage.levels.map(({ level, count, asked, covered }) => ({
      level,
      count: Number.isFinite(count) ? count : null,
      asked,
      covered,
    })),
    worst_gap: gap === null ? null : {
      from: iso(gap.from),
      to: iso(gap.to),
      seconds: Math.floor(gap.ms / 1000),
      planned_seconds: Math.floor(gap.plannedMs / 1000),
      slots: gap.slots,
    },
    promises: known.promises,
  };
}

/** A job with its holes and what the runs tell of them. */
export async function coverageView(known: JobCoverage, store: RunStore): Promise<CoverageView> {
  const { holes, cut } = known.coverage;
  const listed = holes.slice(0, MOST_HOLES);
  const records = await store.periodRecords(known.job, listed);
  return {
    ...coverageSummary(known.job, known),
    holes: listed.map((hole, at): HoleView => ({
      level: hole.level,
      period: hole.period,
      from: iso(hole.from),
      until: iso(hole.until),
      slot: iso(hole.slot),
      why: records[at]!.map((record) => ({
        cause: causeOf(record),
        runs: record.rows,
        run_id: record.runId,
        detail: detailOf(record),
        asked_by: record.deleteAskedBy,
      })),
    })),
    hole_count: holes.length,
    cut,
  };
}

/** What the row says beyond its cause. */
function detailOf(record: PeriodRecord): string | null {
  if (record.status === "skipped") return null;
  const deletion = deletionText(record);
  const parts = deletion === null ? [record.reason, record.message] : [deletion];
  return parts.filter((part) => part !== null && part !== "").join(": ") || null;
}
