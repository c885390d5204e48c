// One text for values that say the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stableText } from "../../src/domain/stable_text.ts";

test("stableText() does not depend on the order of keys, at any depth, and keeps that of lists", () => {
  assert.equal(stableText({ b: [{ d: 1, c: null }], a: "x" }), '{"a":"x","b":[{"c":null,"d":1}]}');
  assert.equal(stableText({ a: { x: 1, y: 2 }, b: 1 }), stableText({ b: 1, a: { y: 2, x: 1 } }));
  assert.notEqual(stableText([1, 2]), stableText([2, 1]));
  assert.notEqual(stableText({ a: null }), stableText({}));
  assert.equal(stableText(undefined), undefined);
});
