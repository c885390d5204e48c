// Where something begins, found as by looking at every place.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { firstWhere } from "../../src/domain/first_where.ts";

test("firstWhere() finds the first place as a look at each of them does, and the count where there is none", () => {
  fc.assert(fc.property(fc.nat(40), fc.nat(50), (count, begin) => {
    const places = Array.from({ length: count }, (_, at) => at);
    const first = places.find((at) => at >= begin) ?? count;
    assert.equal(firstWhere(count, (at) => at >= begin), first);
  }));
});
