// The real clock: sleeps end when they should, abort when asked, and take any length.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rememberedUptime, systemClock } from "../../src/runtime/clock.ts";

test("systemClock.sleep() never ends early", async () => {
  for (const ms of [0, 1, 5]) {
    const start = systemClock.monotonic();
    await systemClock.sleep(ms);
    assert.ok(systemClock.monotonic() - start >= ms);
  }
});

test("systemClock.sleep() takes more than 2^31 ms and does not fire at once", async () => {
  for (const ms of [2 ** 31, 2 ** 40, Infinity]) {
    const stop = new AbortController();
    const asleep = systemClock.sleep(ms, stop.signal).then(() => "woke", () => "aborted");
    const first = await Promise.race([asleep, systemClock.sleep(20).then(() => "asleep")]);
    assert.equal(first, "asleep", String(ms));
    stop.abort();
    assert.equal(await asleep, "aborted");
  }
});

test("systemClock.sleep() rejects with the signal's reason, also when aborted before", async () => {
  const reason = new Error("stop");
  const stop = new AbortController();
  const asleep = systemClock.sleep(60_000, stop.signal);
  stop.abort(reason);
  await assert.rejects(asleep, reason);
  await assert.rejects(systemClock.sleep(0, stop.signal), reason);
});

test("systemClock.timeout() aborts with a TimeoutError", async () => {
  const { signal } = systemClock.timeout(5);
  assert.equal(signal.aborted, false);
  const reason = await new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(signal.reason))
  );
  assert.equal((reason as DOMException).name, "TimeoutError");
});

test("systemClock.timeout() does nothing once disposed", async () => {
  const limit = systemClock.timeout(5);
  limit.dispose();
  await systemClock.sleep(15);
  assert.equal(limit.signal.aborted, false);
});

test("systemClock.yield() lets timers and files get their turn", async () => {
  let turns = 0;
  const waits = Promise.all([systemClock.sleep(2), Deno.stat(".")]).then(() => turns);
  let done = false;
  waits.then(() => done = true);
  while (!done) {
    await systemClock.yield();
    assert.ok(++turns < 1_000_000, "work beside a yielding loop starved");
  }
});

test("systemClock.uptime() counts whole seconds and never goes back", () => {
  const before = systemClock.uptime();
  const after = systemClock.uptime();
  assert.ok(before > 0 && before % 1000 === 0 && after % 1000 === 0);
  assert.ok(after >= before);
});

test("rememberedUptime() asks anew after a while, and at once where the machine slept or its clock was set", () => {
  let [asked, up, wall, monotonic] = [0, 100.9, 1_000_000, 0];
  const uptime = rememberedUptime(() => (asked++, up), () => wall, () => monotonic);
  const pass = (ms: number, slept = 0, set = 0) => {
    monotonic += ms;
    wall += ms + slept + set;
    up += (ms + slept) / 1000;
  };
  assert.equal(uptime(), 100_000);
  pass(10);
  assert.equal(uptime(), 100_000);
  assert.equal(asked, 1);
  pass(1, 8 * 3_600_000);
  assert.equal(uptime(), 28_900_000, "a machine that slept");
  pass(1, 0, -36 * 3_600_000);
  uptime();
  assert.equal(asked, 3, "a clock that was set back");
  pass(200);
  assert.equal(uptime(), 28_901_000);
  assert.equal(asked, 4);
});
