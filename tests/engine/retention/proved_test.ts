// What retention makes of proofs, on the real engine and store: verifications that pass, that fail later, and edits.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import type { VerifySettings } from "../../../src/domain/verification/verify_settings.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { inWords } from "../../support/reason_words.ts";
import { VerifyingProvider } from "../../support/verifying_provider.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Proves the newest backup, that of half past, 5 minutes later. */
const VERIFY: VerifySettings = {
  schedule: "0 35 * * * *",
  select: "newest",
  method: "check",
  timeoutMs: HOUR,
  everyMs: 24 * HOUR,
  maxConcurrent: 2,
};
const free = { maxPercent: 100, policyChangeHoldMs: 0 };

/** A backup at 0, 15, 30 and 45 past, from a quarter past ten on: p-1, p-2 (which is proved), p-3; p-4 at eleven. */
async function quarters(retention: string, followFrom: number, more: Partial<Job> = {}): Promise<Rig> {
  return await rig({
    jobs: [{
      schedule: "0 */15 * * * *",
      verify: VERIFY,
      retention: policy(retention),
      guard: free,
      ...more,
    }],
    followFrom,
    maxConcurrent: 4,
    providers: (
      clock,
    ) => [new VerifyingProvider({ clock, key: "p", durationMs: 1_000, verifyMs: MINUTE, maxConcurrent: 3 })],
  });
}

const living = (r: Rig) => r.provider.living().map((effect) => effect.id);
const reasons = async (r: Rig, id: string) => inWords((await r.store.find(id))[0]!.reasons);

for (const followFrom of [1, 250]) {
  const how = followFrom === 1 ? "followed" : "elected in full";
  test(`require keeps the proved backup of an hour in place of the last one, once the hour is over (${how})`, async () => {
    await using r = await quarters("hourly=3,verified=require", followFrom);
    await r.clock.advance(40 * MINUTE);
    assert.deepEqual(living(r), ["p-2"], "what stands for its period by itself is the proved one");
    await r.clock.advance(18 * MINUTE);
    assert.deepEqual(living(r), ["p-2", "p-3"], "the hour may still bring another");
    assert.deepEqual(await reasons(r, "p-2"), ["proved hourly (2026-03-02 10h)", "newest proved"]);
    await r.clock.advance(3 * MINUTE);
    assert.deepEqual(living(r), ["p-2", "p-4"]);
    assert.deepEqual(await reasons(r, "p-2"), ["hourly 2 of 3 (2026-03-02 10h)", "newest proved"]);
    await r.clock.advance(3 * HOUR);
    assert.deepEqual(living(r), ["p-10", "p-14", "p-16"]);
    assert.deepEqual((await r.engine.retention("db")!.look()).election.victims, []);
  });

  test(`prefer keeps the proved backup of an hour beside the last one (${how})`, async () => {
    await using r = await quarters("hourly=2,verified=prefer", followFrom);
    await r.clock.advance(2 * HOUR + 3 * MINUTE);
    assert.deepEqual(living(r), ["p-6", "p-7", "p-8"]);
    assert.deepEqual(await reasons(r, "p-6"), ["proved hourly (2026-03-02 11h)", "newest proved"]);
    assert.deepEqual(await reasons(r, "p-7"), ["hourly 2 of 2 (2026-03-02 11h)"]);
  });

  test(`what rots after it was proved counts for nothing, and its hour is kept by a sound one (${how})`, async () => {
    // The last one of the hour is held, and so it is still there.
    await using r = await quarters("hourly=2,verified=require", followFrom);
    await r.clock.advance(50 * MINUTE);
    const third = (await r.store.find("p-3"))[0]!;
    await r.engine.safekeeping.hold(third, { reason: "looked at", owner: "ann", until: null }, "ann");
    await r.clock.advance(15 * MINUTE);
    assert.deepEqual(living(r), ["p-2", "p-3", "p-4"]);
    assert.deepEqual(await reasons(r, "p-3"), ["held"]);
    (r.provider as VerifyingProvider).damaged.add("p-2");
    const [second] = await r.store.find("p-2");
    await r.engine.verifications.byHand(second!, undefined, "ann");
    await r.clock.advance(3 * MINUTE);
    assert.deepEqual(await reasons(r, "p-2"), ["suspect"]);
    assert.deepEqual(await reasons(r, third.id!), ["hourly 2 of 2 (2026-03-02 10h)", "held"]);
    assert.equal((await r.store.latched("db"))[0]!.guard, "upkeep_failed");
    await r.clock.advance(4 * HOUR);
    assert.ok(living(r).includes("p-2") && living(r).includes("p-3"), "nothing goes while that stands");
  });
}

test("the newest proved one outlives its policy until another is proved", async () => {
  await using r = await quarters("hourly=1", 250);
  await r.clock.advance(40 * MINUTE);
  await r.engine.reload(r.declare([{
    schedule: "0 */15 * * * *",
    retention: policy("hourly=1"),
    guard: free,
  }]));
  await r.clock.advance(5 * HOUR);
  assert.deepEqual(living(r).length, 2);
  assert.equal(living(r)[0], "p-2");
  assert.deepEqual(await reasons(r, "p-2"), ["newest proved"]);
  const newest = (await r.store.find(living(r)[1]!))[0]!;
  await r.engine.verifications.byHand(newest, undefined, "ann");
  await r.clock.advance(20 * MINUTE);
  assert.ok(!living(r).includes("p-2"));
});

test("an edit to require deletes nothing while the hold of the edit lasts, and then only what is not proved", async () => {
  const hold = { maxPercent: 50, policyChangeHoldMs: HOUR };
  await using r = await quarters("hourly=30", 1, { guard: hold });
  await r.clock.advance(6 * HOUR + 5 * MINUTE);
  /** Those that stand for an hour that is over, and those that were proved. */
  const lasting = async () =>
    (await r.runs("available")).filter(({ slot, verification }) =>
      new Date(slot!).getUTCMinutes() === 45 || verification === "passed"
    ).map(({ id }) => id!);
  const before = await lasting();
  assert.equal(before.length, 7, "the last one of each hour, and the newest that was proved");
  const edited = { schedule: "0 */15 * * * *", verify: VERIFY, guard: hold };
  await r.engine.reload(r.declare([{ ...edited, retention: policy("hourly=30,verified=prefer") }]));
  await r.clock.advance(4 * HOUR);
  const preferred = await lasting();
  assert.deepEqual(before.filter((id) => !preferred.includes(id)), [], "prefer deletes nothing of it");
  assert.equal(preferred.length, before.length + 2 * 4);
  await r.engine.reload(r.declare([{ ...edited, retention: policy("hourly=30,verified=require") }]));
  await r.clock.advance(50 * MINUTE);
  const held = await lasting();
  assert.deepEqual(preferred.filter((id) => !held.includes(id)), [], "the policy before still protects them");
  await r.clock.advance(HOUR);
  const gone = (await r.runs("deleted")).filter(({ id }) => preferred.includes(id!));
  assert.ok(gone.length >= 3, `${gone.length} went`);
  assert.ok(gone.every(({ verification }) => verification === null));
});
