// A set of places against a plain one.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { PlaceSet } from "../../../../src/domain/retention/followed/place_set.ts";

const CAPACITY = 5000;
const place = fc.oneof(
  fc.integer({ min: 0, max: CAPACITY - 1 }),
  // At the edges of words and blocks.
  fc.constantFrom(0, 31, 32, 63, 1023, 1024, 1055, 2047, 2048, 4095, 4096, CAPACITY - 1),
);

test("PlaceSet finds neighbours, counts and members as a plain set does", () => {
  const change = fc.tuple(place, fc.constantFrom("add", "add", "delete"));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.array(place, { minLength: 5 }), (changes, asked) => {
      const set = new PlaceSet(CAPACITY);
      const plain = new Set<number>();
      for (const [at, what] of changes) {
        if (what === "add") set.add(at), plain.add(at);
        else set.delete(at), plain.delete(at);
      }
      const members = [...plain].sort((a, b) => a - b);
      assert.equal(set.size, members.length);
      for (const at of [...asked, ...members]) {
        assert.equal(set.has(at), plain.has(at));
        assert.equal(set.after(at), members.find((other) => other > at) ?? -1);
        assert.equal(set.before(at), members.findLast((other) => other < at) ?? -1);
        assert.equal(set.countFrom(at), members.filter((other) => other >= at).length);
      }
      assert.equal(set.after(-1), members[0] ?? -1);
      assert.equal(set.before(CAPACITY + 10_000), members.at(-1) ?? -1);
      for (let n = 1; n <= members.length + 1; n++) assert.equal(set.nthNewest(n), members.at(-n) ?? -1);
    }),
    { numRuns: 500 },
  );
});
