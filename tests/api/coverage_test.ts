// /coverage and /jobs/{job}/coverage.

import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf, testApi } from "../support/test_api.ts";
import { CoverageSummaryView, CoverageView } from "../../src/ports/views/coverage.ts";

test("GET /coverage answers every job, GET /jobs/{job}/coverage one with its holes", async () => {
  const { ask, operations } = testApi();
  operations.names = ["db", "web"];
  const all = await (await ask("GET /coverage")).json();
  assert.deepEqual(all.map((job: unknown) => CoverageSummaryView.parse(job).job), ["db", "web"]);
  const one = CoverageView.parse(await (await ask("GET /jobs/web/coverage")).json());
  assert.deepEqual([one.job, one.score, one.holes], ["web", 100, []]);
});

test("GET /jobs/{job}/coverage answers 404 for a job that is not configured", async () => {
  const { ask } = testApi();
  const problem = await problemOf(await ask("GET /jobs/nope/coverage"));
  assert.deepEqual([problem.status, /'nope': expected 'db'/.test(problem.detail)], [404, true]);
});
