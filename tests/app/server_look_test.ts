// A state server that is less durable than it was is said aloud, once; one that is silent is asked again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerLook } from "../../src/app/server_look.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";

test("a server that is less durable than it was is told of once, and once more when it is durable again", async () => {
  const clock = new FakeClock(0);
  const found = [null, "may lose it", "silent", "may lose it", null, null];
  const told: (string | null)[] = [];
  const store = {
    weakness: null as string | null,
    look() {
      const next = found.shift() ?? null;
      if (next === "silent") {
        return Promise.reject(new StoreError("failed", "no whole answer came within 5 s"));
      }
      store.weakness = next;
      return Promise.resolve();
    },
  };
  const look = new ServerLook({ clock, store, tell: (weakness) => void told.push(weakness) });
  await clock.advance(60_000);
  assert.equal(found.length, 6, "not before it is started");
  look.start();
  await clock.advance(60_000);
  assert.deepEqual([told, found.length], [["may lose it", null], 0]);
  look[Symbol.dispose]();
  found.push("may lose it");
  await clock.advance(60_000);
  assert.equal(found.length, 1);
});

test("what a look finds while the program stops is told nobody", async () => {
  const clock = new FakeClock(0);
  let answer = () => {};
  const store = {
    weakness: null as string | null,
    look: () => new Promise<void>((resolve) => answer = resolve),
  };
  const look = new ServerLook({ clock, store, tell: () => assert.fail("it stops") });
  look.start();
  await clock.advance(10_000);
  look[Symbol.dispose]();
  store.weakness = "may lose it";
  answer();
  await clock.advance(60_000);
});
