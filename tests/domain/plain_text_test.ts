// Words of others as people and programs get them. Also tests count_text.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counted } from "../../src/domain/count_text.ts";
import { plainText } from "../../src/domain/plain_text.ts";

test("what steers a terminal becomes a space; lines, tabs and letters of all languages stay", () => {
  assert.equal(plainText("a\x1b[31mred\x07\r\nb\tc\x00\x9fd ü 漢"), "a [31mred  \nb\tc  d ü 漢");
});

test("one has no s", () => {
  assert.deepEqual([0, 1, 2].map((count) => counted(count, "job")), ["0 jobs", "1 job", "2 jobs"]);
});
