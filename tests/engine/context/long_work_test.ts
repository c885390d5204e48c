// Long work on a virtual clock, on which every look at the clock takes a millisecond: so each step costs one.
// Also tests caller_budget.ts.

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
  assert.equal(await until(clock, work.run("ann", () => steps(1_000))), 1_000);
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
  const all = ["a", "b", "c"].map((name) => work.run("ann", () => steps(20, () => void story.push(name))));
  await until(clock, Promise.all(all));
  assert.equal(story.join(""), "a".repeat(20) + "b".repeat(20) + "c".repeat(20));
});

test("so many wait at most; whoever comes then is told at once", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  const taken = Array.from({ length: 9 }, (_, at) => work.run(`caller ${at}`, () => steps(20)));
  await assert.rejects(work.run("ann", () => steps(1)), TooBusy);
  await until(clock, Promise.all(taken));
  assert.equal(await until(clock, work.run("ann", () => steps(3))), 3);
});

test("work beyond its budget ends with words, and the next one begins", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  let done = 0;
  const endless = work.run("ann", () => steps(Infinity, (step) => done = step));
  const next = work.run("ann", () => steps(5));
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
      work.run("ann", function* () {
        yield;
        throw new RangeError("no");
      }),
    ),
    RangeError,
  );
  const cut = work.run("ann", () => steps(Infinity));
  await clock.advance(50);
  stop.abort(new Error("Schelly is stopping"));
  await assert.rejects(until(clock, cut), /is stopping/);
});

test("no caller takes all places, and the first question of each comes before others' further ones", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  const story: string[] = [];
  const ask = (caller: string) =>
    work.run(caller, () => steps(5, (step) => step === 1 && story.push(caller)));
  const asked = Array.from({ length: 7 }, () => ask("ann"));
  await assert.rejects(ask("ann"), /6 questions of this kind of ann wait already/);
  asked.push(ask("bob"));
  await until(clock, Promise.all(asked));
  assert.deepEqual(story.slice(0, 3), ["ann", "bob", "ann"]);
});

test("a caller who has used up a minute of work waits for more of it, and others do not", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  const ask = (caller: string) => until(clock, work.run(caller, () => steps(9_500)));
  let asked = 0;
  await assert.rejects(async () => {
    for (; asked < 20; asked++) await ask("ann");
  }, (error: Error) => {
    assert.ok(error instanceof OverBudget);
    assert.match(
      error.message,
      /^Cannot begin: ann has used up 1m of work, the budget of one caller in 10m: expected to be asked again in \w+$/,
    );
    return true;
  });
  // What came back meanwhile is some of it.
  assert.ok(asked >= 6 && asked <= 9, `${asked} questions`);
  assert.equal(await ask("bob"), 9_500);
  await clock.advance(100_000);
  assert.equal(await ask("ann"), 9_500);
});

test("look() does one at a time, and once for all who ask while it waits", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  let looking = 0;
  let looks = 0;
  const look = async () => {
    assert.equal(++looking, 1);
    await clock.sleep(10);
    looking--;
    return ++looks;
  };
  const first = work.look("a", look);
  while (looking === 0) await clock.advance(1);
  // The first has begun: it may have seen what was before a change.
  const second = [work.look("a", look), work.look("a", look), work.look("a", look)];
  const other = work.look("b", look);
  assert.deepEqual(await until(clock, Promise.all([first, ...second, other])), [1, 2, 2, 2, 3]);
  await assert.rejects(until(clock, work.look("a", () => Promise.reject(new Error("no")))), /no/);
  assert.equal(await until(clock, work.look("a", look)), 4);
});

test("look() does not let a small one wait for a large one", async () => {
  const clock = new FakeClock(0, 1);
  const work = new LongWork(clock);
  const ended: string[] = [];
  const look = (name: string, ms: number) => async () => {
    await clock.sleep(ms);
    ended.push(name);
  };
  const large = [work.look("a", look("a", 1_000)), work.look("b", look("b", 1_000))];
  const small = [work.look("c", look("c", 5), "small"), work.look("d", look("d", 5), "small")];
  await until(clock, Promise.all([...large, ...small]));
  assert.deepEqual(ended, ["c", "d", "a", "b"]);
});
