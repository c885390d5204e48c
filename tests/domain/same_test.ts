// Whether two values say the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSame } from "../../src/domain/same.ts";

test("isSame() tells values by their parts, whatever the order of keys", () => {
  assert.ok(isSame({ a: 1, b: [{ c: null, d: "x" }] }, { b: [{ d: "x", c: null }], a: 1 }));
  assert.ok(isSame({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(isSame([NaN], [NaN]));
  for (
    const [a, b] of [
      [[1, 2], [2, 1]],
      [[1], [1, undefined]],
      [{ a: 1 }, { a: "1" }],
      [{ a: null }, {}],
      [{ 0: "x", length: 1 }, ["x"]],
      [{ toString: undefined }, { toString: "x" }],
      [undefined, {}],
    ]
  ) assert.ok(!isSame(a, b) && !isSame(b, a), `${JSON.stringify(a)} and ${JSON.stringify(b)}`);
});

test("isSame() does not take for the same what has the same JSON text", () => {
  const [f, g] = [() => 1, () => 1];
  for (
    const [a, b] of [
      [Infinity, null],
      [new Map([["a", 1]]), new Map([["a", 2]])],
      [new Set([1]), {}],
      [new Date(0), "1970-01-01T00:00:00.000Z"],
      [{ f }, { f: g }],
    ]
  ) assert.ok(!isSame({ a }, { a: b }));
  assert.ok(isSame({ f }, { f }));
});
