// The freeze through the real engine and store: no DELETE of any kind is sent after it was acknowledged.
// Also tests safekeeping.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const keepTwo: Partial<Job> = {
  retention: policy("minutely=2"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
  maxDeletesPerPass: 100,
};
const moving = { reason: "moving the storage", owner: "ops", until: null };

const living = (r: Rig) => r.provider.living().map((effect) => effect.id);
const deletes = (r: Rig) => r.provider.calls("delete").length;

test("freeze() stops every deletion of every job while backups go on, also over a crash", async () => {
  await using r = await rig({ jobs: [keepTwo, { ...keepTwo, name: "files" }] });
  await r.clock.advance(MINUTE + 1_000);
  await r.engine.safekeeping.freeze(moving, "ops");
  await r.clock.advance(5 * MINUTE);
  await r.crash();
  await r.boot([keepTwo, { ...keepTwo, name: "files" }]);
  await r.clock.advance(4 * MINUTE);
  assert.equal(deletes(r), 0);
  assert.ok((await r.runs("available")).length >= 9);
  const findings = (await r.engine.retention("db")!.look()).findings;
  assert.deepEqual(findings.map(({ guard, latched }) => [guard, latched]), [["freeze", false]]);
  assert.deepEqual(await r.store.latched(), [], "a freeze leaves no latch behind");

  const after = await r.engine.safekeeping.unfreeze("boss");
  assert.equal(after.freeze, null);
  await r.clock.settle();
  assert.equal((await r.runs("available")).length, 2, "the passes after it do not wait for the next backup");
  assert.deepEqual(r.told("freeze.begun").length, 1);
  assert.deepEqual(r.told("freeze.ended").map((event) => event.data?.by), ["boss"]);
});

test("a freeze ends by itself, in words and in deeds", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  await r.clock.advance(MINUTE + 1_000);
  await r.engine.safekeeping.freeze({ ...moving, until: r.clock.now() + 3 * MINUTE }, "ops");
  await r.clock.advance(2 * MINUTE + 50_000);
  assert.equal(deletes(r), 0);
  await r.clock.advance(MINUTE);
  assert.equal(living(r).length, 2);
  assert.equal(await r.store.freeze(), null);
  assert.match(r.told("freeze.ended")[0]!.message, /has ended at 2026-03-02T10:04:01/);
});

test("freeze() takes unsent deletions back and names what is on the wire", async () => {
  let answer: string[] | undefined;
  await using r = await rig({
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        onCall: async (entry) => {
          if (entry.op !== "delete" || answer !== undefined) return;
          answer = [];
          const { onTheWire } = await r.engine.safekeeping.freeze(moving, "ops");
          answer = onTheWire.map((run) => `${run.id} ${run.status}`);
          assert.deepEqual((await r.runs("deleting")).map((run) => run.id), ["p-1"]);
        },
      }),
    ],
  });
  await r.clock.advance(5 * MINUTE + 1_000);
  await r.engine.reload(r.declare([keepTwo]));
  await r.engine.retention("db")!.pass();
  assert.deepEqual(answer, ["p-1 deleting"]);
  assert.deepEqual(
    living(r),
    ["p-2", "p-3", "p-4", "p-5"],
    "what was on the wire is through, the rest lives",
  );
  assert.equal((await r.runs("available")).length, 4);
  await r.clock.advance(30_000);
  assert.equal(deletes(r), 1);
});

test("no DELETE is sent again while frozen, and the first one after it is", async () => {
  await using r = await rig();
  await r.clock.advance(3 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{ ...keepTwo, schedule: "0 0 0 1 1 *" }]));
  r.provider.script("delete", "lost_request");
  await r.engine.retention("db")!.pass();
  await r.engine.safekeeping.freeze(moving, "ops");
  await r.clock.advance(40 * MINUTE);
  assert.equal(deletes(r), 1);
  assert.equal((await r.runs("deleting")).length, 1);
  await r.engine.safekeeping.unfreeze("ops");
  await r.clock.advance(MINUTE);
  assert.equal(deletes(r), 2);
  assert.equal((await r.runs("deleted")).length, 1);
});

test("a freeze forbids cancels: by grace time, by max_duration, and one that a crash cut off", async () => {
  const slow = (clock: ConstructorParameters<typeof FakeProvider>[0]["clock"]) => [
    new FakeProvider({ clock, key: "p", durationMs: 20 * MINUTE }),
  ];
  for (const job of [{ graceMs: 90_000 }, { schedule: "0 0 * * * *", maxDurationMs: 5 * MINUTE }]) {
    await using r = await rig({ jobs: [job], providers: slow, start: Date.parse("2026-03-02T09:59:30Z") });
    await r.clock.advance(MINUTE);
    await r.engine.safekeeping.freeze(moving, "ops");
    await r.clock.advance(19 * MINUTE);
    assert.equal(deletes(r), 0, JSON.stringify(job));
    await r.clock.advance(2 * MINUTE);
    assert.equal((await r.runs())[0]!.status, "available");
  }
  await using r = await rig({
    jobs: [{ schedule: "0 0 * * * *" }],
    providers: slow,
    start: Date.parse("2026-03-02T09:59:30Z"),
  });
  await r.clock.advance(MINUTE);
  const [run] = await r.runs();
  await r.engine.safekeeping.freeze(moving, "ops");
  await r.crash();
  await r.boot();
  await r.store.commit({
    job: "db",
    conditions: [{ condition: "status", runId: run!.runId, in: ["running"] }],
    writes: [{ write: "run", runId: run!.runId, set: { status: "cancelling" } }],
  });
  await r.crash();
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.equal(deletes(r), 0);
  assert.equal((await r.runs())[0]!.status, "running");
});

test("a deletion by hand obeys the freeze", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE + 1_000);
  await r.engine.safekeeping.freeze(moving, "ops");
  assert.equal(await r.engine.safekeeping.delete((await r.runs())[0]!, "boss"), undefined);
  assert.equal(deletes(r), 0);
});

test("an approval does not override a freeze", async () => {
  await using r = await rig();
  await r.clock.advance(10 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{ ...keepTwo, guard: { maxPercent: 50, policyChangeHoldMs: 0 } }]));
  await r.engine.retention("db")!.pass();
  await r.engine.safekeeping.freeze(moving, "ops");
  const { digest } = await r.engine.retention("db")!.look();
  assert.equal(await r.engine.retention("db")!.approve(digest, "boss"), true);
  await r.engine.retention("db")!.pass();
  assert.equal(deletes(r), 0);
});

test("a freeze that comes between the look and the DELETE of a pass, or of its repetition, stops it", async () => {
  for (const repeated of [false, true]) {
    let frozen = false;
    await using r = await rig({
      providers: (clock) => [
        new FakeProvider({
          clock,
          key: "p",
          onCall: async (entry) => {
            const deletes = r.provider.calls("delete").length;
            if (frozen || entry.op !== "get" || entry.id !== "p-1" || deletes !== (repeated ? 1 : 0)) return;
            frozen = true;
            // Nothing is taken back here: what is left is the guard of the commit that marks it as sent.
            await r.store.commit({
              job: "",
              writes: [{ write: "freeze", freeze: { ...moving, at: r.clock.now() } }],
            });
          },
        }),
      ],
    });
    await r.clock.advance(3 * MINUTE + 1_000);
    await r.engine.reload(r.declare([{ ...keepTwo, schedule: "0 0 0 1 1 *" }]));
    if (repeated) r.provider.script("delete", "lost_request");
    await r.engine.retention("db")!.pass();
    await r.clock.advance(10 * MINUTE);
    assert.equal(frozen, true);
    assert.equal(deletes(r), repeated ? 1 : 0);
    assert.ok(living(r).includes("p-1"));
  }
});
