// Backups that stand for a level are listed whole and in order, and those of a rare level without a look at all others.
// Also tests tagged_indexes.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run, Status, WireStatus } from "../../../src/domain/backup.ts";
import { wireStatus } from "../../../src/domain/backup.ts";
import type { Level } from "../../../src/domain/policy.ts";
import type { BackupQuery } from "../../../src/ports/queries.ts";
import { at } from "../../support/node_files.ts";
import { addJobs, backup, filePlace, HOUR, insert, NOW } from "../fixture.ts";

const SETS: Level[][] = [
  [],
  ["hourly"],
  ["hourly", "daily"],
  ["hourly", "daily", "yearly"],
  ["secondly", "yearly"],
  ["daily"],
];
const STATUSES: Status[] = ["available", "deleted", "missing", "delete-error", "failed"];

/** Newest first by start, then by run id, greatest first. */
function inOrder(runs: readonly Run[]): string[] {
  return runs.toSorted((left, right) =>
    right.startTime! - left.startTime! || (left.runId < right.runId ? 1 : -1)
  )
    .map(({ runId }) => runId);
}

test("backups of a level, of any job and status, are whole and in order page by page", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "mail");
    const rows = Array.from({ length: 120 }, (_, n) => {
      // Some at the very same instant.
      const startTime = NOW + (n % 40) * HOUR;
      const job = n % 3 === 0 ? "mail" : "db";
      const fields = { job, slot: NOW + n * HOUR, createdAt: startTime, startTime };
      return backup({ ...fields, tags: SETS[n % 6]!, status: STATUSES[Math.floor(n / 6) % 5]! });
    });
    await insert(store, ...rows, backup({ id: null, status: "failed", tags: ["daily"] }));
    const range = { since: NOW + 5 * HOUR, until: NOW + 30 * HOUR };
    for (const tag of ["hourly", "daily", "yearly", "secondly", "weekly"] as const) {
      for (const job of [undefined, "db", "nobody"]) {
        for (const status of [undefined, "available", "error", "deleted"] as (WireStatus | undefined)[]) {
          for (const times of [{}, range]) {
            const { since, until } = { since: 0, until: Infinity, ...times };
            const query = { tag, job, status, ...times } satisfies Omit<BackupQuery, "limit">;
            const wanted = inOrder(
              rows.filter((row) =>
                row.tags.includes(tag) && (job === undefined || row.job === job) &&
                (status === undefined || wireStatus(row.status) === status) &&
                row.startTime! >= since && row.startTime! < until
              ),
            );
            for (const limit of [3, 1_000]) {
              let page = await store.backups({ ...query, limit });
              const found = page.items.map(({ runId }) => runId);
              while (page.cursor !== undefined) {
                page = await store.backups({ ...query, limit, cursor: page.cursor });
                found.push(...page.items.map(({ runId }) => runId));
              }
              assert.deepEqual(found, wanted, JSON.stringify({ ...query, limit }));
            }
          }
        }
      }
    }
    const [suspect] = rows.filter((row) => row.status === "available" && row.tags.includes("yearly"));
    const set = { suspectAt: NOW, suspectReason: "small" };
    await store.commit({ job: suspect!.job, writes: [{ write: "run", runId: suspect!.runId, set }] });
    const suspects = await store.backups({ tag: "yearly", suspect: true, limit: 9 });
    assert.deepEqual(suspects.items.map(({ runId }) => runId), [suspect!.runId]);
    assert.equal((await store.backups({ tag: "weekly", suspect: true, limit: 9 })).items.length, 0);
  }));

test("the few of a level are found among the many of another without a look at these", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const rows = Array.from({ length: 6_000 }, (_, n) => {
      const times = { slot: NOW + n * HOUR, createdAt: NOW + n * HOUR, startTime: NOW + n * HOUR };
      return backup({ ...times, tags: n === 0 ? ["hourly", "yearly"] : ["hourly"] });
    });
    for (let from = 0; from < rows.length; from += 1_000) {
      await insert(store, ...rows.slice(from, from + 1_000));
    }
    let until = NOW + 10_000 * HOUR;
    /** The least time of some askings, each for another page: none is kept from the one before. */
    const least = async (query: Omit<BackupQuery, "limit">, count: number) => {
      let ms = Infinity;
      for (let round = 0; round < 15; round++) {
        const began = performance.now();
        const { items } = await store.backups({ ...query, until: until++, limit: 100 });
        ms = Math.min(ms, performance.now() - began);
        assert.equal(items.length, count);
      }
      return ms;
    };
    const page = await least({ tag: "hourly", job: "db" }, 100);
    for (const job of [undefined, "db"]) {
      for (const status of [undefined, "available"] as const) {
        const few = await least({ tag: "yearly", job, status }, 1);
        assert.ok(few < page, `${few} ms for one, ${page} ms for a hundred`);
      }
      const none = await least({ tag: "hourly", job, status: "error" }, 0);
      assert.ok(none < page, `${none} ms for none, ${page} ms for a hundred`);
    }
  }));
