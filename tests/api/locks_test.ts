// Locks over the API: an operator looks, an admin removes, and only what is named.

import assert from "node:assert/strict";
import { test } from "node:test";
import { testRun } from "../support/memory_reads.ts";
import { testApi } from "../support/test_api.ts";

const sent = (body: unknown) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

test("locks are looked at by POST, and removed by their ids", async () => {
  const api = testApi();
  const looked = await api.ask("POST /jobs/db/locks");
  assert.deepEqual(await looked.json(), { supported: true, locks: [], unread: 0 });
  const removed = await api.ask("POST /jobs/db/unlock", sent({ locks: ["l1"] }));
  assert.equal(removed.status, 200);
  assert.deepEqual((await removed.json()).answers, [{ id: "l1", outcome: "removed", message: "" }]);
});

test("a removal that names none, or too many, changes nothing", async () => {
  const api = testApi();
  for (
    const body of [{}, { locks: [] }, { locks: [""] }, { locks: Array(101).fill("l") }, {
      locks: ["l"],
      all: true,
    }]
  ) {
    assert.equal((await api.ask("POST /jobs/db/unlock", sent(body))).status, 400);
  }
  assert.equal((await api.ask("POST /jobs/none/locks")).status, 404);
});

test("the storage of a locked backup is asked again by a word of its own, which may be refused", async () => {
  const api = testApi();
  api.reads.runRows = [testRun({ runId: "r1", id: "b1", job: "db", lockedAt: 1 })];
  const asked = await api.ask("POST /backups/b1/unlock");
  assert.equal(asked.status, 200);
  assert.equal((await asked.json()).lock, null);
  api.operations.verdictOutcome = { outcome: "conflict", message: "Backup 'b1' of job 'db' is not locked" };
  assert.equal((await api.ask("POST /backups/b1/unlock")).status, 409);
  assert.equal((await api.ask("POST /backups/none/unlock")).status, 404);
});
