// Output in pieces: lines and the kept end are the same however the bytes were cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createOutputReader, KEPT_BYTES } from "../../src/runtime/output_reader.ts";

test("createOutputReader() finds the same lines and end in pieces of any size", () => {
  const line = fc.oneof(fc.string({ unit: "grapheme", maxLength: 20 }), fc.constant("")).map((text) =>
    text.replace(/[\r\n\ufeff]/g, "")
  );
  fc.assert(
    fc.property(fc.array(line), fc.boolean(), fc.integer({ min: 1, max: 9 }), (lines, ended, size) => {
      const text = lines.join("\n") + (ended && lines.length > 0 ? "\n" : "");
      const bytes = new TextEncoder().encode(text);
      const found: string[] = [];
      const reader = createOutputReader((each) => found.push(each));
      for (let at = 0; at < bytes.length; at += size) reader.take(bytes.slice(at, at + size));
      reader.finish();
      const expected = text.split("\n");
      if (expected.at(-1) === "") expected.pop();
      assert.deepEqual(found, expected);
      assert.equal(reader.kept(), text);
    }),
    { seed: 5 },
  );
});

test("createOutputReader() keeps the end of a long stream, from a whole character on", () => {
  const reader = createOutputReader();
  const piece = new TextEncoder().encode("grüße €");
  for (let i = 0; i < 50_000; i++) reader.take(piece);
  const kept = reader.kept();
  assert.ok(kept.endsWith("grüße €grüße €"));
  assert.ok(!kept.includes("\ufffd"));
  const bytes = new TextEncoder().encode(kept).length;
  assert.ok(bytes <= KEPT_BYTES && bytes > KEPT_BYTES - 4);
});

test("createOutputReader() cuts a line at 64 Ki, or where the caller says", () => {
  const longest = (length?: number) => {
    const found: string[] = [];
    const reader = createOutputReader((line) => void found.push(line), undefined, length);
    for (let i = 0; i < 100; i++) reader.take(new TextEncoder().encode("x".repeat(1000)));
    reader.take(new TextEncoder().encode("\nnext\n"));
    assert.equal(found[1], "next");
    return found[0]!.length;
  };
  assert.equal(longest(), 64 * 1024);
  assert.equal(longest(90_000), 90_000);
  assert.equal(longest(1_000_000), 100_000);
});
