// A state file that nobody uses is compacted: all that was in it is there, or it is as it was.
// Also tests file_connection.ts and unfinished.ts.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chownSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from "node:fs";
import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { createClient } from "@libsql/client/sqlite3";
import Database from "libsql";
import { systemTree } from "../../src/runtime/file_tree.ts";
import type { FileTree } from "../../src/ports/file_tree.ts";
import type { Files } from "../../src/ports/host.ts";
import { compactFile } from "../../src/store/compact_file.ts";
import { type OpenStore, openStore } from "../../src/store/run_store.ts";
import { at, nodeFiles } from "../support/node_files.ts";
import {
  addJobs,
  asKilled,
  backup,
  change,
  DAY,
  decision,
  event,
  everything,
  filePlace,
  insert,
} from "./fixture.ts";
import { NOW, storeOptions } from "./fixture.ts";

const sizeOf = (path: string) => statSync(path).size;

/** Compacts it over these ports. */
function compact(path: string, { files = nodeFiles, tree = systemTree, dryRun = false }: {
  files?: Files;
  tree?: FileTree;
  dryRun?: boolean;
} = {}) {
  return compactFile(`file:${path}`, dryRun, { ...storeOptions(`file:${path}`), files, tree });
}

/** A state with holes, made so that it cannot give back while it is in use; what is in it. */
async function stateWithHoles(path: string): Promise<unknown> {
  const open = () => openStore({ ...storeOptions(`file:${path}`), packing: null });
  await (await open())[Symbol.asyncDispose]();
  const client = createClient({ url: `file:${path}` });
  for (const sql of ["PRAGMA auto_vacuum=NONE", "VACUUM"]) await client.execute(sql);
  client.close();
  const store = await open();
  await addJobs(store, "db", "files");
  await insert(
    store,
    ...Array.from(
      { length: 600 },
      (_, n) =>
        decision(NOW - n * 60_000 - 1_000, { status: "failed", reason: null, message: "m".repeat(3_000) }),
    ),
    ...Array.from({ length: 40 }, () => backup()),
  );
  await store.commit({
    ...change(),
    events: [event({ type: "job.paused", job: "db" }), event({ type: "job.resumed", job: "db" })],
  });
  while ((await store.tidy(NOW + 900 * DAY)).more);
  const all = await allOf(store);
  await store[Symbol.asyncDispose]();
  return all;
}

const allOf = async (store: OpenStore) => [await everything(store), store.storeId, await store.trail.head()];

/** Opens it as the next start does: the same state, which is no copy, and nothing beside it. */
async function isAsBefore(path: string, all: unknown): Promise<boolean> {
  const store = await openStore(storeOptions(`file:${path}`));
  try {
    assert.equal(store.restored, null);
    assert.deepEqual(await allOf(store), all);
    assert.equal((await store.trail.verify(null)).trouble, null);
    assert.ok(!existsSync(`${path}.compacting`));
    return (await store.room())!.isInSlices;
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

test("compactFile() makes the file smaller, and the next start finds the same state", () =>
  at(filePlace(), async (place) => {
    const all = await stateWithHoles(place.path);
    const before = sizeOf(place.path);
    const mark = readFileSync(`${place.path}.mark`);
    const dry = await compact(place.path, { dryRun: true });
    assert.ok(dry.freeBytes > before / 2, JSON.stringify(dry));
    assert.equal(sizeOf(place.path), before);
    const done = await compact(place.path);
    assert.deepEqual([done.bytesBefore, done.freeBytes], [before, dry.freeBytes]);
    assert.equal(done.bytesAfter, sizeOf(place.path));
    assert.ok(done.bytesAfter < before / 2, JSON.stringify(done));
    assert.equal(statSync(place.path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(place.folder).sort(), ["schelly.db", "schelly.db.mark"]);
    assert.ok(mark.equals(readFileSync(`${place.path}.mark`)));
    assert.equal(await isAsBefore(place.path, all), true, "and it gives back while it is in use from now on");
  }));

test("compactFile() of a state whose server was killed takes what stands in its log, and it is no copy", () =>
  at(filePlace(), async (place) => {
    await stateWithHoles(place.path);
    const store = await place.open();
    await insert(store, backup());
    const all = await allOf(store);
    const killed = asKilled(place.path);
    await store[Symbol.asyncDispose]();
    killed();
    assert.ok(sizeOf(`${place.path}-wal`) > 0);
    await compact(place.path);
    await isAsBefore(place.path, all);
  }));

test("compactFile() leaves the link that leads to a state, and replaces what it leads to", () =>
  at(filePlace(), async (place) => {
    const all = await stateWithHoles(place.path);
    const before = sizeOf(place.path);
    symlinkSync(place.path, `${place.folder}/link.db`);
    await compact(`${place.folder}/link.db`);
    assert.ok(sizeOf(place.path) < before);
    await isAsBefore(place.path, all);
  }));

test("compactFile() by root leaves the state its owner", {
  skip: process.getuid?.() !== 0 && "only root may give files away",
}, () =>
  at(filePlace(), async (place) => {
    await stateWithHoles(place.path);
    chownSync(place.path, 1234, 4321);
    await compact(place.path);
    const { uid, gid, mode } = statSync(place.path);
    assert.deepEqual([uid, gid, mode & 0o777], [1234, 4321, 0o600]);
  }));

test("compactFile() of a state in use says in_use", () =>
  at(filePlace(), async (place) => {
    await stateWithHoles(place.path);
    await place.open();
    await assert.rejects(() => compact(place.path), { kind: "in_use" });
    await assert.rejects(() => compact(place.path, { dryRun: true }), { kind: "in_use" });
  }));

test("compactFile() of what is no state, or a server's, says so", () =>
  at(filePlace(), async (place) => {
    await assert.rejects(() => compact(place.path), { kind: "failed", message: /there is none at/ });
    assert.ok(!existsSync(place.path));
    writeFileSync(place.path, "");
    await assert.rejects(() => compact(place.path), { kind: "failed", message: /it is empty/ });
    const options = { ...storeOptions(""), tree: systemTree };
    await assert.rejects(() => compactFile("https://db.example", false, options), {
      kind: "failed",
      message: /is the business of the libSQL server/,
    });
  }));

test("compactFile() of a damaged state says corrupt and leaves it alone", () =>
  at(filePlace(), async (place) => {
    await stateWithHoles(place.path);
    const bytes = readFileSync(place.path);
    // A row is found by its table, and not by its index.
    const client = createClient({ url: `file:${place.path}` });
    const [row] = (await client.execute(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'runs_status_at'",
    )).rows;
    client.close();
    const root = Number(row![0]);
    bytes.fill(0x5a, (root - 1) * 4096 + 8, root * 4096);
    writeFileSync(place.path, bytes);
    await assert.rejects(() => compact(place.path), { kind: "corrupt" });
    assert.equal(sizeOf(place.path), bytes.length);
    assert.ok(!existsSync(`${place.path}.compacting`));
  }));

test("compactFile() asks for room beforehand", () =>
  at(filePlace(), async (place) => {
    const all = await stateWithHoles(place.path);
    const tree = { ...systemTree, freeBytes: () => Promise.resolve(100_000) };
    await assert.rejects(() => compact(place.path, { tree }), {
      kind: "not_writable",
      message: /its copy needs .* beside it, and .* are free there: nothing was changed/,
    });
    await isAsBefore(place.path, all);
  }));

for (
  const [what, harm, said] of [
    ["damaged", (path: string) => truncateSync(path, sizeOf(path) - 4096), /malformed.* was left as it is/],
    [
      "another one",
      (path: string) => copyFileSync(path.replace("schelly.db.compacting", "other.db"), path),
      /the copy has other/,
    ],
    ["gone", (path: string) => renameSync(path, `${path}.away`), /was left as it is/],
  ] as const
) {
  test(`a compacted state that is ${what} does not take the place of the state`, () =>
    at(filePlace(), async (place) => {
      const all = await stateWithHoles(place.path);
      await stateWithHoles(`${place.folder}/other.db`);
      const files: Files = {
        ...nodeFiles,
        async appendText(path, text) {
          await nodeFiles.appendText(path, text);
          if (path.endsWith(".compacting")) harm(path);
        },
      };
      await assert.rejects(() => compact(place.path, { files }), { name: "StoreError", message: said });
      assert.equal(await isAsBefore(place.path, all), false);
    }));
}

test("nobody gets at the state while it is compacted, and nothing takes its place beside a log", () =>
  at(filePlace(), async (place) => {
    const all = await stateWithHoles(place.path);
    const seen: string[] = [];
    const files: Files = {
      ...nodeFiles,
      async rename(path, to) {
        seen.push(await place.open().then(() => "opened", (error) => error.kind));
        seen.push(existsSync(`${to}-wal`) ? "a log" : "no log");
        await nodeFiles.rename(path, to);
      },
    };
    await compact(place.path, { files });
    assert.deepEqual(seen, ["in_use", "no log"]);
    await isAsBefore(place.path, all);
  }));

for (const look of [2, 3, 4]) {
  test(`who waited for a file that was replaced meanwhile works on the one that is there: before look ${look}`, () =>
    at(filePlace(), async (place) => {
      await (await place.open())[Symbol.asyncDispose]();
      let looks = 0;
      const files: Files = {
        ...nodeFiles,
        infoSync(path) {
          // After the first look at what is to be opened, the others are whether it is still there.
          if (path === place.path && ++looks === look) replaceByCopy(path);
          return nodeFiles.infoSync(path);
        },
      };
      const store = await openStore({ ...storeOptions(place.url), files });
      await addJobs(store, "db");
      await store[Symbol.asyncDispose]();
      assert.ok(looks > look);
      assert.deepEqual((await (await place.open()).jobs()).map(({ job }) => job), ["db"]);
    }));
}

function replaceByCopy(path: string): void {
  copyFileSync(path, `${path}.new`);
  renameSync(`${path}.new`, path);
}

test("who waited for a file that was replaced meanwhile sets nothing there: its log would be that of the other", () =>
  at(filePlace(), async (place) => {
    await (await place.open())[Symbol.asyncDispose]();
    // The library's own types cannot be named here.
    const prototype = Database.prototype as unknown as { prepare(sql: string): unknown };
    const { prepare } = prototype;
    const asked: string[] = [];
    let former: unknown;
    prototype.prepare = function (sql) {
      // It has the file open, and asks it for the first time.
      if (former === undefined) replaceByCopy(place.path);
      former ??= this;
      if (this === former) asked.push(sql);
      return prepare.call(this, sql);
    };
    try {
      const store = await place.open();
      await addJobs(store, "db");
      await store[Symbol.asyncDispose]();
    } finally {
      prototype.prepare = prepare;
    }
    assert.deepEqual(asked.slice(1), ["PRAGMA locking_mode=EXCLUSIVE", "SELECT count(*) FROM sqlite_schema"]);
    assert.deepEqual((await (await place.open()).jobs()).map(({ job }) => job), ["db"]);
  }));

// Only Deno runs a TypeScript file as it is.
const childArgs = "Deno" in globalThis ? ["run", "-A", "--no-check"] : undefined;
const program = new URL("./compact_process.ts", import.meta.url).pathname;

test("kill -9 at any point of compacting leaves the old state or the new one, whole", {
  skip: childArgs === undefined && "needs a runtime that runs TypeScript",
}, () =>
  at(filePlace(), async (place) => {
    const all = await stateWithHoles(place.path);
    const kept = ["", ".mark"].map((suffix) =>
      [place.path + suffix, readFileSync(place.path + suffix)] as const
    );
    const ends: boolean[] = [];
    for (let call = 4; ends.length < 60; call++) {
      const child = spawn(process.execPath, [...childArgs!, program, place.path, String(call)], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      const code = await new Promise((resolve) => child.on("exit", resolve));
      ends.push(await isAsBefore(place.path, all));
      if (code === 0) break;
      for (const [path, bytes] of kept) writeFileSync(path, bytes);
    }
    assert.ok(ends.length > 8 && ends.length < 60, `${ends.length} points`);
    assert.ok(!ends[0] && ends.at(-1));
  }));
