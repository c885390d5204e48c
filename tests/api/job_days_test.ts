// /jobs/{job}/days.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY } from "../../src/domain/duration.ts";
import { dayOf } from "../../src/domain/job_days.ts";
import { JobDaysView } from "../../src/ports/views/job_days.ts";
import { problemOf, testApi } from "../support/test_api.ts";

test("GET /jobs/{job}/days asks for 30 days, or from a day on", async () => {
  const { ask, clock, operations } = testApi();
  const today = dayOf(clock.now());
  const one = JobDaysView.parse(await (await ask("GET /jobs/db/days")).json());
  assert.deepEqual(one, { job: "db", days: [] });
  const from = new Date(today - 365 * DAY).toISOString().slice(0, 10);
  assert.equal((await ask(`GET /jobs/db/days?from=${from}`)).status, 200);
  assert.deepEqual(operations.calls.filter(({ name }) => name === "jobDays").map(({ args }) => args[1]), [
    today - 29 * DAY,
    today - 365 * DAY,
  ]);
});

test("GET /jobs/{job}/days says what is wrong with a day, and that a job is none", async () => {
  const { ask } = testApi();
  const early = await problemOf(await ask("GET /jobs/db/days?from=2001-01-01"));
  assert.deepEqual([early.status, /^from is 2001-01-01: expected no day before /.test(early.detail)], [
    400,
    true,
  ]);
  assert.equal((await ask("GET /jobs/db/days?from=yesterday")).status, 400);
  assert.equal((await ask("GET /jobs/nope/days")).status, 404);
});
