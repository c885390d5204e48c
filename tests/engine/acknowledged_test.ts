// What was acknowledged is in force: after the answer to a pause, a reload or a freeze no DELETE of before begins.
// Also tests calls.ts and sends.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LongWork } from "../../src/engine/context/long_work.ts";
import type { Job } from "../../src/domain/job.ts";
import { queueCalls } from "../../src/engine/context/calls.ts";
import { createOperations, type OperationsParts } from "../../src/app/operations/operations.ts";
import type { Change } from "../../src/ports/store.ts";
import { FakeProvider } from "../support/fake_provider.ts";
import { policy, type Rig, rig, type RigOptions, START } from "../support/engine_rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Of nine backups, made in nine minutes, it keeps one; each takes a second to look at and delete. */
const slow: RigOptions = {
  providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: 500 })],
};
const keepOne: Partial<Job> = {
  schedule: "0 0 0 1 1 *",
  retention: policy("minutely=1"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
};

/** In the middle of a pass that deletes eight backups: three DELETEs are answered. */
async function amidPass(job: Partial<Job> = {}, options: RigOptions = {}): Promise<Rig> {
  const r = await rig({ ...slow, ...options });
  await r.clock.advance(9 * MINUTE + 5 * SECOND);
  await r.engine.reload(r.declare([{ ...keepOne, ...job }]));
  void r.engine.retention("db")!.pass();
  while (r.provider.calls("delete").length < 3) await r.clock.advance(100);
  return r;
}

/** How many DELETEs begin within `forMs`. */
async function deletesWithin(r: Rig, forMs: number): Promise<number> {
  const before = r.provider.calls("delete").length;
  await r.clock.advance(forMs);
  return r.provider.calls("delete").length - before;
}

/** Answered, however long that takes. */
async function answered<T>(r: Rig, work: Promise<T>): Promise<T> {
  let over = false;
  const done = work.finally(() => over = true);
  done.catch(() => {});
  while (!over) await r.clock.advance(10);
  return await done;
}

const event = { type: "job.paused", level: "warning", at: START, message: "paused" } as const;
const pause = (r: Rig) => answered(r, r.engine.pause(r.engine.job("db")!, null, null, event));
const reload = (r: Rig, job: Partial<Job>) =>
  answered(r, r.engine.reload(r.declare([{ ...keepOne, ...job }])));

test("without an edit the pass goes on", async () => {
  await using r = await amidPass();
  await reload(r, {});
  assert.equal(await deletesWithin(r, MINUTE), 5);
});

test("once 'enabled: false' is taken over, no further DELETE begins, and what was not sent stays", async () => {
  await using r = await amidPass();
  await reload(r, { enabled: false });
  assert.equal(await deletesWithin(r, HOUR), 0);
  assert.deepEqual((await r.runs("deleting")).length, 0);
  assert.equal((await r.runs("available")).length, 6);
  await reload(r, { enabled: true });
  await answered(r, r.engine.retention("db")!.pass());
  assert.equal((await r.runs("available")).length, 1, "once it is enabled again, they go");
});

test("once a pause is answered no further DELETE begins, not by a pass that is asked for either", async () => {
  await using r = await amidPass();
  await pause(r);
  assert.equal(await deletesWithin(r, MINUTE), 0);
  void r.engine.retention("db")!.pass();
  assert.equal(await deletesWithin(r, MINUTE), 0);
  assert.deepEqual(await r.runs("deleting"), []);
  assert.equal(r.told("retention.error").length, 0);
});

test("who asks for a pass of a job that is not in force is told why it deletes nothing", async () => {
  await using r = await amidPass();
  const { engine, store, clock, watch } = r;
  const operations = createOperations(
    { engine, store, clock, watch, work: new LongWork(clock), storeTrouble: () => null } as Partial<
      OperationsParts
    > as OperationsParts,
  );
  const boss = { name: "boss", role: "admin" } as const;
  await answered(r, operations.pause("db", boss, {}));
  const view = await answered(r, operations.runRetention("db", boss, false));
  assert.deepEqual(view!.guards.map(({ guard, message }) => [guard, message]), [
    ["paused", "the job is paused: nothing of it is deleted until it is resumed"],
  ]);
  assert.equal(view!.remove.length, 5);
});

test("so it is with dates: a pass does not go on past the job's end", async () => {
  const to = START + 9 * MINUTE + 11 * SECOND;
  await using r = await amidPass({ to });
  await r.clock.advance(to - r.clock.now());
  assert.ok(await deletesWithin(r, HOUR) <= 1, "the one that was marked just before");
  assert.ok((await r.runs("available")).length > 1);
});

const edits: Record<string, Partial<Job>> = {
  "its pace": { maxDeletesPerPass: 3 },
  "its guard": { guard: { maxPercent: 10, policyChangeHoldMs: 0 } },
  "its schedule": { schedule: "0 0 0 2 1 *" },
  "its policy": { retention: policy("minutely=4") },
};
for (const [what, edit] of Object.entries(edits)) {
  test(`once an edit of ${what} is taken over, the pass of before goes no further`, async () => {
    await using r = await amidPass();
    await reload(r, edit);
    assert.equal(await deletesWithin(r, MINUTE), 0);
    assert.deepEqual(await r.runs("deleting"), []);
  });
}

test("once another server is behind the provider, nothing is sent to the one before", async () => {
  await using r = await amidPass();
  const next = new FakeProvider({ clock: r.clock, key: "p" });
  const declared = r.declare([keepOne]).map((one) => ({ ...one, calls: queueCalls(next, 1, r.clock) }));
  await answered(r, r.engine.reload(declared));
  assert.equal(await deletesWithin(r, MINUTE), 0);
});

test("a DELETE that had no answer is not repeated while the job is paused or disabled", async () => {
  for (const stop of [pause, (r: Rig) => reload(r, { enabled: false })]) {
    await using r = await rig({ jobs: [{}] });
    await r.clock.advance(4 * MINUTE + SECOND);
    await r.engine.reload(r.declare([{ ...keepOne, verifyBeforeDelete: false }]));
    r.provider.script("delete", "lost_request", "lost_request", "lost_request");
    await answered(r, r.engine.retention("db")!.pass());
    // Amid the loop that repeats them.
    while (r.provider.calls("delete").length < 2) await r.clock.advance(SECOND);
    await stop(r);
    assert.equal(await deletesWithin(r, 3 * HOUR), 0);
    assert.ok((await r.runs("deleting")).length > 0, "it is on its way out all the same");
  }
});

test("an answer waits for the DELETE that was marked before it to begin", async () => {
  const ways: Record<string, (r: Rig) => Promise<unknown>> = {
    pause: (r) => r.engine.pause(r.engine.job("db")!, null, null, event),
    disable: (r) => r.engine.reload(r.declare([{ ...keepOne, enabled: false }])),
    freeze: (r) => r.engine.safekeeping.freeze({ reason: "moving", owner: "ops", until: null }, "ops"),
  };
  for (const [name, way] of Object.entries(ways)) {
    let hold: Promise<void> | undefined;
    let marked = () => {};
    await using r = await amidPass({}, {
      ...slow,
      wrap: (store) => ({
        ...store,
        async commit(change: Change) {
          const result = await store.commit(change);
          // It is durable, but the pass has not heard of it yet.
          if (hold !== undefined && change.events?.some(({ type }) => type === "delete.sent")) {
            marked();
            await hold;
          }
          return result;
        },
      }),
    });
    let letGo = () => {};
    hold = new Promise((resolve) => letGo = resolve);
    const isMarked = new Promise<void>((resolve) => marked = resolve);
    let over = false;
    void isMarked.then(() => over = true);
    while (!over) await r.clock.advance(100);
    const before = r.provider.calls("delete").length;
    let answer = false;
    const asked = way(r).then(() => answer = true);
    await r.clock.advance(SECOND);
    assert.equal(answer, false, `${name} is answered while a marked DELETE may still begin`);
    hold = undefined;
    letGo();
    await asked;
    assert.equal(r.provider.calls("delete").length, before + 1, `${name}: it began first`);
    assert.equal(await deletesWithin(r, MINUTE), 0, name);
  }
});
