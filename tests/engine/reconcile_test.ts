// Comparing what is on record with what the provider lists: what is gone is noticed, and a doubt deletes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../src/domain/job.ts";
import { policy, type Rig, rig } from "../support/engine_rig.ts";
import { FakeProvider } from "../support/fake_provider.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVERY = 15 * MINUTE;

const listed: Partial<Job> = { reconcileMs: EVERY, retention: policy("minutely=1000") };

/** A backup a minute at a provider that lists; looks come after 10, 25, 40 minutes. */
async function lived(minutes: number, fields: Partial<Job> = {}): Promise<Rig> {
  const r = await rig({
    jobs: [{ ...listed, ...fields }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", capabilities: { list: true } })],
  });
  await r.clock.advance(minutes * MINUTE);
  return r;
}

const latched = async (r: Rig) => (await r.store.latched("db")).map(({ guard }) => guard);
const available = async (r: Rig) => (await r.runs("available")).map(({ id }) => id);

test("a backup that the provider has no more is marked missing, counts no more, and stops deletions", async () => {
  await using r = await lived(22, {
    retention: policy("minutely=25"),
    guard: { maxPercent: 100, policyChangeHoldMs: 0 },
  });
  r.provider.forget("p-7", "p-9");
  await r.clock.advance(EVERY);
  const missing = await r.runs("missing");
  assert.deepEqual(missing.map(({ id }) => id), ["p-7", "p-9"]);
  assert.deepEqual(await latched(r), ["not_found"]);
  assert.match(
    (await r.store.latched("db"))[0]!.message,
    /does not have .*'p-[79]'.* any more: marked as missing/,
  );
  assert.equal(r.told("run.missing").length, 2);
  await r.clock.advance(EVERY);
  assert.deepEqual(
    r.provider.calls("delete"),
    [],
    "there are more than are kept, and none goes unasked",
  );
  assert.equal(r.told("retention.guarded").length, 1, "it is said once");
  const { digest, election } = await r.engine.retention("db")!.plan();
  assert.ok(election.victims.length > 0);
  assert.equal(await r.engine.retention("db")!.approve(digest, "boss"), true);
  await r.engine.retention("db")!.pass();
  assert.ok(r.provider.calls("delete").length > 0);
});

test("a list that lacks more than the guard allows marks nothing, until an operator has seen it", async () => {
  await using r = await lived(22);
  const all = await available(r);
  r.provider.forget(...all.slice(0, 15) as string[]);
  await r.clock.advance(EVERY);
  assert.deepEqual(await r.runs("missing"), []);
  assert.deepEqual(await latched(r), ["not_found"]);
  assert.match(
    (await r.store.latched("db"))[0]!.message,
    /seems to look at another storage, its list lacks 15 of \d+/,
  );
  await r.clock.advance(EVERY);
  assert.deepEqual(await r.runs("missing"), [], "nobody has said anything");
  const { digest } = await r.engine.retention("db")!.plan();
  await r.engine.retention("db")!.approve(digest, "boss");
  await r.clock.advance(EVERY);
  assert.equal((await r.runs("missing")).length, 15, "an approval says that they are really gone");
});

test("an empty list marks nothing and stops deletions, also where there are few", async () => {
  await using r = await lived(1, { schedule: "0 1 * * * *" });
  r.provider.forget(...await available(r) as string[]);
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual(await r.runs("missing"), []);
  assert.deepEqual(await latched(r), ["not_found"]);
  assert.match((await r.store.latched("db"))[0]!.message, /its list is empty, and 1 backups should be in it/);
});

test("a list that is not whole passes for no loss", async () => {
  await using r = await lived(22);
  const whole = r.provider.list.bind(r.provider);
  r.provider.list = async () => (await whole()).slice(-2);
  await r.clock.advance(EVERY);
  assert.deepEqual(await r.runs("missing"), []);
  assert.deepEqual(await latched(r), []);
  assert.match(
    r.told("provider.odd")[0]!.message,
    /The list of provider 'p' lacks \d+ backups .* has 10 when asked/,
  );
});

test("a list that cannot be read leaves a sample to be asked for, and tells of it", async () => {
  await using r = await lived(22);
  r.provider.script("list", "malformed");
  await r.clock.advance(EVERY);
  assert.deepEqual([await latched(r), await r.runs("missing")], [[], []]);
  assert.match(
    r.told("provider.odd")[0]!.message,
    /Cannot compare .* only 10 of them were asked for one by one/,
  );
  r.provider.script("list", "malformed");
  r.provider.forget(...await available(r) as string[]);
  await r.clock.advance(EVERY);
  assert.deepEqual([await latched(r), await r.runs("missing")], [["not_found"], []]);
});

test("a provider that is down is asked again each hour, and after a whole round nothing is deleted unseen", async () => {
  await using r = await lived(12, { schedule: "0 1 10 * * *", reconcileMs: 2 * HOUR });
  r.provider.down();
  await r.clock.advance(3 * HOUR + 10 * MINUTE);
  assert.deepEqual(await latched(r), []);
  assert.equal(r.told("retention.error").length, 2);
  await r.clock.advance(2 * HOUR);
  assert.deepEqual(await latched(r), ["failed_check"]);
  assert.equal(r.told("retention.guarded").length, 1);
  assert.deepEqual(await r.runs("missing"), []);
});

test("a missing backup that is listed again and proves itself counts again", async () => {
  await using r = await lived(22);
  r.provider.forget("p-7");
  await r.clock.advance(EVERY);
  assert.equal((await r.runs("missing")).length, 1);
  r.provider.remember("p-7");
  await r.clock.advance(EVERY);
  assert.deepEqual(await r.runs("missing"), []);
  assert.ok((await available(r)).includes("p-7"));
  assert.match(r.told("run.found")[0]!.message, /which was missing, is at its provider again/);
});

test("one list serves all jobs of a provider, and none is asked for where nobody wants it", async () => {
  await using r = await rig({
    jobs: [{ ...listed }, { ...listed, name: "other" }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", capabilities: { list: true } })],
  });
  await r.clock.advance(12 * MINUTE);
  assert.equal(r.provider.calls("list").length, 1);
  await r.engine.reload(r.declare([{ ...listed, reconcileMs: null }]));
  await r.clock.advance(2 * EVERY);
  assert.equal(r.provider.calls("list").length, 1);
});

test("a provider without a list is left alone", async () => {
  await using r = await rig({ jobs: [listed] });
  await r.clock.advance(2 * EVERY);
  assert.deepEqual([r.provider.calls("list"), await latched(r)], [[], []]);
});
