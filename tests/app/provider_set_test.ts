// The providers of a configuration: one that cannot be opened stops its own jobs alone.
// Also tests closed_provider.ts and providers_of.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderSet } from "../../src/app/provider_set.ts";
import { ProviderError } from "../../src/domain/errors.ts";
import type { CommandProviderSpec, ProviderSpec } from "../../src/domain/provider_spec.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import { createHost } from "../../src/runtime/host.ts";
import type { OpenStore } from "../../src/store/run_store.ts";
import { callOf, ended } from "../support/backup_rig.ts";
import { filePlace } from "../store/fixture.ts";

function specOf(key: string, folder: string, formerly: string[] = []): CommandProviderSpec {
  const shell = (text: string): [string, ...string[]] => ["sh", "-c", text];
  return {
    kind: "command",
    key,
    formerly,
    maxConcurrent: 1,
    timeouts: { createMs: 60_000, getMs: 30_000, deleteMs: 60_000 },
    pollIntervalMs: 1_000,
    verifyBeforeDelete: true,
    pre: null,
    post: null,
    createLimitMs: null,
    createBody: undefined,
    deleteBody: undefined,
    create: shell(`echo x > ${folder}/$SCHELLY_BACKUP_ID`),
    delete: shell(`rm ${folder}/$SCHELLY_DATA_ID`),
    get: null,
    list: null,
    env: {},
    cwd: null,
  };
}

const mapOf = (...specs: ProviderSpec[]) => new Map(specs.map((spec) => [spec.key, spec]));

function setOf(store: OpenStore, folder: string, told: EngineEvent[] = []): ProviderSet {
  return new ProviderSet(createHost(), { emit: (event) => void told.push(event) }, store.memories, folder);
}

test("a damaged row closes its provider alone, which says why until it is fixed and tried again", async () => {
  await using place = filePlace();
  const store = await place.open();
  {
    await using memory = await store.memories.open("ill", []);
    await memory.keep({ id: "a", runId: null, isDeleted: false, text: '{"id":"a"}' }, null);
  }
  const told: EngineEvent[] = [];
  await using set = setOf(store, place.folder, told);
  const specs = mapOf(specOf("ill", place.folder), specOf("well", place.folder));
  await set.replace(specs);
  const why = /the row of backup 'a' in table 'journal' \(provider 'ill'\) is damaged/;
  assert.deepEqual(set.troubles().map(({ key }) => key), ["ill"]);
  assert.match(set.troubleOf("ill")!, why);
  assert.equal(set.troubleOf("well"), null);
  assert.ok(told.some(({ level, message }) => level === "error" && why.test(message)));

  const ill = set.callsOf("ill")!.provider;
  const refused = (kind: string) => (error: unknown) =>
    error instanceof ProviderError && error.kind === kind && why.test(error.message);
  await assert.rejects(ill.create(callOf("run-1")), refused("unsent"));
  await assert.rejects(ill.delete("a", undefined, 1), refused("unsent"));
  await assert.rejects(ill.get("a"), refused("unknown"));
  await assert.rejects(ill.lookup("run-1"), refused("unknown"));
  assert.match((await ill.check())[0]!.message, why);

  const well = set.callsOf("well")!.provider;
  const { id } = await well.create(callOf("run-2"));
  assert.equal((await ended(well, id)).state, "available");

  {
    await using memory = await store.memories.open("ill", []);
    await memory.drop(["a"]);
  }
  await set.replace(specs);
  assert.deepEqual(set.troubles(), []);
  assert.equal(set.callsOf("well")!.provider, well, "the others stay as they are");
  assert.equal((await set.callsOf("ill")!.provider.create(callOf("run-3"))).state, "running");
});

test("a provider that takes another's place by formerly has its backups, though that one was open", async () => {
  await using place = filePlace();
  const store = await place.open();
  await using set = setOf(store, place.folder);
  await set.replace(mapOf(specOf("old", place.folder)));
  const old = set.callsOf("old")!.provider;
  const { id } = await old.create(callOf("run-1"));
  await ended(old, id);
  await set.replace(mapOf(specOf("new", place.folder, ["old"])));
  const now = set.callsOf("old")!.provider;
  assert.equal(now.key, "new");
  assert.equal((await ended(now, id)).state, "available");
  await assert.rejects(old.delete(id, undefined, 1), /just closed/);
});

test("what a job of another name has under the key of a command in a job is out of its reach", async () => {
  await using place = filePlace();
  const store = await place.open();
  await using set = setOf(store, place.folder);
  await set.replace(mapOf(specOf("command:a", place.folder), specOf("command:defaults", place.folder)));
  assert.equal(set.callsOf("command:a", "a")?.provider.key, "command:a");
  assert.equal(set.callsOf("command:a", "b"), undefined);
  assert.equal(set.callsOf("command:defaults", "b")?.provider.key, "command:defaults");
  await set.replace(mapOf(specOf("command:b", place.folder, ["command:a"])));
  assert.equal(set.callsOf("command:a", "b")?.provider.key, "command:b", "it asks for that key");
});
