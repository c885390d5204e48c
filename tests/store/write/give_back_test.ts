// Room that a state file no longer needs goes back to the disk while it is in use, and nothing in it changes.
// Also tests database/room.ts.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { createClient } from "@libsql/client/sqlite3";
import type { Files } from "../../../src/ports/host.ts";
import { type OpenStore, openStore } from "../../../src/store/run_store.ts";
import { at, nodeFiles } from "../../support/node_files.ts";
import {
  addJobs,
  asKilled,
  backup,
  DAY,
  decision,
  everything,
  filePlace,
  insert,
  NOW,
  storeOptions,
} from "../fixture.ts";

const KIB = 1024;
const SMALL = { share: 0.2, bytes: 64 * KIB };
const sizeOf = (path: string) => statSync(path).size;

/** Rows that are removed when they are old, and a few that stay. */
async function fill(store: OpenStore): Promise<void> {
  await addJobs(store, "db");
  await insert(store, backup());
  await insert(
    store,
    ...Array.from(
      { length: 600 },
      (_, n) =>
        decision(NOW - n * 60_000 - 1_000, { status: "failed", reason: null, message: "m".repeat(3_000) }),
    ),
  );
  await insert(store, backup());
}

/** Opens the file with this rule. */
const openWith = (path: string, roomRule = SMALL) =>
  openStore({ ...storeOptions(`file:${path}`), roomRule, packing: null });

test("tidying gives back what is free, and the file that is left is whole and the same", () =>
  at(filePlace(), async (place) => {
    const store = await openWith(place.path);
    await fill(store);
    await store.tidy(NOW + DAY);
    const full = (await store.room())!;
    assert.ok(full.isInSlices && full.bytes > 1_500 * KIB, JSON.stringify(full));
    while ((await store.tidy(NOW + 900 * DAY)).more);
    const room = (await store.room())!;
    assert.ok(room.bytes < full.bytes / 2, JSON.stringify({ full, room }));
    assert.ok(room.freeBytes <= SMALL.bytes || room.freeBytes <= 0.2 * room.bytes);
    const before = await everything(store);
    const last = (await store.giveBack())!;
    assert.equal(last.freeBytes, 0);
    assert.equal(sizeOf(place.path), last.bytes, "the file is as short as that");
    await insert(store, decision(NOW + 3_000 * DAY));
    await store[Symbol.asyncDispose]();
    const again = await openWith(place.path);
    assert.equal(again.restored, null);
    const rows = (await everything(again)) as unknown[][];
    assert.equal(rows[1]!.length, (before as unknown[][])[1]!.length + 1);
    await again[Symbol.asyncDispose]();
  }));

test("little room is not given back by itself: it is soon needed again", () =>
  at(filePlace(), async (place) => {
    const store = await openWith(place.path, { share: 0.2, bytes: 16 * KIB * KIB });
    await fill(store);
    while ((await store.tidy(NOW + 900 * DAY)).more);
    const room = (await store.room())!;
    assert.ok(room.freeBytes > 1_000 * KIB, JSON.stringify(room));
    await store[Symbol.asyncDispose]();
  }));

test("a file that lost its end to a log which a killed process left is not taken for one that was cut short", () =>
  at(filePlace(), async (place) => {
    let goOn = () => {};
    const files: Files = {
      ...nodeFiles,
      async openToRead(path) {
        await new Promise<void>((resolve) => goOn = resolve);
        return await nodeFiles.openToRead(path);
      },
    };
    const store = await openStore({ ...storeOptions(`file:${place.path}`), files, packing: null });
    await fill(store);
    while ((await store.tidy(NOW + 900 * DAY)).more);
    // The end is given up in the log alone: a copy that is under way keeps it from being written back.
    const copied = store.snapshot(`${place.folder}/copy.db`);
    await insert(store, decision(NOW + 3_000 * DAY));
    const long = sizeOf(place.path);
    await store.giveBack();
    const killed = asKilled(place.path);
    goOn();
    await copied;
    await store[Symbol.asyncDispose]();
    killed();
    assert.equal(sizeOf(place.path), long);
    const next = await openWith(place.path);
    assert.equal(next.restored, null);
    assert.ok((await next.room())!.bytes < long);
    await next.giveBack();
    assert.ok(sizeOf(place.path) < long);
    await insert(next, backup());
    assert.equal((await next.runs({ limit: 1_000 })).items.length, 4);
    await next[Symbol.asyncDispose]();
    const copy = await openWith(`${place.folder}/copy.db`);
    assert.equal((await copy.backups({ limit: 9 })).items.length, 2, "and the copy is whole");
    await copy[Symbol.asyncDispose]();
  }));

test("others go on saving while room is given back", () =>
  at(filePlace(), async (place) => {
    const store = await openWith(place.path, { share: 1, bytes: Infinity });
    await fill(store);
    while ((await store.tidy(NOW + 900 * DAY)).more);
    let isDone = false;
    const giving = store.giveBack().then(() => isDone = true);
    await insert(store, backup());
    assert.equal(isDone, false, "a batch was committed between two slices");
    await giving;
    assert.equal((await store.backups({ limit: 9 })).items.length, 3);
    await store[Symbol.asyncDispose]();
  }));

test("a file that an earlier version made stays as it is, and says that it cannot give back", () =>
  at(filePlace(), async (place) => {
    await madeEarlier(place.path);
    const store = await openWith(place.path);
    await fill(store);
    while ((await store.tidy(NOW + 900 * DAY)).more);
    const room = (await store.room())!;
    assert.ok(!room.isInSlices && room.freeBytes > 1_000 * KIB, JSON.stringify(room));
    assert.deepEqual(await store.giveBack(), room);
    await store[Symbol.asyncDispose]();
  }));

/** An empty state as earlier versions made it, which did not have it give back. */
async function madeEarlier(path: string): Promise<void> {
  await (await openWith(path))[Symbol.asyncDispose]();
  const client = createClient({ url: `file:${path}` });
  for (const sql of ["PRAGMA auto_vacuum=NONE", "VACUUM"]) await client.execute(sql);
  client.close();
}
