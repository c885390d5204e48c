// Locks over the API: an operator looks, an admin removes, and only what is named.

import assert from "node:assert/strict";
import { test } from "node:test";
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
