// A damaged storage: nothing of its jobs is deleted until it is found whole, or an operator has seen it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import { policy, type Rig, rig, type RigOptions } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const KEEP_TWO = { retention: policy("minutely=2"), guard: { maxPercent: 100, policyChangeHoldMs: 0 } };

const damaged = (r: Rig, message = "The check found damage: pack 1234 is missing") => {
  const damage = { since: r.clock.now(), message };
  return (key: string) => key === "p" ? damage : undefined;
};

const guards = async (r: Rig) => (await r.store.latched("db")).map(({ guard }) => guard);

async function lived(options: Partial<RigOptions> = {}): Promise<Rig> {
  const r = await rig({ ...options, jobs: [KEEP_TWO] });
  await r.clock.advance(3 * MINUTE + 1_000);
  return r;
}

test("damage stops deletions and not backups, and whole again lets them go on", async () => {
  await using r = await lived();
  await r.engine.damageFound(damaged(r));
  const before = r.provider.calls("delete").length;
  await r.clock.advance(5 * MINUTE);
  assert.equal(r.provider.calls("delete").length, before);
  assert.equal(r.provider.living().length, 7);
  assert.deepEqual(await guards(r), ["upkeep_failed"]);
  assert.match(
    (await r.store.latched("db"))[0]!.message,
    /^The check found damage: pack 1234 is missing; nothing of job 'db' is deleted until .*retention approve db'$/,
  );
  await r.engine.damageFound(() => null);
  assert.deepEqual(await guards(r), []);
  await r.clock.advance(MINUTE);
  assert.equal(r.provider.living().length, 2);
  assert.equal(r.told("retention.guarded").length, 1);
  assert.equal(r.told("retention.guard_cleared").length, 1);
});

test("what nobody has looked at, and a failure that is no damage, change nothing", async () => {
  await using r = await lived();
  await r.engine.damageFound(() => undefined);
  assert.deepEqual(await guards(r), []);
  await r.engine.damageFound(damaged(r));
  await r.engine.damageFound(() => undefined);
  assert.deepEqual(await guards(r), ["upkeep_failed"]);
});

test("an approval answers this damage, also when it is found again, and not another", async () => {
  await using r = await lived();
  const found = damaged(r);
  await r.engine.damageFound(found);
  await r.clock.advance(3 * MINUTE);
  const { digest } = await r.engine.retention("db")!.look();
  assert.equal(await r.engine.retention("db")!.approve(digest, "boss"), true);
  await r.engine.damageFound(found);
  assert.deepEqual(await guards(r), [], "it was seen");
  await r.clock.advance(2 * MINUTE);
  assert.equal(r.provider.living().length, 2, "and deletions go on");
  await r.engine.damageFound(damaged(r, "The check found damage: pack 5678 is missing"));
  assert.deepEqual(await guards(r), ["upkeep_failed"]);
});

test("damage that could not be saved is tried again", async () => {
  let isFull = false;
  await using r = await lived({
    wrap: (store) => ({
      ...store,
      commit: (change) =>
        isFull ? Promise.reject(new StoreError("not_writable", "the disk is full")) : store.commit(change),
    }),
  });
  isFull = true;
  void r.engine.damageFound(damaged(r));
  await r.clock.advance(2_000);
  isFull = false;
  await r.clock.advance(10_000);
  assert.deepEqual(await guards(r), ["upkeep_failed"]);
});

test("a storage that is whole as before begins no pass", async () => {
  await using r = await rig({ jobs: [{ ...KEEP_TWO, schedule: "0 0 0 1 1 *" }] });
  for (let made = 0; made < 4; made++) await r.engine.job("db")!.trigger("ann", null);
  await r.clock.advance(MINUTE);
  const passes = r.told("retention.pass").length;
  await r.engine.damageFound(() => null);
  await r.clock.advance(1_000);
  assert.equal(r.told("retention.pass").length, passes);
});
