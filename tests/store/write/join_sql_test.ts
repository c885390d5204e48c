// Two stored jobs become one, with all that any table says of either.
// Also tests shared_slots.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { JOIN_JOBS } from "../../../src/store/write/join_sql.ts";
import { openStore } from "../../../src/store/run_store.ts";
import { at, tempFolder } from "../../support/node_files.ts";
import { addJobs, backup, change, decision, insert, NOW, storeOptions } from "../fixture.ts";

const HOUR = 3_600_000;
const join = change({ write: "joinJobs", job: "db", to: "web" });

test("every table that names a job is joined, and none is forgotten when one is added", () =>
  at(tempFolder(), async ({ path }) => {
    const url = `file:${path}/s.db`;
    const store = await openStore(storeOptions(url));
    await store[Symbol.asyncDispose]();
    const database = await openDatabase(
      { kind: "file", path: `${path}/s.db` },
      storeOptions(url),
      { token: null, waitMs: 1, requestTimeoutMs: 1_000 },
    );
    const rows = await database.read({
      sql: "SELECT m.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c " +
        "WHERE m.type = 'table' AND c.name = 'job' ORDER BY m.name",
      args: [],
    });
    const sql = JOIN_JOBS.join("\n");
    for (const [table] of rows.map((row) => [String(row[0])])) {
      // Events are the audit trail: they tell what was done under the name of the time.
      if (table === "events") continue;
      assert.match(sql, new RegExp(`(FROM|UPDATE) ${table}\\b`), `${table} is joined`);
    }
    await database.close();
  }));

test("joinJobs adds up what triggers count, and keeps rows, guards and versions of both", () =>
  at(tempFolder(), async ({ path }) => {
    await using store = await openStore(storeOptions(`file:${path}/s.db`));
    await addJobs(store, "db", "web");
    const ours = [backup(), backup(), backup({ providerKey: "restic-b", holdAt: NOW, holdReason: "audit" })];
    const theirs = [backup({ job: "web" }), decision(NOW + 999 * HOUR, { job: "web" })];
    await insert(store, ...ours, ...theirs);
    await store.commit(change({
      write: "latch",
      guard: { job: "db", guard: "too_many", latchedAt: NOW, message: "" },
    }));
    const approval = { digest: "d", runIds: [], approvedAt: NOW, approvedBy: "ann", expiresAt: NOW + HOUR };
    for (const job of ["db", "web"]) {
      await store.commit({ job, writes: [{ write: "approval", approval: { job, ...approval } }] });
    }
    const [former, state] = [(await store.job("db"))!, (await store.job("web"))!];
    const { changes } = await store.election("web", ["restic-a"]);
    assert.deepEqual(await store.commit(join), { result: "done" });

    assert.equal(await store.job("db"), undefined);
    const after = (await store.job("web"))!;
    assert.equal(after.availableCount, 4);
    assert.ok(after.revision > Math.max(former.revision, state.revision));
    for (const run of [...ours, ...theirs]) assert.equal((await store.run(run.runId))!.job, "web");
    assert.equal((await store.run(ours[2]!.runId))!.holdReason, "audit");
    const election = await store.election("web", ["restic-a", "restic-b"]);
    assert.deepEqual([election.rows.length, election.actualCount, election.storedCount], [4, 4, 4]);
    assert.equal(election.approval, null, "neither approval covers both");
    assert.deepEqual(
      (await store.latched()).map(({ job, guard }) => [job, guard]),
      [["web", "too_many"]],
    );
    assert.deepEqual(
      (await store.providerBackups()).map(({ job, providerKey, available }) => [job, providerKey, available]),
      [["web", "restic-a", 3], ["web", "restic-b", 1]],
    );
    const seen = await store.electionChanges("web", ["restic-a", "restic-b"], changes, 100);
    const came = seen.rows!.map(({ runId }) => runId);
    for (const run of ours) assert.ok(came.includes(run.runId), "a follower sees the rows that came");
    assert.equal((await store.commit(join)).result, "done", "a second time does nothing");
    assert.deepEqual({ ...await store.job("web") }, after);
  }));

test("joinJobs is a conflict where both decided a slot, and changes nothing", () =>
  at(tempFolder(), async ({ path }) => {
    await using store = await openStore(storeOptions(`file:${path}/s.db`));
    await addJobs(store, "db", "web");
    const run = backup();
    await insert(store, run, decision(run.slot!, { job: "web" }));
    assert.deepEqual(await store.commit(join), { result: "conflict", why: "duplicate_slot" });
    assert.equal((await store.run(run.runId))!.job, "db");
  }));

test("sharedSlots finds rows and ranges of both jobs that decide the same slot", () =>
  at(tempFolder(), async ({ path }) => {
    await using store = await openStore(storeOptions(`file:${path}/s.db`));
    await addJobs(store, "db", "web");
    const one = decision(NOW);
    const range = decision(NOW + HOUR, { slotUntil: NOW + 4 * HOUR });
    const lone = decision(NOW + 9 * HOUR);
    const same = decision(NOW, { job: "web" });
    const inside = decision(NOW + 2 * HOUR, { job: "web" });
    const over = decision(NOW + 4 * HOUR, { job: "web", slotUntil: NOW + 6 * HOUR });
    const around = decision(NOW - HOUR, { job: "web", slotUntil: NOW - 1_000 });
    await insert(store, one, range, lone, same, inside, over, around);
    const pairs = async (job: string, other: string) =>
      (await store.sharedSlots(job, other, 10)).map((pair) => [pair.of.runId, pair.other.runId]).sort();
    const expected = [[one, same], [range, inside], [range, over]].map(([a, b]) => [a!.runId, b!.runId]);
    assert.deepEqual(await pairs("db", "web"), expected.toSorted());
    assert.deepEqual(await pairs("web", "db"), expected.map(([a, b]) => [b!, a!]).toSorted());
    assert.equal((await store.sharedSlots("db", "web", 2)).length, 2);
  }));
