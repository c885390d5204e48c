// The gauges of coverage: what is there of what is asked, holes by level, the worst gap.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Coverage } from "../../src/domain/coverage/coverage.ts";
import { testJob } from "../support/fake_operations.ts";
import { newMetrics } from "../support/test_metrics.ts";

const WHOLE: Coverage = {
  levels: [],
  holes: [],
  asked: 0,
  covered: 0,
  score: null,
  worstGap: null,
  cut: false,
};
const LACKING: Coverage = {
  ...WHOLE,
  levels: [
    { level: "daily", count: 7, asked: 7, covered: 5 },
    { level: "weekly", count: 4, asked: 1, covered: 1 },
  ],
  asked: 8,
  covered: 6,
  score: 75,
  worstGap: { from: 0, to: null, ms: 90_000, plannedMs: 60_000, slots: 2 },
};

test("setJobs() shows how far what the levels ask for is there, for jobs that are known", async () => {
  const metrics = newMetrics();
  const promises = [{ state: "kept" as const }, { state: "broken" as const }];
  const coverages = new Map([
    ["db", { coverage: LACKING, promises }],
    ["new", { coverage: WHOLE, promises: [] }],
  ]);
  metrics.setJobs([], [testJob("db"), testJob("new")], new Map(), coverages);
  const lines = (await metrics.render()).split("\n").filter((line) =>
    /^schelly_job_(coverage|worst|promises)/.test(line)
  );
  assert.deepEqual(lines, [
    'schelly_job_coverage_ratio{job="db"} 0.75',
    'schelly_job_coverage_holes{job="db",level="daily"} 2',
    'schelly_job_coverage_holes{job="db",level="weekly"} 0',
    'schelly_job_worst_gap_seconds{job="db"} 90',
    'schelly_job_worst_gap_planned_seconds{job="db"} 60',
    'schelly_job_promises_broken{job="db"} 1',
  ]);
});
