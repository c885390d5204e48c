// Pages that are kept between two looks are never older than the last change; and lists of rare rows touch those alone.
// Also tests change_seq.ts, list_queries.ts, json_rows.ts, list_indexes.ts and other_indexes.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "../../../src/ports/queries.ts";
import { createPageMemo } from "../../../src/store/read/page_memo.ts";
import { at } from "../../support/node_files.ts";
import { addJobs, backup, change, filePlace, HOUR, insert, NOW } from "../fixture.ts";

test("a list shows each change as soon as it was answered, and nobody's hand in an answer shows in another", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const first = backup();
    await insert(store, first);
    const ids = async () => (await store.backups({ limit: 10 })).items.map(({ runId }) => runId);
    assert.deepEqual(await ids(), [first.runId]);
    const second = backup();
    await insert(store, second);
    assert.deepEqual(await ids(), [second.runId, first.runId]);
    (await store.backups({ limit: 10 })).items.reverse();
    assert.deepEqual(await ids(), [second.runId, first.runId]);
    assert.equal((await store.backups({ limit: 1 })).items.length, 1, "another question has another answer");
    assert.equal((await store.runs({ limit: 10 })).items[0], (await store.runs({ limit: 10 })).items[0]);
    const hold = { holdAt: NOW, holdReason: "audit", holdOwner: "ann" };
    await store.commit(change({ write: "run", runId: second.runId, set: hold }));
    assert.equal((await store.backups({ limit: 10 })).items[0]!.holdReason, "audit");
    const failed = backup({ status: "failed", id: null, startTime: NOW, endTime: NOW });
    await insert(store, failed);
    assert.equal((await store.runs({ limit: 10, status: ["failed"] })).items.length, 1);
    await store.tidy(NOW + 900 * 86_400_000);
    assert.equal((await store.runs({ limit: 10, status: ["failed"] })).items.length, 0);
  }));

test("what was read before a change is kept for nobody after it, however long it took", async () => {
  let standing = "1";
  let reads = 0;
  const memo = createPageMemo(() => Promise.resolve(standing));
  const page = (meanwhile: () => unknown = () => {}) =>
    memo.page("all", async (): Promise<Page<number>> => {
      const read = ++reads;
      await meanwhile();
      return { items: [read], cursor: "c" };
    });
  assert.deepEqual([await page(), await page()], [{ items: [1], cursor: "c" }, { items: [1], cursor: "c" }]);
  standing = "2";
  const slow = await page(async () => {
    standing = "3";
    // Another question finds that there was a change.
    await memo.page("other", () => Promise.resolve({ items: [] }));
  });
  assert.deepEqual([slow.items, (await page()).items, (await page()).items], [[2], [3], [3]]);
  const gone = createPageMemo(() => Promise.reject(new Error("the file was taken away")));
  await assert.rejects(gone.page("all", () => Promise.resolve({ items: [] })), /taken away/);
});

test("many who ask for a page at once have it read once; after a change it is read again for whoever asks then", async () => {
  let standing = "1";
  let reads = 0;
  const memo = createPageMemo(() => Promise.resolve(standing));
  const ends: (() => void)[] = [];
  const page = () =>
    memo.page("all", async (): Promise<Page<number>> => {
      const read = ++reads;
      await new Promise<void>((resolve) => ends.push(resolve));
      return { items: [read] };
    });
  const turns = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  const before = Array.from({ length: 10 }, page);
  await turns();
  standing = "2";
  const after = Array.from({ length: 10 }, page);
  await turns();
  ends.forEach((end) => end());
  const [old, fresh] = [await Promise.all(before), await Promise.all(after)];
  assert.deepEqual(old.map(({ items }) => items[0]), Array(10).fill(1));
  assert.deepEqual(fresh.map(({ items }) => items[0]), Array(10).fill(2));
  old[0]!.items.push(9);
  assert.deepEqual(old[1]!.items, [1], "each has a list of its own");
});

test("that a page could not be read is told to whoever had it read; those who waited have it read once more", async () => {
  const memo = createPageMemo(() => Promise.resolve("1"));
  let reads = 0;
  const page = (fails: number) =>
    memo.page(
      fails,
      (): Promise<Page<number>> =>
        ++reads <= fails ? Promise.reject(new Error(`no ${reads}`)) : Promise.resolve({ items: [reads] }),
    );
  const [first, ...others] = await Promise.allSettled(Array.from({ length: 5 }, () => page(1)));
  assert.equal(first!.status, "rejected");
  assert.deepEqual(others.map((one) => one.status === "fulfilled" && one.value.items), Array(4).fill([2]));
  assert.deepEqual([(await page(1)).items, reads], [[2], 2], "it is kept");
  const refused = await Promise.allSettled(Array.from({ length: 5 }, () => page(Infinity)));
  assert.deepEqual([refused.map(({ status }) => status), reads], [Array(5).fill("rejected"), 4]);
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
