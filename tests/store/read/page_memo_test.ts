// Pages that are kept between two looks are never older than the last change; and lists of rare rows touch those alone.
// Also tests change_seq.ts, json_rows.ts, list_indexes.ts and other_indexes.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "../../../src/ports/queries.ts";
import { createPageMemo } from "../../../src/store/read/page_memo.ts";
import { at } from "../../support/node_files.ts";
import { addJobs, backup, change, filePlace, HOUR, insert, NOW } from "../fixture.ts";

/** Pages as they are, and their rows. */
const whole = <T>(page: Page<T>) => page;
const idsOf = (page: Page<{ runId: string }>) => page.items.map(({ runId }) => runId);

test("a list shows each change as soon as it was answered", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const first = backup();
    await insert(store, first);
    const ids = () => store.showBackups({ limit: 10 }, idsOf);
    const twice = async () => {
      assert.deepEqual(await ids(), await ids());
      return await ids();
    };
    assert.deepEqual(await twice(), [first.runId]);
    const second = backup();
    await insert(store, second);
    assert.deepEqual(await ids(), [second.runId, first.runId]);
    assert.deepEqual(await twice(), [second.runId, first.runId]);
    assert.equal(
      (await store.showBackups({ limit: 1 }, idsOf)).length,
      1,
      "another question has another answer",
    );
    assert.deepEqual((await store.showBackups({ limit: 10 }, whole)).items.length, 2, "shown otherwise, too");
    assert.deepEqual(await store.showRuns({ limit: 10 }, idsOf), await ids());
    const hold = { holdAt: NOW, holdReason: "audit", holdOwner: "ann" };
    await store.commit(change({ write: "run", runId: second.runId, set: hold }));
    assert.equal((await store.showBackups({ limit: 10 }, whole)).items[0]!.holdReason, "audit");
    const failed = backup({ status: "failed", id: null, startTime: NOW, endTime: NOW });
    await insert(store, failed);
    const failures = () => store.showRuns({ limit: 10, status: ["failed"] }, idsOf);
    assert.deepEqual([(await failures()).length, (await failures()).length], [1, 1]);
    await store.tidy(NOW + 900 * 86_400_000);
    assert.deepEqual([(await failures()).length, (await failures()).length], [0, 0]);
  }));

/** A memo, and how often a question was read; what is shown of it is how often it was by then. */
function counting(standing: () => Promise<string> = () => Promise.resolve("1")) {
  const memo = createPageMemo(standing);
  const of = { reads: 0 };
  const shown = (query: unknown, meanwhile: (read: number) => unknown = () => {}) =>
    memo.shown(query, whole<number>, async (show) => {
      const read = ++of.reads;
      await meanwhile(read);
      return show({ items: [read] });
    }).then(({ items }) => items[0]!);
  return { memo, of, shown };
}

test("what was read before a change is kept for nobody after it, however long it took", async () => {
  let standing = "1";
  const { memo, of, shown } = counting(() => Promise.resolve(standing));
  assert.deepEqual(
    [await shown("a"), await shown("a"), await shown("a")],
    [1, 2, 2],
    "once is not kept, twice is",
  );
  standing = "2";
  const slow = await shown("a", async () => {
    standing = "3";
    // Another question finds that there was a change.
    await memo.shown("other", whole, (show) => Promise.resolve(show({ items: [] })));
  });
  assert.deepEqual([slow, await shown("a"), await shown("a"), of.reads], [3, 4, 4, 4]);
  const gone = createPageMemo(() => Promise.reject(new Error("the file was taken away")));
  await assert.rejects(gone.shown("a", whole, (show) => Promise.resolve(show({ items: [] }))), /taken away/);
});

test("walks through all pages keep none, and let go of none that is asked for again", async () => {
  const { memo, of } = counting();
  const read = (query: string) =>
    memo.shown(
      query,
      whole<number>,
      (show) => (of.reads++, Promise.resolve(show({ items: Array(100).fill(1) }))),
    );
  for (let round = 0; round < 3; round++) await read("newest");
  assert.equal(of.reads, 2);
  for (let walk = 0; walk < 2; walk++) {
    for (let page = 0; page < 1_000; page++) await read(`page ${page}`);
  }
  assert.equal(of.reads, 2_002);
  await read("newest");
  assert.equal(of.reads, 2_002);
});

test("what is kept is some megabytes at most, the latest of it", async () => {
  const { memo, of } = counting();
  const read = (query: string, rows: number) =>
    memo.shown(
      query,
      whole<number>,
      (show) => (of.reads++, Promise.resolve(show({ items: Array(rows).fill(1) }))),
    );
  const readsOf = async (query: string, rows: number) => {
    const before = of.reads;
    await read(query, rows);
    return of.reads - before;
  };
  for (let page = 0; page < 40; page++) {
    for (let round = 0; round < 2; round++) await read(`few ${page}`, 1);
  }
  assert.deepEqual([await readsOf("few 39", 1), await readsOf("few 8", 1), await readsOf("few 7", 1)], [
    0,
    0,
    1,
  ]);
  for (let round = 0; round < 2; round++) await read("many", 3_990);
  assert.deepEqual([await readsOf("many", 3_990), await readsOf("few 20", 1)], [0, 1]);
});

test("many who ask for a page at once have it read once; after a change it is read again for whoever asks then", async () => {
  let standing = "1";
  const { shown } = counting(() => Promise.resolve(standing));
  const ends: (() => void)[] = [];
  const page = () => shown("a", () => new Promise<void>((resolve) => ends.push(resolve)));
  const turns = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  const before = Array.from({ length: 10 }, page);
  await turns();
  standing = "2";
  const after = Array.from({ length: 10 }, page);
  await turns();
  ends.forEach((end) => end());
  assert.deepEqual(await Promise.all(before), Array(10).fill(1));
  assert.deepEqual(await Promise.all(after), Array(10).fill(2));
});

test("that a page could not be read is told to whoever had it read; those who waited have it read once more", async () => {
  const { of, shown } = counting();
  const page = (fails: number) =>
    shown(fails, (read) => {
      if (read <= fails) throw new Error(`no ${read}`);
    });
  const [first, ...others] = await Promise.allSettled(Array.from({ length: 5 }, () => page(1)));
  assert.equal(first!.status, "rejected");
  assert.deepEqual(others.map((one) => one.status === "fulfilled" && one.value), Array(4).fill(2));
  assert.deepEqual([await page(1), of.reads], [2, 2], "it is kept");
  const refused = await Promise.allSettled(Array.from({ length: 5 }, () => page(Infinity)));
  assert.deepEqual([refused.map(({ status }) => status), of.reads], [Array(5).fill("rejected"), 4]);
  await assert.rejects(page(Infinity), /no 5/);
});

test("lists of rows that are rare among a great many walk along an index of those alone", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "files");
    const tagged = { tags: ["daily" as const] };
    const rare = [
      backup({ trigger: "manual", slot: null }),
      backup({ job: "files", trigger: "import", slot: null }),
      backup({ ...tagged, status: "failed" }),
      backup({ job: "files", ...tagged }),
    ];
    await insert(store, ...rare, backup(), backup(), backup({ job: "files" }));
    const ids = (page: Page<{ runId: string }>) => page.items.map(({ runId }) => runId);
    const [manual, imported, failed, daily] = rare.map(({ runId }) => runId);
    assert.deepEqual(ids(await store.runs({ limit: 9, trigger: "manual" })), [manual]);
    assert.deepEqual(ids(await store.runs({ limit: 9, trigger: "manual", status: ["failed"] })), []);
    assert.deepEqual(ids(await store.runs({ limit: 9, trigger: "import", job: "files" })), [imported]);
    assert.deepEqual(ids(await store.backups({ limit: 9, tag: "daily" })), [daily, failed]);
    assert.deepEqual(ids(await store.backups({ limit: 9, tag: "daily", status: "error" })), [failed]);
    assert.deepEqual(ids(await store.backups({ limit: 9, tag: "daily", job: "files" })), [daily]);
    assert.deepEqual(ids(await store.backups({ limit: 9, tag: "daily", job: "files", status: "error" })), []);
    assert.equal((await store.runs({ limit: 9, trigger: "schedule" })).items.length, 5);
  }));

test("backups that went wrong are found among the very many starts that never made one", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "files");
    const times = (n: number) => ({
      slot: NOW + n * HOUR,
      createdAt: NOW + n * HOUR,
      startTime: NOW + n * HOUR,
    });
    const wrong = (["failed", "missing", "lost", "delete-error", "cancelled"] as const).map((status, n) =>
      backup({ ...times(n), status, job: n % 2 === 0 ? "db" : "files" })
    );
    await insert(store, ...wrong, backup(times(7)), backup({ ...times(8), status: "deleted" }));
    for (let from = 10; from < 6_000; from += 1_000) {
      const rows = Array.from(
        { length: 1_000 },
        (_, n) => backup({ ...times(from + n), status: n % 2 === 0 ? "failed" : "skipped", id: null }),
      );
      await insert(store, ...rows);
    }
    let until = NOW + 10_000 * HOUR;
    const least = async (list: (until: number) => Promise<Page<{ runId: string }>>) => {
      let [ms, ids]: [number, string[]] = [Infinity, []];
      for (let round = 0; round < 15; round++) {
        const began = performance.now();
        ids = (await list(until++)).items.map(({ runId }) => runId);
        ms = Math.min(ms, performance.now() - began);
      }
      return { ms, ids };
    };
    const page = await least((until) => store.runs({ status: ["failed"], limit: 100, until }));
    const [failed, missing, lost, stuck, cancelled] = wrong.map(({ runId }) => runId);
    const all = await least((until) => store.backups({ status: "error", limit: 100, until }));
    assert.deepEqual(all.ids, [lost, missing, failed]);
    const own = await least((until) => store.backups({ status: "error", job: "db", limit: 100, until }));
    assert.deepEqual(own.ids, [lost, failed]);
    for (const { ms } of [all, own]) assert.ok(ms < page.ms, `${ms} ms for these, ${page.ms} ms for a page`);
    const of = async (status: "delete-error" | "cancelled" | "available" | "deleted") =>
      (await store.backups({ status, limit: 9 })).items.map(({ runId }) => runId);
    assert.deepEqual([await of("delete-error"), await of("cancelled")], [[stuck], [cancelled]]);
    assert.deepEqual([(await of("available")).length, (await of("deleted")).length], [1, 1]);
  }));
