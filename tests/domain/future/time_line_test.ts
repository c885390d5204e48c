// A list in order of time.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimeLine } from "../../../src/domain/future/time_line.ts";

const item = (runId: number, periodTime: number) => ({ runId: String(runId), periodTime });

test("TimeLine is a list that is kept in order, whatever comes and goes where", () => {
  const change = fc.record({ at: fc.integer({ min: 0, max: 30 }), take: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.array(change), (times, changes) => {
      const begun = times.map((time, at) => item(at, time));
      const line = new TimeLine(begun);
      const plain = [...begun].sort((a, b) => a.periodTime - b.periodTime);
      for (const [at, { at: where, take }] of changes.entries()) {
        if (take && plain.length > 0) {
          const [gone] = plain.splice(where % plain.length, 1);
          assert.equal(line.remove(gone!.runId, gone!.periodTime), gone);
        } else if (!take) {
          const added = item(1_000 + at, where);
          const place = plain.findIndex((one) => one.periodTime > added.periodTime);
          plain.splice(place < 0 ? plain.length : place, 0, added);
          line.add(added);
        }
        assert.equal(line.size, plain.length);
      }
      assert.deepEqual(line.items, plain);
    }),
  );
});

test("TimeLine takes thousands from its front one by one, and forgets them", () => {
  const line = new TimeLine(Array.from({ length: 20_000 }, (_, at) => item(at, at)));
  for (let at = 0; at < 15_000; at++) assert.equal(line.remove(String(at), at).runId, String(at));
  line.add(item(20_000, 20_000));
  assert.deepEqual([line.size, line.items[0]!.runId, line.items.at(-1)!.runId], [5_001, "15000", "20000"]);
  assert.equal(line.change("15001", 15_001, { periodTime: 15_001 }), true);
  assert.equal(line.change("3", 3, { periodTime: 3 }), false);
});
