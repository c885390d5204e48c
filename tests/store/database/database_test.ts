// What happens when the state file is not what it should be. Real files, real processes.
// Also tests database_errors.ts, file_copy.ts, snapshot.ts, state_file.ts and state_location.ts.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { Files } from "../../../src/ports/host.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { ConstraintFailed, fileFailure } from "../../../src/store/database/database_errors.ts";
import { type OpenStore, openStore } from "../../../src/store/run_store.ts";
import { stateLocation } from "../../../src/store/database/state_location.ts";
import { at, nodeFiles, tempFolder } from "../../support/node_files.ts";
import { addJobs, backup, decision, filePlace, insert, NOW, storeOptions } from "../fixture.ts";

const options = { token: null, waitMs: 1, requestTimeoutMs: 1_000 };
const open = (path: string) => openDatabase({ kind: "file", path }, storeOptions(`file:${path}`), options);
const modeOf = (path: string) => statSync(path).mode & 0o777;

test("openStore() makes a file that only its owner may read, log and mark too", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const names = readdirSync(place.folder).sort();
    assert.deepEqual(names, ["schelly.db", "schelly.db-wal", "schelly.db.mark"]);
    for (const name of names) assert.equal(modeOf(`${place.folder}/${name}`), 0o600, name);
  }));

test("openStore() takes rights away from a file that others may read", () =>
  at(filePlace(), async (place) => {
    await (await place.open())[Symbol.asyncDispose]();
    chmodSync(place.path, 0o644);
    await place.open();
    assert.equal(modeOf(place.path), 0o600);
  }));

for (const name of ["a b.db", "100%25.db", "what?.db", "#1.db", "ünï'\".db"]) {
  test(`openStore() opens a file named ${name}`, () =>
    at(filePlace(name), async (place) => {
      await place.open();
      assert.ok(readdirSync(place.folder).includes(name));
    }));
}

test("disposing the store lets go of the file and leaves all in it", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const last = insert(store, backup());
    await store[Symbol.asyncDispose]();
    assert.deepEqual(await last, [{ result: "done" }], "what was waiting is answered");
    assert.deepEqual(readdirSync(place.folder).sort(), ["schelly.db", "schelly.db.mark"]);
    const again = await place.open();
    assert.equal((await again.backups({ limit: 9 })).items.length, 1);
  }));

test("snapshot() writes a copy that can be put back, and never over something", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const [run] = [backup()];
    await insert(store, run);
    const copy = `${place.folder}/it's a copy.db`;
    await store.snapshot(copy);
    await insert(store, backup());
    assert.equal(modeOf(copy), 0o600);
    await assert.rejects(() => store.snapshot(copy), {
      kind: "not_writable",
      message: /something is there already/,
    });
    await assert.rejects(() => store.snapshot(`${place.folder}/none/copy.db`), { kind: "not_writable" });
    await store[Symbol.asyncDispose]();
    renameSync(copy, place.path);
    const restored = await place.open();
    assert.deepEqual((await restored.runs({ limit: 9 })).items, [run]);
    assert.equal(restored.storeId, store.storeId);
  }));

test("snapshot() is of the moment at which it began, whatever is saved while it is written", () =>
  at(tempFolder(), async (folder) => {
    let meanwhile = () => Promise.resolve();
    const files: Files = {
      ...nodeFiles,
      async openToRead(path) {
        const file = await nodeFiles.openToRead(path);
        return {
          ...file,
          async readAt(position, bytes) {
            await meanwhile();
            return await file.readAt(position, bytes);
          },
        };
      },
    };
    const path = `${folder.path}/s.db`;
    const store = await openStore({ ...storeOptions(`file:${path}`), files });
    await addJobs(store, "db");
    await insert(store, ...Array.from({ length: 4_000 }, () => backup({ message: "m".repeat(900) })));
    const before = (await store.runs({ limit: 100_000 })).items;
    let pieces = 0;
    meanwhile = async () => {
      pieces++;
      // More than SQLite would let the log hold by itself.
      await insert(store, ...Array.from({ length: 800 }, () => backup({ message: "n".repeat(3_000) })));
    };
    const [shot, second] = await Promise.all([1, 2].map((n) => store.snapshot(`${folder.path}/copy-${n}`)));
    assert.ok(pieces >= 8, `${pieces} pieces`);
    assert.deepEqual([shot!.runs, shot!.available], [before.length, before.length]);
    assert.ok(second!.runs >= before.length);
    const size = statSync(`${path}-wal`).size;
    meanwhile = () => Promise.resolve();
    await insert(store, backup());
    await insert(store, backup());
    await store[Symbol.asyncDispose]();
    assert.ok(size > 1_000 * 4_096, "the log gathered what was saved meanwhile");
    const copy = await open(`${folder.path}/copy-1`);
    assert.deepEqual((await copy.read({ sql: "PRAGMA integrity_check", args: [] })).map((row) => row[0]), [
      "ok",
    ]);
    await copy.close();
    const restored = await openStore(storeOptions(`file:${folder.path}/copy-1`));
    assert.deepEqual((await restored.runs({ limit: 100_000 })).items, before);
    assert.match(restored.restored ?? "", /is a copy made at/);
    await restored[Symbol.asyncDispose]();
    assert.deepEqual(readdirSync(folder.path).filter((name) => name.includes("part")), []);
  }));

test("snapshot() of a state that is written back meanwhile is no copy, and leaves nothing", () =>
  at(tempFolder(), async (folder) => {
    const opened: OpenStore[] = [];
    const files: Files = {
      ...nodeFiles,
      async openToRead(path) {
        await insert(opened[0]!, backup());
        utimesSync(path, 1, 1);
        return await nodeFiles.openToRead(path);
      },
    };
    const store = await openStore({ ...storeOptions(`file:${folder.path}/s.db`), files });
    opened.push(store);
    await addJobs(store, "db");
    const names = () => readdirSync(folder.path).filter((name) => name.startsWith("copy"));
    await assert.rejects(store.snapshot(`${folder.path}/copy`), /no copy can be made of: try again/);
    assert.deepEqual(names(), []);
    // The next one is whole.
    await store.snapshot(`${folder.path}/copy`);
    await store[Symbol.asyncDispose]();
    assert.deepEqual(names(), ["copy"]);
  }));

test("openStore() of a file that is open says in_use", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await assert.rejects(() => place.open(), {
      kind: "in_use",
      message: /schelly\.db'.*another process holds it/,
    });
    assert.deepEqual((await addJobs(store, "db"))[0], { result: "done" }, "the first goes on");
  }));

test("openStore() of something that is no database says corrupt and leaves it alone", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/schelly.db`;
    for (const text of ["hello", "x".repeat(9000), `SQLite format 3\0${"y".repeat(5000)}`]) {
      writeFileSync(path, text);
      await assert.rejects(() => openStore(storeOptions(`file:${path}`)), {
        kind: "corrupt",
        message: /restore a snapshot/,
      });
      assert.equal(readFileSync(path, "utf8"), text);
    }
  }));

test("openStore() of a damaged state file says corrupt", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    await insert(store, ...Array.from({ length: 400 }, () => backup({ message: "m".repeat(200) })));
    await store[Symbol.asyncDispose]();
    const bytes = readFileSync(place.path);
    // Whole pages of tables and indexes in the middle of the file.
    bytes.fill(0x5a, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 8192);
    writeFileSync(place.path, bytes);
    await assert.rejects(() => place.open(), { kind: "corrupt" });
  }));

test("openStore() of another program's database says corrupt and adds nothing", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/other.db`;
    const other = await open(path);
    await other.write([{ sql: "CREATE TABLE recipes (name TEXT)", args: [] }]);
    await other.close();
    await assert.rejects(() => openStore(storeOptions(`file:${path}`)), {
      kind: "corrupt",
      message: /'recipes'/,
    });
  }));

test("openStore() without a folder or rights says not_writable", () =>
  at(tempFolder(), async (folder) => {
    for (const path of [`${folder.path}/none/schelly.db`, "/proc/schelly.db", folder.path]) {
      await assert.rejects(() => openStore(storeOptions(`file:${path}`)), {
        kind: "not_writable",
        message: new RegExp(`'${path}'.*expected`),
      });
    }
  }));

test("openStore() of a file that this user may only read says not_writable", {
  skip: process.getuid?.() === 0 && "root may write to everything",
}, () =>
  at(filePlace(), async (place) => {
    await (await place.open())[Symbol.asyncDispose]();
    chmodSync(place.folder, 0o500);
    try {
      await assert.rejects(() => place.open(), { kind: "not_writable" });
    } finally {
      chmodSync(place.folder, 0o700);
    }
  }));

test("a state file that was removed or replaced takes no more writes", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    copyFileSync(place.path, `${place.path}.copy`);
    rmSync(place.path);
    await assert.rejects(() => insert(store, backup()), {
      kind: "replaced",
      message: /was removed while in use/,
    });
    renameSync(`${place.path}.copy`, place.path);
    await assert.rejects(() => insert(store, backup()), {
      kind: "replaced",
      message: /was replaced while in use/,
    });
  }));

test("a log that was removed or replaced under the program ends its work, and loses nothing", () =>
  at(tempFolder(), async (folder) => {
    for (const kind of ["removed", "replaced"]) {
      await using place = filePlace();
      const store = await place.open();
      await addJobs(store, "db");
      const run = backup();
      await insert(store, run);
      rmSync(`${place.path}-wal`);
      if (kind === "replaced") writeFileSync(`${place.path}-wal`, "");
      const gone = {
        kind: "replaced",
        message: new RegExp(`log '.*-wal' of the state: it was ${kind} while in use: .*all that was saved`),
      };
      // Reads right after others take over what those saw of the files; a write never does.
      await assert.rejects(() => insert(store, backup()), gone);
      await assert.rejects(() => store.latched(), gone);
      // As kill -9 leaves it: this one never closes it, and the mark is no copy.
      copyFileSync(place.path, `${folder.path}/${kind}.db`);
      renameSync(`${place.path}.mark`, `${folder.path}/${kind}.db.mark`);
      await using found = await openStore(storeOptions(`file:${folder.path}/${kind}.db`));
      assert.deepEqual(await found.run(run.runId), run);
      assert.equal(found.restored, null);
    }
  }));

test("what a removed log took along at kill -9 is noticed at the next start", () =>
  at(tempFolder(), async (folder) => {
    await using place = filePlace();
    const store = await place.open();
    await addJobs(store, "db");
    await store[Symbol.asyncDispose]();
    const again = await place.open();
    await insert(again, backup());
    for (const suffix of ["", ".mark"]) copyFileSync(place.path + suffix, `${folder.path}/left.db${suffix}`);
    await using found = await openStore(storeOptions(`file:${folder.path}/left.db`));
    assert.match(found.restored!, /older than the one that ran last/);
  }));

test("openStore() of a file whose log cannot be written to says not_writable and why", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    copyFileSync(place.path, `${place.path}.left`);
    copyFileSync(`${place.path}-wal`, `${place.path}.left-wal`);
    const options = storeOptions(`file:${place.path}.left`);
    const files = {
      ...options.files,
      appendText: () => Promise.reject(new Error("Read-only file system (os error 30)")),
    };
    await assert.rejects(() => openStore({ ...options, files }), {
      kind: "not_writable",
      message: /Read-only file system .*: expected an existing folder and a file that this user may write to/,
    });
  }));

test("a full disk says not_writable, saves nothing, and is over when there is room again", () =>
  at(tempFolder(), async (folder) => {
    const database = await open(`${folder.path}/small.db`);
    await database.write([{ sql: "CREATE TABLE t (x TEXT) STRICT", args: [] }]);
    await database.read({ sql: "PRAGMA max_page_count = 8", args: [] });
    const fill = { sql: "INSERT INTO t VALUES (?1)", args: ["x".repeat(100_000)] };
    await assert.rejects(() => database.write([{ sql: "INSERT INTO t VALUES ('y')", args: [] }, fill]), {
      kind: "not_writable",
      message: /disk is full; nothing was saved/,
    });
    assert.equal((await database.read({ sql: "SELECT count(*) FROM t", args: [] }))[0]![0], 0n);
    await database.read({ sql: "PRAGMA max_page_count = 1000", args: [] });
    await database.write([fill]);
    assert.equal((await database.read({ sql: "SELECT count(*) FROM t", args: [] }))[0]![0], 1n);
    const pragma = async (name: string) => (await database.read({ sql: `PRAGMA ${name}`, args: [] }))[0]![0];
    assert.deepEqual(
      await Promise.all(["locking_mode", "journal_mode", "synchronous", "foreign_keys"].map(pragma)),
      [
        "exclusive",
        "wal",
        2n,
        1n,
      ],
    );
    await database.close();
  }));

test("fileFailure() tells what the kind of failure is", () => {
  const failed = (code: string, doing: "open" | "read" | "write" = "write") =>
    fileFailure("/s.db", doing, Object.assign(new Error(`${code}: ${code}: why`), { code }));
  const kind = (code: string, doing?: "open" | "read" | "write") =>
    (failed(code, doing) as { kind?: string }).kind;
  assert.ok(failed("SQLITE_CONSTRAINT") instanceof ConstraintFailed);
  assert.equal(kind("SQLITE_BUSY"), "in_use");
  assert.equal(kind("SQLITE_CORRUPT"), "corrupt");
  assert.equal(kind("SQLITE_READONLY"), "not_writable");
  // Its commit record may have reached the disk.
  assert.equal(kind("SQLITE_IOERR"), "unknown");
  assert.equal(kind("SQLITE_IOERR", "read"), "failed");
  assert.equal(kind("SQLITE_ERROR"), "failed");
  assert.match(
    failed("SQLITE_FULL").message,
    /^Cannot write to the state file '\/s\.db': why: the disk is full/,
  );
});

test("stateLocation() takes the path after file: as it stands and shows servers without secrets", () => {
  assert.deepEqual(stateLocation("file:/a b%20?.db"), { kind: "file", path: "/a b%20?.db" });
  assert.deepEqual(stateLocation("file:///var/s.db"), { kind: "file", path: "/var/s.db" });
  assert.deepEqual(stateLocation("file:s.db"), { kind: "file", path: "s.db" });
  const url = "libsql://user:secret@db.example.org/x?authToken=hush";
  assert.deepEqual(stateLocation(url), { kind: "remote", url, shown: "libsql://db.example.org/x" });
  for (
    const bad of [
      "",
      "file:",
      "file::memory:",
      "/var/s.db",
      "postgres://h/db",
      "http://",
      "https://u:secret@",
    ]
  ) {
    assert.throws(() => stateLocation(bad), (error: Error) => {
      assert.match(error.message, /expected file:/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});

// Only Deno runs a TypeScript file as it is.
const childArgs = "Deno" in globalThis ? ["run", "-A", "--no-check"] : undefined;
const writer = new URL("./writer_process.ts", import.meta.url).pathname;

test("kill -9 loses nothing that was acknowledged, and no lock outlives the process", {
  skip: childArgs === undefined && "needs a runtime that runs TypeScript",
}, () =>
  at(filePlace(), async (place) => {
    // Whoever closed the file after reading it would give the lock back.
    const child = spawn(process.execPath, [...childArgs!, writer, place.path, `${place.folder}/copy`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = new Promise((resolve) => child.on("exit", resolve));
    const acknowledged: string[] = [];
    let refused = "";
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line);
      if (acknowledged.length === 100) {
        refused = await place.open().then(() => "opened", (error) => error.kind);
      }
      if (acknowledged.length === 400) child.kill("SIGKILL");
    }
    await exited;
    assert.equal(refused, "in_use", "a second process does not get in");
    const store = await place.open();
    const kept = new Map((await store.runs({ limit: 100_000 })).items.map((run) => [run.runId, run]));
    for (const line of acknowledged) {
      const [runId, status] = line.split(" ");
      assert.ok(kept.has(runId!), `${runId} was acknowledged`);
      if (status !== undefined) assert.equal(kept.get(runId!)!.status, status);
    }
    for (const state of await store.jobs()) {
      const truth = [...kept.values()].filter((run) =>
        run.job === state.job && run.status === "available"
      ).length;
      assert.equal(state.availableCount, truth);
    }
    assert.deepEqual(await insert(store, decision(NOW, { job: "job0" })), [{ result: "done" }]);
    assert.equal(await nodeFiles.info(`${place.path}-shm`), undefined);
  }));
