// What goes and when, over the API: of one job, and of all by day.

import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "../support/test_api.ts";

test("GET /jobs/{job}/departures asks for as far as it is told to, and a year where it is not", async () => {
  const { ask, operations } = testApi();
  const answer = await ask("GET /jobs/db/departures?until=2026-04-01T00:00:00Z");
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).job, "db");
  await ask("GET /jobs/db/departures");
  assert.deepEqual(
    operations.calls.filter(({ name }) => name === "departures").map(({ args }) => args),
    [["db", Date.UTC(2026, 3, 1)], ["db", null]],
  );
});

test("GET /jobs/{job}/departures of no job is a 404, and of an end that is no time a 400", async () => {
  const { ask } = testApi();
  assert.equal((await ask("GET /jobs/nobody/departures")).status, 404);
  assert.equal((await ask("GET /jobs/db/departures?until=tomorrow")).status, 400);
});

test("GET /calendar/deletions tells what is known by now", async () => {
  const answer = await testApi().ask("GET /calendar/deletions");
  assert.deepEqual([answer.status, (await answer.json()).days], [200, []]);
});
