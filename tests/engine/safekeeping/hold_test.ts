// A hold through the real engine and store: what it stops, when it ends, and what it cannot stop any more.
// Also tests safekeeping.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { Change } from "../../../src/ports/store.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { inWords } from "../../support/reason_words.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const keepTwo: Partial<Job> = {
  retention: policy("minutely=2"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
};
const audit = { reason: "audit", owner: "finance", until: null };

const living = (r: Rig) => r.provider.living().map((effect) => effect.id);
const row = async (r: Rig, id: string): Promise<Run> => (await r.store.find(id))[0]!;
const hold = async (
  r: Rig,
  id: string,
  wanted: { reason: string; owner: string; until: number | null } = audit,
) => await r.engine.safekeeping.hold(await row(r, id), wanted, "ops");

test("a held backup outlives its policy, also over a restart, until it is released", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  await r.clock.advance(2 * MINUTE + 1_000);
  const answer = await hold(r, "p-1");
  assert.equal(answer.outcome === "done" && answer.run.holdReason, "audit");
  await r.clock.advance(2 * MINUTE);
  await r.crash();
  await r.boot([keepTwo]);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(living(r), ["p-1", "p-5", "p-6"]);
  assert.ok(inWords((await row(r, "p-1")).reasons).includes("held"));
  assert.deepEqual(await r.store.held(), [{ job: "db", count: 1 }]);

  await r.engine.safekeeping.release(await row(r, "p-1"), "boss");
  await r.clock.settle();
  assert.deepEqual(living(r), ["p-5", "p-6"], "the pass after the release does not wait for the next backup");
  assert.deepEqual(r.told("run.held").map((event) => event.data?.owner), ["finance"]);
  assert.deepEqual(r.told("run.released").map((event) => event.data?.by), ["boss"]);
});

test("a hold ends by itself: the backup goes in the next pass, and nobody has to touch it", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  await r.clock.advance(2 * MINUTE + 1_000);
  await hold(r, "p-1", { ...audit, until: r.clock.now() + 90_000 });
  await r.engine.reload(r.declare([{ ...keepTwo, schedule: "0 0 0 1 1 *", maxDeletesPerPass: 1 }]));
  await r.clock.advance(89_000);
  assert.deepEqual(living(r), ["p-1", "p-2"]);
  await hold(r, "p-2", { ...audit, reason: "more" });
  await r.engine.reload(
    r.declare([{ ...keepTwo, retention: policy("minutely=1"), schedule: "0 0 0 1 1 *" }]),
  );
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(living(r), ["p-2"], "housekeeping looks again when a hold has ended");
  assert.equal((await row(r, "p-1")).holdAt, null);
  assert.equal(r.told("run.released").at(-1)!.level, "info");
});

test("a hold takes back a deletion that was not sent yet; one that was sent is refused", async () => {
  const answers: string[] = [];
  await using r = await rig({
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        onCall: async (entry) => {
          // While the first victim is asked about, all are committed as intents and none is sent.
          if (entry.op === "get" && entry.id === "p-1" && answers.length === 0) {
            answers.push(
              (await row(r, "p-2")).status,
              (await hold(r, "p-2")).outcome,
              (await row(r, "p-2")).status,
            );
          }
          if (entry.op === "delete" && entry.id === "p-1") {
            const late = await hold(r, "p-1");
            answers.push(late.outcome === "done" ? "done" : late.message);
          }
        },
      }),
    ],
  });
  await r.clock.advance(4 * MINUTE + 1_000);
  await r.engine.reload(r.declare([keepTwo]));
  await r.engine.retention("db")!.pass();
  assert.deepEqual(answers.slice(0, 3), ["deleting", "done", "available"]);
  assert.match(answers[3]!, /Cannot hold backup 'p-1': a DELETE was sent for it at 2026/);
  assert.deepEqual(living(r), ["p-2", "p-3", "p-4"]);
});

test("a hold that comes while the DELETE waits for the provider's turn stops it", async () => {
  await using r = await rig({ jobs: [{ verifyBeforeDelete: false }, { name: "other" }] });
  await r.clock.advance(3 * MINUTE + 1_000);
  // One call at a time: the start of the other job keeps the provider busy.
  r.provider.script("create", { does: "hang", forMs: 20_000, effect: true });
  const busy = r.engine.job("other")!.trigger("ops", null);
  await r.clock.settle();
  await r.engine.reload(r.declare([{ ...keepTwo, verifyBeforeDelete: false }, { name: "other" }]));
  const pass = r.engine.retention("db")!.pass();
  await r.clock.settle();
  const victim = (await r.runs("deleting"))[0]!;
  assert.equal(victim.deleteSentAt, null, "it is marked as sent when its turn has come, not before");
  assert.equal((await hold(r, victim.id!)).outcome, "done");
  await r.clock.advance(21_000);
  await Promise.all([pass, busy]);
  assert.equal(r.provider.calls("delete").length, 0);
  assert.ok(living(r).includes(victim.id!));
});

test("holding again changes reason, owner and end, and saying the same twice is one event", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 1_000);
  await hold(r, "p-1");
  await hold(r, "p-1");
  assert.equal(r.told("run.held").length, 1);
  const until = r.clock.now() + HOUR;
  await hold(r, "p-1", { reason: "court", owner: "legal", until });
  const { holdReason, holdOwner, holdUntil } = await row(r, "p-1");
  assert.deepEqual([holdReason, holdOwner, holdUntil], ["court", "legal", until]);
  assert.equal(r.told("run.held").length, 2);
});

test("what is gone cannot be held, and what is not held is released without a change", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  await r.clock.advance(4 * MINUTE + 1_000);
  const gone = await hold(r, "p-1");
  assert.equal(
    gone.outcome === "conflict" && gone.message,
    "Cannot hold backup 'p-1': it is deleted, there is nothing to keep",
  );
  const revision = (await r.store.job("db"))!.revision;
  assert.equal((await r.engine.safekeeping.release(await row(r, "p-4"), "ops")).outcome, "done");
  assert.equal((await r.store.job("db"))!.revision, revision);
});

test("a held run is not cancelled after its grace time: the slot is skipped and the backup finishes", async () => {
  await using r = await rig({
    jobs: [{ graceMs: 90_000 }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 5 * MINUTE })],
  });
  await r.clock.advance(MINUTE + 1_000);
  assert.equal((await hold(r, "p-1")).outcome, "done");
  await r.clock.advance(5 * MINUTE + 10_000);
  const [first] = await r.runs();
  assert.deepEqual([first!.status, first!.holdReason], ["available", "audit"]);
  assert.equal(r.provider.calls("delete").length, 0);
});

test("a hold that comes between the decision to cancel and its DELETE stops the DELETE", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 * * * *", maxDurationMs: 5 * MINUTE }],
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        durationMs: HOUR,
        onCall: async (entry) => {
          const run = (await r.runs()).at(-1);
          // The look of a cancel: too late for a hold over the API, but not for a DELETE to be held back.
          if (entry.op !== "get" || run?.status !== "cancelling") return;
          await r.store.commit({
            job: "db",
            writes: [{ write: "run", runId: run.runId, set: { holdAt: r.clock.now(), holdReason: "audit" } }],
          });
        },
      }),
    ],
  });
  await r.clock.advance(70 * MINUTE);
  assert.equal(r.provider.calls("delete").length, 0);
  assert.deepEqual(await r.story(), ["running(not cancelled: it is held (audit))"]);
  assert.match(r.told("run.resumed")[0]!.message, /goes on.*it is held \(audit\)/);
});

test("a deletion by hand obeys a hold", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE + 1_000);
  const before = await row(r, "p-1");
  await hold(r, "p-1");
  assert.equal(await r.engine.safekeeping.delete(before, "boss"), undefined);
  assert.deepEqual(living(r), ["p-1", "p-2"]);
});

test("a hold that loses the race against the DELETE is refused, not pretended", async () => {
  let interfere = false;
  await using r = await rig({
    jobs: [{ schedule: "0 0 0 1 1 *" }],
    wrap: (store) => ({
      ...store,
      async commit(change: Change) {
        if (interfere && change.events?.some((event) => event.type === "run.held")) {
          interfere = false;
          const [victim] = await store.runsInStatus(["deleting"]);
          await store.commit({
            job: "db",
            writes: [{ write: "run", runId: victim!.runId, set: { deleteSentAt: r.clock.now() } }],
          });
        }
        return await store.commit(change);
      },
    }),
  });
  await r.engine.job("db")!.trigger("ops", null);
  await r.clock.settle();
  const run = await row(r, "p-1");
  await r.store.commit({
    job: "db",
    conditions: [{ condition: "status", runId: run.runId, in: ["available"] }],
    writes: [{ write: "run", runId: run.runId, set: { status: "deleting", deleteIntentAt: r.clock.now() } }],
  });
  interfere = true;
  const answer = await hold(r, "p-1");
  assert.match(answer.outcome === "conflict" ? answer.message : answer.outcome, /a DELETE was sent for it/);
  const { status, holdAt } = await row(r, "p-1");
  assert.deepEqual([status, holdAt], ["deleting", null]);
});
