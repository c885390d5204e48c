// Long work on a virtual clock, on which every look at the clock takes a millisecond: so each step costs one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OverBudget, TooBusy } from "../../../src/domain/errors.ts";
import { LongWork } from "../../../src/engine/context/long_work.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** Work of so many steps; tells of each. */
function* steps(count: number, told: (step: number) => void = () => {}): Generator<void, number> {
  for (let step = 1; step <= count; step++) {
    told(step);
    yield;
  }
  return count;
}

/** Lets virtual time pass until it is answered. */
async function until<T>(clock: FakeClock, asked: Promise<T>): Promise<T> {
  let over = false;
  const answer = asked.finally(() => over = true);
  answer.catch(() => {});
  while (!over) await clock.advance(1);
  return await answer;
}

test("run() works a few milliseconds at a time and rests as long", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  // Whoever has a timer meanwhile is never late by more than a slice and the reading of the clock.
  let late = 0;
  let ticks = 0;
  let over = false;
  const ticking = (async () => {
    while (!over) {
      const due = clock.monotonic() + 2;
      await clock.sleep(2);
      late = Math.max(late, clock.monotonic() - due);
      ticks++;
    }
  })();
  const began = clock.monotonic();
  assert.equal(await until(clock, work.run(() => steps(1_000))), 1_000);
  const took = clock.monotonic() - began;
  over = true;
  await until(clock, ticking);
  assert.ok(took > 1_900, `${took} ms: half of the time it rests`);
  assert.ok(ticks > 200, `${ticks} ticks`);
  assert.ok(late <= 12, `a timer was ${late} ms late`);
});

test("one is worked on at a time, in the order in which they came", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  const story: string[] = [];
  const all = ["a", "b", "c"].map((name) => work.run(() => steps(20, () => void story.push(name))));
  await until(clock, Promise.all(all));
  assert.equal(story.join(""), "a".repeat(20) + "b".repeat(20) + "c".repeat(20));
});

test("so many wait at most; whoever comes then is told at once", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  const taken = Array.from({ length: 9 }, () => work.run(() => steps(20)));
  await assert.rejects(work.run(() => steps(1)), TooBusy);
  await until(clock, Promise.all(taken));
  assert.equal(await until(clock, work.run(() => steps(3))), 3);
});

test("work beyond its budget ends with words, and the next one begins", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  let done = 0;
  const endless = work.run(() => steps(Infinity, (step) => done = step));
  const next = work.run(() => steps(5));
  await assert.rejects(until(clock, endless), (error: Error) => {
    assert.ok(error instanceof OverBudget);
    assert.match(error.message, /more than 10 s of work, the budget of one question: expected less/);
    return true;
  });
  assert.ok(done > 9_000 && done < 11_000, `${done} steps`);
  assert.equal(await until(clock, next), 5);
});

test("a failure of the work is the caller's, and the stop of the program ends it", async () => {
  const clock = new FakeClock(0, 1);
  const stop = new AbortController();
  const work = new LongWork(clock, stop.signal);
  await assert.rejects(
    until(
      clock,
      work.run(function* () {
        yield;
        throw new RangeError("no");
      }),
    ),
    RangeError,
  );
  const cut = work.run(() => steps(Infinity));
  await clock.advance(50);
  stop.abort(new Error("Schelly is stopping"));
  await assert.rejects(until(clock, cut), /is stopping/);
});
