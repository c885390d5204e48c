// Whether two values say the same.
// Also tests job.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameJob } from "../../src/domain/job.ts";
import type { JobPromise } from "../../src/domain/promise.ts";
import { isSame } from "../../src/domain/same.ts";
import { job } from "../support/engine_rig.ts";

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

test("isSameJob() asks for the order of nothing but promises", () => {
  const promise = (afterMs: number): JobPromise => ({ afterMs, levels: {}, gap: null, oldest: null });
  const [a, b] = [promise(1), promise(2)];
  const one = job({ promises: [a, b], providerKeys: ["nas", "old"] });
  assert.ok(isSameJob(one, { ...one, promises: [b, a] }));
  assert.ok(!isSameJob(one, { ...one, promises: [a, a] }));
  assert.ok(!isSameJob(one, { ...one, promises: [a] }));
  assert.ok(!isSameJob(one, { ...one, providerKeys: ["old", "nas"] }));
  assert.ok(!isSameJob(one, { ...one, enabled: !one.enabled }));
});
