// Suspects through the real engine and store. A night is two minutes here: nothing depends on its length.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newRun } from "../../../src/domain/backup.ts";
import { StoreError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import { isSuspect } from "../../../src/domain/suspicion.ts";
import { FakeProvider, type FakeProviderOptions } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { inWords } from "../../support/reason_words.ts";

const MINUTE = 60_000;
const NIGHT = 2 * MINUTE;
const free = { guard: { maxPercent: 100, policyChangeHoldMs: 0 } };
const nightly: Partial<Job> = { schedule: "0 1/2 * * * *", retention: policy("minutely=7"), ...free };
const byHandOnly = "0 0 12 31 12 *";
const learned = { minSizeMb: null, minPercent: 20 };
const byHand = { minSizeMb: 100, minPercent: 0 };

function nights(jobs: Partial<Job> = {}, provider: Partial<FakeProviderOptions> = {}): Promise<Rig> {
  return rig({
    jobs: [{ ...nightly, ...jobs }],
    providers: (
      clock,
    ) => [new FakeProvider({ clock, key: "p", sizeMb: 500, durationMs: 10_000, ...provider })],
  });
}

/** Plays one night for each size. */
async function play(r: Rig, ...sizes: number[]): Promise<void> {
  r.provider.plan(...sizes.map((sizeMb) => ({ sizeMb })));
  await r.clock.advance(sizes.length * NIGHT);
}

const living = (r: Rig) => r.provider.living().map((effect) => effect.id);
const suspects = async (r: Rig) => (await r.runs("available")).filter(isSuspect).map((run) => run.id);
const decide = async (r: Rig, verdict: "accept" | "reject", id: string) => {
  const answer = await r.engine.safekeeping.decideSuspect((await r.store.find(id))[0]!, verdict, "ops");
  await r.clock.advance(1000);
  return answer;
};
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `p-${from + at}`);

for (const [how, suspicion] of [["learned", learned], ["min_size", byHand]] as const) {
  test(`an unmounted disk: thirty nights of empty backups evict nothing (${how})`, async () => {
    await using r = await nights({ suspicion });
    await play(r, ...Array(12).fill(500));
    assert.deepEqual(living(r), numbered(6, 12));
    await play(r, ...Array(30).fill(0));
    assert.deepEqual(living(r), numbered(6, 42), "every good backup and every empty one is still there");
    assert.deepEqual(await suspects(r), numbered(13, 42));
    const look = await r.engine.retention("db")!.look();
    assert.deepEqual(look.findings.map((finding) => finding.guard), ["newest_suspect"]);
    assert.match(
      look.findings[0]!.message,
      /'p-42' is suspect \((0 B is|it is empty;) .*: nothing is deleted; look at it .* accept p-42' or/,
    );
    const told = r.told("run.suspect");
    assert.equal(told.length, 30);
    assert.equal(told[0]!.level, "warning");
    assert.match(
      told[0]!.message,
      /Backup 'p-13' of job 'db' is suspect: (0 B is|it is empty;) .*'schelly backups accept p-13'/,
    );

    // The disk is back: deletion goes on, and the empty ones still count for nothing.
    await play(r, 500);
    assert.deepEqual(living(r), [...numbered(7, 42), "p-43"]);
  });
}

test("sizes that shrink slowly are not suspect, and neither are backups without a size", async () => {
  await using r = await nights();
  await play(r, ...Array.from({ length: 60 }, (_, night) => 1000 * 0.93 ** night));
  assert.equal(r.told("run.suspect").length, 0);
  assert.equal(living(r).length, 7);
  await using unsized = await nights({ suspicion: byHand }, { sizeMb: undefined });
  await unsized.clock.advance(5 * NIGHT);
  assert.equal(unsized.told("run.suspect").length, 0);
});

test("the second backup ever is empty: it replaces nothing, and one accept makes empty ones usual", async () => {
  for (const minPercent of [20, 0]) {
    await using r = await nights({
      retention: policy("minutely=1"),
      suspicion: { minSizeMb: null, minPercent },
    });
    await play(r, 500, 0);
    assert.deepEqual([living(r), await suspects(r)], [["p-1", "p-2"], ["p-2"]]);
    assert.match(
      r.told("run.suspect")[0]!.message,
      /'p-2' of job 'db' is suspect: it is empty; it counts/,
    );
    await play(r, 500);
    assert.deepEqual(living(r), ["p-2", "p-3"], "the good one after it replaces the good one before");
    assert.equal((await decide(r, "accept", "p-2")).outcome, "done");
    await play(r, 0);
    assert.deepEqual(await suspects(r), ["p-4"], "it was full again since");
  }
});

test("the first backup ever is empty: it is suspect, and the ones after it, until one is accepted", async () => {
  await using r = await nights({ retention: policy("minutely=1") });
  await play(r, 0, 0);
  assert.deepEqual([living(r), await suspects(r)], [["p-1", "p-2"], ["p-1", "p-2"]]);
  assert.equal((await decide(r, "accept", "p-2")).outcome, "done");
  await play(r, 0);
  assert.deepEqual(await suspects(r), ["p-1"]);
});

test("with min_percent 0 nothing is learned", async () => {
  await using r = await nights({ suspicion: { minSizeMb: null, minPercent: 0 } });
  await play(r, 500, 500, 500, 500, 1);
  assert.equal(r.told("run.suspect").length, 0);
});

test("sizes are learned from backups that retention has deleted, too", async () => {
  await using r = await nights({ retention: policy("minutely=1") });
  await play(r, 500, 500, 500, 0);
  assert.deepEqual(await suspects(r), ["p-4"]);
});

test("one accept after a true shrink teaches the new size, and the accepted takes its place at once", async () => {
  await using r = await nights();
  await play(r, ...Array(12).fill(500), 50);
  assert.deepEqual([living(r), await suspects(r)], [numbered(6, 13), ["p-13"]]);
  assert.equal((await decide(r, "accept", "p-13")).outcome, "done");
  await r.clock.advance(1000);
  assert.deepEqual(living(r), numbered(7, 13));
  const accepted = (await r.store.find("p-13"))[0]!;
  assert.deepEqual(inWords(accepted.reasons), ["minutely 1 of 7 (2026-03-02 10:25)", "newest"]);
  await play(r, 50, 48, 9);
  assert.deepEqual(await suspects(r), ["p-16"], "the bound is that of the new size");
  assert.deepEqual(living(r), numbered(9, 16));
});

test("a rejected backup goes with the next pass, under its checks, and counts for nothing before", async () => {
  await using r = await nights();
  await play(r, ...Array(8).fill(500), 0);
  assert.equal((await decide(r, "reject", "p-9")).outcome, "done");
  await r.clock.advance(1000);
  assert.deepEqual(living(r), numbered(2, 8));
  assert.equal((await r.store.find("p-9"))[0]!.status, "deleted");
  assert.ok(r.provider.calls("get").some((call) => call.id === "p-9"), "it was looked at first");
  assert.deepEqual(r.told("run.rejected").map((event) => event.data?.by), ["ops"]);
});

test("a rejected backup that is held stays until the hold ends", async () => {
  await using r = await nights();
  await play(r, ...Array(8).fill(500), 0);
  const run = (await r.store.find("p-9"))[0]!;
  const until = r.clock.now() + 5 * NIGHT;
  await r.store.commit({
    job: "db",
    writes: [{
      write: "run",
      runId: run.runId,
      set: { holdAt: r.clock.now(), holdUntil: until, holdReason: "look" },
    }],
  });
  await decide(r, "reject", "p-9");
  await play(r, 500);
  assert.deepEqual(inWords((await r.store.find("p-9"))[0]!.reasons), ["rejected", "held"]);
  await play(r, ...Array(6).fill(500));
  assert.equal((await r.store.find("p-9"))[0]!.status, "deleted");
});

test("a job's only backup is not deleted because it is rejected", async () => {
  await using r = await nights({ suspicion: byHand });
  await play(r, 1);
  await decide(r, "reject", "p-1");
  await r.clock.advance(MINUTE);
  assert.deepEqual(living(r), ["p-1"]);
  await play(r, 500);
  assert.deepEqual(living(r), ["p-2"]);
});

test("many rejected at once wait for an approval, like any pass that wants most of the backups", async () => {
  await using r = await nights({
    guard: { maxPercent: 50, policyChangeHoldMs: 0 },
    retentionSchedule: byHandOnly,
  });
  await play(r, ...Array(7).fill(500), ...Array(9).fill(0));
  for (const id of numbered(8, 16)) await decide(r, "reject", id);
  await r.engine.retention("db")!.pass();
  assert.deepEqual((await r.store.latched("db")).map((latched) => latched.guard), ["too_many"]);
  const look = await r.engine.retention("db")!.look();
  assert.match(look.findings[0]!.message, /9 of 16 backups \(56.2 %\)/);
  assert.equal(await r.engine.retention("db")!.approve(look.digest, "ops"), true);
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), numbered(1, 7));
});

test("accept and reject say no to what is not suspect or is gone, and yes again to the same word", async () => {
  await using r = await nights();
  await play(r, 500, 500, 500, 50);
  const no = await decide(r, "accept", "p-1");
  assert.deepEqual(no, {
    outcome: "conflict",
    message: "Backup 'p-1' of job 'db' is not suspect: there is nothing to accept",
  });
  const before = (await r.store.job("db"))!.revision;
  assert.equal((await decide(r, "accept", "p-4")).outcome, "done");
  assert.ok((await r.store.job("db"))!.revision > before);
  const after = (await r.store.job("db"))!.revision;
  assert.equal((await decide(r, "accept", "p-4")).outcome, "done");
  assert.equal((await r.store.job("db"))!.revision, after);
  assert.equal(r.told("run.accepted").length, 1);

  await play(r, 500, 0);
  await decide(r, "reject", "p-6");
  assert.equal((await r.store.find("p-6"))[0]!.status, "deleted");
  const late = await decide(r, "accept", "p-6");
  assert.match(
    late.outcome === "conflict" ? late.message : "",
    /^Backup 'p-6' of job 'db' is 'deleted', its DELETE was sent/,
  );
});

test("a word is taken back as long as the DELETE is not sent", async () => {
  await using r = await nights({ retentionSchedule: byHandOnly });
  await play(r, 500, 500, 500, 0, 0);
  await decide(r, "reject", "p-4");
  await decide(r, "accept", "p-4");
  await decide(r, "accept", "p-5");
  await decide(r, "reject", "p-5");
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r).includes("p-4"), true);
  assert.deepEqual(living(r).includes("p-5"), false);
});

test("an accept while its DELETE is about to be sent takes the intent back", async () => {
  let accepted = false;
  await using r = await nights({ retentionSchedule: byHandOnly }, {
    onCall: async (entry) => {
      if (entry.op !== "get" || entry.id !== "p-4" || accepted) return;
      const run = (await r.store.find("p-4"))[0]!;
      if (run.status !== "deleting") return;
      accepted = true;
      assert.equal((await r.engine.safekeeping.decideSuspect(run, "accept", "ops")).outcome, "done");
    },
  });
  await play(r, 500, 500, 500, 0, 500);
  await decide(r, "reject", "p-4");
  await r.engine.retention("db")!.pass();
  assert.equal(accepted, true);
  assert.deepEqual(living(r), numbered(1, 5));
  assert.deepEqual(await r.runs("deleting"), []);
});

test("an accept that the DELETE overtakes changes nothing, and says so", async () => {
  let overtakes = false;
  await using r = await rig({
    jobs: [{ ...nightly, suspicion: byHand, retentionSchedule: byHandOnly }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", sizeMb: 1 })],
    wrap: (store) => ({
      ...store,
      run: async (runId) => {
        const run = await store.run(runId);
        if (overtakes && run?.status === "deleting" && run.deleteSentAt === null) {
          await store.commit({
            job: "db",
            writes: [{ write: "run", runId, set: { deleteSentAt: r.clock.now() } }],
          });
        }
        return run;
      },
    }),
  });
  await play(r, 1);
  const run = (await r.store.find("p-1"))[0]!;
  await r.store.commit({
    job: "db",
    conditions: [{ condition: "status", runId: run.runId, in: ["available"] }],
    writes: [{ write: "run", runId: run.runId, set: { status: "deleting", rejectedAt: run.suspectAt } }],
  });
  overtakes = true;
  const answer = await r.engine.safekeeping.decideSuspect(run, "accept", "ops");
  assert.match(
    answer.outcome === "conflict" ? answer.message : "",
    /its DELETE was sent at .*: it is too late to accept it/,
  );
  const after = (await r.store.run(run.runId))!;
  assert.deepEqual([after.status, after.acceptedAt], ["deleting", null]);
});

test("what an operator said survives a restart", async () => {
  await using r = await nights({ retentionSchedule: byHandOnly });
  await play(r, 500, 500, 500, 0, 0, 0);
  await decide(r, "accept", "p-4");
  await decide(r, "reject", "p-5");
  await r.crash();
  await r.boot();
  assert.deepEqual(await suspects(r), ["p-6"]);
  const marks = async (id: string) => {
    const run = (await r.store.find(id))[0]!;
    return [run.acceptedAt !== null, run.rejectedAt !== null];
  };
  assert.deepEqual([await marks("p-4"), await marks("p-5")], [[true, false], [false, true]]);
});

test("a word given while the clock is set back counts all the same", async () => {
  await using r = await nights({ retentionSchedule: byHandOnly });
  await play(r, 500, 500, 500, 0);
  r.clock.jump(-20 * NIGHT);
  await decide(r, "accept", "p-4");
  assert.deepEqual(await suspects(r), []);
});

test("a suspect that becomes the newest while a pass deletes stops it before the next DELETE", async () => {
  let sent = 0;
  await using r = await nights({ retentionSchedule: byHandOnly }, {
    onCall: async (entry) => {
      if (entry.op !== "delete" || ++sent !== 2) return;
      const at = r.clock.now();
      const fields = {
        slot: null,
        status: "available",
        providerKey: "p",
        createdAt: at,
        startTime: at,
      } as const;
      const marks = { id: "small", periodTime: at, suspectAt: at, suspectReason: "0 MB" };
      const run = newRun({ runId: "small", job: "db", trigger: "manual", ...fields, ...marks });
      await r.store.commit({ job: "db", writes: [{ write: "insert", run }] });
    },
  });
  await play(r, ...Array(12).fill(500));
  await r.engine.retention("db")!.pass();
  assert.equal(sent, 2);
  assert.deepEqual(living(r), numbered(3, 12));
  assert.deepEqual(await r.runs("deleting"), [], "the other intents went back");
});

test("judgeSize() judges every way into available: the answer to a start, a lookup, a poll after a restart", async () => {
  const small = { suspicion: byHand };
  await using instant = await nights(small, { durationMs: 0 });
  await play(instant, 1);
  assert.deepEqual(await suspects(instant), ["p-1"]);

  await using looked = await nights(small, { durationMs: 0, capabilities: { lookup: true } });
  looked.provider.script("create", "lost_reply");
  await play(looked, 1);
  assert.deepEqual(await suspects(looked), ["p-1"]);

  await using restarted = await nights(small, { durationMs: MINUTE / 2 });
  restarted.provider.plan({ sizeMb: 1 });
  await restarted.clock.advance(MINUTE + 5_000);
  await restarted.crash();
  await restarted.boot();
  assert.equal((await restarted.runs("running")).length, 1);
  await restarted.clock.advance(MINUTE / 2);
  assert.deepEqual(await suspects(restarted), ["p-1"]);
});

test("judgeSize() judges a backup that was given up and is found by a probe", async () => {
  await using r = await nights({ suspicion: byHand, schedule: "0 0 12 31 12 *" });
  r.provider.plan({ sizeMb: 1 });
  await r.engine.job("db")!.trigger("ops", null);
  r.provider.forget("p-1");
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await r.story(), ["lost(not_found)"]);
  r.provider.remember("p-1");
  await r.clock.advance(70 * MINUTE);
  assert.deepEqual(await suspects(r), ["p-1"]);
});

test("judgeSize() judges a backup that ended by itself while it was to be cancelled", async () => {
  await using r = await nights({ suspicion: byHand, schedule: "0 0 12 31 12 *" }, { durationMs: 5 * MINUTE });
  r.provider.plan({ sizeMb: 1 });
  await r.engine.job("db")!.trigger("ops", null);
  const run = (await r.runs("running"))[0]!;
  r.provider.finish("p-1");
  assert.equal(r.engine.job("db")!.requestCancel(run.runId, "by hand"), true);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await suspects(r), ["p-1"]);
});

test("importBackups() marks what is under min_size, and learns nothing from the order of a list", async () => {
  await using r = await nights(
    { suspicion: { minSizeMb: 100, minPercent: 20 }, schedule: "0 0 12 31 12 *" },
    {
      capabilities: { list: true },
    },
  );
  for (const [at, sizeMb] of [900, 900, 900, 101, 99].entries()) {
    r.provider.seed({ id: `old-${at}`, sizeMb, startedAt: r.clock.now() - (9 - at) * MINUTE });
  }
  await r.engine.importBackups(r.engine.job("db")!, { by: "ops", dryRun: false });
  assert.deepEqual(await suspects(r), ["old-4"]);
  assert.deepEqual(r.told("run.suspect").map((event) => event.data?.id), ["old-4"]);
});

test("a start whose earlier sizes cannot be read for a while loses neither its id nor the suspicion", async () => {
  let failures = 2;
  await using r = await rig({
    jobs: [{ ...nightly, suspicion: byHand }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", sizeMb: 1 })],
    wrap: (store) => ({
      ...store,
      pastSizes: (...args) =>
        failures-- > 0
          ? Promise.reject(new StoreError("failed", "Cannot read: the disk is slow"))
          : store.pastSizes(...args),
    }),
  });
  await r.clock.advance(NIGHT);
  assert.equal(r.provider.calls("create").length, 1);
  assert.deepEqual(await suspects(r), ["p-1"]);
});
