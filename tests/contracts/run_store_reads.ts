// Lists and look-ups.

import assert from "node:assert/strict";
import type { Run } from "../../src/domain/backup.ts";
import { InvalidCursor } from "../../src/domain/errors.ts";
import type { Page } from "../../src/ports/queries.ts";
import type { RunStore } from "../../src/ports/store.ts";
import {
  backup,
  conflict,
  DAY,
  decision,
  HOUR,
  insert,
  NOW,
  type Scenario,
  watch,
} from "../store/fixture.ts";

export function testReads(scenario: Scenario): void {
  scenario(
    "backups() lists what has a provider id, newest first, by status, tag, job and time",
    async (store) => {
      const rows = [
        backup({ tags: ["hourly", "daily"] }),
        backup({ status: "deleted", tags: ["daily"] }),
        backup({ status: "lost" }),
        backup({ status: "missing" }),
        backup({ status: "cancelling" }),
        backup({ job: "files", tags: ["hourly"] }),
        backup({ startTime: null, trigger: "import", slot: null, periodTime: null }),
      ];
      await insert(store, ...rows, decision(NOW + 7), backup({ id: null, status: "failed" }));
      const list = async (query: Partial<Parameters<RunStore["backups"]>[0]> = {}) =>
        (await store.backups({ limit: 99, ...query })).items.map((run) =>
          rows.findIndex((row) => row.runId === run.runId)
        );
      assert.deepEqual(await list(), [6, 5, 4, 3, 2, 1, 0]);
      assert.deepEqual(await list({ status: "available" }), [6, 5, 0]);
      assert.deepEqual(await list({ status: "error" }), [3, 2]);
      assert.deepEqual(await list({ status: "running" }), [4]);
      assert.deepEqual(await list({ status: "deleted" }), [1]);
      assert.deepEqual(await list({ tag: "daily" }), [1, 0]);
      assert.deepEqual(await list({ tag: "daily", status: "available" }), [0]);
      assert.deepEqual(await list({ tag: "hourly", job: "files" }), [5]);
      assert.deepEqual(await list({ tag: "hourly", job: "db", status: "available" }), [0]);
      assert.deepEqual(await list({ job: "db", since: rows[1]!.startTime!, until: rows[3]!.startTime! }), [
        2,
        1,
      ]);
      assert.deepEqual((await store.backups({ limit: 99 })).items[0], rows[6]);
    },
  );

  scenario("unknownRuns() tells which run ids no row has, whatever became of the others", async (store) => {
    const rows = [backup(), backup({ status: "deleted" }), decision(NOW)];
    await insert(store, ...rows);
    assert.deepEqual(await store.unknownRuns(["other", ...rows.map(({ runId }) => runId)]), ["other"]);
    assert.deepEqual(await store.unknownRuns([]), []);
  });

  scenario("runs() lists every decision by status, job and trigger", async (store) => {
    const rows = [
      decision(NOW),
      decision(NOW + HOUR, { status: "expired", job: "files" }),
      backup({ trigger: "manual", slot: null, startTime: NOW + 2 * HOUR }),
      backup({ status: "failed", id: null, startTime: NOW + 3 * HOUR }),
    ];
    await insert(store, ...rows);
    const list = async (query: Partial<Parameters<RunStore["runs"]>[0]>) =>
      (await store.runs({ limit: 99, ...query })).items.map((run) =>
        rows.findIndex((row) => row.runId === run.runId)
      );
    assert.deepEqual(await list({}), [3, 2, 1, 0]);
    assert.deepEqual(await list({ status: ["failed", "skipped", "expired"] }), [3, 1, 0]);
    assert.deepEqual(await list({ status: ["failed", "skipped", "expired"], job: "db" }), [3, 0]);
    assert.deepEqual(await list({ status: [] }), []);
    assert.deepEqual(await list({ trigger: "manual" }), [2]);
    assert.deepEqual(await list({ job: "files" }), [1]);
    assert.deepEqual(await list({ since: NOW + HOUR, until: NOW + 3 * HOUR }), [2, 1]);
  });

  scenario("pages hold every row once, also while rows are added", async (store) => {
    // Many share one instant, so that only the run id tells them apart.
    const rows = Array.from({ length: 60 }, (_, at) =>
      backup({
        startTime: NOW + Math.floor(at / 9) * HOUR,
        slot: null,
        job: at % 4 === 0 ? "files" : "db",
        status: at % 3 === 0 ? "missing" : at % 5 === 0 ? "lost" : "available",
        tags: at % 2 === 0 ? ["daily"] : [],
      }));
    await insert(store, ...rows);
    const queries = [{}, { job: "db" }, { status: "error" as const }, { tag: "daily" as const }, {
      job: "db",
      status: "error" as const,
    }];
    for (const query of queries) {
      const whole = (await store.backups({ ...query, limit: 1000 })).items.map((run) => run.runId);
      const paged: string[] = [];
      let page: Page<Run> = { items: [], cursor: undefined };
      do {
        page = await store.backups({ ...query, limit: 7, cursor: page.cursor });
        paged.push(...page.items.map((run) => run.runId));
        await insert(store, backup({ startTime: NOW + 900 * DAY, tags: ["daily"], status: "missing" }));
        assert.ok(page.items.length <= 7);
      } while (page.cursor !== undefined);
      assert.deepEqual(paged, whole, JSON.stringify(query));
    }
    assert.equal((await store.runs({ limit: 5 })).items.length, 5);
    const all = (await store.runs({ limit: 1000 })).items.length;
    assert.equal((await store.runs({ limit: all })).cursor, undefined, "the last page says so");
  });

  scenario("a cursor that was not handed out is refused as one", async (store) => {
    const odd = ["", "x", "W10", "WzEsMl0", btoa('{"at":1}'), btoa('[1.5,"r"]'), "💥", "a".repeat(9000)];
    for (const cursor of odd) {
      await assert.rejects(() => store.backups({ limit: 1, cursor }), InvalidCursor, cursor);
      await assert.rejects(() => store.runs({ limit: 1, cursor }), InvalidCursor);
    }
  });

  scenario("reads find rows by what is known of them", async (store) => {
    const one = backup({ id: "same", callerKey: "key", dataId: "shared" });
    const two = backup({ id: "same", providerKey: "other", job: "files", dataId: "shared" });
    const three = backup({ job: "files", dataId: "shared" });
    const gone = backup({ dataId: "shared", status: "deleted" });
    const lost = backup({ status: "lost", endTime: NOW - DAY });
    await insert(store, one, two, three, gone, lost);
    const ids = (runs: Run[]) => runs.map((run) => run.runId);
    assert.deepEqual(ids(await store.find("same")), [two.runId, one.runId]);
    assert.deepEqual(ids(await store.find("same", "files")), [two.runId]);
    assert.deepEqual(ids(await store.find(one.runId)), [one.runId]);
    assert.deepEqual(await store.find("' OR 1=1 --"), []);
    assert.equal((await store.byProviderId("other", "same"))?.runId, two.runId);
    assert.equal(await store.byProviderId("nobody", "same"), undefined);
    assert.equal((await store.byCallerKey("db", "key"))?.runId, one.runId);
    assert.equal(await store.byCallerKey("files", "key"), undefined);
    assert.deepEqual(await insert(store, backup({ callerKey: "key" })), [conflict("busy")]);
    assert.deepEqual(await store.sharedData(["restic-a"], ["shared", "none"], [one.runId]), [
      { dataId: "shared", runId: three.runId, id: three.id, job: "files" },
    ]);
    assert.deepEqual(ids(await store.runsInStatus(["available", "lost"])), ids([one, two, three, lost]));
    assert.deepEqual(ids(await store.runsInStatus(["available", "lost"], "db")), ids([one, lost]));
    assert.deepEqual(ids(await store.runsInStatus(["available", "lost"], undefined, 2)), ids([one, two]));
    assert.deepEqual(ids(await store.runsInStatus(["lost"], undefined, undefined, NOW)), []);
    assert.deepEqual(ids(await store.runsInStatus(["lost"], "db", 5, NOW - DAY)), [lost.runId]);
  });

  scenario("reads of an empty store answer nothing", async (store) => {
    assert.deepEqual(await store.backups({ limit: 10 }), { items: [] });
    assert.deepEqual(await store.runs({ limit: 10 }), { items: [] });
    assert.deepEqual(await store.unfinished(), []);
    assert.deepEqual(await store.events({ limit: 10 }), []);
    assert.equal((await store.stats()).length, 2);
  });

  scenario("stats() counts by job, status and tag, and knows the last success and failure", async (store) => {
    const old = backup({ tags: ["daily"], sizeMb: 2 });
    const last = backup({ tags: ["daily", "hourly"], sizeMb: 3.5 });
    const failed = backup({ status: "failed", tags: [] });
    const deleted = backup({ status: "deleted", tags: ["daily"] });
    await insert(store, old, last, failed, deleted, decision(NOW));
    watch.set(failed.endTime!);
    const [db, files] = await store.stats();
    watch.set(NOW);
    assert.deepEqual(db, {
      job: "db",
      byStatus: { available: 2, failed: 1, deleted: 1, skipped: 1 },
      byTag: { hourly: 1, daily: 2 },
      lastSuccessAt: last.endTime,
      lastKeptAt: last.endTime,
      lastFailureAt: failed.endTime,
      lastFailureMessage: failed.message,
      lastSizeMb: 3.5,
      lastDurationMs: 60_000,
      totalSizeMb: 5.5,
      leftovers: 1,
    });
    assert.deepEqual([files!.job, files!.byStatus, files!.lastSuccessAt], ["files", {}, null]);
  });

  scenario("stats() takes nothing that is dated ahead of now for the last of anything", async (store) => {
    const last = backup({ startTime: NOW - DAY, endTime: NOW - DAY + 1, sizeMb: 7 });
    const failed = backup({ status: "failed", startTime: NOW - DAY, endTime: NOW - DAY + 2 });
    const begunAhead = backup({ startTime: NOW + 400 * DAY, endTime: NOW - HOUR, sizeMb: 9 });
    await insert(store, last, backup(), backup({ status: "failed" }), failed, begunAhead);
    watch.set(NOW - HOUR);
    const [db] = await store.stats();
    watch.set(NOW);
    assert.deepEqual([db!.lastSuccessAt, db!.lastFailureAt, db!.lastSizeMb], [
      last.endTime,
      failed.endTime,
      7,
    ]);
  });

  scenario(
    "inDoubt() finds what is not dated yet, and such rows without a period count for nothing",
    async (store) => {
      const marked = backup({ clockOff: -HOUR, slot: null, periodTime: null });
      const other = backup({ job: "files", clockOff: 0, status: "failed" });
      await insert(store, backup(), marked, other);
      const ids = (runs: Run[]) => runs.map((run) => run.runId);
      assert.deepEqual(ids(await store.inDoubt()), ids([marked, other]));
      assert.deepEqual(ids(await store.inDoubt("db")), [marked.runId]);
      const elected = async () => (await store.election("db", ["restic-a"])).rows.length;
      const points = async () => (await store.restorePoints("db", ["restic-a"])).length;
      const columns = async () => (await store.electionColumns("db", ["restic-a"], true)).candidates.length;
      assert.deepEqual([await elected(), await points(), await columns()], [1, 1, 1]);
      const set = { clockOff: null, periodTime: NOW, createdAt: NOW - 1 };
      await store.commit({ job: "db", writes: [{ write: "run", runId: marked.runId, set }] });
      assert.deepEqual([await elected(), await points(), await columns()], [2, 2, 2]);
      assert.equal((await store.run(marked.runId))?.createdAt, NOW - 1);
    },
  );
}
