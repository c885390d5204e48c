// What a store tells the watch over the clock as it is opened.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PastClock, Reading } from "../../../src/ports/clock_watch.ts";
import { type OpenStore, openStore } from "../../../src/store/run_store.ts";
import { HandWatch, readingAt } from "../../support/hand_watch.ts";
import { at } from "../../support/node_files.ts";
import { addJobs, backup, event, filePlace, insert, NOW, storeOptions } from "../fixture.ts";

const MINUTE = 60_000;

/** Opens the store with a watch that reads so, and answers what that was told. */
async function opened(url: string, reading: Reading) {
  const told: PastClock[] = [];
  const watch = new (class extends HandWatch {
    override recall(past?: PastClock): void {
      told.push(past!);
    }
  })(reading);
  const store = await openStore({ ...storeOptions(url), watch });
  return { store, watch, past: told[0]! };
}

const commit = (store: OpenStore) => store.commit({ job: "", writes: [], events: [event()] });

test("openStore() tells what the last batch knew of the clock, not older than a minute", () =>
  at(filePlace(), async ({ url }) => {
    const first = await opened(url, readingAt(NOW, 500 * MINUTE));
    assert.deepEqual(first.past, { memory: null, newest: null, untrustedUntil: null });
    await commit(first.store);
    first.watch.reading = readingAt(NOW + MINUTE / 2, 500.5 * MINUTE);
    await commit(first.store);
    await first.store[Symbol.asyncDispose]();

    const second = await opened(url, readingAt(NOW + 9 * MINUTE, 509 * MINUTE));
    assert.deepEqual(second.past.memory, { wall: NOW, uptime: 500 * MINUTE, slack: 0, doubt: null });
    await commit(second.store);
    second.watch.reading = readingAt(NOW + 10 * MINUTE, 510 * MINUTE);
    await commit(second.store);
    await second.store[Symbol.asyncDispose]();
    const third = await opened(url, readingAt(NOW, 0));
    assert.deepEqual(third.past.memory, readingAt(NOW + 10 * MINUTE, 510 * MINUTE).memory);
    await third.store[Symbol.asyncDispose]();
  }));

test("a doubt is saved with the first batch that sees it, and its end too", () =>
  at(filePlace(), async ({ url }) => {
    const { memory } = readingAt(NOW, MINUTE);
    const doubt = { wall: NOW + 99 * MINUTE, uptime: MINUTE, settleMs: 60 * MINUTE };
    const first = await opened(url, readingAt(NOW, MINUTE));
    await commit(first.store);
    first.watch.reading = { ...first.watch.reading, memory: { ...memory, doubt } };
    await commit(first.store);
    await first.store[Symbol.asyncDispose]();
    const second = await opened(url, readingAt(NOW, 2 * MINUTE));
    assert.deepEqual(second.past.memory, { ...memory, doubt });
    await commit(second.store);
    await second.store[Symbol.asyncDispose]();
    const third = await opened(url, readingAt(NOW, 3 * MINUTE));
    assert.equal(third.past.memory?.doubt, null);
    await third.store[Symbol.asyncDispose]();
  }));

test("a batch that is not committed saves nothing, and the next one does", () =>
  at(filePlace(), async ({ url }) => {
    const first = await opened(url, readingAt(NOW, MINUTE));
    const conditions = [{ condition: "cursor", job: "no-such-job", is: 1 }] as const;
    assert.equal((await first.store.commit({ job: "", conditions, writes: [] })).result, "conflict");
    await commit(first.store);
    await first.store[Symbol.asyncDispose]();
    const second = await opened(url, readingAt(NOW, MINUTE));
    assert.notEqual(second.past.memory, null);
    await second.store[Symbol.asyncDispose]();
  }));

test("a store of an older version tells of its newest row, and of a doubt; a damaged memory is none", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const run = backup();
    await insert(store, run);
    await store.commit({
      job: "db",
      writes: [{ write: "job", job: "db", set: { clockUntrustedUntil: NOW + MINUTE } }],
    });
    await store[Symbol.asyncDispose]();
    const { openDatabase } = await import("../../../src/store/database/open_database.ts");
    const options = { token: null, waitMs: 1, requestTimeoutMs: 1_000 };
    for (const text of ["", "null", "{}", '{"wall":1}', '{"wall":1,"uptime":1,"slack":0,"doubt":{}}']) {
      const database = await openDatabase(
        { kind: "file", path: place.path },
        storeOptions(place.url),
        options,
      );
      await database.write([{ sql: "UPDATE meta SET value = ?1 WHERE key = 'clock'", args: [text] }]);
      await database.close();
      const { past, store } = await opened(place.url, readingAt(NOW));
      assert.deepEqual(past, { memory: null, newest: run.createdAt, untrustedUntil: NOW + MINUTE }, text);
      await store[Symbol.asyncDispose]();
    }
  }));
