// Paths are made whole in one way everywhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { resolvePath, wholePath } from "../../src/domain/path.ts";

test("resolvePath() keeps absolute paths and puts others below the base", () => {
  assert.equal(resolvePath("/b", "/a"), "/a");
  assert.equal(resolvePath("/b/", "a/c"), "/b/a/c");
  assert.equal(resolvePath("/b", "./a"), "/b/a");
  assert.equal(resolvePath("/b", "."), "/b");
  assert.equal(resolvePath("C:\\b", "D:\\a"), "D:\\a");
});

test("wholePath() takes detours out, and never leads above the root", () => {
  assert.equal(wholePath("/b", "./a//c/../d/."), "/b/a/d");
  assert.equal(wholePath("/b", "../../../a"), "/a");
  assert.equal(wholePath("/b/", "/x/./y/"), "/x/y");
  assert.equal(wholePath("/", "."), "/");
});
