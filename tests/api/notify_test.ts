// /notify: channels for whoever may read, a trial for operators, and a name that is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NotifyTestView, NotifyView } from "../../src/ports/views/notify.ts";
import { testApi } from "../support/test_api.ts";

test("GET /notify shows channels, rules and what waits", async () => {
  const { ask, operations } = testApi();
  const response = await ask("GET /notify");
  assert.equal(response.status, 200);
  assert.deepEqual(NotifyView.parse(await response.json()), operations.notifyAnswer);
});

test("POST /notify/{channel}/test says what became of each message, and which channels there are", async () => {
  const { ask } = testApi();
  const response = await ask("POST /notify/ops/test");
  assert.equal(response.status, 200);
  assert.equal(NotifyTestView.parse(await response.json()).sent.length, 1);
  const unknown = await ask("POST /notify/opps/test");
  assert.equal(unknown.status, 404);
  assert.equal((await unknown.json()).detail, "There is no channel 'opps': there are ops");
});
