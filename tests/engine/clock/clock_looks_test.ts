// Who looks at the clocks after a nap, and when nobody has to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClockLooks } from "../../../src/engine/clock/clock_looks.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { HandWatch, readingAt } from "../../support/hand_watch.ts";

function rig() {
  const watch = new HandWatch(readingAt(1_000));
  const looked: string[] = [];
  let failing: string | null = null;
  const jobs = ["a", "b", "c"].map((name) => ({
    watchClock(now: number) {
      if (name === failing) return Promise.reject(new Error("the disk is full"));
      looked.push(`${name} ${now}`);
      return Promise.resolve();
    },
  }));
  const looks = new ClockLooks(new FakeClock(0), watch, () => jobs);
  const look = async (now: number) => {
    looked.length = 0;
    await looks.look(now);
    return looked.map((text) => text[0]).join("");
  };
  return { watch, jobs, looks, look, fail: (name: string | null) => failing = name };
}

test("while the clock goes on, only who is new looks at it, once", async () => {
  const { jobs, looks, look } = rig();
  assert.equal(await look(1_000), "");
  looks.add(jobs[1]!);
  assert.equal(await look(2_000), "b");
  assert.equal(await look(3_000), "");
});

test("all look while the clock is in doubt, once more when that is over, and when it went back unseen", async () => {
  const { watch, look } = rig();
  await look(1_000);
  watch.reading = { ...readingAt(9_000), inDoubtUntil: 10_000 };
  assert.equal(await look(9_000), "abc");
  assert.equal(await look(9_500), "abc");
  watch.reading = readingAt(9_800);
  assert.equal(await look(9_800), "abc");
  assert.equal(await look(9_900), "");
  assert.equal(await look(9_899), "abc", "a second back is enough for a pass to be put off");
  assert.equal(await look(9_900), "");
});

test("all look after a doubt that came and went between two rounds", async () => {
  const { looks, look } = rig();
  await look(1_000);
  looks.addAll();
  assert.equal(await look(2_000), "abc");
  assert.equal(await look(3_000), "");
});

test("who could not look is asked again, and one that left is not", async () => {
  const { jobs, looks, look, fail } = rig();
  for (const one of jobs) looks.add(one);
  fail("b");
  await assert.rejects(look(1_000), /disk is full/);
  fail(null);
  looks.remove(jobs[2]!);
  assert.equal(await look(2_000), "b");
});
