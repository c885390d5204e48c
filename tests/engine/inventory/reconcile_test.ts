// Comparing what is on record with what the provider lists: what is gone is noticed, and a doubt deletes nothing.
// Also tests reconcile_turns.ts and retention_queue.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import { ProviderError, StoreError } from "../../../src/domain/errors.ts";
import type { RunStore } from "../../../src/ports/store.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { policy, type Rig, rig, type RigOptions } from "../../support/engine_rig.ts";
import { FakeProvider } from "../../support/fake_provider.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVERY = 15 * MINUTE;

const listed: Partial<Job> = { reconcileMs: EVERY, retention: policy("minutely=1000") };

/** A backup a minute at a provider that lists; looks come after 10, 25, 40 minutes. */
async function lived(
  minutes: number,
  fields: Partial<Job> = {},
  parts: Partial<RigOptions> = {},
): Promise<Rig> {
  const r = await rig({
    ...parts,
    jobs: [{ ...listed, ...fields }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", capabilities: { list: true } })],
  });
  await r.clock.advance(minutes * MINUTE);
  return r;
}

/** Lets no list of the provider be read until what it answers is called. */
function unreadable({ provider }: Rig): () => void {
  const { list } = provider;
  provider.list = () =>
    Promise.reject(new ProviderError("malformed", "Cannot list the backups at 'p': the answer is not JSON"));
  return () => void (provider.list = list);
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
  const { digest, election } = await r.engine.retention("db")!.look();
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
  const { digest } = await r.engine.retention("db")!.look();
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

test("an empty list is never taken at its word, also where every backup is there", async () => {
  await using r = await lived(22);
  r.provider.list = () => Promise.resolve([]);
  await r.clock.advance(EVERY);
  assert.deepEqual([await latched(r), await r.runs("missing")], [["not_found"], []]);
  assert.match(
    (await r.store.latched("db"))[0]!.message,
    /its list is empty, and \d+ backups should be in it/,
  );
  const { digest } = await r.engine.retention("db")!.look();
  await r.engine.retention("db")!.approve(digest, "boss");
  await r.clock.advance(2 * EVERY);
  assert.deepEqual(
    [await latched(r), await r.runs("missing")],
    [[], []],
    "it was answered, and is asked no more",
  );
});

test("a list that lacks many marks not even those of them that a GET does not find", async () => {
  await using r = await lived(42);
  const all = await available(r) as string[];
  const whole = r.provider.list.bind(r.provider);
  r.provider.list = async () => (await whole()).slice(-2);
  r.provider.forget(...all.slice(0, 2 * all.length / 3));
  await r.clock.advance(EVERY);
  assert.deepEqual([await latched(r), await r.runs("missing")], [["not_found"], []]);
});

/** A store that cannot save the next guard. */
function guardless(): { parts: Partial<RigOptions>; failed: () => boolean } {
  let failed = false;
  const wrap = (store: OpenStore): RunStore => ({
    ...store,
    commit(change) {
      if (failed || !change.writes.some(({ write }) => write === "latch")) return store.commit(change);
      failed = true;
      return Promise.reject(new StoreError("not_writable", "the disk is full"));
    },
  });
  return { parts: { wrap }, failed: () => failed };
}

test("a guard that could not be saved is tripped by the next look, and passes for no operator's word", async () => {
  const { parts, failed } = guardless();
  await using r = await lived(22, { guard: { maxPercent: 20, policyChangeHoldMs: 0 } }, parts);
  r.provider.forget(...(await available(r)).slice(0, 12) as string[]);
  await r.clock.advance(EVERY);
  assert.ok(failed());
  assert.deepEqual(await latched(r), []);
  await r.clock.advance(EVERY);
  assert.deepEqual(await latched(r), ["not_found"]);
  assert.deepEqual(await r.runs("missing"), []);
});

test("a list that cannot be read stops deletions also when that could not be saved at first", async () => {
  const { parts, failed } = guardless();
  await using r = await lived(22, {}, parts);
  unreadable(r);
  await r.clock.advance(EVERY);
  assert.ok(failed());
  assert.deepEqual(await latched(r), []);
  await r.clock.advance(EVERY);
  assert.deepEqual(await latched(r), ["unread_list"]);
});

test("a list that cannot be read marks nothing and stops deletions until it is read again", async () => {
  await using r = await lived(22, { reconcileMs: 2 * EVERY });
  const mend = unreadable(r);
  r.provider.forget("p-3");
  await r.clock.advance(2 * EVERY);
  assert.deepEqual(await r.runs("missing"), []);
  const unread = async () => (await r.store.latched("db")).find(({ guard }) => guard === "unread_list");
  assert.match(
    (await unread())!.message,
    /cannot be compared .* the answer is not JSON.*: none is marked .* nothing is deleted before the list is read/,
  );
  await r.clock.advance(2 * EVERY);
  const said = r.told("retention.guarded").filter(({ data }) => data?.guard === "unread_list");
  assert.equal(said.length, 1, "it is said once");
  r.provider.remember("p-3");
  mend();
  await r.clock.advance(2 * EVERY);
  assert.equal(await unread(), undefined);
  assert.match(r.told("retention.guard_cleared")[0]!.message, /list of provider 'p' is read again/);
});

test("a list is read again soon once the provider has answered something else well, also after a restart", async () => {
  for (const restarts of [false, true]) {
    await using r = await lived(12, { schedule: "0 0 * * * *", reconcileMs: 24 * HOUR });
    await r.clock.advance(24 * HOUR - 20 * MINUTE);
    const mend = unreadable(r);
    await r.clock.advance(HOUR - 10 * MINUTE);
    assert.deepEqual(await latched(r), ["unread_list"]);
    // Nothing is to be read more often for that: it is not asked as long as nothing else is answered.
    const { length } = r.provider.calls("list");
    await r.clock.advance(10 * MINUTE);
    assert.equal(r.provider.calls("list").length, length);
    mend();
    if (restarts) {
      await r.crash();
      await r.boot();
    } else await r.clock.advance(10 * MINUTE);
    await r.clock.advance(2 * MINUTE);
    assert.deepEqual(await latched(r), [], String(restarts));
  }
});

test("a state that went back in time is compared at once, its youngest backups too: it may claim what went since", async () => {
  await using r = await lived(22, { reconcileMs: 24 * HOUR });
  const guard = {
    job: "db",
    guard: "restored_store",
    message: "it looks restored",
    latchedAt: r.clock.now(),
  };
  await r.store.commit({ job: "db", writes: [{ write: "latch", guard }] });
  // The newest ended a minute before.
  const [newest] = (await r.runs("available")).slice(-1);
  r.provider.forget("p-7", newest!.id!);
  await r.crash();
  await r.boot();
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual((await r.runs("missing")).map(({ id }) => id), ["p-7", newest!.id]);
  assert.deepEqual(r.provider.calls("delete"), []);
});

test("a list that stays unreadable while all else is answered is asked for ever less often", async () => {
  await using r = await lived(20, { schedule: "0 */10 * * * *", reconcileMs: 6 * HOUR });
  unreadable(r);
  await r.clock.advance(6 * HOUR);
  const { length } = r.provider.calls("get");
  let asked = 0;
  const { list } = r.provider;
  r.provider.list = () => (asked++, list());
  await r.clock.advance(12 * HOUR);
  assert.ok(asked > 10 && asked < 20, `${asked} times`);
  assert.ok(r.provider.calls("get").length > length);
});

test("a list that stays unreadable stops deletions no more once an operator has seen it", async () => {
  await using r = await lived(22, {
    retention: policy("minutely=2"),
    guard: { maxPercent: 100, policyChangeHoldMs: 0 },
  });
  unreadable(r);
  await r.clock.advance(EVERY);
  const before = r.provider.calls("delete").length;
  assert.deepEqual(await latched(r), ["unread_list"]);
  await r.clock.advance(EVERY);
  assert.equal(r.provider.calls("delete").length, before);
  const { digest } = await r.engine.retention("db")!.look();
  await r.engine.retention("db")!.approve(digest, "boss");
  await r.clock.advance(EVERY);
  assert.deepEqual(await latched(r), []);
  assert.ok(r.provider.calls("delete").length > before);
});

test("behind a list that cannot be read, ten backups are asked for, and a loss stops deletions", async () => {
  await using r = await lived(22);
  unreadable(r);
  r.provider.forget(...await available(r) as string[]);
  await r.clock.advance(EVERY);
  assert.deepEqual(await r.runs("missing"), []);
  assert.deepEqual((await latched(r)).sort(), ["not_found", "unread_list"]);
});

test("a provider that is down is asked again each hour, and after a whole round nothing is deleted unseen", async () => {
  await using r = await lived(12, { schedule: "0 1 10 * * *", reconcileMs: 2 * HOUR });
  r.provider.down();
  await r.clock.advance(3 * HOUR + 10 * MINUTE);
  assert.deepEqual(await latched(r), ["unread_list"]);
  assert.equal(r.told("retention.error").length, 2);
  await r.clock.advance(2 * HOUR);
  assert.deepEqual((await latched(r)).sort(), ["failed_check", "unread_list"]);
  assert.deepEqual(await r.runs("missing"), []);
  r.provider.up();
  await r.clock.advance(2 * HOUR);
  assert.deepEqual(await latched(r), ["failed_check"], "that one waits for an operator");
});

test("a missing backup that is listed again, and not known by its id, stays missing", async () => {
  await using r = await lived(22);
  const whole = await r.provider.list();
  r.provider.forget("p-7");
  await r.clock.advance(EVERY);
  r.provider.list = () => Promise.resolve(whole);
  await r.clock.advance(EVERY);
  assert.deepEqual((await r.runs("missing")).map(({ id }) => id), ["p-7"]);
});

test("a missing backup counts for nothing: an older one is kept in its place", async () => {
  await using r = await lived(52, {
    schedule: "0 */10 * * * *",
    retention: policy("minutely=4"),
    guard: { maxPercent: 100, policyChangeHoldMs: 0 },
  });
  assert.deepEqual(await available(r), ["p-2", "p-3", "p-4", "p-5"]);
  r.provider.forget("p-3");
  await r.clock.advance(EVERY);
  assert.deepEqual(await available(r), ["p-2", "p-4", "p-5", "p-6"]);
  const { election } = await r.engine.retention("db")!.look();
  assert.deepEqual([election.victims, election.keep.length], [[], 4]);
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
