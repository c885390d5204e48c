// Elections kept up to date between passes: they keep, tag and explain what full ones would.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newRun } from "../../../src/domain/backup.ts";
import { OverBudget } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { Change, RunStore } from "../../../src/ports/store.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { policy, type Rig, rig, type RigOptions } from "../../support/engine_rig.ts";
import { rankingOf } from "../../../src/domain/retention/reasons.ts";
import { inWords } from "../../support/reason_words.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const free: Partial<Job> = { guard: { maxPercent: 100, policyChangeHoldMs: 0 } };
const keepThree: Partial<Job> = { retention: policy("minutely=3"), ...free };

const living = (r: Rig) => r.provider.living().map((effect) => effect.id);

/** What the passes of a rig read and wrote. */
interface Counts {
  full: number;
  columns: number;
  rowsWritten: number;
}

/** A rig that follows every job, and counts. */
async function following(
  options: RigOptions,
  change: (store: OpenStore) => Partial<RunStore> = () => ({}),
): Promise<{ r: Rig; counts: Counts }> {
  const counts: Counts = { full: 0, columns: 0, rowsWritten: 0 };
  const wrap = (store: OpenStore): RunStore => {
    const changed = { ...store, ...change(store) };
    return {
      ...changed,
      election(...args) {
        counts.full++;
        return changed.election(...args);
      },
      electionColumns(...args) {
        counts.columns++;
        return changed.electionColumns(...args);
      },
      commit(wanted: Change) {
        for (const write of wanted.writes) {
          if (write.write === "tags") counts.rowsWritten += write.rows.length;
        }
        return changed.commit(wanted);
      },
    };
  };
  return { r: await rig({ followFrom: 1, ...options, wrap }), counts };
}

/** Asserts that what is stored and shown of every available backup is what a full look says. */
async function assertAsFull(r: Rig): Promise<void> {
  const { election } = await r.engine.retention("db")!.look();
  for (const { runId, tags, reasons } of election.keep) {
    const run = (await r.store.run(runId))!;
    assert.deepEqual({ tags: run.tags, reasons: run.reasons }, { tags, reasons });
  }
}

test("passes that follow read only what changed, and store what a full look says", async () => {
  const retention = policy("minutely=5@30,hourly=2@20,daily=2,min_keep=3,keep_oldest=true");
  const { r, counts } = await following({ jobs: [{ retention, ...free }] });
  await using _ = r;
  for (let look = 0; look < 10; look++) {
    await r.clock.advance(9 * MINUTE);
    await assertAsFull(r);
  }
  const looks = 10;
  assert.deepEqual({ full: counts.full, columns: counts.columns }, { full: looks, columns: 1 });
  const { election } = await r.engine.retention("db")!.look();
  assert.equal(election.victims.length, 0);
  assert.deepEqual(living(r).length, election.keep.length);
  assert.ok(election.keep.length < 12);
});

test("a new backup costs a bounded number of written rows, however many are kept", async () => {
  const { r, counts } = await following({ jobs: [{ retention: policy("minutely=1000"), ...free }] });
  await using _ = r;
  await r.clock.advance(20 * MINUTE + 1_000);
  counts.rowsWritten = 0;
  await r.clock.advance(10 * MINUTE);
  assert.ok(counts.rowsWritten <= 20, `it wrote ${counts.rowsWritten} rows for 10 backups`);
  const oldest = (await r.runs())[0]!;
  assert.match(inWords(oldest.reasons).join(), /^minutely 30 of 1000/);
});

for (const verified of ["prefer", "require"] as const) {
  test(`proofs that come and are taken back are followed under '${verified}', and no pass elects in full for one`, async () => {
    const retention = policy(`minutely=3,hourly=3@20,verified=${verified}`);
    const { r, counts } = await following({ jobs: [{ retention, ...free }] });
    await using _ = r;
    const say = async (runId: string, verification: "passed" | "failed") =>
      await r.store.commit({
        job: "db",
        writes: [{ write: "run", runId, set: { verification, verifiedAt: r.clock.now() } }],
      });
    const seen = new Set<string>();
    for (let look = 0; look < 24; look++) {
      await r.clock.advance(9 * MINUTE);
      const runs = await r.runs("available");
      await say(runs[(look * 5) % runs.length]!.runId, "passed");
      if (look % 4 === 3) await say(runs.find((run) => run.verification === "passed")!.runId, "failed");
      await r.engine.retention("db")!.pass();
      await assertAsFull(r);
      for (const { reasons } of await r.runs("available")) for (const { kind } of reasons) seen.add(kind);
    }
    assert.equal(counts.columns, 1);
    assert.ok(seen.has("proved") && seen.has("newest_proved"), [...seen].join());
    const { election } = await r.engine.retention("db")!.look();
    assert.deepEqual(election.victims, []);
  });
}

test("very many rows are written some at a time, each of them once, more of them while that takes no time", async () => {
  const [written, events]: [number[], string[]] = [[], []];
  const { r } = await following({ jobs: [{ ...keepThree, schedule: "0 0 0 1 1 *" }] }, (store) => ({
    commit(change: Change) {
      for (const one of change.writes) {
        if (one.write !== "tags" || one.rows.length === 0) continue;
        written.push(one.rows.length);
        events.push(...one.rows.map(({ runId }) => runId));
        assert.ok(change.conditions?.some(({ condition }) => condition === "revision"));
      }
      return store.commit(change);
    },
  }));
  await using _ = r;
  const runs = Array.from({ length: 2_600 }, (_, at) => {
    const [id, slot] = [`b-${at}`, r.clock.now() - (2_600 - at) * MINUTE];
    const runId = `01a00000-0000-7000-8000-${String(at).padStart(12, "0")}`;
    const times = { createdAt: slot, startTime: slot, endTime: slot, sizeMb: 12.5 };
    const of = { job: "db", trigger: "schedule", status: "available", providerKey: "p" } as const;
    return newRun({ ...of, ...times, runId, slot, id, dataId: id });
  });
  for (let at = 0; at < runs.length; at += 500) {
    const writes = runs.slice(at, at + 500).map((run) => ({ write: "insert", run }) as const);
    await r.store.commit({ job: "db", writes });
  }
  const later = { retention: policy("minutely=5000"), schedule: "0 0 0 1 1 *", ...free };
  await r.engine.reload(r.declare([later]));
  await r.engine.retention("db")!.pass();
  assert.deepEqual(written, [250, 2_000, 350]);
  assert.equal(new Set(events).size, runs.length);
});

test("a restart elects in full once, and writes nothing anew", async () => {
  const { r, counts } = await following({ jobs: [keepThree] });
  await using _ = r;
  await r.clock.advance(6 * MINUTE + 1_000);
  const before = await r.runs("available");
  await r.crash();
  Object.assign(counts, { full: 0, columns: 0, rowsWritten: 0 });
  await r.boot();
  await r.engine.retention("db")!.pass();
  assert.deepEqual(counts, { full: 0, columns: 1, rowsWritten: 0 });
  assert.deepEqual(await r.runs("available"), before);
  await r.clock.advance(2 * MINUTE);
  await assertAsFull(r);
  assert.equal(living(r).length, 3);
});

for (const followFrom of [1, 250]) {
  test(`a pass after which nothing changed writes no row, also soon after an edit, where ${followFrom} backups are many`, async () => {
    const { r, counts } = await following({ followFrom, jobs: [{ retention: policy("minutely=100") }] });
    await using _ = r;
    await r.clock.advance(9 * MINUTE + 1_000);
    const rare = { retention: policy("minutely=3,min_keep=2"), schedule: "0 0 0 1 1 *" };
    const guard = { maxPercent: 100, policyChangeHoldMs: HOUR };
    const queue = r.engine.retention("db")!;
    await queue.pass();
    for (const edit of [false, true]) {
      if (edit) await r.engine.reload(r.declare([{ ...rare, guard }]));
      await queue.pass();
      counts.rowsWritten = 0;
      for (let pass = 0; pass < 3; pass++) {
        await r.clock.advance(MINUTE / 10);
        await queue.pass();
      }
      assert.equal(counts.rowsWritten, 0);
    }
    assert.equal((await r.runs("available")).length, 9, "what the policy before kept is kept");
    const kinds = new Set(
      (await r.runs("available")).flatMap(({ reasons }) => reasons.map(({ kind }) => kind)),
    );
    assert.ok(kinds.has("former_policy"), [...kinds].join());
  });
}

test("the hour after an edit is followed as any other, and so is its end", async () => {
  const guard = { maxPercent: 100, policyChangeHoldMs: 20 * MINUTE };
  const { r, counts } = await following({ jobs: [{ retention: policy("minutely=12"), guard }] });
  await using _ = r;
  await r.clock.advance(16 * MINUTE + 1_000);
  assert.equal(living(r).length, 12);
  await r.engine.reload(r.declare([{ retention: policy("minutely=9@30"), guard }]));
  await r.engine.retention("db")!.pass();
  await r.clock.advance(5 * MINUTE);
  await r.engine.reload(r.declare([{ retention: policy("minutely=3,min_age=2m"), guard }]));
  await r.engine.retention("db")!.pass();
  const { columns } = counts;
  const looks = 7;
  counts.full = 0;
  for (let look = 0; look < looks; look++) {
    await r.clock.advance(2 * MINUTE);
    await assertAsFull(r);
    assert.ok(living(r).length >= 12, "what any of them kept");
    assert.equal((await r.runs("available")).length, 12, "and nothing else");
  }
  assert.deepEqual({ full: counts.full, columns: counts.columns }, { full: looks, columns });
  await r.clock.advance(3 * MINUTE);
  await assertAsFull(r);
  assert.equal(living(r).length, 9, "the first is forgotten");
  await r.clock.advance(6 * MINUTE);
  await assertAsFull(r);
  assert.equal(living(r).length, 3, "and then the second");
  assert.deepEqual({ full: counts.full, columns: counts.columns }, { full: looks + 2, columns: columns + 2 });
});

test("a job with backups dated ahead is followed as any other, and its guard hears of those nobody has seen", async () => {
  const { r, counts } = await following({ jobs: [keepThree] });
  await using _ = r;
  await r.clock.advance(6 * MINUTE + 1_000);
  const begin = r.clock.now();
  r.clock.jump(30 * 24 * HOUR);
  await r.engine.trustClock("ops");
  await r.clock.advance(2 * MINUTE);
  const passed = r.clock.now() - begin - 30 * 24 * HOUR;
  r.clock.jump(passed - 30 * 24 * HOUR);
  await r.engine.trustClock("ops");
  const ahead = (await r.runs("available")).filter((run) => run.periodTime! > r.clock.now() + HOUR);
  assert.ok(ahead.length >= 1);
  await r.clock.advance(40 * MINUTE);
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["from_the_future"]);
  const before = living(r).length;
  const { columns } = counts;
  counts.full = 0;
  for (let look = 0; look < 5; look++) {
    await r.clock.advance(2 * MINUTE);
    await assertAsFull(r);
  }
  assert.ok(living(r).length > before, "nothing goes before somebody has seen them");
  assert.deepEqual(
    { full: counts.full, columns: counts.columns },
    { full: 5, columns },
    "each looked by the test alone",
  );
  const { digest } = await r.engine.retention("db")!.look();
  assert.equal(await r.engine.retention("db")!.approve(digest, "ops"), true);
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual(await r.store.latched("db"), []);
  await assertAsFull(r);
  assert.equal(living(r).length, 3 + ahead.length);
  assert.equal(counts.columns, columns + 2, "read for the approval, and once for what it accepted");
  const [like] = await r.runs("available");
  const periodTime = r.clock.now() + 9 * HOUR;
  const late = { ...like!, runId: "late", id: "late", dataId: "late", slot: null, periodTime };
  await r.store.commit({ job: "db", writes: [{ write: "insert", run: { ...late, tags: [], reasons: [] } }] });
  await r.clock.advance(2 * MINUTE);
  await assertAsFull(r);
  assert.deepEqual(
    (await r.store.latched("db")).map((one) => one.guard),
    ["from_the_future"],
    "one more came",
  );
  assert.equal(counts.columns, columns + 2);
});

test("a job with rejected backups is followed as any other: they go, but for those held, wanted or alone", async () => {
  const { r, counts } = await following({
    jobs: [{ ...keepThree, retention: policy("minutely=6,hourly=2") }],
  });
  await using _ = r;
  r.provider.plan({}, { dataId: "same" }, {}, {}, { dataId: "same" });
  await r.clock.advance(6 * MINUTE + 1_000);
  const runs = await r.runs("available");
  const reject = async (runId: string) => {
    const at = r.clock.now();
    const set = { suspectAt: at, suspectReason: "small", rejectedAt: at };
    await r.store.commit({ job: "db", writes: [{ write: "run", runId, set }] });
  };
  const hold = { holdAt: r.clock.now(), holdReason: "audit" };
  await r.store.commit({ job: "db", writes: [{ write: "run", runId: runs[2]!.runId, set: hold }] });
  await r.engine.safekeeping.freeze({ reason: "look", owner: "ann", until: null }, "ann");
  for (const at of [1, 2, 3]) await reject(runs[at]!.runId);
  await r.engine.retention("db")!.pass();
  const { columns } = counts;
  counts.full = 0;
  for (let look = 0; look < 4; look++) {
    await r.clock.advance(2 * MINUTE);
    await assertAsFull(r);
    const { election } = await r.engine.retention("db")!.look();
    assert.ok(election.victims.includes(runs[3]!.runId), "it waits for the freeze to end");
  }
  const looks = 8;
  assert.deepEqual({ full: counts.full, columns: counts.columns }, { full: looks, columns });
  await r.engine.safekeeping.unfreeze("ann");
  await r.clock.advance(4 * MINUTE);
  await assertAsFull(r);
  const words = async (at: number) => inWords((await r.store.run(runs[at]!.runId))!.reasons).join();
  assert.deepEqual(
    [await words(1), await words(2), (await r.store.run(runs[3]!.runId))!.status],
    ["rejected,shares data with p-5", "rejected,held", "deleted"],
  );
  assert.equal(counts.columns, columns, "none of this needed an election of all");
});

test("a guard counts rejected backups alike, whether their job is followed or not", async () => {
  const seen: string[][] = [];
  for (const followFrom of [1, 250]) {
    const strict = { maxPercent: 50, policyChangeHoldMs: 0 };
    const { r } = await following({
      followFrom,
      jobs: [{ retention: policy("minutely=100"), guard: strict }],
    });
    await using _ = r;
    await r.clock.advance(9 * MINUTE + 1_000);
    const at = r.clock.now();
    const set = { suspectAt: at, suspectReason: "small", rejectedAt: at };
    for (const { runId } of (await r.runs("available")).slice(0, 5)) {
      await r.store.commit({ job: "db", writes: [{ write: "run", runId, set }] });
    }
    await r.engine.retention("db")!.pass();
    seen.push((await r.store.latched("db")).map(({ message }) => message));
  }
  assert.match(seen[0]!.join(), /^5 of 9 backups/);
  assert.deepEqual(seen[0], seen[1]);
});

test("too many backups to look at each by itself are followed; where that is needed, it is refused at once", async () => {
  const { r, counts } = await following({
    jobs: [{ ...keepThree, retention: policy("minutely=9") }],
    mostRows: 5,
  });
  await using _ = r;
  await r.clock.advance(12 * MINUTE + 1_000);
  assert.equal(living(r).length, 9, "they are elected in columns");
  const [rejected, foreign] = (await r.runs("available")).slice(4);
  const set = { suspectAt: r.clock.now(), suspectReason: "small", rejectedAt: r.clock.now() };
  await r.store.commit({ job: "db", writes: [{ write: "run", runId: rejected!.runId, set }] });
  await r.clock.advance(2 * MINUTE);
  assert.ok(!living(r).includes(rejected!.id!), "what was rejected goes");
  assert.deepEqual(r.told("retention.error"), []);
  const imported = { importedAt: r.clock.now(), acceptedAt: null };
  await r.store.commit({ job: "db", writes: [{ write: "run", runId: foreign!.runId, set: imported }] });
  const { digest } = await r.engine.retention("db")!.anew();
  await assert.rejects(
    () => r.engine.retention("db")!.approve(digest, "ann"),
    (error) =>
      error instanceof OverBudget &&
      /^Cannot look at each of the \d+ .* at most 5; accept them/.test(error.message),
  );
  assert.equal(counts.full, 0, "no row was read");
});

test("what came to share its data with a backup of another job, while it waited, does not go", async () => {
  const retention = policy("minutely=3");
  const jobs = [{ retention, ...free, maxDeletesPerPass: 1 }, {
    name: "other",
    retention: policy("minutely=100"),
    schedule: "30 * * * * *",
  }];
  const { r } = await following({ jobs: [{ ...jobs[0], retention: policy("minutely=100") }, jobs[1]!] });
  await using _ = r;
  await r.clock.advance(9 * MINUTE + 1_000);
  await r.engine.reload(r.declare(jobs));
  await r.engine.retention("db")!.pass();
  const waiting = (await r.runs("available")).filter(({ job }) => job === "db").slice(1, 3);
  r.provider.plan({ dataId: waiting[0]!.dataId! });
  await r.clock.advance(MINUTE / 2);
  for (let pass = 0; pass < 8; pass++) await r.engine.retention("db")!.pass();
  assert.ok(living(r).includes(waiting[0]!.id!), "its data is the other's, too");
  assert.ok(!living(r).includes(waiting[1]!.id!));
  assert.match(inWords((await r.store.run(waiting[0]!.runId))!.reasons).join(), /^shares data with/);
});

test("a hold between two passes is obeyed, and so is its end", async () => {
  const { r, counts } = await following({ jobs: [keepThree] });
  await using _ = r;
  await r.clock.advance(5 * MINUTE + 1_000);
  const held = (await r.runs("available"))[0]!;
  const holdUntil = r.clock.now() + 10 * MINUTE;
  await r.store.commit({
    job: "db",
    writes: [{
      write: "run",
      runId: held.runId,
      set: { holdAt: r.clock.now(), holdReason: "audit", holdUntil },
    }],
  });
  await r.clock.advance(9 * MINUTE);
  assert.ok(living(r).includes(held.id!));
  await assertAsFull(r);
  const full = counts.columns;
  await r.clock.advance(3 * MINUTE);
  assert.ok(!living(r).includes(held.id!), "it goes once the hold is over");
  assert.ok(counts.columns > full, "which only a full election can tell");
  await assertAsFull(r);
});

test("a kept backup that is lost makes room, with ranks that are right again", async () => {
  const { r } = await following({ jobs: [{ retention: policy("minutely=3,hourly=2"), ...free }] });
  await using _ = r;
  await r.clock.advance(5 * MINUTE + 1_000);
  const lost = (await r.runs("available"))[1]!;
  await r.store.commit({
    job: "db",
    conditions: [{ condition: "status", runId: lost.runId, in: ["available"] }],
    writes: [{ write: "run", runId: lost.runId, set: { status: "missing", missingAt: r.clock.now() } }],
  });
  await r.engine.retention("db")!.pass();
  await assertAsFull(r);
  await r.clock.advance(MINUTE);
  await assertAsFull(r);
  assert.ok(!(await r.store.run(lost.runId))!.reasons.some((reason) => rankingOf(reason) === "minutely"));
});

test("the window of keep_within moves on with each backup at a bounded cost, and back when the newest is lost", async () => {
  const jobs = [{ retention: policy("keep_within=20m"), ...free }];
  const { r, counts } = await following({ jobs });
  await using _ = r;
  await r.clock.advance(40 * MINUTE + 1_000);
  await assertAsFull(r);
  assert.equal(living(r).length, 20);
  [counts.rowsWritten, counts.columns] = [0, 0];
  await r.clock.advance(10 * MINUTE);
  assert.equal(living(r).length, 20);
  assert.ok(counts.rowsWritten <= 40, `it wrote ${counts.rowsWritten} rows for 10 backups`);
  assert.equal(counts.columns, 0, "no full election");
  await assertAsFull(r);
  const lost = (await r.runs("available")).at(-1)!;
  await r.store.commit({
    job: "db",
    conditions: [{ condition: "status", runId: lost.runId, in: ["available"] }],
    writes: [{ write: "run", runId: lost.runId, set: { status: "missing", missingAt: r.clock.now() } }],
  });
  await r.engine.retention("db")!.pass();
  assert.equal((await r.runs("available")).length, 19, "nothing goes for it");
  await assertAsFull(r);
  await r.clock.advance(5 * MINUTE);
  await assertAsFull(r);
});

test("what min_age kept goes when it has come of age, without a new backup", async () => {
  const { r, counts } = await following({
    jobs: [{ retention: policy("minutely=1,min_age=10m"), schedule: "0 0-4 12 * * *", ...free }],
    start: Date.parse("2026-03-02T11:59:30Z"),
  });
  await using _ = r;
  await r.clock.advance(6 * MINUTE);
  assert.equal(living(r).length, 5);
  await assertAsFull(r);
  await r.clock.advance(6 * MINUTE);
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), ["p-3", "p-4", "p-5"]);
  await assertAsFull(r);
  await r.clock.advance(6 * MINUTE);
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), ["p-5"]);
  assert.equal(counts.columns, 1);
});

test("a victim whose data another backup uses is kept for as long as it does", async () => {
  const { r } = await following({ jobs: [{ retention: policy("minutely=1000"), ...free }] });
  await using _ = r;
  r.provider.plan({ dataId: "same" }, {}, {}, { dataId: "same" });
  await r.clock.advance(4 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{ retention: policy("minutely=2"), ...free }]));
  await r.engine.retention("db")!.pass();
  assert.deepEqual(living(r), ["p-1", "p-3", "p-4"]);
  await assertAsFull(r);
  assert.deepEqual(inWords((await r.runs())[0]!.reasons), ["shares data with p-4"]);
  // Both go on sharing, so both stay.
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(living(r), ["p-1", "p-4", "p-5", "p-6"]);
  await assertAsFull(r);

  const fourth = (await r.runs())[3]!;
  for (const [from, status] of [["available", "deleting"], ["deleting", "deleted"]] as const) {
    await r.store.commit({
      job: "db",
      conditions: [{ condition: "status", runId: fourth.runId, in: [from] }],
      writes: [{ write: "run", runId: fourth.runId, set: { status } }],
    });
  }
  await r.engine.retention("db")!.pass();
  assert.ok(!living(r).includes("p-1"), "nobody else uses its data any more");
  await assertAsFull(r);
});

test("an election that went wrong is found within a day, and nothing is deleted in that pass", async () => {
  let wrong: string | undefined;
  const { r } = await following(
    { jobs: [{ retention: policy("hourly=10"), schedule: "0 0 * * * *", ...free }] },
    (store) => ({
      async electionChanges(...args) {
        const changes = await store.electionChanges(...args);
        const row = changes.rows?.at(-1);
        if (row?.isAvailable !== true || wrong !== undefined || r.clock.monotonic() < 20 * HOUR) {
          return changes;
        }
        wrong = row.runId;
        return {
          ...changes,
          rows: [...changes.rows!.slice(0, -1), { ...row, periodTime: row.periodTime! + 1 }],
        };
      },
    }),
  );
  await using _ = r;
  await r.clock.advance(23 * HOUR + MINUTE);
  assert.ok(wrong !== undefined);
  assert.deepEqual(r.told("retention.error"), []);
  const kept: number[] = [];
  for (let hour = 0; hour < 4; hour++) {
    await r.clock.advance(HOUR);
    kept.push(living(r).length);
    if (r.told("retention.error").length === 0) continue;
    assert.equal(living(r).length, 11, "the pass that found it deleted nothing");
    break;
  }
  const [told, ...more] = r.told("retention.error");
  assert.match(told!.message, /differs from one over all its backups/);
  await r.clock.advance(HOUR);
  assert.deepEqual(more, [], "the full one holds from then on");
  assert.equal(living(r).length, 10, `kept ${kept}`);
  await assertAsFull(r);
});

test("a read of a followed job that is not whole deletes nothing and says so", async () => {
  let drop = false;
  const { r } = await following({ jobs: [{ retention: policy("minutely=1000"), ...free }] }, (store) => ({
    async electionColumns(...args) {
      const columns = await store.electionColumns(...args);
      return drop ? { ...columns, actualCount: columns.actualCount - 1 } : columns;
    },
  }));
  await using _ = r;
  await r.clock.advance(4 * MINUTE + 1_000);
  drop = true;
  await r.engine.reload(r.declare([keepThree]));
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 4);
  assert.match(r.told("retention.error").at(-1)!.message, /counted/);
});

/** Hides what changed, and with `all` that anything did. */
function hiding(what: { hidden: boolean }, all: boolean): (store: OpenStore) => Partial<RunStore> {
  return (store) => ({
    async electionChanges(...args) {
      const changes = await store.electionChanges(...args);
      if (!what.hidden) return changes;
      return { ...changes, rows: [], ...(all ? { changes: args[2] } : {}) };
    },
  });
}

test("changes that were missed are noticed by the count of rows", async () => {
  const what = { hidden: false };
  const jobs = [{ retention: policy("minutely=1000"), ...free }];
  const { r, counts } = await following({ jobs }, hiding(what, true));
  await using _ = r;
  await r.clock.advance(4 * MINUTE + 1_000);
  assert.equal(counts.columns, 1);
  what.hidden = true;
  await r.clock.advance(MINUTE);
  assert.ok(counts.columns > 1, "it is elected in full");
  await assertAsFull(r);
});

test("changes that were missed are noticed by the number of the last one, where the count is right", async () => {
  const what = { hidden: false };
  const { r, counts } = await following({ jobs: [keepThree] }, hiding(what, false));
  await using _ = r;
  // One came and one went since the last pass.
  await r.clock.advance(4 * MINUTE + 1_000);
  assert.equal(counts.columns, 1);
  what.hidden = true;
  await r.clock.advance(MINUTE);
  assert.ok(counts.columns > 1, "it is elected in full");
  await assertAsFull(r);
  assert.equal(living(r).length, 3);
});
