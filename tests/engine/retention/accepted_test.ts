// A DELETE that the provider has accepted and is carrying out: told once, looked at soon, deleted once it is gone.
// Also tests delete_call.ts and context/accepted.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider, type FakeProviderOptions } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;

/** One backup too many an hour, at a provider of this kind. */
async function deleting(options: Partial<FakeProviderOptions>): Promise<Rig> {
  const r = await rig({
    jobs: [{
      schedule: "0 0 * * * *",
      retention: policy("hourly=1"),
      guard: { maxPercent: 100, policyChangeHoldMs: 0 },
    }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", ...options })],
  });
  await r.clock.advance(120 * MINUTE);
  return r;
}

test("a deletion that takes a while is deleted within seconds of its end, after one DELETE and one word of it", async () => {
  await using r = await deleting({ deleteMs: 25_000 });
  assert.deepEqual(await r.story(), ["deleting", "available"]);
  await r.clock.advance(25_000 + 8_000);
  assert.deepEqual(await r.story(), ["deleted", "available"]);
  assert.equal(r.provider.calls("delete").length, 1);
  assert.equal(r.told("delete.accepted").length, 1);
  assert.deepEqual(r.told("delete.retry"), []);
  assert.deepEqual(r.events.filter(({ level }) => level === "warning"), []);
});

test("an accepted deletion is looked at ever more rarely, a minute apart at most, and 410 ends it too", async () => {
  await using r = await deleting({ deleteMs: 4 * MINUTE, tombstones: true });
  const from = r.clock.now();
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(await r.story(), ["deleted", "available"]);
  const looks = r.provider.calls("get").filter((call) => call.id === "p-1" && call.at > from).map((call) =>
    (call.at - from) / 1000
  );
  assert.deepEqual(looks, [2, 6, 14, 30, 62, 122, 182, 242]);
});

test("an accepted deletion of which nothing comes is asked for again, without a warning each time", async () => {
  await using r = await deleting({ deleteMs: 45 * MINUTE });
  await r.clock.advance(50 * MINUTE);
  assert.ok(r.provider.calls("delete").length > 1);
  assert.ok(r.provider.calls("delete").length < 8, "not each half minute");
  assert.deepEqual(r.events.filter(({ level }) => level === "warning" || level === "error"), []);
  assert.equal(r.told("delete.accepted").filter(({ level }) => level === "info").length, 1);
});

test("a restart in the middle of an accepted deletion finds its end", async () => {
  await using r = await deleting({ deleteMs: 3 * MINUTE });
  await r.crash();
  await r.boot();
  await r.clock.advance(7 * MINUTE);
  assert.equal((await r.story())[0], "deleted");
});
