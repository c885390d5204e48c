// What a reader is shown of an election: the same whether it was made of rows, of columns, or is the one that passes follow,
// and whether it is read whole or by pages; and what that costs.
// Also tests column_look.ts and keep_sharing.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf } from "../../../src/domain/retention/followed/candidate_columns.ts";
import { incrementalElection } from "../../../src/domain/retention/followed/incremental_election.ts";
import type { Decided } from "../../../src/domain/retention/followed/places.ts";
import type { Dated } from "../../../src/domain/retention/order.ts";
import { drain } from "../../../src/domain/slices.ts";
import type { Job } from "../../../src/domain/job.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { keepSharing } from "../../../src/engine/retention/keep_sharing.ts";
import type { ElectionLook } from "../../../src/engine/retention/election_look.ts";
import { type ShownElection, shownLook } from "../../../src/engine/retention/shown_election.ts";
import type { RunStore } from "../../../src/ports/store.ts";
import { job as jobOf, policy, type Rig, rig, START } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const stopped: Partial<Job> = { guard: { maxPercent: 1, policyChangeHoldMs: 0 } };
const free: Partial<Job> = { guard: { maxPercent: 100, policyChangeHoldMs: 0 } };

/** What was read of a rig's store since it was last emptied. */
type Reads = string[];

async function counting(jobs: Partial<Job>[], followFrom = 1): Promise<{ r: Rig; reads: Reads }> {
  const reads: Reads = [];
  const r = await rig({
    jobs,
    followFrom,
    wrap: (store): RunStore => ({
      ...store,
      election: (...args) => (reads.push("rows"), store.election(...args)),
      electionColumns: (...args) => (reads.push("columns"), store.electionColumns(...args)),
      electionChanges: (...args) => (reads.push("changes"), store.electionChanges(...args)),
      sharingRows: (...args) => (reads.push("sharing"), store.sharingRows(...args)),
    }),
  });
  return { r, reads };
}

function paged(next: (after: Dated | null, most: number) => Decided[], most: number): Decided[] {
  const found: Decided[] = [];
  for (let after: Dated | null = null;;) {
    const page = next(after, most);
    found.push(...page);
    if (page.length < most) return found;
    after = page.at(-1)!;
  }
}

/** All that it says. */
function said(shown: ShownElection) {
  const kept = paged(shown.keptAfter, 1_000);
  const removed = paged(shown.removedAfter, 1_000);
  assert.deepEqual(paged(shown.keptAfter, 3), kept);
  assert.deepEqual(paged(shown.removedAfter, 2), removed);
  assert.deepEqual([kept.length, removed.length], [shown.kept, shown.removed]);
  for (const row of kept) assert.deepEqual(shown.one(row), { ...row, isVictim: false });
  for (const row of removed) assert.deepEqual(shown.one(row), { ...row, isVictim: true });
  assert.equal(shown.one({ runId: "nobody", periodTime: kept[0]!.periodTime }), undefined);
  const candidates = drain(shown.candidates()).toSorted((a, b) => a.periodTime - b.periodTime);
  const { findings, approved, digest } = shown;
  return {
    kept,
    removed,
    findings,
    approved,
    digest,
    candidates: candidates.map((one) => ({ ...one, endTime: null })),
  };
}

/** By rows, by columns and from what is followed. */
async function assertAlike(r: Rig): Promise<ReturnType<typeof said>> {
  const queue = r.engine.retention("db")!;
  const byRows = said(shownLook(r.engine.job("db")!.job, await queue.look()));
  const anew = await queue.anew();
  assert.deepEqual(said(anew), byRows);
  const followed = await queue.followed((shown) => ({ of: said(shown) }));
  assert.deepEqual(followed?.of, byRows);
  return byRows;
}

test("a reader is shown the same by rows, by columns, and from what passes follow, whole and by pages", async () => {
  const retention = policy("minutely=5@30,hourly=2@20,daily=2,min_keep=3,keep_oldest=true,min_age=3m");
  const { r } = await counting([{ retention: policy("minutely=1000"), ...free }]);
  await using _ = r;
  r.provider.plan({ dataId: "same" }, {}, {}, { dataId: "same" });
  await r.clock.advance(12 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{ retention, ...stopped }]));
  await r.engine.retention("db")!.pass();
  let removed = 0;
  for (let look = 0; look < 6; look++) {
    await r.clock.advance(4 * MINUTE);
    if (look === 2) {
      const held = (await r.runs("available"))[1]!;
      await r.store.commit({
        job: "db",
        writes: [{ write: "run", runId: held.runId, set: { holdAt: r.clock.now(), holdReason: "audit" } }],
      });
      await r.engine.retention("db")!.pass();
    }
    removed += (await assertAlike(r)).removed.length;
  }
  assert.ok(removed > 0, "a guard stops them");
});

test("after an edit a reader is shown what the policy before still keeps, but what was rejected, each way", async () => {
  const { r } = await counting([{ retention: policy("minutely=100") }]);
  await using _ = r;
  r.provider.plan({}, { dataId: "same" }, {}, { dataId: "same" });
  await r.clock.advance(9 * MINUTE + 1_000);
  await r.engine.safekeeping.freeze({ reason: "look", owner: "ann", until: null }, "ann");
  const runs = await r.runs("available");
  const marks = { suspectAt: r.clock.now(), suspectReason: "small", rejectedAt: r.clock.now() };
  const hold = { holdAt: r.clock.now(), holdReason: "audit" };
  for (const [at, set] of [[3, marks], [4, marks], [5, { ...marks, ...hold }]] as const) {
    await r.store.commit({ job: "db", writes: [{ write: "run", runId: runs[at]!.runId, set }] });
  }
  const guard = { maxPercent: 100, policyChangeHoldMs: 30 * MINUTE };
  for (const edit of ["minutely=6", "minutely=4", "minutely=2"]) {
    await r.engine.reload(r.declare([{ retention: policy(edit), guard }]));
    await r.clock.advance(MINUTE);
    const { kept, removed } = await assertAlike(r);
    // One shares its data, one is held.
    assert.ok(removed.some(({ runId }) => runId === runs[4]!.runId));
    assert.ok([3, 5].every((at) => kept.some(({ runId }) => runId === runs[at]!.runId)));
    const kinds = new Set(kept.flatMap(({ reasons }) => reasons.map(({ kind }) => kind)));
    assert.ok(kinds.has("former_policy") && kinds.has("shared_data"), [...kinds].join());
  }
});

test("what passes follow is read without a row or a column, also when a backup has come since", async () => {
  const { r, reads } = await counting([{ retention: policy("minutely=1000"), ...free }]);
  await using _ = r;
  await r.clock.advance(5 * MINUTE + 1_000);
  const queue = r.engine.retention("db")!;
  for (let look = 0; look < 3; look++) {
    reads.length = 0;
    const found = await queue.followed((shown) => ({ kept: shown.kept }));
    assert.deepEqual([found?.kept, reads], [5 + look, ["changes"]]);
    assert.equal(queue.count, 5 + look);
    await r.clock.advance(MINUTE);
  }
  reads.length = 0;
  await r.clock.advance(MINUTE);
  assert.ok(!reads.includes("columns"), "a pass follows on from what a reader brought up to date");
  await assertAlike(r);
});

test("after a restart the first reader reads columns once, and passes write what they would have written", async () => {
  const { r, reads } = await counting([{ retention: policy("minutely=1000"), ...free }]);
  await using _ = r;
  await r.clock.advance(5 * MINUTE + 1_000);
  await r.crash();
  await r.boot();
  reads.length = 0;
  const queue = r.engine.retention("db")!;
  assert.equal(await queue.followed(() => ({})), null);
  await queue.prepare();
  for (let look = 0; look < 3; look++) {
    assert.equal((await queue.followed((shown) => ({ kept: shown.kept })))?.kept, 5);
  }
  assert.deepEqual(reads.filter((read) => read !== "changes"), ["columns"]);
  await r.clock.advance(3 * MINUTE);
  for (const run of await r.runs("available")) {
    const own = (await queue.look()).election.keep.find(({ runId }) => runId === run.runId)!;
    assert.deepEqual([run.tags, run.reasons], [own.tags, own.reasons]);
  }
});

test("a reader that comes while a pass writes leaves it alone, and nothing the pass found is lost", async () => {
  const { r } = await counting([{ retention: policy("minutely=3,hourly=2"), ...free }]);
  await using _ = r;
  const queue = r.engine.retention("db")!;
  for (let round = 0; round < 8; round++) {
    await r.clock.advance(MINUTE);
    const pass = queue.pass();
    const read = queue.followed((shown) => ({ kept: shown.kept }));
    await Promise.all([pass, read]);
  }
  const { election } = await queue.look();
  for (const { runId, tags, reasons } of election.keep) {
    const run = (await r.store.run(runId))!;
    assert.deepEqual({ tags: run.tags, reasons: run.reasons }, { tags, reasons });
  }
});

test("a pass waits for the readers that came before it, not for those that go on coming", async () => {
  const { r } = await counting([{ retention: policy("minutely=1000"), ...free }]);
  await using _ = r;
  await r.clock.advance(5 * MINUTE + 1_000);
  const queue = r.engine.retention("db")!;
  let [reads, passed] = [0, false];
  const reader = async () => {
    while (!passed && reads < 500) {
      await queue.followed(() => ({}));
      reads++;
    }
  };
  const readers = [reader(), reader(), reader()];
  await queue.pass();
  passed = true;
  await Promise.all(readers);
  assert.ok(reads < 500, "it came to its turn among them");
});

test("where passes are rare, readers go on with what one of them had elected, also after an edit and after a day", async () => {
  const rare: Partial<Job> = { ...free, retentionSchedule: "0 0 0 1 1 *" };
  const { r, reads } = await counting([{ retention: policy("minutely=1000"), ...rare }]);
  await using _ = r;
  await r.clock.advance(5 * MINUTE + 1_000);
  const queue = r.engine.retention("db")!;
  const columnsReadByThree = async () => {
    reads.length = 0;
    for (let look = 0; look < 3; look++) {
      if (await queue.followed(() => ({})) === null) await queue.prepare();
      assert.notEqual(await queue.followed(() => ({})), null);
    }
    return reads.filter((read) => read === "columns").length;
  };
  await queue.pass();
  assert.equal(await columnsReadByThree(), 0);
  await r.engine.reload(r.declare([{ retention: policy("minutely=999"), schedule: "0 0 0 1 1 *", ...rare }]));
  assert.equal(await columnsReadByThree(), 1);
  await queue.pass();
  await r.clock.advance(25 * 60 * MINUTE);
  assert.equal(await columnsReadByThree(), 1);
});

test("a page of very many rows is found without a walk over those before it", () => {
  const count = 50_000;
  const ids = Array.from({ length: count }, (_, at) => `r${String(at).padStart(6, "0")}`);
  let asked = 0;
  // Three of each time: equal times are in the order of their ids.
  const rows = { get: (runId: string) => (asked++, { periodTime: Math.floor(Number(runId.slice(1)) / 3) }) };
  const look = {
    rows,
    snapshot: {},
    election: {
      keep: ids.toReversed().map((runId) => ({ runId, tags: [], reasons: [] })),
      victims: ids,
      victimTags: new Uint8Array(count),
    },
  } as unknown as ElectionLook;
  const shown = shownLook(jobOf(), look);
  for (const at of [0, 1, 2, 3, 24_999, count - 2, count - 1]) {
    const after = { runId: ids[at]!, periodTime: Math.floor(at / 3) };
    asked = 0;
    assert.deepEqual(
      shown.keptAfter(after, 4).map((row) => row.runId),
      ids.slice(Math.max(0, at - 4), at).reverse(),
    );
    assert.deepEqual(shown.removedAfter(after, 4).map((row) => row.runId), ids.slice(at + 1, at + 5));
    assert.ok(asked < 100, `${asked} were looked at`);
    const gone = { ...after, runId: `${after.runId}-gone` };
    assert.equal(shown.removedAfter(gone, 1)[0]?.runId, ids[at + 1]);
    assert.equal(shown.keptAfter(gone, 1)[0]?.runId, ids[at]);
  }
});

for (const followFrom of [1, 250]) {
  test(`what was shown is approved and goes, and nothing else is, where ${followFrom} backups are many`, async () => {
    const { r, reads } = await counting([{ retention: policy("minutely=1000"), ...free }], followFrom);
    await using _ = r;
    await r.clock.advance(9 * MINUTE + 1_000);
    const thin = { retention: policy("minutely=2"), schedule: "0 0 0 1 1 *", ...stopped };
    await r.engine.reload(r.declare([thin]));
    const queue = r.engine.retention("db")!;
    await queue.pass();
    const before = await queue.anew();
    const [oldest, next] = await r.runs("available");
    const set = { holdAt: r.clock.now(), holdReason: "audit" };
    await r.store.commit({ job: "db", writes: [{ write: "run", runId: oldest!.runId, set }] });
    assert.equal(await queue.approve(before.digest, "ann"), false, "one of them is held since");
    const shown = await queue.anew();
    reads.length = 0;
    assert.equal(await queue.approve(shown.digest, "ann"), true);
    assert.deepEqual(reads.filter((read) => read !== "sharing"), [followFrom === 1 ? "columns" : "rows"]);
    await queue.pass();
    const left = (await r.runs("available")).map(({ runId }) => runId);
    assert.deepEqual([left.length, left[0]], [3, oldest!.runId]);
    assert.equal((await r.store.run(next!.runId))!.status, "deleted");
    assert.equal(r.told("retention.approved").at(-1)!.data?.count, 6);
  });
}

test("an approval says that a backup was seen which the job did not make, however many it has", async () => {
  const { r, reads } = await counting([{ retention: policy("minutely=2"), ...free }]);
  await using _ = r;
  await r.clock.advance(4 * MINUTE + 1_000);
  const foreign = (await r.runs("available"))[0]!;
  const set = { importedAt: r.clock.now(), acceptedAt: null };
  await r.store.commit({ job: "db", writes: [{ write: "run", runId: foreign.runId, set }] });
  const queue = r.engine.retention("db")!;
  await queue.pass();
  const { digest, foreign: count } = await queue.anew();
  reads.length = 0;
  assert.deepEqual([count, await queue.approve(digest, "ann")], [1, true]);
  assert.ok(reads.includes("rows"));
  assert.notEqual((await r.store.run(foreign.runId))!.acceptedAt, null);
});

test("a digest that is remembered is not that of another set", async () => {
  const { r } = await counting([{ retention: policy("minutely=1000"), ...free }]);
  await using _ = r;
  await r.clock.advance(9 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{ retention: policy("minutely=2"), ...stopped }]));
  const queue = r.engine.retention("db")!;
  await queue.pass();
  const digests = new Set<string>();
  for (let look = 0; look < 3; look++) {
    // What was followed cannot take a hold in.
    if (await queue.followed(() => ({})) === null) await queue.prepare();
    const digest = async () => (await queue.followed((shown) => ({ of: shown.digest })))?.of;
    const [first, again] = [await digest(), await digest()];
    const { digest: full, election } = await queue.look();
    assert.deepEqual([first, again], [full, full]);
    digests.add(full);
    const set = { holdAt: r.clock.now(), holdReason: "audit" };
    await r.store.commit({ job: "db", writes: [{ write: "run", runId: election.victims[0]!, set }] });
  }
  assert.equal(digests.size, 3);
});

test("a digest that is remembered is not told of as many other victims", async () => {
  const { r } = await counting([{ retention: policy("minutely=1000"), ...free }]);
  await using _ = r;
  await r.clock.advance(9 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{ retention: policy("minutely=2"), ...stopped }]));
  const queue = r.engine.retention("db")!;
  await queue.pass();
  const digests = new Set<string>();
  for (let look = 0; look < 3; look++) {
    const shown = await queue.followed(({ digest, removed }) => ({ digest, removed }));
    const { digest, election } = await queue.look();
    assert.deepEqual(shown, { digest, removed: 7 });
    digests.add(digest);
    const runId = election.victims[0]!;
    await r.store.commit({
      job: "db",
      conditions: [{ condition: "status", runId, in: ["available"] }],
      writes: [{ write: "run", runId, set: { status: "deleting" } }],
    });
    await r.clock.advance(MINUTE);
  }
  assert.equal(digests.size, 3);
});

test("who shares data is asked of each of few victims, and of very many only where they may", async () => {
  const job = jobOf({ retention: policy("daily=1") });
  const asked: number[] = [];
  const walks: number[] = [];
  for (const count of [100, 5_000]) {
    const candidates = Array.from({ length: count }, (_, at) => ({
      runId: `r${String(at).padStart(5, "0")}`,
      periodTime: START - (count - at) * MINUTE,
      endTime: null,
      held: false,
      suspect: false,
    }));
    const columns = drain(columnsOf(candidates));
    const election = drain(incrementalElection(columns, job.retention, zoneOf("UTC"), START));
    const sharing = new Map<string, number>();
    const [first, kept] = [candidates[0]!, candidates.at(-1)!];
    const store = {
      sharedRows: (_: string, most: number) => (walks.push(most), Promise.resolve([first, kept])),
      sharingRows(_: readonly string[], runIds: readonly string[]) {
        asked.push(runIds.length);
        const found = runIds.includes(first.runId);
        return Promise.resolve(found ? [{ runId: first.runId, otherRunId: "x", otherId: "theirs" }] : []);
      },
    } as unknown as RunStore;
    await keepSharing({ store, clock: { yield: () => Promise.resolve() } as never }, job, election, sharing);
    assert.deepEqual([...sharing.keys()], [first.runId]);
    assert.ok(!election.victims().some(({ runId }) => runId === first.runId));
    const alone = { sharedRows: () => Promise.resolve([]), sharingRows: () => Promise.resolve([]) };
    const context = {
      store: alone as unknown as RunStore,
      clock: { yield: () => Promise.resolve() } as never,
    };
    await keepSharing(context, job, election, sharing);
    assert.equal(sharing.size, 0);
    assert.equal(election.victims(1)[0]!.runId, first.runId, "nobody else uses its data any more");
  }
  assert.deepEqual([asked.length, asked[1], walks.length], [2, 1, 1]);
});
