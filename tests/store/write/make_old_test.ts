// Runs whose backups were deleted some days ago lie where they take little room, and nobody can tell by what is read.
// Also tests old_runs.ts and old_reads.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { meddle, openAt } from "../audit/rig.ts";
import { addJobs, backup, conflict, DAY, decision, DONE, HOUR, insert, NOW } from "../fixture.ts";
import { at, tempFolder } from "../../support/node_files.ts";

const SOON = { runsOldAfterMs: DAY, packing: null };
const MUCH_LATER = NOW + 900 * DAY;

const IDS = [
  () => undefined,
  () => "3f2b6a4e-1c58-4f0e-9d10-aa00bb11cc22",
  () => "f".repeat(64),
  () => "0123456789abcdef0123456789abcdef",
  () => "3F2B6A4E-1C58-4F0E-9D10-AA00BB11CC22",
  () => "2026-03-01T00:00:00Z ünïcode",
];

/** Deleted backups of all that may be said of one, by two jobs, at two providers. */
function deleted(count: number): Run[] {
  return Array.from({ length: count }, (_, n) => {
    const fields: Partial<Run> = {
      status: "deleted",
      job: n % 3 === 0 ? "files" : "db",
      providerKey: n % 4 === 0 ? "other" : "restic-a",
      sizeMb: n % 7 === 0 ? null : n / 3,
      attempts: 1,
      uncertainAttempts: 1,
      deleteAttempts: n % 5 === 0 ? 3 : 1,
      deleteReason: n % 2 === 0 ? "not kept by daily=7" : null,
      deleteAskedBy: n % 2 === 0 ? null : "anna",
    };
    const id = IDS[n]?.();
    if (id !== undefined) Object.assign(fields, { id, dataId: n % 2 === 0 ? id : null });
    const run = backup(fields);
    const startTime = run.startTime! + n * 7;
    const time = run.createdAt.toString(16).padStart(12, "0");
    return {
      ...run,
      runId: `${time.slice(0, 8)}-${time.slice(8)}-7000-8001-${n.toString(16).padStart(12, "0")}`,
      startTime,
      endTime: startTime + 61_234,
      lastAttemptAt: startTime,
      deleteIntentAt: startTime + DAY,
      deleteSentAt: startTime + DAY + 12,
      missingAt: n % 11 === 0 ? startTime + HOUR : null,
    };
  });
}

async function all(store: OpenStore, runs: readonly Run[]) {
  const lists: unknown[] = [];
  for (const job of ["db", "files", undefined]) {
    for (const since of [undefined, runs[5]!.startTime!]) {
      for (const limit of [1, 4, 1000]) {
        for (
          const [list, filter] of [
            ["backups", {}],
            ["backups", { status: "deleted" }],
            ["runs", {}],
            ["runs", { status: ["deleted", "available"] }],
            ["runs", { trigger: "schedule" }],
            ["runs", { trigger: "manual" }],
          ] as const
        ) {
          for (let cursor: string | undefined, pages = 0; pages < 40; pages++) {
            const query = {
              ...filter,
              limit,
              ...job && { job },
              ...since && { since },
              ...cursor && { cursor },
            };
            const page = await store[list](query as never);
            lists.push([list, query.limit, job, since, filter, page.items]);
            cursor = page.cursor;
            if (cursor === undefined) break;
          }
        }
      }
    }
  }
  const found = [];
  for (const run of runs) {
    found.push(await store.run(run.runId), await store.find(run.id!), await store.find(run.runId, run.job));
    found.push(await store.find(run.id!, "nobody"), await store.byProviderId(run.providerKey, run.id!));
  }
  const from = NOW;
  const periods = [{ from, until: from + DAY }, { from: from + DAY, until: from + 9_000 * DAY }];
  return {
    lists,
    found,
    byId: await store.runsById(runs.map(({ runId }) => runId)),
    unknown: await store.unknownRuns([
      ...runs.map(({ runId }) => runId),
      "never",
      "019cb284-af30-7000-8001-0000000000ff",
    ]),
    stats: await store.stats(),
    sizes: await store.pastSizes("db", ["restic-a"], 5),
    records: [await store.periodRecords("db", periods), await store.periodRecords("files", periods)],
    jobs: await store.jobs(),
    shared: await store.sharedSlots("db", "files", 9),
  };
}

test("what became old reads as before: lists and pages, by either id, in counts, coverage and sizes", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    {
      await using store = await openAt(path, SOON);
      await addJobs(store, "db", "files");
      const runs = deleted(40);
      // Pages full of rows begin before these and end behind them.
      const among = runs.filter((_, n) => n % 5 < 3).map(({ startTime, job }, n) =>
        backup({ job, startTime: startTime! - 1 - n % 2 * HOUR, endTime: startTime })
      );
      await insert(store, ...runs, ...among, backup(), decision(NOW - HOUR, { job: "files" }));
      const before = await all(store, runs);
      await store.tidy(MUCH_LATER - 895 * DAY + 30 * DAY);
      const { lists, ...others } = await all(store, runs);
      // One by one: a difference within all of them would take minutes to show.
      for (const [nr, page] of lists.entries()) assert.deepEqual(page, before.lists[nr]);
      assert.deepEqual({ ...others, lists: lists.length }, { ...before, lists: before.lists.length });
    }
    const [row] = await meddle(path, "SELECT (SELECT count(*) FROM old_runs), (SELECT count(*) FROM runs)");
    assert.deepEqual(Array.from(row!, Number), [40, 26]);
  }));

test("an id of an old run is bound for ever, and its slot decided", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openAt(`${folder.path}/s.db`, SOON);
    await addJobs(store, "db", "files");
    const runs = deleted(12);
    await insert(store, ...runs);
    await store.tidy(NOW + 100 * DAY);
    for (const { id, providerKey, job, slot } of runs) {
      assert.deepEqual(await insert(store, backup({ id, providerKey, job })), [conflict("duplicate_id")]);
      const running = backup({ id: null, status: "running", job, providerKey });
      assert.deepEqual(await insert(store, running), [DONE]);
      const set = (to: string) =>
        store.commit({ job, writes: [{ write: "run", runId: running.runId, set: { id: to } }] });
      assert.deepEqual(await set(id!), conflict("duplicate_id"));
      assert.deepEqual(await set(`${id}-2`), DONE);
      await store.commit({
        job,
        conditions: [{ condition: "status", runId: running.runId, in: ["running"] }],
        writes: [{ write: "run", runId: running.runId, set: { status: "failed", endTime: NOW } }],
      });
      // Elsewhere it is another's.
      assert.deepEqual(await insert(store, backup({ id, providerKey: "third", job })), [DONE]);
      const again = decision(slot!, { job });
      await insert(store, again);
      assert.equal(await store.run(again.runId), undefined, "the slot was decided");
    }
  }));

test("rows that say more than an old one can, and young ones, stay", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    {
      await using store = await openAt(path, SOON);
      await addJobs(store, "db", "files");
      const [plain, manual, late, tried, imported, off, young] = deleted(7);
      await insert(
        store,
        plain!,
        { ...manual!, trigger: "manual", slot: null },
        { ...late!, startTime: late!.startTime! + 5 * HOUR },
        { ...tried!, attempt: 2 },
        { ...imported!, importedAt: NOW },
        { ...off!, clockOff: 1 },
        { ...young!, deleteIntentAt: NOW + 99.5 * DAY },
      );
      await store.tidy(NOW + 100 * DAY);
    }
    const [row] = await meddle(path, "SELECT (SELECT count(*) FROM old_runs), (SELECT count(*) FROM runs)");
    assert.deepEqual(Array.from(row!, Number), [1, 6]);
  }));

test("skipped slots do not become one range over an old run between them", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openAt(`${folder.path}/s.db`, SOON);
    await addJobs(store, "db");
    const [between] = deleted(2).slice(1);
    const slot = between!.slot!;
    await insert(store, decision(slot - HOUR), between!, decision(slot + HOUR), decision(slot + 2 * HOUR));
    await store.tidy(NOW + 50 * DAY);
    const report = await store.tidy(MUCH_LATER);
    assert.equal(report.folded, 1);
    const rows = (await store.runs({ job: "db", limit: 9 })).items;
    assert.deepEqual(rows.map(({ slot, status }) => [slot, status]), [
      [slot + HOUR, "skipped"],
      [slot, "deleted"],
      [slot - HOUR, "skipped"],
    ]);
  }));

test("jobs that are renamed or joined take their old runs along", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openAt(`${folder.path}/s.db`, SOON);
    await addJobs(store, "db", "files");
    const runs = deleted(9);
    await insert(store, ...runs);
    await store.tidy(NOW + 100 * DAY);
    const count = async (job: string) => (await store.runs({ job, limit: 99 })).items.length;
    assert.deepEqual([await count("db"), await count("files")], [6, 3]);
    await store.commit({ job: "files", writes: [{ write: "renameJob", job: "files", to: "papers" }] });
    assert.deepEqual([await count("files"), await count("papers")], [0, 3]);
    const clash = decision(runs[0]!.slot!, { job: "db" });
    await insert(store, clash);
    assert.equal((await store.sharedSlots("db", "papers", 9)).length, 1);
    const join = { job: "papers", writes: [{ write: "joinJobs", job: "papers", to: "db" } as const] };
    assert.equal((await store.commit(join)).result, "conflict");
    assert.deepEqual(await count("papers"), 3);
    await addJobs(store, "third");
    const into = { job: "papers", writes: [{ write: "joinJobs", job: "papers", to: "third" } as const] };
    assert.deepEqual(await store.commit(into), DONE);
    assert.equal(await count("third"), 3);
  }));
