// Starts, looks and ids of doubtful fate, in the orders of events that once misled the engine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import type { Change, RunStore } from "../../../src/ports/store.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { FakeProvider, type FakeProviderOptions } from "../../support/fake_provider.ts";
import { policy, rig, START } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const hourly = { schedule: "0 0 * * * *" };
const provider = (options: Partial<FakeProviderOptions>) => ({
  providers: (clock: FakeProviderOptions["clock"]) => [new FakeProvider({ clock, key: "p", ...options })],
});

/** A store that does with some commits what a test wants. */
function storeThat(commit: (change: Change, really: () => ReturnType<RunStore["commit"]>) => unknown) {
  return {
    wrap: (store: OpenStore): RunStore => ({
      ...store,
      commit: async (change) =>
        await commit(change, () => store.commit(change)) as Awaited<ReturnType<RunStore["commit"]>>,
    }),
  };
}

test("an id that came twice is looked up once more and given up, even where the provider echoes our run", async () => {
  await using r = await rig({
    jobs: [hourly],
    ...provider({ capabilities: { list: true } }),
  });
  r.provider.plan({ id: "same" }, { id: "same" });
  await r.clock.advance(2 * HOUR + MINUTE);
  assert.deepEqual(await r.story(), ["available", "failed(unsettled)"]);
  assert.equal(r.told("run.unknown").length, 1);
  assert.deepEqual((await r.store.latched("db")).map(({ guard }) => guard), ["duplicate_id"]);
});

test("a backup whose deletion the provider has accepted is not called available while it goes", async () => {
  await using r = await rig({
    jobs: [{ maxDurationMs: MINUTE, schedule: "0 0 * * * *" }],
    ...provider({ durationMs: 62_000, deleteMs: 20_000 }),
  });
  await r.clock.advance(HOUR + 2 * MINUTE);
  assert.deepEqual(await r.story(), ["cancelled(max_duration)"]);
});

test("a restart in the middle of a cancel does not call available what is being deleted", async () => {
  await using r = await rig({
    jobs: [{ maxDurationMs: MINUTE, schedule: "0 0 * * * *" }],
    ...provider({ durationMs: 63_000, deleteMs: 20_000 }),
  });
  await r.clock.advance(HOUR + 62_000);
  assert.equal((await r.runs())[0]!.status, "cancelling");
  await r.crash();
  await r.clock.advance(2_000);
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["cancelled(max_duration)"]);
});

test("a look-up asked for while the POST may still land proves nothing, however late its answer", async () => {
  await using r = await rig({
    jobs: [{ ...hourly, createTimeoutMs: 10_000 }],
    ...provider({ capabilities: { lookup: true } }),
  });
  r.provider.script("create", { does: "late", effectAfterMs: 9_000 });
  r.provider.script("lookup", { does: "ok", afterMs: 8_000 });
  await r.clock.advance(HOUR + MINUTE);
  assert.equal(r.provider.effects.length, 1);
  assert.deepEqual(await r.story(), ["available"]);
});

test("POSTs of unknown fate are spaced from when they were sent, not from when they began to wait", async () => {
  await using r = await rig({
    jobs: [{ name: "a", ...hourly }, { name: "b", ...hourly }],
    ...provider({}),
  });
  r.provider.script("create", { does: "ok", afterMs: 50_000 }, "lost_reply");
  await r.clock.advance(HOUR + 10 * MINUTE);
  const [first, second] = r.provider.calls("create").filter((call) => call.job === "b");
  assert.ok(second!.at - first!.at >= 2 * MINUTE, `${second!.at - first!.at} ms apart`);
});

test("a start found after a restart past its deadline is dropped, not sent days late", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 11 * * 1", jitterMs: 10 * MINUTE }] });
  await r.clock.advance(HOUR + 1_000);
  assert.deepEqual(await r.story(), ["intent"]);
  await r.crash();
  r.clock.suspend(3 * 24 * HOUR);
  await r.boot();
  await r.clock.advance(HOUR);
  assert.deepEqual(await r.story(), ["expired(too_late)"]);
  assert.equal(r.provider.effects.length, 0);
});

test("max_duration counts from the POST that was taken, not from the first one that was refused for now", async () => {
  await using r = await rig({
    jobs: [{ ...hourly, maxDurationMs: 2 * MINUTE }],
    ...provider({ durationMs: 90_000 }),
  });
  r.provider.script("create", ...Array.from({ length: 20 }, () => "unsent" as const));
  await r.clock.advance(HOUR + 5 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
});

test("slots that come due while an edited schedule is saved are decided, too", async () => {
  let slow = false;
  let saving = () => {};
  const isSaving = new Promise<void>((resolve) => saving = resolve);
  await using r = await rig({
    jobs: [{ schedule: "*/10 * * * * *" }],
    ...storeThat(async (change, really) => {
      if (slow && change.writes.some((write) => write.write === "insert")) {
        slow = false;
        saving();
        await r.clock.sleep(25_000);
      }
      return await really();
    }),
  });
  await r.crash();
  r.clock.jump(35_000);
  slow = true;
  const booted = r.boot([{ schedule: "5 * * * * *" }]);
  await isSaving;
  await r.clock.advance(25_000);
  await booted;
  await r.clock.advance(MINUTE);
  const decided = new Set<number>();
  for (const run of await r.runs()) {
    for (let slot = run.slot!; slot <= (run.slotUntil ?? run.slot!); slot += 5_000) decided.add(slot);
  }
  const changed = r.told("job.schedule_changed")[0]!;
  assert.ok(decided.has(START + 10_000));
  assert.ok(changed !== undefined);
  assert.ok((await r.store.job("db"))!.cursor >= START + 35_000);
  assert.ok(decided.has(START + 65_000), "the first slot of the new schedule after what the old one decided");
});

test("an edited schedule whose commit lost its answer is in force, and the old one is not", async () => {
  let lose = false;
  await using r = await rig({
    ...storeThat(async (change, really) => {
      const result = await really();
      if (!lose || !change.events?.some(({ type }) => type === "job.schedule_changed")) return result;
      lose = false;
      throw new StoreError("unknown", "the answer was lost");
    }),
  });
  lose = true;
  await r.engine.reload(r.declare([{ schedule: "0 0 * * * *" }]));
  await r.clock.advance(HOUR + MINUTE);
  assert.deepEqual((await r.runs()).map((run) => run.slot), [START + HOUR]);
});

test("an edited schedule that could not be saved is taken over by the next reload", async () => {
  let fail = false;
  await using r = await rig({
    ...storeThat((change, really) => {
      if (!fail || !change.events?.some(({ type }) => type === "job.schedule_changed")) return really();
      fail = false;
      throw new StoreError("not_writable", "the disk is full");
    }),
  });
  fail = true;
  await assert.rejects(r.engine.reload(r.declare([{ schedule: "0 0 * * * *" }])), StoreError);
  await r.engine.reload(r.declare([{ schedule: "0 0 * * * *" }]));
  assert.equal((await r.store.job("db"))!.schedule, "0 0 * * * *");
});

test("an edited policy that nobody heard was saved, and that is taken back, is not in force", async () => {
  let lose = false;
  let unreadable = false;
  await using r = await rig({
    wrap: (store) => ({
      ...store,
      async commit(change) {
        const result = await store.commit(change);
        if (!lose || !change.events?.some(({ type }) => type === "job.policy_changed")) return result;
        [lose, unreadable] = [false, true];
        throw new StoreError("unknown", "the answer was lost");
      },
      job(name) {
        if (!unreadable) return store.job(name);
        unreadable = false;
        return Promise.reject(new StoreError("failed", "it cannot be read"));
      },
    }),
  });
  const before = (await r.store.job("db"))!.policy;
  lose = true;
  await assert.rejects(r.engine.reload(r.declare([{ retention: policy("minutely=9") }])), StoreError);
  assert.notEqual((await r.store.job("db"))!.policy, before);
  await r.engine.reload(r.declare([{}]));
  assert.equal((await r.store.job("db"))!.policy, before);
});
