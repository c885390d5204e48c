// /runs: every decision, its detail and its cancel.
// Also tests views.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../src/domain/errors.ts";
import { RunDetailView, RunView } from "../../src/ports/views/run.ts";
import { testRun } from "../support/memory_reads.ts";
import { problemOf, testApi } from "../support/test_api.ts";

function withRuns() {
  const api = testApi();
  api.reads.runRows = [
    testRun({ runId: "r-output", id: "b1", startTime: 3000, attempts: 2, maybeDuplicateAt: 1, holdAt: 5 }),
    testRun({ runId: "r2", status: "skipped", reason: "missed", slots: 4, startTime: 2000, slotUntil: 9000 }),
    testRun({
      runId: "r3",
      status: "running",
      trigger: "manual",
      slot: null,
      id: "b3",
      startTime: 1000,
      job: "web",
    }),
  ];
  return api;
}

async function runIds(response: Response): Promise<unknown[]> {
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()).map((row: { run_id: unknown }) => row.run_id);
}

test("GET /runs shows every decision, skipped ones with their reason and count too", async () => {
  const { ask } = withRuns();
  const rows = await (await ask("GET /runs")).json();
  for (const row of rows) RunView.parse(row);
  assert.equal(rows.length, 3);
  assert.equal(rows[0].maybe_duplicate, true);
  assert.equal(rows[0].held, true);
  assert.equal(rows[1].reason, "missed");
  assert.equal(rows[1].slots, 4);
  assert.equal(rows[1].slot_until, "1970-01-01T00:00:09.000Z");
});

test("GET /runs filters by one or several exact statuses, job and trigger", async () => {
  const { ask } = withRuns();
  assert.deepEqual(await runIds(await ask("GET /runs?status=skipped")), ["r2"]);
  assert.deepEqual(await runIds(await ask("GET /runs?status=skipped,running")), ["r2", "r3"]);
  assert.deepEqual(await runIds(await ask("GET /runs?status=skipped&status=running")), ["r2", "r3"]);
  assert.deepEqual(await runIds(await ask("GET /runs?trigger=manual")), ["r3"]);
  assert.deepEqual(await runIds(await ask("GET /runs?job=web&status=")), ["r3"]);
  const words = (count: number) => Array.from({ length: count }, () => "skipped").join(",");
  assert.deepEqual(await runIds(await ask(`GET /runs?status=${words(40)}`)), ["r2"]);
  const tooMany = await ask(`GET /runs?status=${words(500)}`);
  assert.equal(tooMany.status, 400);
  assert.match(JSON.stringify(await tooMany.json()), /expected at most \d+ words/);
  assert.match(
    (await ask("GET /runs?limit=2")).headers.get("link") ?? "",
    /^<\/runs\?limit=2&cursor=.*rel="next"$/,
  );
});

test("GET /runs/{run_id} shows the row, its events oldest first, and a built-in's output", async () => {
  const { ask, reads } = withRuns();
  reads.addEvent({ type: "run.due", job: "db", runId: "r-output" });
  reads.addEvent({ type: "run.due", job: "web", runId: "r3" });
  reads.addEvent({ type: "run.available", job: "db", runId: "r-output", data: { size_mb: 3 } });
  const view = RunDetailView.parse(await (await ask("GET /runs/r-output")).json());
  assert.deepEqual(view.events.map((event) => event.type), ["run.due", "run.available"]);
  assert.deepEqual(view.events[1]!.data, { size_mb: 3 });
  assert.equal(view.output, "line 1\nline 2");
  assert.equal((await problemOf(await ask("GET /runs/b1"))).status, 404);
});

test("GET /runs/{run_id} shows the row even when its provider cannot be asked for the output", async () => {
  const { ask, operations } = withRuns();
  operations.failure = new ProviderError("unknown", "no answer");
  const response = await ask("GET /runs/r-output");
  assert.equal(response.status, 200);
  assert.equal((await response.json()).output, null);
});

test("POST /runs/{run_id}/cancel answers 200 when done, 202 while the provider is asked, 409 when it may not be", async () => {
  const { ask, operations, reads } = withRuns();
  const accepted = await ask("POST /runs/r3/cancel");
  assert.equal(accepted.status, 202);
  assert.equal((await accepted.json()).state, "cancelling");
  operations.cancelOutcome = { outcome: "cancelled", run: { ...reads.runRows[2]!, status: "cancelled" } };
  assert.equal((await ask("POST /runs/r3/cancel")).status, 200);
  operations.cancelOutcome = { outcome: "conflict", message: "Run r3 is finished" };
  assert.equal((await problemOf(await ask("POST /runs/r3/cancel"))).detail, "Run r3 is finished");
  assert.equal((await problemOf(await ask("POST /runs/nope/cancel"))).status, 404);
});
