// Backups whose data another one uses stay.

import { test } from "node:test";
import assert from "node:assert/strict";
import { sharedReasons } from "../../../src/engine/retention/shared_reasons.ts";

/** A store in which every data id asked for has the users that `usersOf` says; how many were asked for, and yields. */
function rigWith(usersOf: (dataId: string) => string[]) {
  const seen = { asked: [] as number[], yields: 0 };
  const store = {
    sharedData(_keys: readonly string[], dataIds: readonly string[]) {
      seen.asked.push(dataIds.length);
      const users = [...new Set(dataIds)].flatMap((dataId) =>
        usersOf(dataId).map((runId) => ({ dataId, runId, id: `id-${runId}`, job: "db" }))
      );
      return Promise.resolve(users);
    },
  };
  const clock = {
    yield() {
      seen.yields++;
      return Promise.resolve();
    },
  };
  return { seen, context: { store, clock } };
}

test("sharedReasons keeps a victim for the first other backup that uses its data", async () => {
  const { context } = rigWith((dataId) => dataId === "d-shared" ? ["run-1", "run-2", "run-3"] : ["run-4"]);
  const victims = [
    { runId: "run-1", dataId: "d-shared" },
    { runId: "run-2", dataId: "d-shared" },
    { runId: "run-4", dataId: "d-alone" },
    { runId: "run-5", dataId: null },
  ];
  const reasons = await sharedReasons(context, { providerKeys: ["p"] }, victims);
  assert.deepEqual(Array.from(reasons), [
    ["run-1", { kind: "shared_data", with: "id-run-2" }],
    ["run-2", { kind: "shared_data", with: "id-run-1" }],
  ]);
});

test("sharedReasons asks for very many victims in small pieces and lets other work run between them", async () => {
  const { seen, context } = rigWith((dataId) => [`run-${dataId}`]);
  const victims = Array.from({ length: 50_000 }, (_, at) => ({ runId: `run-${at}`, dataId: String(at) }));
  const reasons = await sharedReasons(context, { providerKeys: ["p"] }, victims);
  assert.equal(reasons.size, 0);
  assert.equal(seen.asked.reduce((sum, count) => sum + count, 0), 50_000);
  assert.ok(Math.max(...seen.asked) <= 2_000, `${Math.max(...seen.asked)} were asked about at once`);
  assert.equal(seen.yields, seen.asked.length - 1);
});
