// Provider keys that are kept: all that are stored, and all that were to be stored since.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newRun } from "../../../src/domain/backup.ts";
import type { Write } from "../../../src/ports/store.ts";
import { knownKeys } from "../../../src/store/read/known_keys.ts";

function insert(providerKey: string): Write {
  const fields = {
    runId: "r",
    job: "db",
    trigger: "schedule",
    slot: 1,
    status: "intent",
    createdAt: 1,
  } as const;
  return { write: "insert", run: newRun({ ...fields, providerKey }) };
}

test("knownKeys() reads once, and takes in what each change brings", async () => {
  let reads = 0;
  const keys = knownKeys(() => Promise.resolve([["p", "q"], []][reads++]!));
  keys.saw({ job: "db", writes: [insert("early")] });
  assert.deepEqual(await keys.all(), ["early", "p", "q"]);
  keys.saw({ job: "db", writes: [insert("p")] });
  const before = await keys.all();
  keys.saw({ job: "db", writes: [{ write: "job", job: "db", set: { cursor: 5 } }] });
  assert.equal(await keys.all(), before);
  keys.saw({ job: "db", writes: [{ write: "job", job: "db", set: { providerKey: "moved" } }] });
  keys.saw({ job: "db", writes: [{ write: "run", runId: "r", set: { providerKey: "a" } }] });
  assert.deepEqual(await keys.all(), ["a", "early", "moved", "p", "q"]);
  assert.equal(reads, 1);
});

test("knownKeys() reads again where the first read failed, and tells whoever asked", async () => {
  let reads = 0;
  const keys = knownKeys(() => reads++ === 0 ? Promise.reject(new Error("disk")) : Promise.resolve(["p"]));
  await assert.rejects(Promise.resolve(keys.all()), /disk/);
  assert.deepEqual(await keys.all(), ["p"]);
});
