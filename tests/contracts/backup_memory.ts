// What every memory of a backup host must do, wherever it keeps things: run it with `testMemory("name", place)`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type BackupMemory, type KeptEntry, MOST_OUTPUTS } from "../../src/ports/backup_memory.ts";

/** Where one memory is; it is opened there again and again. */
export interface MemoryPlace extends AsyncDisposable {
  /** Whatever was open before is thrown away, as by a crash, unless it was disposed. */
  open(): Promise<BackupMemory>;
  /** The next write fails, and whether it took place cannot be told; `after`: it did. */
  failNext(after: boolean): void;
}

/** An entry as a host makes it, of which a memory reads nothing. */
export function kept(id: string, more: Partial<KeptEntry> = {}): KeptEntry {
  return { id, runId: `run of ${id}`, isDeleted: false, text: JSON.stringify({ id }), ...more };
}

async function texts(memory: BackupMemory): Promise<string[]> {
  const newest = new Map<string, string>();
  for (const { text } of await memory.entries()) newest.set(JSON.parse(text).id, text);
  return [...newest.values()];
}

/** The whole contract. */
export function testMemory(name: string, placeOf: () => Promise<MemoryPlace> | MemoryPlace): void {
  test(`${name}: entries are there after a restart, in the order in which they came, the newest of each`, async () => {
    await using place = await placeOf();
    await using memory = await place.open();
    assert.deepEqual(await memory.entries(), []);
    await memory.keep(kept("a"), null);
    await memory.keep(kept("b", { runId: null }), null);
    const changed = kept("a", { text: '{"id":"a","more":"ü\\ud800 \\u0000"}' });
    await memory.keep(changed, kept("a"));
    await memory[Symbol.asyncDispose]();
    await using later = await place.open();
    assert.deepEqual(await texts(later), [changed.text, kept("b").text]);
    await later.drop(["a"]);
    assert.deepEqual(await texts(later), [kept("b").text]);
  });

  test(`${name}: a write that fails is undone, whether it took place or not`, async () => {
    await using place = await placeOf();
    await using memory = await place.open();
    await memory.keep(kept("a"), null);
    for (const after of [false, true]) {
      place.failNext(after);
      await assert.rejects(memory.keep(kept("a", { text: '{"id":"a","lost":1}' }), kept("a")));
      place.failNext(after);
      await assert.rejects(memory.keep(kept("new"), null));
    }
    await memory.keep(kept("b"), null);
    await memory[Symbol.asyncDispose]();
    await using later = await place.open();
    assert.deepEqual(await texts(later), [kept("a").text, kept("b").text]);
  });

  test(`${name}: what was given back is written by nobody any more`, async () => {
    await using place = await placeOf();
    const memory = await place.open();
    await memory.keep(kept("a"), null);
    await memory[Symbol.asyncDispose]();
    await assert.rejects(memory.keep(kept("b"), null));
    await using later = await place.open();
    assert.deepEqual(await texts(later), [kept("a").text]);
  });

  test(`${name}: notes are kept by name, and it is said how they are forgotten`, async () => {
    await using place = await placeOf();
    const memory = await place.open();
    assert.equal(await memory.notes.read("repository"), undefined);
    await memory.notes.write("repository", "1");
    await memory.notes.write("repository", "2");
    await memory.notes.write("upkeep", "3");
    await memory[Symbol.asyncDispose]();
    await using later = await place.open();
    assert.equal(await later.notes.read("repository"), "2");
    assert.match(later.notes.toForget("repository"), /^(remove|stop Schelly and run) '.*repository/);
    assert.match(await later.check(), / can be written$/);
  });

  test(`${name}: outputs of the newest backups are kept, and no more than so many`, async () => {
    await using place = await placeOf();
    await using memory = await place.open();
    const ids = Array.from({ length: MOST_OUTPUTS + 5 }, (_, at) => `id-${String(at).padStart(4, "0")}`);
    for (const id of ids) await memory.outputs.save(id, `output of ${id}\n`);
    assert.deepEqual((await memory.outputs.ids()).sort(), ids.slice(5));
    assert.equal(await memory.outputs.read(ids[4]!), undefined);
    assert.equal(await memory.outputs.read(ids.at(-1)!), `output of ${ids.at(-1)}\n`);
    await memory.outputs.drop(ids.slice(-2));
    assert.equal(await memory.outputs.read(ids.at(-1)!), undefined);
  });
}
