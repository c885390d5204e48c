// GET /status: 200 whatever it says, for whoever may read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusView } from "../../src/ports/views/status.ts";
import { testApi } from "../support/test_api.ts";

test("GET /status answers 200 also when something is wrong, and says so", async () => {
  const { ask, operations } = testApi();
  operations.statusAnswer = { ...operations.statusAnswer, well: false, unwell_count: 1 };
  const response = await ask("GET /status");
  assert.equal(response.status, 200);
  assert.deepEqual(StatusView.parse(await response.json()), operations.statusAnswer);
});
