// A job that turns out to be known since earlier has its schedule from then on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openStore } from "../../../src/store/run_store.ts";
import { at, tempFolder } from "../../support/node_files.ts";
import { jobState, storeOptions } from "../fixture.ts";

test("KNOWN_EARLIER_MIGRATION: the schedule of a job holds since it is known, and later ones stay", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openStore(storeOptions(`file:${folder.path}/s.db`));
    const before = { schedule: "0 0 3 * * *", timezone: "UTC" };
    const after = { schedule: "0 0 4 * * *", timezone: "Europe/Berlin" };
    const change = (set: Parameters<typeof store.commit>[0]["writes"]) =>
      store.commit({ job: "files", writes: set });
    await change([{
      write: "addJob",
      state: jobState("files", { ...before, knownSince: 1_000, cursor: 1_000 }),
    }]);
    await change([{ write: "job", job: "files", set: { knownSince: 1_000, cursor: 2_000 } }]);
    assert.deepEqual(await store.scheduleVersions("files"), [{ since: 1_000, ...before }]);
    await change([{ write: "job", job: "files", set: { ...after, knownSince: 400, cursor: 400 } }]);
    assert.deepEqual(await store.scheduleVersions("files"), [{ since: 400, ...after }, {
      since: 1_000,
      ...before,
    }]);
    await change([{ write: "job", job: "files", set: { knownSince: 700, cursor: 700 } }]);
    assert.equal((await store.scheduleVersions("files")).length, 2);
  }));
