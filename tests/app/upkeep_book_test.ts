// What is known of the last upkeep of each built-in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { UpkeepBook } from "../../src/app/upkeep_book.ts";
import type { EngineEvent } from "../../src/ports/events.ts";

function upkeep(data: Record<string, unknown>): EngineEvent {
  return {
    type: "provider.upkeep",
    level: "info",
    at: 0,
    message: `${data.task} went ${data.ok ? "well" : "wrong"}`,
    data: { provider: "home", task: "prune", ended_at: 10, duration_ms: 5, ...data } as EngineEvent["data"],
  };
}
const providers = new Map([["home", {}]]);

test("the last word on each task counts, and a failed one is a trouble that is not fatal", () => {
  const book = new UpkeepBook();
  book.emit(upkeep({ ok: false }));
  book.emit(upkeep({ ok: true, ended_at: 20 }));
  book.emit(upkeep({ task: "check", ok: false }));
  assert.deepEqual(book.rows(providers).map(({ task, ok, endedAt }) => [task, ok, endedAt]), [
    ["prune", true, 20],
    ["check", false, 10],
  ]);
  assert.deepEqual(book.troubles(providers), [
    { name: "check of provider home", ok: false, fatal: false, message: "check went wrong" },
  ]);
});

test("upkeep that was ended for a backup, other events, and providers that left tell nothing", () => {
  const book = new UpkeepBook();
  book.emit(upkeep({ ok: null }));
  book.emit({ ...upkeep({ ok: true }), type: "retention.pass" });
  assert.deepEqual(book.rows(providers), []);
  book.emit(upkeep({ ok: false }));
  assert.deepEqual(book.troubles(new Map()), []);
});

test("figures of a storage are told for providers of the configuration, with how its upkeep ended", () => {
  const book = new UpkeepBook();
  assert.equal(book.storageOf("home"), null);
  const figures = {
    ...{ measuredAt: 5, storedBytes: 9, dataBytes: 8, neededBytes: 7 },
    ...{ restoredBytes: null, snapshots: 1 },
  };
  book.emit({
    type: "provider.figures",
    level: "debug",
    at: 5,
    message: "",
    data: { provider: "home", figures },
  });
  book.emit(upkeep({ ok: true }));
  assert.deepEqual(book.figures(providers), [{ provider: "home", figures }]);
  assert.deepEqual(book.figures(new Map()), []);
  const known = book.storageOf("home")!;
  assert.deepEqual([known.figures, known.tasks.map(({ task }) => task)], [figures, ["prune"]]);
});
