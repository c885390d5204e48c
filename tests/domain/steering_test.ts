import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, written } from "../../src/domain/steering.ts";

test("what could steer a terminal or turn text is written out; letters of every script stay", () => {
  assert.equal(clean("a\u202eb\x1b[31m\u2066\u200b\nc\td"), "a\\u{202e}b\\u{1b}[31m\\u{2066}\\u{200b} c d");
  assert.equal(clean("a\nb", { lines: true }), "a\nb");
  for (const text of ["שלום", "héllo", "日本", "👩‍🚀"]) assert.equal(clean(text), text);
  assert.equal(written("\u061c"), "\\u{61c}");
});
