// What a wrong reading of the clock must not do, through the real engine and store: delete anything, or end a hold, a
// freeze, a pause, an approval or the hold of a former policy.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig, START } from "../../support/engine_rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const keepTwo: Partial<Job> = {
  retention: policy("minutely=2"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
};
/** Makes nothing by itself. */
const idle: Partial<Job> = { ...keepTwo, schedule: "0 0 0 1 1 *" };

const living = (r: Rig) => r.provider.living().map((effect) => effect.id);
const row = async (r: Rig, id: string): Promise<Run> => (await r.store.find(id))[0]!;
const hold = async (r: Rig, id: string, forMs: number) =>
  await r.engine.safekeeping.hold(
    await row(r, id),
    { reason: "audit", owner: "ops", until: r.clock.now() + forMs },
    "ops",
  );

/** A job with four backups, of which its policy keeps two, and `p-1` is held for a while. */
async function heldOne(forMs = HOUR, options: Parameters<typeof rig>[0] = {}): Promise<Rig> {
  const r = await rig(options);
  await r.clock.advance(4 * MINUTE + SECOND);
  await hold(r, "p-1", forMs);
  await r.engine.reload(r.declare([idle]));
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), ["p-1", "p-3", "p-4"]);
  return r;
}

test("a clock that is wrong for less than a minute ends no hold", async () => {
  await using r = await heldOne();
  r.clock.jump(36 * HOUR);
  await r.clock.advance(45 * SECOND);
  assert.equal(r.told("clock.jump").length, 1);
  assert.notEqual((await row(r, "p-1")).holdAt, null, "it is not taken off meanwhile");
  r.clock.jump(-36 * HOUR);
  await r.clock.advance(45 * SECOND);
  await r.engine.trustClock("ops");
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual(living(r), ["p-1", "p-3", "p-4"]);
  await r.clock.advance(HOUR);
  assert.deepEqual(living(r), ["p-3", "p-4"], "by the right time it ends");
});

test("nor does one that nobody has noticed yet: a pass asked for right after the jump deletes nothing", async () => {
  for (const waitMs of [0, 1, 20 * SECOND]) {
    await using r = await heldOne();
    r.clock.jump(36 * HOUR);
    await r.clock.advance(waitMs);
    await r.engine.retention("db")!.pass();
    await r.clock.settle();
    assert.deepEqual(living(r), ["p-1", "p-3", "p-4"]);
    assert.equal(r.provider.calls("delete").length, 1);
    assert.notEqual((await row(r, "p-1")).holdAt, null);
  }
});

test("a jump in the middle of a pass stops it before the next DELETE", async () => {
  let jump = false;
  await using r = await rig({
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        onCall: ({ op, id }) => {
          // The last look before the first victim's DELETE.
          if (jump && op === "get" && id === "p-1") clock.jump(DAY);
          return Promise.resolve();
        },
      }),
    ],
  });
  await r.clock.advance(4 * MINUTE + SECOND);
  jump = true;
  await r.engine.reload(r.declare([idle]));
  const pass = await r.engine.retention("db")!.pass();
  assert.match(pass?.removed?.stopped ?? "", /doubtful clock/);
  assert.equal(r.provider.calls("delete").length, 0);
  assert.deepEqual(await r.runs("deleting"), [], "what was not sent is taken back");
});

test("a freeze does not end by a clock in doubt, nor is anything deleted by hand", async () => {
  await using r = await rig();
  await r.clock.advance(4 * MINUTE + SECOND);
  await r.engine.safekeeping.freeze(
    { reason: "moving", owner: "ops", until: r.clock.now() + HOUR },
    "ops",
  );
  await r.engine.reload(r.declare([idle]));
  r.clock.jump(36 * HOUR);
  await r.clock.advance(2 * MINUTE);
  assert.notEqual((await r.engine.safekeeping.freezeState()).freeze, null);
  assert.equal(await r.engine.safekeeping.delete(await row(r, "p-1"), "boss"), undefined);
  await r.engine.safekeeping.unfreeze("boss");
  assert.equal(await r.engine.safekeeping.delete(await row(r, "p-1"), "boss"), undefined);
  assert.equal(living(r).length, 4);
  r.clock.jump(-36 * HOUR);
  const after = await r.engine.safekeeping.delete(await row(r, "p-1"), "boss");
  assert.equal(after?.status, "deleted");
});

test("a DELETE that was sent before is not repeated in doubt, by hand or not", async () => {
  await using r = await rig({ jobs: [{ ...keepTwo, verifyBeforeDelete: false }] });
  r.provider.script("delete", ...Array.from({ length: 99 }, () => "lost_request" as const));
  await r.clock.advance(3 * MINUTE + SECOND);
  await r.engine.safekeeping.delete(await row(r, "p-2"), "boss");
  await r.engine.reload(r.declare([{ ...idle, verifyBeforeDelete: false }]));
  r.clock.jump(2 * DAY);
  const before = r.provider.calls("delete").length;
  await r.clock.advance(20 * MINUTE);
  assert.equal(r.provider.calls("delete").length, before);
  r.clock.jump(-2 * DAY);
  r.provider.unscript();
  await r.clock.advance(HOUR);
  assert.deepEqual(living(r), ["p-3"]);
});

test("a pause does not end by a clock in doubt", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + SECOND);
  const until = r.clock.now() + HOUR;
  const event = { type: "job.paused", level: "warning", at: r.clock.now(), message: "paused" } as const;
  await r.engine.job("db")!.change({ pausedAt: r.clock.now(), pausedUntil: until }, event);
  r.clock.jump(2 * HOUR);
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual(await r.story(), ["available", "skipped(paused)", ...(await r.story()).slice(2)]);
  assert.ok((await r.story()).slice(1).every((one) => one === "skipped(paused)"));
  assert.notEqual((await r.store.job("db"))!.pausedAt, null);
  r.clock.jump(-2 * HOUR);
  await r.clock.advance(2 * HOUR);
  assert.equal((await r.store.job("db"))!.pausedAt, null);
  assert.equal((await r.story()).at(-1), "available");
});

test("what a former policy kept is kept on through a doubt, also where the edit was made in it", async () => {
  const held = { ...idle, guard: { maxPercent: 100, policyChangeHoldMs: HOUR } };
  for (const jump of [36 * HOUR, -36 * HOUR]) {
    await using r = await rig({ jobs: [{ guard: held.guard }] });
    await r.clock.advance(4 * MINUTE + SECOND);
    r.clock.jump(jump);
    await r.clock.advance(30 * MINUTE);
    const all = living(r).length;
    await r.engine.reload(r.declare([held]));
    await r.clock.advance(10 * MINUTE);
    r.clock.jump(-jump);
    await r.clock.advance(10 * MINUTE);
    await r.engine.retention("db")!.pass();
    assert.equal(living(r).length, all, `${jump}: the edit is twenty minutes old`);
  }
});

test("a crash in doubt forgets nothing: the next process deletes nothing and ends nothing", async () => {
  await using r = await heldOne();
  r.clock.jump(36 * HOUR);
  await r.crash();
  await r.boot([idle]);
  await r.engine.retention("db")!.pass();
  await r.clock.advance(5 * MINUTE);
  assert.equal(r.told("clock.jump").length, 1, "it is noticed although no process saw the jump");
  assert.deepEqual(living(r), ["p-1", "p-3", "p-4"]);
  await r.crash();
  await r.boot([idle]);
  r.clock.jump(-36 * HOUR);
  await r.clock.advance(5 * MINUTE);
  assert.equal((await r.store.job("db"))!.clockUntrustedUntil, null);
  assert.notEqual((await row(r, "p-1")).holdAt, null);
});

test("whoever vouches for the clock ends what is over by it", async () => {
  await using r = await heldOne();
  r.clock.jump(36 * HOUR);
  await r.clock.advance(MINUTE);
  await r.engine.trustClock("ops");
  await r.clock.advance(MINUTE);
  assert.deepEqual(living(r), ["p-3", "p-4"]);
  assert.deepEqual(r.told("clock.trusted").map((event) => event.data?.by), ["ops"]);
});

test("whoever vouches for the clock means what it says then, not a time that it jumps to before that is saved", async () => {
  await using r = await heldOne();
  r.clock.jump(-10 * MINUTE);
  await r.clock.advance(MINUTE);
  // The second has to wait for the first.
  const both = Promise.all([r.engine.trustClock("ops"), r.engine.trustClock("ops")]);
  r.clock.jump(36 * HOUR);
  await both;
  assert.notEqual(r.watch.read().inDoubtUntil, null);
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(living(r), ["p-1", "p-3", "p-4"]);
  assert.notEqual((await r.store.job("db"))!.clockUntrustedUntil, null);
  assert.deepEqual(r.told("clock.trusted"), []);
  await r.engine.trustClock("ops");
  await r.clock.advance(MINUTE);
  assert.deepEqual(living(r), ["p-3", "p-4"]);
});

test("a new time that nobody vouches for is believed after a while, and passes go on by themselves", async () => {
  await using r = await heldOne();
  r.clock.jump(36 * HOUR);
  await r.clock.advance(6 * HOUR - MINUTE);
  assert.equal(living(r).length, 3);
  await r.clock.advance(3 * MINUTE);
  assert.deepEqual(living(r), ["p-3", "p-4"]);
  assert.equal(r.told("clock.trusted").length, 1);
});

test("a machine that sleeps every night goes on thinning out", async () => {
  await using r = await rig({ jobs: [{ ...keepTwo, schedule: "0 0 * * * *" }] });
  for (let day = 0; day < 3; day++) {
    await r.clock.advance(4 * HOUR);
    r.clock.suspend(20 * HOUR);
  }
  await r.clock.advance(HOUR + MINUTE);
  assert.equal(r.told("clock.jump").length, 0);
  assert.equal(living(r).length, 2);
});

test("in doubt a pass stores nothing: neither tags by a wrong time nor a guard that someone has to answer", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  await r.clock.advance(3 * MINUTE + SECOND);
  const stored = async () => {
    const rows = await Promise.all(["p-2", "p-3"].map((id) => row(r, id)));
    return rows.map(({ tags, reasons }) => ({ tags, reasons }));
  };
  const before = await stored();
  r.clock.jump(-400 * DAY);
  await r.engine.retention("db")!.pass();
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(await r.store.latched("db"), []);
  assert.deepEqual(await stored(), before);
});

test("a clock before the build time is told of once, however long it stays so", async () => {
  await using r = await rig({ start: 40 * DAY, builtAt: START });
  await r.clock.advance(2 * HOUR);
  assert.equal(r.told("clock.jump").length, 1);
  assert.ok((await r.store.job("db"))!.clockUntrustedUntil! > START);
  assert.ok((await r.runs("available")).length > 60, "backups go on");
  r.clock.jump(START + DAY - r.clock.now());
  await r.clock.advance(MINUTE);
  assert.equal((await r.store.job("db"))!.clockUntrustedUntil, null);
});
