// A journal of before becomes rows of the state: once, whatever the program is killed at.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { takeUpFolder } from "../../src/app/journal_files.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Files } from "../../src/ports/host.ts";
import { journalFile } from "../../src/provider/host/folder_memory.ts";
import { createHost } from "../../src/runtime/host.ts";
import type { OpenStore } from "../../src/store/run_store.ts";
import { filePlace } from "../store/fixture.ts";

const host = createHost();
const HEADER = '{"schelly_backup_journal":1}';

function line(id: string, state = "available"): string {
  const past = { startedAt: 1, endedAt: 2, dataId: `data-${id}`, sizeMb: 1, message: null, reason: null };
  return JSON.stringify({ id, state, runId: `run-${id}`, job: "db", bodyDigest: "", ...past, processes: [] });
}

/** A folder as the version before left it: a backup, one that was deleted later, and a half-written line. */
async function folderOf(path: string): Promise<string> {
  const folder = `${path}/providers/old`;
  await mkdir(`${folder}/output`, { recursive: true });
  const lines = [HEADER, line("a"), line("b"), line("b", "deleted"), '{"id":"c'];
  await Deno.writeTextFile(journalFile(folder), lines.join("\n"));
  await Deno.writeTextFile(`${folder}/repository.json`, '{"id":"repo"}');
  await Deno.writeTextFile(`${folder}/output/a.txt`, "said\n");
  await Deno.writeTextFile(`${folder}/output/stranger.txt`, "said\n");
  return folder;
}

async function keptIn(store: OpenStore) {
  await using memory = await store.memories.open("old", []);
  const entries = (await memory.entries()).map(({ text }) => JSON.parse(text));
  return {
    entries: entries.map(({ id, state, dataId }) => [id, state, dataId]),
    repository: await memory.notes.read("repository"),
    outputs: await memory.outputs.ids(),
  };
}

const WHOLE = {
  entries: [["a", "available", "data-a"], ["b", "deleted", "data-b"]],
  repository: '{"id":"repo"}',
  outputs: ["a"],
};

test("a journal of before is read once, with its notes and outputs, and renamed", async () => {
  await using place = filePlace();
  const folder = await folderOf(place.folder);
  const store = await place.open();
  const ports = { ...host, memories: store.memories, sink: { emit: () => assert.fail("nothing to tell") } };
  await takeUpFolder(ports, folder, "old");
  assert.deepEqual(await keptIn(store), WHOLE);
  assert.equal(await host.files.info(journalFile(folder)), undefined);
  assert.match(await host.files.readText(`${journalFile(folder)}.moved`), /"id":"a"/);
  await takeUpFolder(ports, folder, "old");
  await takeUpFolder(ports, `${place.folder}/nowhere`, "old");
  assert.deepEqual(await keptIn(store), WHOLE);
});

for (const step of ["before the batch", "after the batch", "before the rename", "inside the rename"]) {
  test(`killed ${step}, it is taken up again without harm`, async () => {
    await using place = filePlace();
    const folder = await folderOf(place.folder);
    const store = await place.open();
    const kill = new Error(`killed ${step}`);
    const killed = new Proxy(host.files, {
      get(files: Files, name: keyof Files) {
        const stops = step === "before the rename"
          ? "writeText"
          : step === "inside the rename"
          ? "remove"
          : "";
        return (...args: unknown[]) => {
          const isRename = String(args[0]).startsWith(journalFile(folder));
          if (name === stops && isRename) return Promise.reject(kill);
          // deno-lint-ignore no-explicit-any
          return (files[name] as any)(...args);
        };
      },
    });
    const memories: OpenStore["memories"] = {
      open: store.memories.open,
      async takeUp(key, moved) {
        if (step === "before the batch") throw kill;
        await store.memories.takeUp(key, moved);
        if (step === "after the batch") throw kill;
      },
    };
    const told: EngineEvent[] = [];
    const sink = { emit: (event: EngineEvent) => void told.push(event) };
    const first = takeUpFolder({ ...host, files: killed, memories, sink }, folder, "old");
    if (step.endsWith("batch")) await assert.rejects(first, kill);
    else {
      await first;
      assert.match(told[0]!.message, /cannot be renamed: killed .*read again at the next start/);
    }
    // What happened meanwhile is newer than the file.
    const isIn = step !== "before the batch";
    if (isIn) {
      await using memory = await store.memories.open("old", []);
      await memory.keep({ id: "a", runId: "run-a", isDeleted: true, text: line("a", "deleted") }, null);
    }
    await takeUpFolder({ ...host, memories: store.memories, sink }, folder, "old");
    const entries = [["a", isIn ? "deleted" : "available", "data-a"], WHOLE.entries[1]!];
    assert.deepEqual(await keptIn(store), { ...WHOLE, entries });
    assert.equal(await host.files.info(journalFile(folder)), undefined);
  });
}

test("a damaged line, and a folder whose owner lives, are left as they are", async () => {
  await using place = filePlace();
  const folder = await folderOf(place.folder);
  const store = await place.open();
  const ports = { ...host, memories: store.memories, sink: { emit: () => {} } };
  const lock = await host.files.lock(`${folder}/owner.lock`);
  await assert.rejects(takeUpFolder(ports, folder, "old"), /keeps its backups there and is alive/);
  if (lock.held) await lock.release();
  await Deno.writeTextFile(journalFile(folder), `${HEADER}\n{"id":"broken"}\n${line("a")}\n`);
  await assert.rejects(
    takeUpFolder(ports, folder, "old"),
    /backups\.jsonl': line 2 is damaged .*: repair or remove/,
  );
  assert.deepEqual((await keptIn(store)).entries, []);
  assert.match(await host.files.readText(journalFile(folder)), /broken/);
});
