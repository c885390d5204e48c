// A wrong clock is told from a right one, from the first look on. Also tests pace.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadyClockWatch } from "../../../src/engine/clock/clock_watch.ts";
import type { ClockMemory, PastClock } from "../../../src/ports/clock_watch.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const START = Date.parse("2026-03-02T10:00:00Z");
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function watched(): { clock: FakeClock; watch: SteadyClockWatch } {
  const clock = new FakeClock(START);
  return { clock, watch: new SteadyClockWatch(clock) };
}

const isInDoubt = (watch: SteadyClockWatch) => watch.read().inDoubtUntil !== null;

/** A later process on the same store. */
function restarted(clock: FakeClock, past: Partial<PastClock>): SteadyClockWatch {
  const watch = new SteadyClockWatch(clock);
  watch.recall({ memory: null, newest: null, untrustedUntil: null, ...past });
  return watch;
}

test("the first look after a jump knows of it, and nothing ends by the new time", async () => {
  const { clock, watch } = watched();
  await clock.advance(10 * MINUTE);
  assert.deepEqual(watch.read().ends, START + 10 * MINUTE);
  for (const jump of [36 * HOUR, -36 * HOUR]) {
    clock.jump(jump);
    const { now, ends, begins, inDoubtUntil } = watch.read();
    assert.equal(now, START + 10 * MINUTE + jump);
    assert.notEqual(inDoubtUntil, null);
    assert.equal(ends, START + 10 * MINUTE + Math.min(0, jump));
    assert.equal(begins, START + 10 * MINUTE + Math.max(0, jump));
    clock.jump(-jump);
    assert.deepEqual([watch.read().inDoubtUntil, watch.read().ends], [null, START + 10 * MINUTE]);
  }
});

test("in doubt no time ends anything, however long it lasts and wherever the clock goes", async () => {
  const { clock, watch } = watched();
  watch.read();
  clock.jump(-HOUR);
  const { ends } = watch.read();
  for (const jump of [50 * MINUTE, 3 * DAY, -DAY, 400 * DAY]) {
    await clock.advance(40 * MINUTE);
    clock.jump(jump);
    assert.ok(isInDoubt(watch));
    assert.ok(watch.read().ends <= ends);
  }
});

test("a clock that is slewed, and steps of under two minutes in an hour, are no doubt", async () => {
  const { clock, watch } = watched();
  for (let step = 0; step < 600; step++) {
    await clock.advance(MINUTE);
    clock.jump(step % 180 === 0 ? 100 * SECOND : -30);
    if (step % 180 === 20) clock.jump(-70 * SECOND);
    assert.equal(isInDoubt(watch), false, `minute ${step}`);
  }
});

test("small steps add up: a clock that creeps is in doubt, and nothing ends by what it gained", async () => {
  for (const step of [100 * SECOND, -100 * SECOND, 25 * SECOND]) {
    const { clock, watch } = watched();
    await clock.advance(10 * MINUTE);
    watch.read();
    let crept = 0;
    while (!isInDoubt(watch)) {
      await clock.advance(32 * SECOND);
      clock.jump(step);
      crept += step;
      assert.ok(Math.abs(crept) < 4 * MINUTE, `a clock that is ${crept} ms off is trusted`);
    }
    assert.match(watch.why, /came to be 1\d\d|came to be 200 s/);
    const { ends, steady, memory } = watch.read();
    assert.equal(steady, clock.now() - crept, "what is written is dated by the time that went by");
    assert.ok(ends <= clock.now() - crept);
    // Further steps begin the wait once more; what is set right is trusted at once.
    for (let more = 0; more < 80; more++) {
      await clock.advance(MINUTE);
      clock.jump(step);
      crept += step;
      assert.ok(isInDoubt(watch));
    }
    clock.jump(-crept);
    assert.equal(isInDoubt(watch), false);
    assert.ok(
      isInDoubt(restarted(new FakeClock(memory.at!.wall), { memory })),
      "a restart does not forget it",
    );
  }
});

test("steps add up over restarts, and no longer once the new time has gone evenly or is vouched for", async () => {
  const { clock, watch: first } = watched();
  let watch = first;
  for (let step = 0; step < 2; step++) {
    await clock.advance(MINUTE);
    assert.equal(isInDoubt(watch), false);
    clock.jump(70 * SECOND);
    watch = restarted(clock, { memory: JSON.parse(JSON.stringify(watch.read().memory)) });
  }
  assert.ok(isInDoubt(watch));
  const other = restarted(clock, { memory: watch.read().memory });
  other.trust("ops");
  assert.equal(isInDoubt(other), false);
  watch.settleAfter(0);
  await clock.advance(HOUR);
  assert.equal(isInDoubt(watch), false);
  await clock.advance(MINUTE);
  for (const one of [watch, other]) assert.equal(isInDoubt(one), false);
});

test("a machine that slept is not in doubt", async () => {
  const { clock, watch } = watched();
  for (let night = 0; night < 3; night++) {
    await clock.advance(16 * HOUR);
    clock.suspend(8 * HOUR);
    assert.deepEqual([watch.read().inDoubtUntil, watch.read().ends], [null, clock.now()]);
  }
});

test("a new time is believed once it has gone evenly for an interval, at least one hour and at most six", async () => {
  for (const [interval, settles] of [[MINUTE, HOUR], [2 * HOUR, 2 * HOUR], [7 * DAY, 6 * HOUR]] as const) {
    const { clock, watch } = watched();
    clock.jump(3 * DAY);
    assert.ok(isInDoubt(watch));
    watch.settleAfter(interval);
    assert.equal(watch.read().inDoubtUntil, START + 3 * DAY + settles);
    await clock.advance(settles - MINUTE);
    assert.ok(isInDoubt(watch), `${settles} are not over`);
    await clock.advance(MINUTE);
    assert.equal(isInDoubt(watch), false);
    assert.equal(watch.read().ends, START + 3 * DAY + settles);
  }
});

test("one more jump begins the wait once more", async () => {
  const { clock, watch } = watched();
  clock.jump(DAY);
  watch.read();
  watch.settleAfter(0);
  await clock.advance(55 * MINUTE);
  clock.jump(HOUR);
  watch.read();
  watch.settleAfter(0);
  await clock.advance(55 * MINUTE);
  assert.ok(isInDoubt(watch));
  await clock.advance(5 * MINUTE);
  assert.equal(isInDoubt(watch), false);
});

test("whoever vouches for the clock is believed, and its later correction is a doubt of its own", async () => {
  const { clock, watch } = watched();
  let changes = 0;
  watch.changed = () => changes++;
  clock.jump(DAY);
  watch.read();
  watch.trust("ops");
  assert.deepEqual([watch.read().inDoubtUntil, watch.read().ends], [null, START + DAY]);
  await clock.advance(HOUR);
  clock.jump(-DAY);
  assert.ok(isInDoubt(watch));
  assert.equal(watch.read().ends, START + HOUR);
  assert.equal(changes, 3);
});

test("a restart neither forgets a doubt nor shortens it, and knows a clock that was moved meanwhile", async () => {
  const { clock, watch } = watched();
  const { memory } = watch.read();
  await clock.advance(9 * DAY);
  assert.equal(isInDoubt(restarted(clock, { memory })), false, "nine days of downtime are no doubt");
  clock.jump(HOUR);
  const second = restarted(clock, { memory });
  assert.ok(isInDoubt(second));
  assert.match(second.why, /at start it is 3600 s ahead of the time that went by/);
  second.settleAfter(HOUR);
  await clock.advance(50 * MINUTE);
  const third = restarted(clock, { memory: second.read().memory });
  assert.ok(isInDoubt(third));
  assert.equal(third.read().inDoubtUntil, second.read().inDoubtUntil);
  await clock.advance(10 * MINUTE);
  assert.equal(isInDoubt(third), false);
  clock.jump(-HOUR);
  assert.ok(isInDoubt(restarted(clock, { memory: third.read().memory })));
});

test("a machine that was started again may have been off for a day; more, or a time before, is doubted", async () => {
  const after = async (offMs: number): Promise<SteadyClockWatch> => {
    const { clock, watch } = watched();
    await clock.advance(20 * DAY);
    const { memory } = watch.read();
    clock.reboot(offMs);
    await clock.advance(MINUTE);
    return restarted(clock, { memory });
  };
  assert.equal(isInDoubt(await after(23 * HOUR)), false);
  assert.ok(isInDoubt(await after(3 * DAY)));
  assert.ok(isInDoubt(await after(-HOUR)));
  assert.ok(isInDoubt(await after(-50 * 365 * DAY)), "1970 until the time is fetched");
});

test("1970 at boot is over as soon as the time is fetched", async () => {
  const { clock, watch } = watched();
  await clock.advance(DAY);
  const { memory } = watch.read();
  clock.reboot(-50 * 365 * DAY);
  const again = restarted(clock, { memory });
  assert.ok(isInDoubt(again));
  const [ends, right] = [again.read().ends, START + DAY + 2 * HOUR];
  assert.ok(ends < START);
  clock.jump(right - clock.now());
  assert.deepEqual([again.read().inDoubtUntil, again.read().ends], [null, right]);
});

test("a doubt outlives the machine's restart", async () => {
  const { clock, watch } = watched();
  await clock.advance(DAY);
  watch.read();
  clock.jump(3 * HOUR);
  const { memory } = watch.read();
  clock.reboot(MINUTE);
  const again = restarted(clock, { memory });
  assert.ok(isInDoubt(again));
  assert.ok(again.read().ends <= START + DAY);
  await clock.advance(6 * HOUR);
  assert.equal(isInDoubt(again), false);
});

test("since when the clock is in doubt stays so over further jumps and restarts, and is new with the next doubt", async () => {
  const { clock, watch } = watched();
  const began = (of = watch) => of.read().memory.doubt?.began;
  await clock.advance(DAY);
  watch.read();
  assert.equal(began(), undefined);
  clock.jump(3 * HOUR);
  assert.equal(began(), START + DAY, "by the time that rows are dated by");
  await clock.advance(20 * MINUTE);
  clock.jump(HOUR);
  assert.equal(began(), START + DAY);
  const { memory } = watch.read();
  assert.equal(began(restarted(clock, { memory })), START + DAY);
  clock.reboot(MINUTE);
  assert.equal(began(restarted(clock, { memory })), START + DAY);
  watch.trust("ops");
  await clock.advance(HOUR);
  const now = clock.now();
  clock.jump(3 * HOUR);
  assert.equal(began(), now);
});

test("a store without a memory is believed unless it holds newer rows, or was in doubt", async () => {
  const clock = new FakeClock(START);
  assert.equal(isInDoubt(restarted(clock, {})), false);
  assert.equal(isInDoubt(restarted(clock, { newest: START - 400 * DAY })), false);
  const behind = restarted(clock, { newest: START + DAY });
  assert.ok(isInDoubt(behind));
  assert.equal(behind.read().ends, START);
  clock.jump(2 * DAY);
  assert.equal(isInDoubt(behind), false, "its clock was set right");
  assert.equal(isInDoubt(restarted(clock, { untrustedUntil: clock.now() - 1 })), false);
  const doubted = restarted(clock, { untrustedUntil: clock.now() + HOUR });
  assert.ok(isInDoubt(doubted));
  await clock.advance(6 * HOUR);
  assert.equal(isInDoubt(doubted), false);
});

test("a memory survives its text", () => {
  const { clock, watch } = watched();
  clock.jump(DAY);
  const memory = JSON.parse(JSON.stringify(watch.read().memory)) as ClockMemory;
  assert.deepEqual(restarted(clock, { memory }).read().memory, watch.read().memory);
});

test("a time before the program was written is in doubt, however even, until a later one shows or someone vouches", async () => {
  const clock = new FakeClock(0);
  const watch = new SteadyClockWatch(clock, START);
  watch.recall({ memory: null, newest: null, untrustedUntil: null });
  assert.match(watch.read().why ?? "", /it is before 2026-03-02T10:00:00.000Z, when this program was built/);
  assert.deepEqual([watch.read().due, watch.read().steady], [0, START]);
  const until = watch.read().inDoubtUntil;
  assert.ok(until! > START, "nor will it be before that time");
  await clock.advance(9 * HOUR);
  assert.equal(watch.read().inDoubtUntil, until, "no even time makes it right");
  clock.jump(START + 200 * DAY);
  assert.equal(isInDoubt(watch), false);
  assert.equal(isInDoubt(new SteadyClockWatch(clock, START)), false);

  const vouched = new SteadyClockWatch(new FakeClock(0), START);
  assert.ok(isInDoubt(vouched));
  vouched.trust("ops");
  assert.equal(isInDoubt(vouched), false);
  const { memory } = vouched.read();
  const again = new SteadyClockWatch(new FakeClock(0), START);
  again.recall({ memory, newest: null, untrustedUntil: null });
  assert.equal(isInDoubt(again), false, "that outlives a restart");
});

test("a machine that is never up for hours gets to the end of a doubt all the same", async () => {
  const { clock, watch } = watched();
  await clock.advance(DAY);
  let { memory } = watch.read();
  clock.reboot(3 * DAY);
  let today = watch;
  for (let day = 0; day < 3; day++) {
    today = restarted(clock, { memory });
    assert.ok(isInDoubt(today), `day ${day}`);
    await clock.advance(3 * HOUR);
    isInDoubt(today);
    memory = today.read().memory;
    clock.reboot(20 * HOUR);
    if (memory.doubt === null) return;
  }
  assert.fail("nine hours of even time are not believed");
});

test("what is written in doubt is open until it is dated, and knows by how much", async () => {
  const { clock, watch } = watched();
  await clock.advance(HOUR);
  assert.equal(watch.mark(), null);
  clock.jump(2 * DAY);
  assert.equal(watch.mark(), 2 * DAY);
  await clock.advance(MINUTE);
  watch.trust("ops");
  assert.ok(isInDoubt(watch), "nothing is deleted before it is dated");
  const { open } = watch;
  assert.deepEqual([open?.anchor, open?.offset], [START + HOUR, 2 * DAY]);
  const later = restarted(clock, { memory: watch.read().memory });
  assert.deepEqual(later.open, open);
  later.dated(later.open!);
  assert.equal(isInDoubt(later), false);
});
