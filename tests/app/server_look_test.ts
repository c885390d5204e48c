// One that has nothing to save learns that another took the state over, and what may pass is waited for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerLook } from "../../src/app/server_look.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";

test("another's state ends the program once, within the time of a look; a server that is silent does not", async () => {
  const clock = new FakeClock(0);
  let looks = 0;
  let trouble: Error | undefined;
  const ends: unknown[] = [];
  const look = new ServerLook({
    clock,
    store: { weakness: null, look: () => (looks++, trouble ? Promise.reject(trouble) : Promise.resolve()) },
    tell: () => assert.fail("nothing changed"),
    fatal: (error) => void ends.push(error),
  });
  await clock.advance(60_000);
  assert.equal(looks, 0, "not before it is started");
  look.start();
  trouble = new StoreError("failed", "no whole answer came within 5 s");
  await clock.advance(30_000);
  assert.deepEqual([looks, ends.length], [3, 0]);
  trouble = new StoreError("fenced", "taken over");
  await clock.advance(10_000);
  assert.deepEqual([looks, ends], [4, [trouble]]);
  await clock.advance(60_000);
  assert.equal(looks, 4);
  look[Symbol.dispose]();
});

test("a look that is under way as the program stops ends nothing", async () => {
  const clock = new FakeClock(0);
  const ends: unknown[] = [];
  let fail = (_error: Error) => {};
  const look = new ServerLook({
    clock,
    store: { weakness: null, look: () => new Promise((_, reject) => fail = reject) },
    tell: () => assert.fail("nothing changed"),
    fatal: (error) => void ends.push(error),
  });
  look.start();
  await clock.advance(10_000);
  look[Symbol.dispose]();
  fail(new StoreError("fenced", "taken over"));
  await clock.advance(60_000);
  assert.deepEqual(ends, []);
});

test("a server that is less durable than it was is told of once, and once more when it is durable again", async () => {
  const clock = new FakeClock(0);
  const found = [null, "may lose it", "may lose it", null, null];
  const told: (string | null)[] = [];
  const store = {
    weakness: null as string | null,
    look: () => Promise.resolve(void (store.weakness = found.shift() ?? null)),
  };
  const look = new ServerLook({
    clock,
    store,
    tell: (weakness) => void told.push(weakness),
    fatal: assert.fail,
  });
  look.start();
  await clock.advance(50_000);
  assert.deepEqual(told, ["may lose it", null]);
  look[Symbol.dispose]();
});
