// Reading a state without taking it over.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { readState } from "../../../src/store/read/read_state.ts";
import { at } from "../../support/node_files.ts";
import { addJobs, filePlace, storeOptions } from "../fixture.ts";

test("readState() reads what is stored and leaves no trace of a boot", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    await store[Symbol.asyncDispose]();
    const mark = readFileSync(`${place.path}.mark`, "utf8");

    const reads = await readState(storeOptions(place.url));
    assert.deepEqual((await reads.jobs()).map(({ job }) => job), ["db"]);
    await reads[Symbol.asyncDispose]();

    assert.equal(readFileSync(`${place.path}.mark`, "utf8"), mark);
    const again = await place.open();
    assert.deepEqual([again.bootSeq, again.restored], [store.bootSeq + 1, null]);
  }));

test("readState() refuses a state that another process holds", () =>
  at(filePlace(), async (place) => {
    await place.open();
    await assert.rejects(() => readState(storeOptions(place.url)), { kind: "in_use" });
  }));

test("readState() makes no state where there is none", () =>
  at(filePlace(), async (place) => {
    await assert.rejects(() => readState(storeOptions(place.url)), { message: /nothing is there/ });
    assert.equal(existsSync(place.path), false);
  }));

test("readState() leaves a state of another version as it is", () =>
  at(filePlace(), async (place) => {
    await (await place.open())[Symbol.asyncDispose]();
    const open = () =>
      openDatabase({ kind: "file", path: place.path }, storeOptions(place.url), {
        ...{ token: null, waitMs: 1, requestTimeoutMs: 1_000 },
      });
    const database = await open();
    await database.write([{ sql: "PRAGMA user_version = 0", args: [] }]);
    await database.close();
    await assert.rejects(() => readState(storeOptions(place.url)), { message: /its schema is version 0/ });
    const after = await open();
    assert.equal(Number((await after.read({ sql: "PRAGMA user_version", args: [] }))[0]![0]), 0);
    await after.close();
  }));
