// What is secret is in no text that people see.

import assert from "node:assert/strict";
import { test } from "node:test";
import { secretHider } from "../../src/domain/hidden_secrets.ts";

test("each secret goes, the longer one before one within it, and each line of one that has several", () => {
  const hide = secretHider(["hush", "hush-hush", "one line\n  another\n", "abc"]);
  assert.equal(hide("hush-hush hush another one line"), "<redacted> <redacted> <redacted> <redacted>");
  assert.equal(hide("abc is too short to be looked for"), "abc is too short to be looked for");
  assert.equal(hide("at https://me:pw@host/"), secretHider([])("at https://me:pw@host/"));
  assert.doesNotMatch(hide("at https://me:pw@host/"), /pw/);
});
