// Booting: migrations, the mark beside the file, and the lease.
// Also tests lease.ts.

import assert from "node:assert/strict";
import { copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { openDatabase } from "../../src/store/database/open_database.ts";
import { openStore } from "../../src/store/run_store.ts";
import { createGroupCommit } from "../../src/store/write/group_commit.ts";
import { createLeaseWriter } from "../../src/store/write/lease_writer.ts";
import { readPastBoots, takeLease } from "../../src/store/write/lease.ts";
import { migrate, MIGRATIONS, schemaVersion } from "../../src/store/schema/migrations.ts";
import { at, tempFolder } from "../support/node_files.ts";
import {
  addJobs,
  asKilled,
  backup,
  change,
  DAY,
  decision,
  filePlace,
  insert,
  NOW,
  storeOptions,
} from "./fixture.ts";

async function openEmpty(path: string) {
  return await openDatabase({ kind: "file", path }, storeOptions(`file:${path}`), {
    token: null,
    waitMs: 1,
    requestTimeoutMs: 1_000,
  });
}

test("migrate() goes on where the schema was", () =>
  at(tempFolder(), async (folder) => {
    const database = await openEmpty(`${folder.path}/s.db`);
    const tables = async () =>
      (await database.read({ sql: "SELECT name FROM sqlite_schema ORDER BY name", args: [] })).map((row) =>
        row[0]
      );
    assert.equal(await schemaVersion(database, "s.db"), 0);
    await migrate(database, 0);
    const first = await tables();
    assert.equal(await schemaVersion(database, "s.db"), MIGRATIONS.length);
    await migrate(database, MIGRATIONS.length);
    assert.deepEqual(await tables(), first);
    const longer = [...MIGRATIONS, ["CREATE TABLE later (x TEXT) STRICT"]];
    await migrate(database, MIGRATIONS.length, longer);
    assert.equal(await schemaVersion(database, "s.db", longer), longer.length);
    assert.deepEqual(await tables(), [...first, "later"].sort());
    await database.close();
  }));

test("migrate() that fails leaves the schema as it was", () =>
  at(tempFolder(), async (folder) => {
    const database = await openEmpty(`${folder.path}/s.db`);
    await migrate(database, 0);
    const broken = [...MIGRATIONS, ["CREATE TABLE later (x TEXT) STRICT", "INSERT INTO nowhere VALUES (1)"]];
    await assert.rejects(() => migrate(database, MIGRATIONS.length, broken), { kind: "failed" });
    assert.equal(await schemaVersion(database, "s.db"), MIGRATIONS.length);
    const later = await database.read({ sql: "SELECT 1 FROM sqlite_schema WHERE name = 'later'", args: [] });
    assert.deepEqual(later.length, 0);
    await database.close();
    const empty = await openEmpty(`${folder.path}/empty.db`);
    await assert.rejects(() => migrate(empty, 0, broken), { kind: "failed" });
    assert.equal(await schemaVersion(empty, "empty.db"), 0);
    await empty.close();
  }));

test("openStore() refuses the schema of a newer Schelly and leaves it alone", () =>
  at(filePlace(), async (place) => {
    await (await place.open())[Symbol.asyncDispose]();
    const database = await openEmpty(place.path);
    await database.write([{ sql: `PRAGMA user_version = ${MIGRATIONS.length + 1}`, args: [] }]);
    await database.close();
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(() => place.open(), {
        kind: "newer_schema",
        message: new RegExp(`version ${MIGRATIONS.length + 1}, and this Schelly knows ${MIGRATIONS.length}:`),
      });
    }
    const after = await openEmpty(place.path);
    const boots = await after.read({ sql: "SELECT value FROM meta WHERE key = 'boot_seq'", args: [] });
    assert.equal(boots[0]![0], "1", "it was not taken over");
    await after.close();
  }));

test("openStore() latches every job when an older copy of the state was put back", () =>
  at(filePlace(), async (place) => {
    const first = await place.open();
    await addJobs(first, "db", "files");
    await first[Symbol.asyncDispose]();
    copyFileSync(place.path, `${place.path}.copy`);
    await (await place.open())[Symbol.asyncDispose]();
    copyFileSync(`${place.path}.copy`, place.path);
    const restored = await place.open();
    assert.match(restored.restored!, /older than the one that ran last/);
    const latched = (await restored.latched()).map(({ job, guard }) => [job, guard]);
    assert.deepEqual(latched, [["db", "restored_store"], ["files", "restored_store"]]);
    await restored[Symbol.asyncDispose]();
    const next = await place.open();
    assert.equal(next.restored, null, "the next boot finds nothing new");
    assert.equal((await next.latched()).length, 2, "but what was latched stays");
  }));

test("openStore() takes a fence above every earlier one, also on an older copy or an emptied state", () =>
  at(filePlace(), async (place) => {
    const boot = async () => {
      await using store = await place.open();
      return store.fence;
    };
    const first = await boot();
    copyFileSync(place.path, `${place.path}.copy`);
    const fences = [first, await boot(), await boot()];
    copyFileSync(`${place.path}.copy`, place.path);
    fences.push(await boot());
    rmSync(place.path);
    fences.push(await boot());
    copyFileSync(`${place.path}.copy`, place.path);
    fences.push(await boot(), await boot());
    for (let at = 1; at < fences.length; at++) {
      assert.ok(fences[at]! > fences[at - 1]!, `a provider that has seen ${fences} refuses the rest`);
    }
  }));

test("openStore() notices an older copy of the same boot by the runs it lacks", () =>
  at(filePlace(), async (place) => {
    const first = await place.open();
    await addJobs(first, "db");
    await first[Symbol.asyncDispose]();
    copyFileSync(place.path, `${place.path}.copy`);
    const second = await place.open();
    await insert(second, backup());
    await second.tidy(NOW);
    await second[Symbol.asyncDispose]();
    // As an earlier version wrote it, which counted no batches.
    const { change_seq: _, ...mark } = JSON.parse(readFileSync(`${place.path}.mark`, "utf8").split("\n")[0]!);
    writeFileSync(`${place.path}.mark`, JSON.stringify({ ...mark, boot_seq: 1 }));
    copyFileSync(`${place.path}.copy`, place.path);
    assert.match((await place.open()).restored!, /older/);
  }));

test("openStore() notices a state that was swapped or emptied, and a mark it cannot read", () =>
  at(filePlace(), async (place) => {
    const first = await place.open();
    await addJobs(first, "db");
    await first[Symbol.asyncDispose]();
    const elsewhere = filePlace();
    await (await elsewhere.open())[Symbol.asyncDispose]();
    copyFileSync(elsewhere.path, place.path);
    await elsewhere[Symbol.asyncDispose]();
    const swapped = await place.open();
    assert.match(swapped.restored!, /another one/);
    await swapped[Symbol.asyncDispose]();
    rmSync(place.path);
    const emptied = await place.open();
    assert.match(emptied.restored!, /is new, but another one was here/);
    await emptied[Symbol.asyncDispose]();
    writeFileSync(`${place.path}.mark`, "{");
    const unreadable = await place.open();
    assert.match(unreadable.restored!, /cannot be read/);
  }));

test("openStore() notices a copy of the same boot by one batch that it lacks", () =>
  at(filePlace(), async (place) => {
    const running = await place.open();
    await addJobs(running, "db");
    const run = backup();
    await insert(running, run);
    for (const suffix of ["", "-wal"]) copyFileSync(place.path + suffix, `${place.path}.copy${suffix}`);
    await running.commit(
      change({ write: "run", runId: run.runId, set: { holdAt: NOW, holdReason: "audit" } }),
    );
    await running[Symbol.asyncDispose]();
    for (const suffix of ["", "-wal"]) copyFileSync(`${place.path}.copy${suffix}`, place.path + suffix);
    const restored = await place.open();
    assert.equal((await restored.run(run.runId))!.holdAt, null, "the hold is gone");
    assert.match(restored.restored!, /older than the one that ran last/);
    assert.deepEqual((await restored.latched()).map(({ guard }) => guard), ["restored_store"]);
  }));

test("a state that went back in time under the program takes no more changes", () =>
  at(filePlace(), async (place) => {
    // What a server does that is rolled back: a file cannot change so under its lock.
    const database = await openEmpty(`${place.folder}/other.db`);
    await migrate(database, 0);
    const { clock, watch } = storeOptions("file:other.db");
    const { lease } = await takeLease(database, await readPastBoots(database), {
      holder: "one",
      newStoreId: "s",
      now: NOW,
      bootsKnown: 0,
      changesKnown: 41,
      restored: null,
    });
    assert.equal(lease.changeSeq, 42);
    const noted: number[] = [];
    const write = createLeaseWriter({
      database,
      lease,
      clock,
      watch,
      report: () => {},
      note: (seq) => void noted.push(seq),
    });
    await write(() => [], 0);
    await write(() => [], 0);
    await database.write([{ sql: "UPDATE lease SET change_seq = change_seq - 1", args: [] }]);
    await assert.rejects(() => write(() => [{ sql: "DELETE FROM meta", args: [] }], 0), {
      kind: "replaced",
      message: /went back in time under this program/,
    });
    assert.equal((await readPastBoots(database)).storeId, "s", "and nothing was changed");
    assert.deepEqual(noted, [43, 44]);
    await database.close();
  }));

test("a crash before a batch is committed leaves no mark of it", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const refused = await store.commit({
      ...change({ write: "insert", run: decision(NOW) }),
      conditions: [{ condition: "cursor", job: "db", is: 7 }],
    });
    assert.equal(refused.result, "conflict");
    const killed = asKilled(place.path);
    await store[Symbol.asyncDispose]();
    killed();
    assert.equal((await place.open()).restored, null);
  }));

test("the mark is never ahead of the state, and a line cut off in it leaves the other", () =>
  at(filePlace(), async (place) => {
    const running = await place.open();
    await addJobs(running, "db");
    for (let round = 0; round < 5; round++) {
      await insert(running, decision(NOW + round * DAY));
      const marks = readFileSync(`${place.path}.mark`, "utf8").trimEnd().split("\n")
        .map((line) => JSON.parse(line).change_seq as number);
      assert.equal(marks.length, 2);
      assert.equal(Math.abs(marks[0]! - marks[1]!), 1);
    }
    // As kill -9 leaves it, in the middle of a line.
    const text = readFileSync(`${place.path}.mark`, "utf8");
    const marks = text.trimEnd().split("\n");
    const newest = Number(JSON.parse(marks[1]!).change_seq > JSON.parse(marks[0]!).change_seq);
    marks[newest] = marks[newest]!.slice(0, 40).padEnd(255, "x");
    const killed = asKilled(place.path);
    await running[Symbol.asyncDispose]();
    killed();
    writeFileSync(`${place.path}.mark`, marks.join("\n") + "\n");
    assert.equal((await place.open()).restored, null);
  }));

test("a commit whose mark cannot be written is not told as saved", () =>
  at(filePlace(), async (place) => {
    const options = storeOptions(`file:${place.path}`);
    let isBroken = false;
    const store = await openStore({
      ...options,
      files: {
        ...options.files,
        async openInPlace(path) {
          const file = await options.files.openInPlace(path);
          return {
            ...file,
            writeAt(position, bytes) {
              if (isBroken) throw new Error("no space left on device");
              file.writeAt(position, bytes);
            },
          };
        },
      },
    });
    await addJobs(store, "db");
    isBroken = true;
    await assert.rejects(() => insert(store, decision(NOW)), { kind: "unknown", message: /no space left/ });
    isBroken = false;
    await insert(store, decision(NOW + DAY));
    assert.equal((await store.runs({ limit: 9 })).items.length, 2);
    await store[Symbol.asyncDispose]();
    assert.equal((await place.open()).restored, null);
  }));

test("a crash after tidy() removed the newest row makes no later boot think the state was restored", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    await insert(store, backup(), backup({ status: "failed", id: null }));
    await store.tidy(NOW);
    // The very file: a mark says which one it is.
    linkSync(`${place.path}.mark`, `${place.path}.mark.then`);
    assert.equal((await store.tidy(NOW + 900 * DAY)).removed, 1);
    await store[Symbol.asyncDispose]();
    // As if it had died before it could renew the mark.
    renameSync(`${place.path}.mark.then`, `${place.path}.mark`);
    assert.equal((await place.open()).restored, null);
  }));

test("a store whose lease was taken changes nothing any more and says fenced", () =>
  at(tempFolder(), async (folder) => {
    const database = await openEmpty(`${folder.path}/s.db`);
    await migrate(database, 0);
    const { clock, watch } = storeOptions("file:s.db");
    const boot = async (holder: string) =>
      await takeLease(database, await readPastBoots(database), {
        holder,
        newStoreId: "s",
        now: NOW,
        bootsKnown: 0,
        changesKnown: 0,
        restored: null,
      });
    const first = await boot("one");
    const reports: boolean[] = [];
    const group = createGroupCommit(
      clock,
      createLeaseWriter({
        database,
        lease: first.lease,
        clock,
        watch,
        report: ({ ok }) => void reports.push(ok),
        note: () => {},
      }),
    );
    const row = { sql: "INSERT INTO meta VALUES ('probe', 'x')", args: [] };
    await group.alone((write) => write([{ sql: "DELETE FROM meta WHERE key = 'probe'", args: [] }]));
    const second = await boot("two");
    assert.ok(second.lease.epoch > first.lease.epoch);
    await assert.rejects(() => group.alone((write) => write([row])), {
      kind: "fenced",
      message: /taken it over/,
    });
    const events = [{ type: "run.due", level: "info", at: NOW, message: "" }] as const;
    const many = [1, 2, 3].map(() =>
      group.commit({
        job: "db",
        parts: { conditions: [], writes: [], endedRuns: undefined, concernsAll: false },
        events,
      })
    );
    for (const result of await Promise.allSettled(many)) assert.equal(result.status, "rejected");
    assert.deepEqual(await database.read({ sql: "SELECT 1 FROM events", args: [] }), []);
    assert.deepEqual(await database.read({ sql: "SELECT 1 FROM meta WHERE key = 'probe'", args: [] }), []);
    assert.deepEqual(reports, [true, false, false]);
    await group.close();
    await database.close();
  }));

test("commit() of a change that breaks the schema fails alone", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const results = await Promise.allSettled([
      store.commit(change({ write: "insert", run: decision(NOW) })),
      store.commit({ job: "none", writes: [{ write: "insert", run: decision(NOW, { job: "none" }) }] }),
      store.commit(change({ write: "insert", run: decision(NOW + DAY, { status: "half" as "failed" }) })),
      store.commit(change({ write: "insert", run: decision(NOW + 2 * DAY, { slotUntil: 0.5 }) })),
      store.commit(change({ write: "insert", run: decision(NOW + 3 * DAY) })),
    ]);
    assert.deepEqual(results.map(({ status }) => status), [
      "fulfilled",
      "rejected",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    const reasons = results.map((result) => result.status === "rejected" ? String(result.reason) : "");
    assert.match(reasons[1]!, /FOREIGN KEY/);
    assert.match(reasons[2]!, /CHECK constraint failed/);
    assert.match(reasons[3]!, /'slotUntil' of a stored row is a whole number, never 0\.5/);
    assert.equal((await store.runs({ limit: 9 })).items.length, 2);
  }));
