// What a restart makes of what it finds half done.
// Also tests context.ts and follow.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const hourly = { schedule: "0 0 * * * *" };
const provider = (extra: object = {}) => ({
  providers: (clock: ConstructorParameters<typeof FakeProvider>[0]["clock"]) => [
    new FakeProvider({ clock, key: "p", durationMs: 10 * MINUTE, ...extra }),
  ],
});

test("recover() goes on polling a running backup", async () => {
  await using r = await rig({ jobs: [hourly], ...provider() });
  await r.clock.advance(HOUR + MINUTE);
  await r.crash();
  await r.clock.advance(20 * MINUTE);
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.calls("create").length, 1);
});

test("recover() settles a crash in mid-POST by the key: one effect", async () => {
  await using r = await rig({
    jobs: [hourly],
    ...provider({ capabilities: { idempotency: true, lookup: true } }),
  });
  r.provider.script("create", { does: "ok", afterMs: 30_000 });
  await r.clock.advance(HOUR + 10_000);
  assert.deepEqual(await r.story(), ["sending"]);
  await r.crash();
  await r.boot();
  await r.clock.advance(15 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(r.provider.effects.length, 1);
});

test("recover() waits well before it repeats a POST at a plain provider", async () => {
  await using r = await rig({ jobs: [hourly], ...provider() });
  r.provider.script("create", { does: "hang", forMs: 30_000 });
  await r.clock.advance(HOUR + 10_000);
  await r.crash();
  await r.boot();
  await r.clock.advance(100_000);
  assert.equal(r.provider.calls("create").length, 1);
  await r.clock.advance(15 * MINUTE);
  assert.equal(r.provider.calls("create").length, 2);
  assert.notEqual((await r.runs())[0]!.maybeDuplicateAt, null);
});

test("recover() sends an intent that was never sent, if no later slot came", async () => {
  await using r = await rig({ jobs: [{ ...hourly, jitterMs: 5 * MINUTE }] });
  await r.clock.advance(HOUR);
  assert.deepEqual(await r.story(), ["intent"]);
  await r.crash();
  await r.boot();
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
});

test("recover() expires an intent that a later slot has superseded", async () => {
  await using r = await rig({ jobs: [{ ...hourly, jitterMs: 5 * MINUTE }] });
  await r.clock.advance(HOUR);
  await r.crash();
  await r.clock.advance(2 * HOUR);
  await r.boot();
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual(await r.story(), ["expired(superseded)", "skipped(missed)", "available"]);
  assert.equal(r.provider.calls("create").length, 1);
});

test("recover() goes on with a start in line for whose sake later slots were skipped: nothing else stands for them", async () => {
  await using r = await rig({
    jobs: [{ name: "first", schedule: "0 1 * * * *" }, {}],
    providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: 10 * MINUTE })],
  });
  await r.clock.advance(4 * MINUTE + 10_000);
  const skipped = Array(3).fill("skipped(still_running)");
  assert.deepEqual(await r.story(), ["intent", ...skipped]);
  await r.crash();
  await r.boot();
  await r.clock.advance(5_000);
  assert.deepEqual(await r.story(), [...skipped, "sending"]);
  assert.deepEqual(r.provider.calls("create").map(({ job }) => job), ["first", "db"]);
});

test("recover() drops no start that is still tried for a later slot that would not be run", async () => {
  await using r = await rig({ jobs: [{ ...hourly, graceMs: 4 * HOUR, missedRuns: "skip" }] });
  r.provider.script("create", ...Array(1_000).fill("unsent"));
  await r.clock.advance(HOUR + 30 * MINUTE);
  assert.deepEqual(await r.story(), ["intent(retry)"]);
  await r.crash();
  await r.clock.advance(HOUR);
  r.provider.unscript();
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["available", "skipped(still_running)"]);
});

test("recover() takes deletions back that were never sent, and takes sent ones up again", async () => {
  await using r = await rig({
    jobs: [{ retention: policy("minutely=1"), guard: { maxPercent: 100, policyChangeHoldMs: 0 } }],
  });
  r.provider.script("get", { does: "hang", forMs: 20_000 });
  await r.clock.advance(2 * MINUTE + 1_000);
  assert.deepEqual(await r.story(), ["deleting", "available"], "waiting for the check before the DELETE");
  await r.crash();
  await r.boot();
  assert.deepEqual(await r.story(), ["available", "available"]);
  assert.equal(r.told("delete.withdrawn").length, 1);

  r.provider.script("delete", { does: "hang", forMs: 30_000, effect: true });
  await r.clock.advance(70_000);
  const sent = (await r.runs("deleting")).find((run) => run.deleteSentAt !== null);
  assert.ok(sent !== undefined);
  assert.equal(sent.message, null);
  await r.crash();
  await r.boot();
  const { message, deleteNotBefore } = (await r.store.run(sent.runId))!;
  assert.match(message!, /ended before it heard an answer: whether the backup is gone is not known/);
  assert.deepEqual(r.told("delete.retry").map(({ data }) => data?.again_from), [deleteNotBefore]);
  await r.crash();
  await r.boot();
  assert.equal(r.told("delete.retry").length, 1, "it is told of once");
  await r.clock.advance(5 * MINUTE);
  const gone = (await r.store.run(sent.runId))!;
  assert.deepEqual([gone.status, gone.message], ["deleted", null]);
});

test("recover() begins with a look when a cancel was under way", async () => {
  await using r = await rig({ jobs: [{ graceMs: 90_000 }], ...provider() });
  await r.clock.advance(3 * MINUTE - 1);
  r.provider.script("delete", { does: "hang", forMs: 60_000 });
  await r.clock.advance(5_000);
  assert.equal((await r.runs())[0]!.status, "cancelling");
  await r.crash();
  r.provider.finish("p-1");
  const before = r.provider.ledger.length;
  await r.boot();
  await r.clock.advance(1_000);
  assert.equal(r.provider.ledger[before]!.op, "get");
  // The DELETE of before may still be under way: that it is available must last.
  assert.equal((await r.runs())[0]!.status, "cancelling");
  await r.clock.advance(70_000);
  assert.equal((await r.runs())[0]!.status, "available");
  assert.equal(r.provider.effects[0]!.deletedAt, null);
});

test("a run of a provider that config no longer names is lost, not sent elsewhere, and frees its job", async () => {
  await using r = await rig({
    jobs: [hourly],
    providers: (clock) =>
      ["p", "q"].map((key) => new FakeProvider({ clock, key, durationMs: 10 * MINUTE, idPrefix: "x" })),
  });
  await r.clock.advance(HOUR + MINUTE);
  await r.crash();
  r.providers.delete("p");
  const old = r.providers;
  await r.boot([{ ...hourly, providerKey: "q" }]);
  await r.clock.advance(2 * HOUR);
  const story = await r.story();
  assert.ok(story[0] === "running" || story[0] === "lost(unmanaged)", `${story[0]}`);
  assert.equal(old.get("q")!.calls("get").filter((call) => call.at < r.clock.now() - 2 * HOUR).length, 0);
});

test("backups made at another provider are not touched by the job's retention", async () => {
  await using r = await rig({
    jobs: [{ retention: policy("minutely=1"), guard: { maxPercent: 100, policyChangeHoldMs: 0 } }],
    providers: (clock) => ["p", "q"].map((key) => new FakeProvider({ clock, key, idPrefix: "same" })),
  });
  await r.clock.advance(MINUTE + 1_000);
  const first = r.provider.effects[0]!;
  await r.crash();
  await r.boot([{
    retention: policy("minutely=1"),
    providerKey: "q",
    guard: { maxPercent: 100, policyChangeHoldMs: 0 },
  }]);
  await r.clock.advance(10 * MINUTE);
  assert.equal(first.deletedAt, null);
  assert.equal(r.providers.get("q")!.living().length, 1);
  assert.equal((await r.runs("available")).length, 2);
  assert.ok(r.provider.calls("delete").length === 0, "nothing is deleted at the old provider either");
});
