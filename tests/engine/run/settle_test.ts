// What became of a start of unknown fate, by what each kind of provider can prove.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Capabilities } from "../../../src/ports/provider.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOURLY = { schedule: "0 0 * * * *", graceMs: 30 * MINUTE };

function withAbilities(capabilities: Partial<Capabilities>) {
  return {
    providers: (clock: ConstructorParameters<typeof FakeProvider>[0]["clock"]) => [
      new FakeProvider({ clock, key: "p", capabilities }),
    ],
  };
}

test("settle() sends to an idempotent provider under the same key: one effect", async () => {
  await using r = await rig({ jobs: [HOURLY], ...withAbilities({ idempotency: true }) });
  r.provider.script("create", "lost_reply", "lost_reply");
  await r.clock.advance(HOUR + MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.effects.length, 1);
  assert.equal(new Set(r.provider.calls("create").map((call) => call.runId)).size, 1);
  assert.equal((await r.runs())[0]!.maybeDuplicateAt, null, "a key that is honoured makes no second one");
});

test("settle() ends a start whose key the provider will not answer any more, once no POST can still land", async () => {
  const gone = { does: "refused", status: 410 } as const;
  await using r = await rig({ jobs: [HOURLY], ...withAbilities({ idempotency: true }) });
  r.provider.script("create", "lost_reply", ...Array(20).fill(gone));
  await r.clock.advance(HOUR + 50_000);
  assert.deepEqual(await r.story(), ["unknown(lost_answer)"], "the first POST may still be on its way");
  await r.clock.advance(20_000);
  assert.deepEqual(await r.story(), ["failed(unsettled)"], "and grace is half an hour");
});

test("settle() never repeats a start by hand, even under a key", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 0 1 1 *" }], ...withAbilities({ idempotency: true }) });
  r.provider.script("create", "lost_request");
  await r.engine.job("db")!.trigger("ops", null);
  await r.clock.advance(HOUR);
  assert.deepEqual(await r.story(), ["failed(unsettled)"]);
  assert.equal(r.provider.calls("create").length, 1);
});

test("settle() adopts what a look-up by our run id finds, without a second POST", async () => {
  await using r = await rig({ jobs: [HOURLY], ...withAbilities({ lookup: true }) });
  r.provider.script("create", "lost_reply");
  await r.clock.advance(HOUR + MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.calls("create").length, 1);
  assert.equal((await r.runs())[0]!.id, "p-1");
});

test("settle() sends again once a look-up proved that nothing began and nothing is on its way", async () => {
  await using r = await rig({ jobs: [HOURLY], ...withAbilities({ lookup: true }) });
  r.provider.script("create", "lost_request");
  await r.clock.advance(HOUR + 59_000);
  assert.equal(r.provider.calls("create").length, 1, "a POST may still be on its way within its timeout");
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.effects.length, 1);
  assert.equal((await r.runs())[0]!.maybeDuplicateAt, null);
});

for (const lost of ["lost_request", "late"] as const) {
  test(`settle() sends again at once where the key is honoured: ${lost}`, async () => {
    await using r = await rig({ jobs: [HOURLY], ...withAbilities({ lookup: true, idempotency: true }) });
    r.provider.script("create", lost === "late" ? { does: lost, effectAfterMs: 30_000 } : lost);
    await r.clock.advance(HOUR + 20_000);
    assert.deepEqual(await r.story(), ["available"]);
    await r.clock.advance(MINUTE);
    assert.equal(r.provider.effects.length, 1);
    assert.equal((await r.runs())[0]!.maybeDuplicateAt, null);
  });
}

test("settle() adopts from a list only what echoes our run id", async () => {
  await using r = await rig({ jobs: [{ ...HOURLY, onUnknown: "skip" }], ...withAbilities({ list: true }) });
  r.provider.script("create", "lost_reply");
  await r.clock.advance(HOUR + MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.calls("create").length, 1);
});

test("settle() sends to a plain provider at most twice more, well apart, and says maybe_duplicate", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.script("create", "lost_reply", "lost_reply", "lost_reply", "lost_reply");
  await r.clock.advance(HOUR + 29 * MINUTE);
  const times = r.provider.calls("create").map((call) => call.at);
  assert.equal(times.length, 3);
  assert.ok(
    times[1]! - times[0]! >= 2 * MINUTE && times[2]! - times[1]! >= 2 * MINUTE,
    "apart by 2 timeouts",
  );
  assert.deepEqual(await r.story(), ["failed(unsettled)"]);
  assert.notEqual((await r.runs())[0]!.maybeDuplicateAt, null);
});

test("settle() sends once only with on_unknown: skip", async () => {
  await using r = await rig({ jobs: [{ ...HOURLY, onUnknown: "skip" }] });
  r.provider.script("create", "lost_reply");
  await r.clock.advance(HOUR + 29 * MINUTE);
  assert.equal(r.provider.calls("create").length, 1);
  assert.deepEqual(await r.story(), ["failed(unsettled)"]);
});

test("settle() does not take a 409 to a repeated POST for proof that nothing began", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.script("create", "lost_reply", { does: "unsent", status: 409 }, { does: "unsent", status: 409 });
  await r.clock.advance(HOUR + 2 * MINUTE + 1_000);
  assert.deepEqual(await r.story(), ["unknown(lost_answer)"]);
  await r.clock.advance(10_000);
  assert.deepEqual(await r.story(), ["available"]);
  assert.notEqual((await r.runs())[0]!.maybeDuplicateAt, null);
});

test("settle() waits for a provider that is down before it concludes anything", async () => {
  await using r = await rig({ jobs: [HOURLY], ...withAbilities({ lookup: true, idempotency: true }) });
  r.provider.script("create", "lost_reply");
  await r.clock.advance(HOUR - 1);
  r.provider.script("capabilities", "unsent", "unsent", "unsent");
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.effects.length, 1);
});

test("an unsettled run becomes available on proof within a day", async () => {
  await using r = await rig({
    jobs: [{ ...HOURLY, schedule: "0 0 11 * * *", graceMs: MINUTE }],
    ...withAbilities({ lookup: true }),
  });
  r.provider.script("create", "lost_reply");
  await r.clock.advance(HOUR - 1);
  r.provider.script("lookup", ...Array(40).fill("unsent"));
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(await r.story(), ["failed(unsettled)"]);
  await r.clock.advance(40 * HOUR);
  assert.deepEqual((await r.runs())[0]!.status, "failed", "looked for a day at most, while look-ups failed");
  assert.ok(r.provider.calls("lookup").length < 60);
});

test("an unsettled run found by the hourly look is available with its id", async () => {
  await using r = await rig({
    jobs: [{ ...HOURLY, schedule: "0 0 11 * * *", graceMs: MINUTE }],
    ...withAbilities({ lookup: true }),
  });
  r.provider.script("create", "lost_reply");
  await r.clock.advance(HOUR - 1);
  r.provider.script("lookup", ...Array(13).fill("unsent"));
  await r.clock.advance(2 * HOUR);
  const [run] = await r.runs();
  assert.equal(run!.status, "available");
  assert.equal(run!.id, "p-1");
  assert.equal(r.told("run.found").length, 1);
});
