// Which rows of a job have data that others use too, by a walk over the data of all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addJobs, backup, filePlace, insert, NOW } from "../fixture.ts";

test("rows whose data another row uses are found, of any job and provider, but not those of deleted ones", async () => {
  await using place = filePlace();
  await using store = await place.open();
  await addJobs(store, "db", "www");
  const row = (runId: string, dataId: string | null, fields = {}) =>
    backup({ runId, job: "db", id: `${runId}-id`, dataId, slot: null, periodTime: NOW, ...fields });
  await insert(
    store,
    row("alone", "one"),
    row("first", "two"),
    row("second", "two"),
    row("ours", "three"),
    row("theirs", "three", { job: "www", providerKey: "elsewhere" }),
    row("left", "four"),
    row("gone", "four", { status: "deleted" }),
    row("unknown", null),
    row("empty", ""),
    row("empty too", ""),
  );
  const found = await store.sharedRows("db", 1_000);
  assert.deepEqual(found?.map(({ runId }) => runId).sort(), [
    "empty",
    "empty too",
    "first",
    "ours",
    "second",
  ]);
  assert.ok(found?.every(({ periodTime }) => periodTime === NOW));
  assert.equal(await store.sharedRows("db", 5), null, "far more rows than are worth a walk");
});
