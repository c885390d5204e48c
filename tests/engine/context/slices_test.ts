// Long pure work lets others run whenever its slice is used up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drainInSlices } from "../../../src/engine/context/slices.ts";
import { FakeClock } from "../../support/fake_clock.ts";

test("drainInSlices() yields after each 15 ms of work, not at each step, and answers the end", async () => {
  let now = 0;
  let yields = 0;
  const clock = Object.assign(Object.create(new FakeClock(0)), {
    monotonic: () => now,
    yield: () => {
      yields++;
      return Promise.resolve();
    },
  });
  function* work(): Generator<void, string> {
    for (let step = 0; step < 100; step++) {
      now += 1;
      yield;
    }
    return "done";
  }
  assert.equal(await drainInSlices(work(), clock), "done");
  assert.equal(yields, 6);
});
