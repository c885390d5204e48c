// Which levels of the original's image a policy lacks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { levelsLost } from "../../src/domain/original_backup.ts";
import { policyOf } from "../support/histories.ts";

test("levelsLost() names what the original's image keeps and a policy does not", () => {
  assert.deepEqual(levelsLost(policyOf("daily=7,weekly=4,monthly=3,yearly=2")), []);
  assert.deepEqual(levelsLost(policyOf("daily=7,monthly=12")), ["weekly 4@L", "yearly 2@L"]);
  assert.deepEqual(levelsLost({ ...policyOf("daily=7"), keepAll: true }), []);
});
