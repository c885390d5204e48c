// A copy is put in the place of a state: looked at whole before, what was there kept, and marked so that the next start
// knows that it was restored, comes after every start of before, and takes in what providers list.
// Also tests write/adoption.ts.

import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { test } from "node:test";
import type { FileTree } from "../../src/ports/file_tree.ts";
import type { Files } from "../../src/ports/host.ts";
import { systemTree } from "../../src/runtime/file_tree.ts";
import { restoreFile } from "../../src/store/restore_file.ts";
import { openStore } from "../../src/store/run_store.ts";
import { nodeFiles } from "../support/node_files.ts";
import { addJobs, backup, filePlace, insert, storeOptions } from "./fixture.ts";

/** Restores over these ports. */
function restore(path: string, from: string, { files = nodeFiles, tree = systemTree, dryRun = false }: {
  files?: Files;
  tree?: FileTree;
  dryRun?: boolean;
} = {}) {
  return restoreFile(`file:${path}`, from, dryRun, { ...storeOptions(`file:${path}`), files, tree });
}

const open = (path: string) => openStore(storeOptions(`file:${path}`));

/** A state with a copy of when it had one backup, which has two by now and is closed. */
async function stateAndCopy() {
  const place = filePlace();
  const path = place.url.slice("file:".length);
  const copy = `${path}.copy`;
  const store = await open(path);
  await addJobs(store, "db");
  await insert(store, backup({ runId: "r1", id: "b1" }));
  await store.snapshot(copy);
  await insert(store, backup({ runId: "r2", id: "b2", slot: 2_000 }));
  const { fence } = store;
  await store[Symbol.asyncDispose]();
  return { path, copy, fence, folder: path.slice(0, path.lastIndexOf("/")) };
}

test("the copy takes the place of the state, and the next start knows what it is", async () => {
  const { path, copy, fence } = await stateAndCopy();
  const looked = await restore(path, copy, { dryRun: true });
  assert.deepEqual([looked.copy.runs, looked.before?.runs, looked.damage, looked.keptAt], [1, 2, null, null]);
  const done = await restore(path, copy);
  assert.equal(statSync(done.keptAt!).mode & 0o777, 0o600);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const store = await open(path);
  assert.match(store.restored!, /^the state is a copy made at/);
  assert.ok(store.fence > fence + 50_000, "no provider has seen a later start");
  assert.ok(store.fence < fence + 1_000_000, "and each of ours believes it");
  assert.ok(store.adoptsSince !== null);
  assert.deepEqual((await store.latched()).map(({ guard }) => guard), ["restored_store"]);
  assert.equal((await store.backups({ limit: 10 })).items.length, 1);
  await store[Symbol.asyncDispose]();
  // What is yet to be taken in is known over a restart, until it was.
  const second = await open(path);
  assert.deepEqual([second.restored, second.adoptsSince], [null, store.adoptsSince]);
  await second.adopted();
  await second[Symbol.asyncDispose]();
  const third = await open(path);
  assert.equal(third.adoptsSince, null);
  await third[Symbol.asyncDispose]();
  assert.equal((await restore(path, done.keptAt!, { dryRun: true })).copy.runs, 2, "what was there is whole");
});

test("a state that somebody uses is left alone, and so is one when anything fails on the way", async () => {
  const { path, copy, folder } = await stateAndCopy();
  const store = await open(path);
  await assert.rejects(restore(path, copy), { kind: "in_use" });
  await store[Symbol.asyncDispose]();
  const before = readFileSync(path);
  const names = () => readdirSync(folder).toSorted();
  const there = names();
  const failing = (key: "rename" | "create" | "appendText"): Files => ({
    ...nodeFiles,
    [key]: () => Promise.reject(new Error(`no ${key}`)),
  });
  for (const key of ["create", "appendText", "rename"] as const) {
    await assert.rejects(restore(path, copy, { files: failing(key) }), new RegExp(`no ${key}`));
    for (const name of names()) if (name.includes(".before-restore-")) rmSync(`${folder}/${name}`);
    assert.deepEqual(names(), there, key);
  }
  const full: FileTree = { ...systemTree, freeBytes: () => Promise.resolve(1000) };
  await assert.rejects(restore(path, copy, { tree: full }), { kind: "not_writable" });
  assert.deepEqual(names(), there);
  const again = await open(path);
  assert.equal((await again.backups({ limit: 10 })).items.length, 2);
  await again[Symbol.asyncDispose]();
  assert.ok(before.length > 0);
});

test("what is no whole copy is refused, whatever is wrong with it", async () => {
  const { path, copy } = await stateAndCopy();
  const bytes = readFileSync(copy);
  const bad = (what: string, content: Uint8Array | string) => {
    writeFileSync(`${path}.${what}`, content);
    return `${path}.${what}`;
  };
  const broken = new Uint8Array(bytes);
  broken.fill(0xff, 8_192, 16_384);
  await assert.rejects(restore(path, `${path}.none`), /there is no such file/);
  await assert.rejects(restore(path, bad("text", "no database ".repeat(500))), /can be read/);
  await assert.rejects(restore(path, bad("empty", "")), /no state of Schelly's/);
  await assert.rejects(
    restore(path, bad("cut", bytes.subarray(0, bytes.length >> 1))),
    /damaged|can be read/,
  );
  await assert.rejects(restore(path, bad("broken", broken)), /damaged|can be read/);
  // Of whatever page: what nobody reads to count rows is looked at as well.
  let refused = 0;
  const pages = bytes.length / 4_096;
  for (let page = 2; page < pages; page++) {
    const hurt = new Uint8Array(bytes);
    hurt.fill(0xff, page * 4_096, (page + 1) * 4_096);
    await restore(path, bad("hurt", hurt), { dryRun: true }).catch(() => refused++);
  }
  // Some are free.
  assert.ok(refused > 0.9 * (pages - 2), `${refused} of ${pages - 2}`);
  await assert.rejects(restore(path, path), /it is the state itself/);
  const newer = new Uint8Array(bytes);
  // The user_version of the header.
  newer.set([0, 0, 3, 0xe7], 60);
  await assert.rejects(restore(path, bad("newer", newer)), { kind: "newer_schema" });
  bad("live", bytes);
  bad("live-wal", "x");
  await assert.rejects(restore(path, `${path}.live`), /a log lies beside it/);
  await assert.rejects(restore("libsql://x".slice(5), copy), /./);
  await assert.rejects(
    restoreFile("libsql://example.org", copy, false, {
      ...storeOptions("file:/x"),
      files: nodeFiles,
      tree: systemTree,
    }),
    /restored by its own means/,
  );
});

test("a damaged state is kept byte by byte with its log, and no stale log is left beside the new one", async () => {
  const { path: used, copy } = await stateAndCopy();
  // One that this process never opened: a connection that is closed lets go of its files only once it is collected.
  const path = `${used}-damaged.db`;
  const junk = new Uint8Array(50_000).fill(0x2a);
  writeFileSync(path, junk);
  writeFileSync(`${path}-wal`, "log");
  const { damage, before, keptAt } = await restore(path, copy);
  assert.deepEqual([typeof damage, before], ["string", null]);
  assert.deepEqual(new Uint8Array(readFileSync(keptAt!)), junk);
  assert.ok(!existsSync(`${path}-wal`));
  const store = await open(path);
  assert.equal((await store.backups({ limit: 10 })).items.length, 1);
  await store[Symbol.asyncDispose]();
});

test("where there is nothing, the copy is put there, and is known for one", async () => {
  const { path, copy } = await stateAndCopy();
  const other = `${path}-elsewhere.db`;
  const { keptAt, before } = await restore(other, copy);
  assert.deepEqual([keptAt, before], [null, null]);
  const store = await open(other);
  assert.ok(store.restored !== null && store.adoptsSince !== null);
  await store[Symbol.asyncDispose]();
  // By other means, without its stamp: it is known all the same.
  copyFileSync(copy, `${path}.raw`);
  assert.ok((await restore(other, `${path}.raw`)).keptAt !== null);
});
