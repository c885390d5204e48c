// Run ids in 16 bytes come back as they were, and so does everything that is no run id of ours.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { RunIdList } from "../../../../src/domain/retention/followed/run_id_list.ts";

test("RunIdList gives back every id it was given, UUIDs and all else, over and over", () => {
  const uuid = fc.uuid();
  const nearly = fc.tuple(uuid, fc.nat(35), fc.constantFrom("-", "g", "F", " ", "š", "０"))
    .map(([id, at, wrong]) => id.slice(0, at) + wrong + id.slice(at + 1));
  const id = fc.oneof(
    uuid,
    uuid,
    nearly,
    uuid.map((one) => one.slice(0, 35)),
    uuid.map((one) => one + "0"),
    fc.string(),
  );
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(4), id), { minLength: 1 }), fc.uuid(), (written, last) => {
    const list = new RunIdList(5);
    const plain = new Array<string>(5).fill(last);
    for (let place = 0; place < 5; place++) list.set(place, last);
    for (const [place, runId] of written) {
      list.set(place, runId);
      plain[place] = runId;
    }
    const read = (from: RunIdList, count: number) =>
      Array.from({ length: count }, (_, place) => from.get(place));
    assert.deepEqual(read(list, 5), plain);
    assert.deepEqual(read(list.resized(5, 9), 5), plain);
    assert.deepEqual(read(list.pick([4, 0, 2], 3, 7), 3), [plain[4], plain[0], plain[2]]);
  }));
});
