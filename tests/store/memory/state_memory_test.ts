// The memory in the state keeps the contract of all memories; and what only it can do: names that change, files of before.
// Also tests memory_sql.ts and provider_memory.ts.

import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import type { Database } from "../../../src/store/database/database.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { createStateMemories } from "../../../src/store/memory/state_memory.ts";
import { createGroupCommit } from "../../../src/store/write/group_commit.ts";
import { createLeaseWriter } from "../../../src/store/write/lease_writer.ts";
import { readPastBoots, takeLease } from "../../../src/store/write/lease.ts";
import { migrate } from "../../../src/store/schema/migrations.ts";
import { kept, testMemory } from "../../contracts/backup_memory.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { nodeFiles } from "../../support/node_files.ts";
import { addJobs, backup, DONE, filePlace, insert, NOW, watch } from "../fixture.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";

/** Loses the answer of a write, before or after it took place. */
function losing(database: Database): { database: Database; failNext(after: boolean): void } {
  let failing: "before" | "after" | undefined;
  let unread = false;
  return {
    failNext: (after) => void (failing = after ? "after" : "before"),
    database: {
      ...database,
      async read(statement) {
        if (!unread) return await database.read(statement);
        unread = false;
        throw new StoreError("failed", "no answer");
      },
      async write(statements) {
        const now = failing;
        failing = undefined;
        const results = now === "before" ? [] : await database.write(statements);
        if (now === undefined) return results;
        // The question what became of it goes unanswered too.
        unread = true;
        throw new StoreError("unknown", "the answer was lost");
      },
    },
  };
}

testMemory("a memory in the state", async () => {
  const place = filePlace();
  const clock = new FakeClock(NOW);
  const ports = { files: nodeFiles, clock, http: (request: Request) => fetch(request) };
  const opened = await openDatabase(
    { kind: "file", path: place.path },
    ports,
    { token: null, waitMs: 1, requestTimeoutMs: 1 },
  );
  await migrate(opened, 0);
  const boot = await takeLease(opened, await readPastBoots(opened), {
    holder: "me",
    newStoreId: "store",
    now: NOW,
    bootsKnown: 0,
    changesKnown: 0,
    restored: null,
  });
  const { database, failNext } = losing(opened);
  const group = createGroupCommit(
    clock,
    createLeaseWriter({ database, lease: boot.lease, clock, watch, report: () => {}, note: () => {} }),
  );
  const memories = createStateMemories(database, group, "the state");
  return {
    open: () => memories.open("nas", []),
    failNext,
    async [Symbol.asyncDispose]() {
      await group.close();
      await opened.close();
      await place[Symbol.asyncDispose]();
    },
  };
});

/** The ids that the provider of these keys knows, deleted ones with a cross. */
async function known(store: OpenStore, key: string, ...formerly: string[]): Promise<string[]> {
  await using memory = await store.memories.open(key, formerly);
  return (await memory.entries()).map(({ text }) => {
    const { id, deleted } = JSON.parse(text);
    return deleted ? `${id} x` : id;
  });
}

const gone = (id: string) => kept(id, { isDeleted: true, text: JSON.stringify({ id, deleted: true }) });

/** A run of job `db` that made backup `id` at a provider. */
async function made(store: OpenStore, id: string, providerKey: string): Promise<void> {
  await addJobs(store, "db");
  assert.deepEqual(await insert(store, backup({ runId: `run of ${id}`, job: "db", id, providerKey })), [
    DONE,
  ]);
}

test("a provider takes up what is kept under its former keys, and a deleted backup stays deleted", async () => {
  await using place = filePlace();
  const store = await place.open();
  {
    await using old = await store.memories.open("old", []);
    for (const id of ["a", "b"]) await old.keep(kept(id), null);
    await old.notes.write("repository", "of old");
    await old.notes.write("upkeep", "of old");
    await old.outputs.save("a", "said");
    await using now = await store.memories.open("new", []);
    await now.keep(gone("b"), null);
    await now.keep(kept("c"), null);
    await now.notes.write("upkeep", "of new");
  }
  await using memory = await store.memories.open("new", ["old", "older"]);
  assert.equal(await memory.notes.read("repository"), "of old");
  assert.equal(await memory.notes.read("upkeep"), "of new");
  assert.equal(await memory.outputs.read("a"), "said");
  await memory[Symbol.asyncDispose]();
  assert.deepEqual((await known(store, "new", "old")).sort(), ["a", "b x", "c"]);
  assert.deepEqual(await known(store, "old"), []);
});

test("a name that is taken back finds the backups made under it, and what is written then has one row", async () => {
  await using place = filePlace();
  const store = await place.open();
  await made(store, "a", "old");
  await using old = await store.memories.open("old", []);
  await old.keep(kept("a"), null);
  await old[Symbol.asyncDispose]();
  assert.deepEqual(await known(store, "new", "old"), ["a"]);
  await using back = await store.memories.open("old", []);
  assert.deepEqual(await back.entries(), []);
  assert.equal((await back.findMoved({ id: "a" }))?.text, kept("a").text);
  assert.equal((await back.findMoved({ runId: "run of a" }))?.text, kept("a").text);
  await back.keep(gone("a"), kept("a"));
  assert.deepEqual(await known(store, "old"), ["a x"]);
  assert.deepEqual(await known(store, "new"), []);
});

test("a backup of another provider is never found, though it has the same id", async () => {
  await using place = filePlace();
  const store = await place.open();
  await made(store, "monday", "mine");
  await using other = await store.memories.open("other", []);
  await other.keep({ ...gone("monday"), runId: null }, null);
  await other.keep({ ...gone("tuesday"), runId: "run of tuesday" }, null);
  await using mine = await store.memories.open("mine", []);
  assert.equal(await mine.findMoved({ id: "monday" }), undefined);
  assert.equal(await mine.findMoved({ id: "tuesday" }), undefined);
  assert.equal(await mine.findMoved({ runId: "run of tuesday" }), undefined);
});

test("taking a folder up twice changes nothing that was written since, but for what turns out deleted", async () => {
  await using place = filePlace();
  const store = await place.open();
  const moved = {
    entries: [kept("a"), kept("b"), gone("c")],
    notes: [{ name: "repository" as const, text: "first" }],
    outputs: [{ id: "a", text: "said" }],
  };
  await store.memories.takeUp("nas", moved);
  {
    await using memory = await store.memories.open("nas", []);
    await memory.keep(gone("a"), kept("a"));
    await memory.notes.write("repository", "second");
  }
  await store.memories.takeUp("nas", { ...moved, entries: [kept("a"), gone("b"), kept("c")] });
  assert.deepEqual(await known(store, "nas"), ["a x", "b x", "c x"]);
  await using memory = await store.memories.open("nas", []);
  assert.equal(await memory.notes.read("repository"), "second");
  assert.equal(await memory.outputs.read("a"), "said");
});

test("a snapshot of the state carries what providers keep", async () => {
  await using place = filePlace();
  const store = await place.open();
  await using memory = await store.memories.open("nas", []);
  await memory.keep(kept("a"), null);
  await store.snapshot(`${place.folder}/copy.db`);
  await using copies = filePlace("copy.db");
  await copyFile(`${place.folder}/copy.db`, copies.path);
  assert.deepEqual(await known(await copies.open(), "nas"), ["a"]);
});
