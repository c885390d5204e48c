// Suspects and rejected backups: reads, the conditions that know them, what raises the revision.

import assert from "node:assert/strict";
import type { Run } from "../../src/domain/backup.ts";
import { backup, change, conflict, DONE, HOUR, insert, NOW, type Scenario, watch } from "../store/fixture.ts";

const LATE = NOW + 1_000_000 * HOUR;
const at = (hour: number, fields: Partial<Run> = {}) =>
  backup({ startTime: NOW + hour * HOUR, slot: null, ...fields });

export function testSuspects(scenario: Scenario): void {
  scenario(
    "election() keeps rejected rows apart, and a word on a suspect raises the revision",
    async (store) => {
      const rows = [at(1), at(2, { suspectAt: NOW }), at(3, { suspectAt: NOW })];
      await insert(store, ...rows);
      const say = async (at: number, set: Partial<Run>) => {
        const before = (await store.job("db"))!.revision;
        await store.commit(change({ write: "run", runId: rows[at]!.runId, set }));
        return (await store.job("db"))!.revision > before;
      };
      assert.equal(await say(1, { acceptedAt: NOW }), true);
      assert.equal(await say(2, { rejectedAt: NOW }), true);
      assert.equal(await say(2, { rejectedAt: NOW }), false);
      const snapshot = await store.election("db", ["restic-a"]);
      assert.deepEqual(snapshot.rows.map((row) => [row.runId, row.suspect]), [
        [rows[0]!.runId, false],
        [rows[1]!.runId, false],
      ]);
      assert.deepEqual(snapshot.rejected.map((row) => row.runId), [rows[2]!.runId]);
      assert.deepEqual([snapshot.storedCount, snapshot.actualCount], [3, 3]);
      assert.equal((await store.run(rows[2]!.runId))!.rejectedAt, NOW);
    },
  );

  scenario(
    "pastSizes() gives sizes of sound backups, newest first, also of those deleted since",
    async (store) => {
      await insert(
        store,
        at(1, { sizeMb: 1 }),
        at(2, { sizeMb: 2, status: "deleted" }),
        at(3, { sizeMb: 3, suspectAt: NOW }),
        at(4, { sizeMb: 4, suspectAt: NOW, acceptedAt: NOW }),
        at(5, { sizeMb: 5, suspectAt: NOW, rejectedAt: NOW }),
        at(6, { sizeMb: null }),
        at(7, { sizeMb: 7, status: "failed" }),
        at(8, { sizeMb: 8, providerKey: "old-url" }),
        at(9, { sizeMb: 9, job: "files" }),
        at(10, { sizeMb: 10, status: "missing" }),
      );
      watch.set(LATE);
      const sizes = async (keys: string[], most = 9) =>
        (await store.pastSizes("db", keys, most)).map((one) => one.accepted ? -one.sizeMb : one.sizeMb);
      assert.deepEqual(await sizes(["restic-a"]), [10, -4, 2, 1]);
      assert.deepEqual(await sizes(["restic-a", "old-url"], 2), [10, 8]);
      assert.deepEqual(await sizes([]), []);
      watch.set(NOW + 4 * HOUR);
      assert.deepEqual(
        await sizes(["restic-a"]),
        [-4, 2, 1],
        "what is dated ahead of now counts for nothing",
      );
      watch.set(NOW);
    },
  );

  scenario(
    "suspects() and backups() find what waits for a word, and whether it is a job's newest",
    async (store) => {
      assert.deepEqual(await store.suspects(), []);
      const old = at(-40, { suspectAt: NOW - 5_000, suspectReason: "small", tags: ["daily"] });
      const newest = at(-10, { suspectAt: NOW, suspectReason: "0 MB" });
      const elsewhere = at(-30, { job: "files", suspectAt: NOW, suspectReason: "tiny" });
      const rows = [
        old,
        elsewhere,
        at(-20, { job: "files" }),
        newest,
        at(-9, { suspectAt: NOW, rejectedAt: NOW }),
        at(-8, { suspectAt: NOW, status: "deleted" }),
        at(-7, { status: "failed" }),
        at(500_000),
      ];
      await insert(store, ...rows);
      assert.deepEqual(await store.suspects(), [
        {
          job: "db",
          count: 2,
          newest: { runId: newest.runId, id: newest.id, reason: "0 MB", since: NOW - 5_000 },
        },
        { job: "files", count: 1, newest: null },
      ]);
      const list = async (query = {}) =>
        (await store.backups({ limit: 9, suspect: true, ...query })).items.map((run) => run.runId);
      assert.deepEqual(await list(), [newest.runId, elsewhere.runId, old.runId]);
      assert.deepEqual(await list({ job: "db" }), [newest.runId, old.runId]);
      assert.deepEqual(await list({ tag: "daily" }), [old.runId]);
      assert.deepEqual(await list({ status: "deleted" }), []);
      const first = await store.backups({ limit: 2, suspect: true });
      assert.deepEqual(await list({ cursor: first.cursor }), [old.runId]);
    },
  );

  scenario(
    "suspects() tells since when without a sound backup in between, however many came since",
    async (store) => {
      const since = async () => (await store.suspects(["db"]))[0]?.newest?.since;
      await insert(
        store,
        at(-50, { suspectAt: NOW - 9_000 }),
        at(-40),
        at(-30, { suspectAt: NOW - 5_000 }),
        at(-20, { suspectAt: NOW - 4_000 }),
      );
      assert.equal(await since(), NOW - 5_000);
      await insert(store, at(-10, { suspectAt: NOW }));
      assert.equal(await since(), NOW - 5_000);
    },
  );

  scenario("condition soundNewest stops while the newest backup is suspect, and only then", async (store) => {
    const may = async (providerKeys = ["restic-a"], now = LATE) => {
      watch.set(now);
      const conditions = [{ condition: "soundNewest", job: "db", providerKeys }] as const;
      const result = await store.commit({ job: "db", conditions, writes: [] });
      watch.set(NOW);
      return result;
    };
    const no = conflict("condition");
    assert.deepEqual(await may(), DONE, "a job without backups");
    const suspect = at(5, { suspectAt: NOW });
    await insert(store, at(1), suspect, at(9, { status: "deleted" }), at(9, { job: "files" }));
    assert.deepEqual(await may(), no);
    assert.deepEqual(await may(["old-url"]), DONE, "it is of another provider");
    assert.deepEqual(await may(["restic-a"], NOW + 5 * HOUR - 200_000), DONE, "it is from the future");
    for (const set of [{ acceptedAt: NOW }, { acceptedAt: null, rejectedAt: NOW }]) {
      await store.commit(change({ write: "run", runId: suspect.runId, set }));
      assert.deepEqual(await may(), DONE);
    }
    await store.commit(change({ write: "run", runId: suspect.runId, set: { rejectedAt: null } }));
    assert.deepEqual(await may(), no);
    await insert(store, at(6));
    assert.deepEqual(await may(), DONE, "a newer one is sound");
  });

  scenario("condition good holds of what can be restored, and of nothing else", async (store) => {
    const rows = {
      plain: at(1),
      accepted: at(2, { suspectAt: NOW, acceptedAt: NOW }),
      held: at(3, { holdAt: NOW }),
      suspect: at(4, { suspectAt: NOW }),
      rejected: at(5, { rejectedAt: NOW }),
      acceptedAndRejected: at(6, { suspectAt: NOW, acceptedAt: NOW, rejectedAt: NOW }),
      missing: at(7, { status: "missing" }),
      deleting: at(8, { status: "deleting", deleteSentAt: NOW }),
      ahead: at(30),
    };
    await insert(store, ...Object.values(rows));
    watch.set(NOW + 10 * HOUR);
    const good: string[] = [];
    for (const [name, { runId }] of [...Object.entries(rows), ["nobody", { runId: "nobody" }] as const]) {
      const { result } = await store.commit({
        job: "db",
        conditions: [{ condition: "good", runId }],
        writes: [],
      });
      if (result === "done") good.push(name);
    }
    watch.set(NOW);
    assert.deepEqual(good, ["plain", "accepted", "held"]);
  });

  scenario("condition unsent holds until a DELETE is marked as sent", async (store) => {
    const unsent = backup({ status: "deleting" });
    const sent = backup({ status: "deleting", deleteSentAt: NOW });
    await insert(store, unsent, sent);
    const may = (runId: string) =>
      store.commit({ job: "db", conditions: [{ condition: "unsent", runId }], writes: [] });
    assert.deepEqual(await may(unsent.runId), DONE);
    assert.deepEqual(await may(sent.runId), conflict("condition"));
    assert.deepEqual(await may("nobody"), conflict("condition"));
  });

  scenario("stats() takes no suspect for the last success, but shows its size", async (store) => {
    const good = at(1, { sizeMb: 500 });
    await insert(store, good, at(2, { sizeMb: 0, suspectAt: NOW }), at(3, { sizeMb: 1, rejectedAt: NOW }));
    watch.set(LATE);
    const [db] = await store.stats();
    watch.set(NOW);
    assert.deepEqual([db!.lastSuccessAt, db!.lastSizeMb], [good.endTime, 1]);
  });
}
