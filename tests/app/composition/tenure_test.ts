// What the audit trail is told of a takeover, and that a lease is given back at the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keepLease, takenOverEvent, type Tenure } from "../../../src/app/composition/tenure.ts";
import { StoreError } from "../../../src/domain/errors.ts";
import { clocksOf } from "../../../src/engine/lease/lease_keeper.ts";
import type { LeaseSeen } from "../../../src/ports/lease.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const FORMER: LeaseSeen = {
  epoch: 7,
  holder: "boot-1",
  renewals: 3,
  isReleased: false,
  node: "node-a",
  address: "http://node-a:8080",
  place: "machine-a",
  fingerprint: "f1",
  takenAt: 1,
  ttlMs: 30_000,
  expiresAt: 2,
  seenAt: 3,
};
const INSTANCE = { node: "node-b", address: null, place: "machine-b", fingerprint: "f1" };

function told(free: Tenure["free"], instance = INSTANCE, former: LeaseSeen | null = FORMER) {
  const tenure = { claim: { instance, ttlMs: 30_000 }, holder: "boot-2", free };
  return takenOverEvent(1, tenure, { epoch: 8, former });
}

test("a takeover is told with the former holder, why, and whether the configuration was the same", () => {
  const event = told("still")!;
  assert.equal(
    event.message,
    "'node-b' took over the state from 'node-a', which renewed its lease no more",
  );
  assert.deepEqual(event.data, {
    node: "node-b",
    epoch: 8,
    from: "node-a",
    from_address: "http://node-a:8080",
    from_epoch: 7,
    why: "still",
    same_configuration: true,
  });
  assert.match(
    told("released", { ...INSTANCE, fingerprint: "f2" })!.message,
    /given it back; .* counts as an edit/,
  );
});

test("who goes on where it was itself takes over from nobody", () => {
  assert.equal(told("own"), undefined);
  assert.equal(told("new", INSTANCE, null), undefined);
  assert.equal(told("released", { ...INSTANCE, node: "node-a", place: "machine-a" }), undefined);
});

test("a lease is given back when the app ends, and that it cannot be stops nothing", async () => {
  const clock = new FakeClock(1);
  const said: string[] = [];
  for (const isAway of [false, true]) {
    const resources = new AsyncDisposableStack();
    const acts: string[] = [];
    const lease = {
      epoch: 8,
      holder: "boot-2",
      former: null,
      renew() {
        acts.push("renew");
        return Promise.resolve("renewed" as const);
      },
      whyLost: () => assert.fail("it is not lost"),
      release() {
        acts.push("release");
        return isAway ? Promise.reject(new StoreError("unknown", "away")) : Promise.resolve();
      },
    };
    const keeper = keepLease({
      tenure: { claim: { instance: INSTANCE, ttlMs: 30_000 } },
      store: { lease },
      host: { clock } as never,
      followers: { sink: { emit() {} }, say: (_type, _level, message) => void said.push(message) },
      takenAt: clocksOf(clock),
      fatal: assert.fail,
    }, resources);
    await clock.settle();
    assert.equal(keeper.mayAct(), true);
    await resources.disposeAsync();
    assert.deepEqual(acts, ["renew", "release"]);
  }
  assert.deepEqual(said, [
    "The lease on the state could not be given back, so another instance takes over later: away",
  ]);
});
