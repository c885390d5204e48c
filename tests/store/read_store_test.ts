// A state that another instance has is read, shows what that one saves, and takes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openReadStore } from "../../src/store/read_store.ts";
import { addJobs, backup, change, filePlace, insert, storeOptions } from "./fixture.ts";
import { at } from "../support/node_files.ts";

test("a state is read as it is, and nothing is saved there", () =>
  at(filePlace(), async (place) => {
    const run = backup();
    {
      await using store = await place.open();
      await addJobs(store, "db");
      await insert(store, run);
    }
    const standing = await (async () => {
      await using store = await openReadStore(storeOptions(place.url));
      assert.deepEqual(await store.run(run.runId), run);
      assert.deepEqual([...(await store.storedFacts()).keys()], ["db"]);
      assert.deepEqual((await store.jobs()).map(({ job }) => job), ["db"]);
      const refused = { kind: "failed", message: /on standby, and only the active one may/ };
      await assert.rejects(store.commit(change()), refused);
      await assert.rejects(store.tidy(1), refused);
      await assert.rejects(store.adopted(), refused);
      await assert.rejects(store.lease.renew(), refused);
      return await store.standing();
    })();
    await using again = await openReadStore(storeOptions(place.url));
    assert.equal(await again.standing(), standing);
  }));

test("a state of another schema is not shown, and stays as it is", () =>
  at(filePlace(), async (place) => {
    await assert.rejects(openReadStore(storeOptions(place.url)), {
      kind: "failed",
      message: /schema is version 0/,
    });
  }));
