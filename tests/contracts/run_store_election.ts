// What retention of large jobs rests on: the same rows as columns, what changed since, stored ranks, shared data.

import assert from "node:assert/strict";
import fc from "fast-check";
import { canMove, type Run, type Status, STATUSES } from "../../src/domain/backup.ts";
import type { RunChanges, RunStore } from "../../src/ports/store.ts";
import { backup, change, HOUR, insert, NOW, type Scenario } from "../store/fixture.ts";
import { HELD, type StoredReason } from "../../src/domain/retention/reasons.ts";
import { inWords } from "../support/reason_words.ts";

const KEYS = ["restic-a"];

/** What `electionColumns` found, row by row. */
async function rowsOf(store: RunStore, withEnds = true) {
  const { candidates, ...rest } = await store.electionColumns("db", KEYS, withEnds);
  return {
    ...rest,
    rows: Array.from({ length: candidates.length }, (_, at) => ({
      runId: candidates.ids.get(at),
      periodTime: candidates.times[at]!,
      endTime: candidates.ends[at] === -Infinity ? null : candidates.ends[at]!,
      held: candidates.isHeld(at),
      suspect: candidates.isSuspect(at),
      proved: candidates.isProved(at),
      rejected: candidates.isRejected(at),
      fingerprint: candidates.notes[at]!,
    })),
  };
}

export function testElectionReads(scenario: Scenario): void {
  scenario("electionColumns() reads what election() reads", async (store) => {
    const marks: Partial<Run>[] = [
      {},
      { endTime: null },
      { holdAt: NOW, holdUntil: NOW + HOUR },
      { holdAt: NOW, holdUntil: NOW - HOUR },
      { holdAt: NOW, holdUntil: NOW + 2 * HOUR },
      { holdAt: NOW },
      { verification: "passed", verifiedAt: NOW },
      { verification: "failed", verifiedAt: NOW },
      { verification: "passed", suspectAt: NOW },
      { suspectAt: NOW },
      { suspectAt: NOW, acceptedAt: NOW + 1 },
      { suspectAt: NOW, rejectedAt: NOW, holdAt: NOW, holdUntil: NOW + HOUR / 2 },
      { rejectedAt: NOW, providerKey: "restic-b", holdAt: NOW, holdUntil: NOW + 1 },
      { importedAt: NOW },
      { importedAt: NOW, acceptedAt: NOW },
      { importedAt: NOW, suspectAt: NOW },
      { importedAt: NOW, rejectedAt: NOW },
      { importedAt: NOW, providerKey: "restic-b" },
      { trigger: "import", slot: null, startTime: null },
      { status: "deleting" },
      { job: "files" },
    ];
    await insert(store, ...marks.map((mark) => backup(mark)));
    const { rows: others, rejected, ...head } = await store.election("db", KEYS);
    const isRejected = new Set(rejected.map(({ runId }) => runId));
    const rows = [...others, ...rejected].sort((left, right) => left.runId < right.runId ? -1 : 1);
    const found = await rowsOf(store);
    const { runId, periodTime, endTime, held, suspect, proved } = rows[0]!;
    const first = { runId, periodTime, endTime, held, suspect, proved, rejected: false, fingerprint: NaN };
    assert.deepEqual(found.rows[0], first);
    assert.deepEqual(
      found.rows,
      rows.map(({ runId, periodTime, endTime, held, suspect, proved }) => (
        {
          runId,
          periodTime,
          endTime,
          held,
          suspect,
          proved,
          rejected: isRejected.has(runId),
          fingerprint: NaN,
        }
      )),
    );
    assert.deepEqual(rows.flatMap(({ proved }, at) => proved ? [at] : []), [6, 8]);
    const { rows: _rows, foreign, nextHoldEnd, ...foundHead } = found;
    assert.deepEqual(foundHead, head);
    assert.equal(rejected.length, 2);
    assert.equal(foreign, others.filter((row) => row.imported && !row.accepted && !row.suspect).length);
    assert.equal(nextHoldEnd, NOW + HOUR / 2);
    assert.equal((await rowsOf(store, false)).rows.every((row) => row.endTime === null), true);
  });

  scenario(
    "electionColumns() answers for a job without backups, and rejects for one that is not there",
    async (store) => {
      const found = await rowsOf(store);
      assert.deepEqual(found.rows, []);
      assert.equal(found.actualCount, 0);
      await assert.rejects(store.electionColumns("none", KEYS, true), /no such job/);
      await assert.rejects(store.electionChanges("none", KEYS, 0, 10), /no such job/);
    },
  );

  scenario("electionColumns() reads a long job in pieces, in the order in which rows came", async (store) => {
    const runs = Array.from(
      { length: 9_001 },
      (_, at) => backup({ providerKey: at % 9 === 0 ? "other" : "restic-a" }),
    );
    for (let at = 0; at < runs.length; at += 500) {
      await store.commit(
        change(...runs.slice(at, at + 500).map((run) => ({ write: "insert", run }) as const)),
      );
    }
    const found = await rowsOf(store);
    assert.equal(found.actualCount, runs.length);
    assert.equal(found.storedCount, runs.length);
    const ours = runs.filter((run) => run.providerKey === "restic-a");
    assert.deepEqual(found.rows.map((row) => row.runId), ours.map((run) => run.runId));
  });

  scenario(
    "electionChanges() tells of every row whose change raised the revision, and of no other",
    async (store) => {
      const run = backup();
      await insert(store, run, backup({ job: "files" }));
      const values: RunChanges = {
        slot: NOW,
        reason: "x",
        message: "x",
        providerKey: "restic-b",
        id: "other",
        dataId: "other",
        periodTime: 1,
        startTime: 1,
        endTime: 1,
        sizeMb: 1,
        attempts: 9,
        lastAttemptAt: 9,
        holdReason: "x",
        holdOwner: "x",
        holdAt: 1,
        holdUntil: 1,
        suspectReason: "x",
        suspectAt: 1,
        acceptedAt: 1,
        rejectedAt: 1,
        importedAt: 1,
        maybeDuplicateAt: 1,
        missingAt: 1,
        deleteReason: "x",
        deleteAskedBy: "x",
        deleteNotBefore: 1,
        verification: "passed",
        verifiedAt: 1,
        verifyTriedAt: 1,
      };
      for (const [field, value] of Object.entries(values)) {
        const before = await store.electionChanges("db", KEYS, 0, 10);
        await store.commit(change({ write: "run", runId: run.runId, set: { [field]: value } }));
        const after = await store.electionChanges("db", KEYS, before.changes, 10);
        if (field === "verification") {
          assert.ok(after.revision > before.revision);
          const { runId, periodTime } = (await store.run(run.runId))!;
          const change = after.changes;
          assert.deepEqual([after.rows, after.proofs], [[], [{ runId, change, periodTime, proved: true }]]);
          continue;
        }
        assert.deepEqual(after.proofs, [], `a change of ${field} is no proof`);
        if (after.revision !== before.revision) {
          assert.deepEqual(after.rows!.map((row) => row.runId), [run.runId], `a change of ${field} is told`);
          assert.equal(after.rows![0]!.change, after.changes);
        } else if (after.changes === before.changes) {
          assert.deepEqual(after.rows, [], `a change of ${field} is none`);
        }
      }
      const { changes, heads } = await store.electionChanges("db", KEYS, 0, 10);
      const rows = [{ runId: run.runId, tags: [], reasons: [HELD], fingerprint: 1 }];
      await store.commit(change({ write: "tags", job: "db", rows, heads: [1, 2] }));
      const after = await store.electionChanges("db", KEYS, changes, 10);
      assert.deepEqual([heads, after.heads], [[], [1, 2]]);
      assert.deepEqual(
        [after.changes, after.rows],
        [changes, []],
        "tags are what passes write, not what they read",
      );
    },
  );

  scenario(
    "electionChanges() says null for more rows than asked for, and tells a row once",
    async (store) => {
      const runs = Array.from({ length: 4 }, () => backup());
      await insert(store, ...runs);
      assert.equal((await store.electionChanges("db", KEYS, 0, 3)).rows, null);
      const first = (await store.electionChanges("db", KEYS, 0, 4)).rows!;
      assert.deepEqual(first.map((row) => row.runId), runs.map((run) => run.runId));
      await store.commit(change({ write: "run", runId: runs[1]!.runId, set: { sizeMb: 3 } }));
      const again = (await store.electionChanges("db", KEYS, 0, 4)).rows!;
      assert.deepEqual(again.map((row) => row.runId), [0, 2, 3, 1].map((at) => runs[at]!.runId));
    },
  );

  scenario("electionChanges() leads from any state to the next one that election() reads", async (store) => {
    const step = fc.record({
      pick: fc.nat(20),
      status: fc.constantFrom(...STATUSES),
      set: fc.constantFrom<RunChanges>(
        {},
        { holdAt: NOW },
        { holdAt: null },
        { suspectAt: NOW },
        { rejectedAt: NOW },
        { verification: "passed" },
        { verification: "failed" },
        { verification: "passed", holdAt: NOW },
        { importedAt: NOW },
        { providerKey: "restic-b" },
        { periodTime: 77, endTime: 78 },
        { periodTime: null, startTime: null },
      ),
      look: fc.boolean(),
    });
    /** Backups that need no word of an operator, by run id. */
    const plainOnes = async () => {
      const { rows } = await store.election("db", KEYS);
      const plain = rows.filter((row) => !row.suspect && (!row.imported || row.accepted));
      return new Map(
        plain.map(({ runId, periodTime, endTime, held, proved }) => [
          runId,
          { periodTime, endTime, held, proved },
        ]),
      );
    };
    const runs: Run[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        const followed = await plainOnes();
        let { changes: known } = await store.electionChanges("db", KEYS, 0, 100);
        for (const { pick, status, set, look } of steps) {
          const run = runs[pick];
          if (run === undefined) {
            runs.push(backup());
            await insert(store, runs.at(-1)!);
          } else {
            const from: Status = (await store.run(run.runId))!.status;
            const to = status !== from && canMove(from, status) ? { status } : {};
            await store.commit({
              ...change({ write: "run", runId: run.runId, set: { ...set, ...to } }),
              conditions: [{ condition: "status", runId: run.runId, in: [from] }],
            });
          }
          if (!look) continue;
          const changes = await store.electionChanges("db", KEYS, known, 100);
          for (const { runId, periodTime, endTime, held, proved, isAvailable, isPlain } of changes.rows!) {
            followed.delete(runId);
            if (isAvailable && isPlain && periodTime !== null) {
              followed.set(runId, { periodTime, endTime, held, proved });
            }
          }
          for (const { runId, proved } of changes.proofs) {
            const known = followed.get(runId);
            if (known !== undefined) followed.set(runId, { ...known, proved });
          }
          known = changes.changes;
          assert.equal((await store.electionColumns("db", KEYS, false)).changes, known);
          const sorted = (rows: typeof followed) => [...rows].sort(([a], [b]) => a < b ? -1 : 1);
          assert.deepEqual(sorted(followed), sorted(await plainOnes()));
        }
      }),
      { numRuns: 20 },
    );
  });

  scenario(
    "sharingRows() names the first other row that uses the same data at the provider",
    async (store) => {
      const [one, two, three, elsewhere, gone, alone] = [
        backup({ dataId: "same" }),
        backup({ dataId: "same", job: "files" }),
        backup({ dataId: "same", status: "missing" }),
        backup({ dataId: "else", providerKey: "restic-b" }),
        backup({ dataId: "else", status: "deleted" }),
        backup({ dataId: "else" }),
      ];
      const none = backup({ dataId: null });
      await insert(store, one, two, three, elsewhere, gone, alone, none, backup({ dataId: null }));
      const asked = [three, two, one, alone, none].map((run) => run.runId);
      const found = await store.sharingRows(KEYS, [...asked, "nobody"]);
      assert.deepEqual(
        found.toSorted((a, b) => a.runId < b.runId ? -1 : 1),
        [
          { runId: one.runId, otherRunId: two.runId, otherId: two.id },
          { runId: two.runId, otherRunId: one.runId, otherId: one.id },
          { runId: three.runId, otherRunId: one.runId, otherId: one.id },
        ],
      );
      assert.deepEqual(await store.sharingRows(KEYS, []), []);
    },
  );

  scenario("a rank in stored reasons falls as the heads rise, of what is available only", async (store) => {
    const run = backup();
    await insert(store, run);
    const stored: StoredReason[] = [
      { kind: "level", level: "daily", ordinal: 5, limit: 7, period: "2026-03-01" },
      HELD,
      { kind: "min_keep", ordinal: 1, of: 2 },
    ];
    const write = (heads: number[]) =>
      change({
        write: "tags",
        job: "db",
        rows: [{
          runId: run.runId,
          tags: ["daily"],
          reasons: stored,
          fingerprint: -5,
        }],
        heads,
      });
    await store.commit(write([0, 0, 0, 5, 0, 0, 0, 1]));
    const reasons = async () => inWords((await store.backups({ limit: 1 })).items[0]!.reasons);
    assert.deepEqual(await reasons(), ["daily 1 of 7 (2026-03-01)", "held", "last 1 of 2"]);
    await store.commit(change({ write: "tags", job: "db", rows: [], heads: [0, 0, 0, 7, 0, 0, 0, 2] }));
    assert.deepEqual(await reasons(), ["daily 3 of 7 (2026-03-01)", "held", "last 2 of 2"]);
    assert.deepEqual((await rowsOf(store)).rows[0]!.fingerprint, -5);
    assert.deepEqual(
      await store.storedReasons([run.runId, "nobody"]),
      new Map([[run.runId, stored]]),
    );
    await store.commit({
      ...change({ write: "run", runId: run.runId, set: { status: "missing" } }),
      conditions: [{ condition: "status", runId: run.runId, in: ["available"] }],
    });
    assert.deepEqual(await reasons(), ["held"]);
  });
}
