// A retention pass from its election to the answers to its DELETEs.
// Also tests delete_call.ts, election_look.ts, pass.ts, remove.ts, retention_context.ts and verify.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { inWords } from "../../support/reason_words.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const free = { guard: { maxPercent: 100, policyChangeHoldMs: 0 } };
const stern = { guard: { maxPercent: 50, policyChangeHoldMs: 0 } };
const keepTwo: Partial<Job> = { retention: policy("minutely=2"), ...free };

/** Ids the provider really has. */
const living = (r: Rig) => r.provider.living().map((effect) => effect.id);

/** Makes `count` backups without thinning them, then goes on under another declaration. */
async function withBackups(r: Rig, count: number, then: Partial<Job>): Promise<void> {
  await r.clock.advance(count * MINUTE + 1_000);
  await r.engine.reload(r.declare([then]));
}

test("retain() keeps what the policy keeps and deletes the rest at the provider", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  await r.clock.advance(5 * MINUTE + 1_000);
  assert.deepEqual(living(r), ["p-4", "p-5"]);
  assert.deepEqual(await r.story(), ["deleted", "deleted", "deleted", "available", "available"]);
  const newest = (await r.runs("available"))[1]!;
  assert.deepEqual(inWords(newest.reasons).filter((reason) => reason === "newest"), ["newest"]);
  assert.ok(newest.tags.includes("minutely"));
});

test("retain() sends a DELETE only after a committed intent, marked as sent, and a fresh look", async () => {
  const states: string[] = [];
  await using r = await rig({
    jobs: [keepTwo],
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        onCall: async (entry) => {
          if (entry.op !== "delete") return;
          const row = (await r.store.find(entry.id!))[0]!;
          states.push(`${row.status} ${row.deleteIntentAt !== null} ${row.deleteSentAt !== null}`);
        },
      }),
    ],
  });
  await r.clock.advance(4 * MINUTE + 1_000);
  assert.deepEqual(states, ["deleting true true", "deleting true true"]);
  for (const call of r.provider.calls("delete")) {
    const looks = r.provider.ledger.slice(0, r.provider.ledger.indexOf(call)).filter((one) =>
      one.op === "get" && one.id === call.id
    );
    assert.ok(looks.length >= 1);
  }
});

test("retain() stops a pass over max_percent and latches, until exactly that set is approved", async () => {
  await using r = await rig();
  await withBackups(r, 10, { retention: policy("minutely=2"), maxDeletesPerPass: 3, ...stern });
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 10);
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["too_many"]);

  const look = await r.engine.retention("db")!.look();
  assert.equal(look.election.victims.length, 8);
  assert.equal(await r.engine.retention("db")!.approve("0".repeat(32), "ops"), false);
  assert.equal(await r.engine.retention("db")!.approve(look.digest, "ops"), true);
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 7, "the pace holds for an approved set too");
  await r.engine.retention("db")!.pass();
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), ["p-9", "p-10"]);
});

test("a latched guard tells what would go now, not what would have gone when it latched, and stays as old as it is", async () => {
  await using r = await rig();
  await withBackups(r, 10, { retention: policy("minutely=2"), ...stern });
  await r.engine.retention("db")!.pass();
  const [before] = await r.store.latched("db");
  assert.match(before!.message, /^8 of 10 backups \(80 %\) would be deleted at once/);
  await r.clock.advance(2 * MINUTE);
  await r.engine.retention("db")!.pass();
  const [now] = await r.store.latched("db");
  const { victims } = (await r.engine.retention("db")!.look()).election;
  assert.ok(victims.length > 8);
  assert.ok(now!.message.startsWith(`${victims.length} of ${victims.length + 2} backups`), now!.message);
  assert.equal(now!.latchedAt, before!.latchedAt);
  assert.equal(r.told("retention.guarded").length, 1, "it is told once");
  const revision = (await r.store.job("db"))!.revision;
  await r.engine.retention("db")!.pass();
  assert.equal((await r.store.job("db"))!.revision, revision);
  // What was held meanwhile leaves fewer, which is no reason to go on.
  for (const run of (await r.runs("available")).slice(0, 8)) {
    await r.store.commit({
      job: "db",
      writes: [{ write: "run", runId: run.runId, set: { holdAt: 1, holdReason: "mine" } }],
    });
  }
  await r.engine.retention("db")!.pass();
  assert.match(
    (await r.store.latched("db"))[0]!.message,
    / would be deleted now, fewer than when this stopped: look /,
  );
});

test("an approval lapses after a day", async () => {
  await using r = await rig();
  await withBackups(r, 10, {
    retention: policy("minutely=2"),
    schedule: "0 0 0 1 1 *",
    pollIntervalMs: 5_000,
  });
  await r.engine.retention("db")!.pass();
  const look = await r.engine.retention("db")!.look();
  await r.engine.retention("db")!.approve(look.digest, "ops");
  await r.clock.advance(25 * HOUR);
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 10);
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["too_many"]);
});

test("a backup the provider does not know any more is missing, never deleted, and three stop everything", async () => {
  await using r = await rig();
  await withBackups(r, 10, { ...keepTwo, maxDeletesPerPass: 10 });
  r.provider.forget("p-1", "p-2", "p-3");
  await r.engine.retention("db")!.pass();
  assert.equal((await r.runs("missing")).length, 3);
  assert.equal((await r.runs("deleted")).length, 0);
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["not_found"]);
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 7);
});

test("the newest kept backup must prove itself before anything is deleted", async () => {
  await using r = await rig();
  await withBackups(r, 6, keepTwo);
  r.provider.forget("p-6");
  await r.engine.retention("db")!.pass();
  assert.equal(r.provider.calls("delete").length, 0);
  assert.equal((await r.runs("missing")).map((run) => run.id).join(), "p-6");
  assert.equal((await r.runs("deleting")).length, 0, "unsent intents go back");
});

test("whoever vouches for what was just made is asked anew before anything is deleted", async () => {
  await using r = await rig({
    providers: (clock) => [new FakeProvider({ clock, key: "p", vouchesMs: Infinity })],
  });
  await withBackups(r, 6, keepTwo);
  r.provider.forget("p-6", "p-5", "p-4", "p-3", "p-2");
  for (let pass = 0; pass < 6; pass++) await r.engine.retention("db")!.pass();
  assert.equal(r.provider.calls("delete").length, 0);
  assert.deepEqual(living(r), ["p-1"], "the only one that is there");
  assert.equal((await r.runs("missing")).map((run) => run.id).join(), "p-4,p-5,p-6");
});

test("in a pass that takes long the newest backup must prove itself again", async () => {
  let deletions = 0;
  await using r = await rig({
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        onCall: async ({ op }) => {
          if (op !== "delete") return;
          await r.clock.sleep(40_000);
          if (++deletions === 1) r.provider.forget("p-9");
        },
      }),
    ],
  });
  await withBackups(r, 9, { ...keepTwo, schedule: "0 0 0 1 1 *" });
  const pass = r.engine.retention("db")!.pass();
  await r.clock.advance(10 * MINUTE);
  await pass;
  assert.equal((await r.runs("missing")).map((run) => run.id).join(), "p-9");
  assert.deepEqual(living(r), ["p-3", "p-4", "p-5", "p-6", "p-7", "p-8"]);
});

test("nothing is deleted on the word of a backup that was itself deleted by hand meanwhile", async () => {
  let deletion: Promise<unknown> | undefined;
  await using r = await rig({
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        onCall: async ({ op, id }) => {
          if (op !== "get") return;
          const newest = (await r.runs("available")).find((run) => run.id === "p-6");
          if (id === "p-6" && newest !== undefined) deletion ??= r.engine.safekeeping.delete(newest, "ops");
          // By then its DELETE waits for the end of this look.
          for (let reads = 0; id === "p-1" && reads < 20; reads++) await r.runs();
        },
      }),
    ],
  });
  await withBackups(r, 6, { ...keepTwo, schedule: "0 0 0 1 1 *" });
  await r.engine.retention("db")!.pass();
  await r.engine.retention("db")!.pass();
  await deletion;
  const asked = r.provider.ledger.map(({ op, id }) => `${op} ${id}`);
  const looks = asked.slice(asked.indexOf("delete p-6"), asked.indexOf("delete p-1"));
  assert.ok(looks.includes("get p-5"), `another one has proved itself: ${looks}`);
});

for (const verdict of ["rejected", "suspect"] as const) {
  test(`nothing is deleted on the word of a backup that was found ${verdict} after it had proved itself`, async () => {
    let isJudged = false;
    await using r = await rig({
      providers: (clock) => [
        new FakeProvider({
          clock,
          key: "p",
          onCall: async ({ op, id }) => {
            // The look at a victim: the one that stays has proved itself by then.
            if (op !== "get" || id !== "p-1" || isJudged) return;
            isJudged = true;
            const newest = (await r.runs("available")).find((run) => run.id === "p-6")!;
            const set = verdict === "rejected"
              ? { rejectedAt: r.clock.now() }
              : { suspectAt: r.clock.now(), suspectReason: "damaged" };
            await r.store.commit({
              job: "db",
              writes: [{ write: "run", runId: newest.runId, set }],
            });
          },
        }),
      ],
    });
    await withBackups(r, 6, { ...keepTwo, schedule: "0 0 0 1 1 *" });
    await r.engine.retention("db")!.pass();
    assert.ok(isJudged);
    assert.deepEqual(r.provider.calls("delete"), []);
  });
}

test("a check that contradicts what is on record latches and takes the intents back", async () => {
  await using r = await rig();
  await withBackups(r, 6, keepTwo);
  r.provider.effects[0]!.dataId = "something else";
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 6);
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["failed_check"]);
  assert.equal((await r.runs("deleting")).length, 0);
});

test("a backup that its provider calls failed is deleted by nobody but an operator by id, and the job says so", async () => {
  await using r = await rig();
  await withBackups(r, 6, keepTwo);
  r.provider.finish("p-1", "failed");
  const retention = r.engine.retention("db")!;
  for (let round = 0; round < 2; round++) {
    await retention.pass();
    const [latched] = await r.store.latched("db");
    assert.equal(latched!.guard, "failed_check");
    assert.match(latched!.message, /says 'failed' of backup 'p-1'.*'schelly backups delete p-1' deletes it$/);
    assert.equal(r.provider.calls("delete").length, 0);
    await retention.approve((await retention.look()).digest, "boss");
  }
  const row = (await r.runs()).find((run) => run.id === "p-1")!;
  assert.equal((await r.engine.safekeeping.delete(row, "boss"))?.status, "deleted");
  await retention.approve((await retention.look()).digest, "boss");
  await retention.pass();
  assert.deepEqual(living(r), ["p-5", "p-6"]);
});

test("another data id contradicts a recorded one that is the id itself, too", async () => {
  await using r = await rig();
  for (let at = 1; at <= 6; at++) r.provider.plan({ dataId: `p-${at}` });
  await withBackups(r, 6, keepTwo);
  assert.equal((await r.runs())[0]!.dataId, "p-1");
  r.provider.effects[0]!.dataId = "other";
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 6);
  const [latched] = await r.store.latched("db");
  assert.equal(latched!.guard, "failed_check");
  assert.match(latched!.message, /gives data id 'other' for backup 'p-1' of job 'db': expected 'p-1'/);
});

test("a new data id beside our run id is the same backup, and retention goes on", async () => {
  await using r = await rig();
  await withBackups(r, 6, keepTwo);
  // As `restic tag` leaves them, the newest too.
  for (const effect of r.provider.effects) effect.dataId = `retagged ${effect.id}`;
  const get = r.provider.get.bind(r.provider);
  r.provider.get = async (id) => {
    const answer = await get(id);
    const run = (await r.runs()).find((one) => one.id === id);
    return answer.found === "yes" ? { ...answer, backup: { ...answer.backup, runId: run!.runId } } : answer;
  };
  await r.engine.retention("db")!.pass();
  assert.deepEqual(await r.store.latched("db"), []);
  assert.deepEqual(living(r), ["p-5", "p-6"]);
  assert.equal((await r.runs()).find((run) => run.id === "p-6")!.dataId, "retagged p-6");
});

test("a new data id that is another backup's latches, though our run id stands beside it", async () => {
  await using r = await rig();
  await withBackups(r, 6, keepTwo);
  const runId = (await r.runs()).find((run) => run.id === "p-1")!.runId;
  const get = r.provider.get.bind(r.provider);
  const other = (await r.runs()).find((run) => run.id === "p-6")!.dataId!;
  r.provider.get = async (id) => {
    const answer = await get(id);
    if (answer.found !== "yes" || id !== "p-1") return answer;
    return { ...answer, backup: { ...answer.backup, runId, dataId: other } };
  };
  await r.engine.retention("db")!.pass();
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["failed_check"]);
  assert.equal(living(r).length, 6);
});

test("a provider that is down ends the pass without a latch, and the next pass goes on", async () => {
  await using r = await rig();
  await withBackups(r, 6, keepTwo);
  r.provider.down("unsent");
  await r.engine.retention("db")!.pass();
  assert.deepEqual(await r.store.latched("db"), []);
  r.provider.up();
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), ["p-5", "p-6"]);
});

test("a DELETE of unknown fate stays deleting, is tried again with a look first, and ends deleted", async () => {
  await using r = await rig();
  await withBackups(r, 3, { ...keepTwo, schedule: "0 0 0 1 1 *" });
  r.provider.script("delete", "lost_reply");
  await r.engine.retention("db")!.pass();
  assert.equal((await r.runs("deleting")).length, 1);
  await r.clock.advance(3 * MINUTE);
  assert.equal((await r.runs("deleted")).length, 1);
  assert.equal(r.provider.calls("delete").length, 1, "the look showed that it is gone");
});

test("a refused DELETE is delete-error at once and is tried again a day later", async () => {
  await using r = await rig();
  await withBackups(r, 3, { ...keepTwo, schedule: "0 0 0 1 1 *" });
  r.provider.script("delete", "refused");
  await r.engine.retention("db")!.pass();
  assert.equal((await r.runs("delete-error")).length, 1);
  await r.clock.advance(20 * HOUR);
  assert.equal(r.provider.calls("delete").length, 1);
  await r.clock.advance(8 * HOUR);
  assert.equal((await r.runs("deleted")).length, 1);
});

test("a DELETE is sent again only after the newest backup has proved itself anew, and while one stays at all", async () => {
  await using r = await rig();
  await withBackups(r, 3, { ...keepTwo, schedule: "0 0 0 1 1 *" });
  r.provider.script("delete", "refused");
  await r.engine.retention("db")!.pass();
  assert.equal((await r.runs("delete-error")).length, 1);
  // What is to stay goes on its own: first the newest, then the other.
  r.provider.forget("p-3");
  await r.clock.advance(28 * HOUR);
  assert.deepEqual([r.provider.calls("delete").length, (await r.runs("missing")).map(({ id }) => id)], [1, [
    "p-3",
  ]]);
  assert.match((await r.runs("delete-error"))[0]!.message!, /the newest backup did not prove itself/);
  r.provider.forget("p-2");
  await r.clock.advance(56 * HOUR);
  assert.deepEqual(
    [r.provider.calls("delete").length, living(r)],
    [1, ["p-1"]],
    "the last one is not asked to go",
  );
  assert.equal((await r.runs("delete-error"))[0]!.message, "no other backup of the job is there");
  r.provider.remember("p-3");
  await r.engine.job("db")!.trigger("ann", null);
  await r.clock.advance(28 * HOUR);
  assert.equal((await r.runs("deleted")).length, 1);
});

test("three refusals in a row end the pass and take the rest back", async () => {
  await using r = await rig();
  await withBackups(r, 10, { ...keepTwo, schedule: "0 0 0 1 1 *" });
  r.provider.script("delete", "refused", "refused", "refused");
  await r.engine.retention("db")!.pass();
  assert.equal((await r.runs("delete-error")).length, 3);
  assert.equal((await r.runs("available")).length, 7);
});

test("a DELETE answered 202 is deleted only once the provider has let go", async () => {
  await using r = await rig({
    providers: (clock) => [new FakeProvider({ clock, key: "p", deleteMs: 90_000 })],
  });
  await withBackups(r, 3, { ...keepTwo, schedule: "0 0 0 1 1 *" });
  await r.engine.retention("db")!.pass();
  assert.equal((await r.runs("deleting")).length, 1);
  await r.clock.advance(10 * MINUTE);
  assert.equal((await r.runs("deleted")).length, 1);
});

test("a victim whose data another backup uses is kept, and says with which", async () => {
  await using r = await rig();
  r.provider.plan({ dataId: "same" }, {}, {}, { dataId: "same" });
  await withBackups(r, 4, keepTwo);
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), ["p-1", "p-3", "p-4"]);
  const first = (await r.runs("available"))[0]!;
  assert.deepEqual(inWords(first.reasons), ["shares data with p-4"]);
});

test("verify_before_delete: false sends no look", async () => {
  await using r = await rig({ jobs: [{ ...keepTwo, verifyBeforeDelete: false }] });
  await r.clock.advance(4 * MINUTE + 1_000);
  assert.deepEqual(living(r), ["p-3", "p-4"]);
  assert.equal(r.provider.calls("get").length, 0);
});

test("failed and cancelled runs count for nothing and are never deleted by retention", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  r.provider.plan({ ends: "failed", durationMs: 0 }, {}, { ends: "failed", durationMs: 0 }, {}, {});
  await r.clock.advance(5 * MINUTE + 1_000);
  assert.deepEqual(await r.story(), [
    "failed(provider)",
    "deleted",
    "failed(provider)",
    "available",
    "available",
  ]);
  assert.deepEqual(r.provider.calls("delete").map((call) => call.id), ["p-2"]);
});

test("no pass while the job is disabled or paused", async () => {
  await using r = await rig();
  await withBackups(r, 5, { ...keepTwo, enabled: false });
  await r.clock.advance(3 * HOUR);
  assert.equal(living(r).length, 5);
});

test("retention.schedule moves the passes to its own times", async () => {
  await using r = await rig({ jobs: [{ ...keepTwo, retentionSchedule: "30 0/10 * * * *" }] });
  await r.clock.advance(9 * MINUTE);
  assert.equal(living(r).length, 9);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(living(r).length, 3);
});

test("an operator deletes one backup by id, whatever its end; retention is not asked", async () => {
  await using r = await rig();
  await r.clock.advance(3 * MINUTE + 1_000);
  const [first] = await r.runs();
  const after = await r.engine.safekeeping.delete(first!, "ops");
  assert.equal(after!.status, "deleted");
  assert.deepEqual(living(r), ["p-2", "p-3"]);
});

test("after every pass at least the newest available backup is there, with any policy", async () => {
  for (const text of ["secondly=1", "yearly=1@1", "daily=0@3,yearly=1"]) {
    await using r = await rig({ jobs: [{ retention: policy(text), ...free }] });
    for (let minute = 0; minute < 6; minute++) {
      await r.clock.advance(MINUTE);
      const last = r.provider.effects.at(-1);
      if (last !== undefined) assert.ok(living(r).includes(last.id), `${text}: ${last.id} lives`);
    }
  }
});

test("backups from the future stop deletions until approved, and then do not stop them again", async () => {
  await using r = await rig();
  await r.clock.advance(4 * MINUTE + 1_000);
  r.clock.jump(30 * 24 * HOUR);
  await r.engine.trustClock("ops");
  await r.clock.advance(2 * MINUTE);
  r.clock.jump(-30 * 24 * HOUR);
  await r.clock.advance(90 * MINUTE);
  await r.engine.trustClock("ops");
  await r.engine.reload(r.declare([keepTwo]));
  await r.engine.retention("db")!.pass();
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["from_the_future"]);
  const before = living(r).length;
  const look = await r.engine.retention("db")!.look();
  assert.equal(await r.engine.retention("db")!.approve(look.digest, "ops"), true);
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual(await r.store.latched("db"), []);
  assert.ok(living(r).length < before);
  const future = (await r.runs("available")).filter((run) => run.periodTime! > r.clock.now() + HOUR);
  assert.ok(future.length >= 1, "those from the future are kept");
});

test("what the policy before an edit kept is kept on for policy_change_hold", async () => {
  const guard = { maxPercent: 100, policyChangeHoldMs: HOUR };
  const before = { retention: policy("minutely=5"), guard };
  const after = { retention: policy("minutely=2"), guard };
  await using r = await rig({ jobs: [before] });
  await r.clock.advance(8 * MINUTE + 1_000);
  assert.equal(living(r).length, 5);
  await r.engine.reload(r.declare([after]));
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 5);
  const reasons = inWords((await r.runs("available"))[0]!.reasons);
  assert.match(reasons.join(), /kept by the policy before the edit, until 2026-03-02T11:08:01/);
  await r.crash();
  await r.boot([after]);
  await r.clock.advance(50 * MINUTE);
  assert.equal(
    living(r).length,
    5,
    "the hold outlives a restart, and new backups take the place of older ones",
  );
  await r.clock.advance(15 * MINUTE);
  assert.equal(living(r).length, 2);
});

test("an edit that shrinks keep_within is an edit of the policy, and what it kept is kept on for the hold", async () => {
  const guard = { maxPercent: 100, policyChangeHoldMs: HOUR };
  await using r = await rig({ jobs: [{ retention: policy("keep_within=5m"), guard }] });
  await r.clock.advance(8 * MINUTE + 1_000);
  assert.equal(living(r).length, 5);
  await r.engine.reload(r.declare([{ retention: policy("keep_within=2m"), guard }]));
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 5);
  await r.clock.advance(50 * MINUTE);
  assert.equal(living(r).length, 5);
  await r.clock.advance(15 * MINUTE);
  assert.equal(living(r).length, 2);
});

test("an edit that is taken back within the hold has deleted nothing", async () => {
  const guard = { maxPercent: 100, policyChangeHoldMs: HOUR };
  await using r = await rig({ jobs: [{ retention: policy("hourly=1,minutely=6"), guard }] });
  await r.clock.advance(6 * MINUTE + 1_000);
  const all = living(r);
  await r.engine.reload(r.declare([{ retention: policy("yearly=1"), guard, schedule: "0 0 0 1 1 *" }]));
  await r.engine.retention("db")!.pass();
  await r.engine.reload(
    r.declare([{ retention: policy("hourly=1,minutely=6"), guard, schedule: "0 0 0 1 1 *" }]),
  );
  await r.clock.advance(2 * HOUR);
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), all);
});

test("renamed_from takes the backups along, and their retention goes on", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  await r.clock.advance(3 * MINUTE + 1_000);
  await r.crash();
  await r.boot([{ ...keepTwo, name: "postgres", renamedFrom: "db" }]);
  await r.clock.advance(2 * MINUTE);
  assert.equal((await r.runs("available", "postgres")).length, 2);
  assert.deepEqual(living(r), ["p-4", "p-5"]);
  assert.equal(await r.store.job("db"), undefined);
});

test("min_keep keeps so many newest whatever the levels say", async () => {
  await using r = await rig({ jobs: [{ retention: policy("hourly=1,min_keep=3"), ...free }] });
  await r.clock.advance(6 * MINUTE + 1_000);
  assert.deepEqual(living(r), ["p-4", "p-5", "p-6"]);
});

test("keep_last and keep_within alone keep the newest ones, and both what either keeps", async () => {
  const kept = async (text: string) => {
    await using r = await rig({ jobs: [{ retention: policy(text), ...free }] });
    await r.clock.advance(7 * MINUTE + 1_000);
    return living(r);
  };
  assert.deepEqual(await kept("keep_last=2"), ["p-6", "p-7"]);
  assert.deepEqual(await kept("keep_within=4m"), ["p-4", "p-5", "p-6", "p-7"]);
  assert.deepEqual(await kept("keep_within=2m,keep_last=3"), ["p-5", "p-6", "p-7"]);
});

test("keep_within lets nothing go while no new backup comes", async () => {
  await using r = await rig({ jobs: [{ retention: policy("keep_within=3m"), ...free }] });
  await r.clock.advance(5 * MINUTE + 1_000);
  assert.deepEqual(living(r), ["p-3", "p-4", "p-5"]);
  await r.engine.reload(
    r.declare([{ retention: policy("keep_within=3m"), ...free, schedule: "0 0 0 1 1 *" }]),
  );
  await r.clock.advance(9 * HOUR);
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), ["p-3", "p-4", "p-5"]);
});

test("min_age keeps what is younger, until it is old enough", async () => {
  await using r = await rig({ jobs: [{ retention: policy("hourly=1,min_age=5m"), ...free }] });
  await r.clock.advance(9 * MINUTE + 1_000);
  assert.deepEqual(living(r), ["p-5", "p-6", "p-7", "p-8", "p-9"]);
});

test("keep_oldest keeps the oldest while a level has room", async () => {
  await using r = await rig({ jobs: [{ retention: policy("hourly=2,keep_oldest=true"), ...free }] });
  await r.clock.advance(4 * MINUTE + 1_000);
  assert.deepEqual(living(r), ["p-1", "p-4"]);
});

test("an approval is for the guards that were shown: one that latches later makes it another set", async () => {
  await using r = await rig();
  await withBackups(r, 10, { retention: policy("minutely=2"), ...stern, schedule: "0 0 0 1 1 *" });
  const queue = r.engine.retention("db")!;
  const before = await queue.look();
  await queue.pass();
  assert.equal((await queue.look()).digest, before.digest, "latching what was found already changes nothing");
  const guard = { job: "db", guard: "duplicate_id", latchedAt: r.clock.now(), message: "an id came twice" };
  await r.store.commit({ job: "db", writes: [{ write: "latch", guard }] });
  assert.equal(await queue.approve(before.digest, "ops"), false);
  await queue.pass();
  assert.equal(living(r).length, 10);
  assert.equal(await queue.approve((await queue.look()).digest, "ops"), true);
  assert.deepEqual(await r.store.latched("db"), []);
});

test("backups that stopped passes left behind are judged with all others", async () => {
  await using r = await rig({ jobs: [{ ...keepTwo, ...stern }] });
  await r.clock.advance(3 * MINUTE + 1_000);
  r.provider.script("get", ...Array(40).fill("unsent"));
  await r.clock.advance(8 * MINUTE);
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["too_many"]);
  assert.equal(r.provider.calls("delete").length, 1);
});
