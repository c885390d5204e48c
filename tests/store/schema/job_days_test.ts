// What became of jobs by day: of states from before it was added up, of what is folded, put away and pruned, after kill -9.
// Also tests read/job_days.ts, read/storage_days.ts and prune_days.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import { dayOf } from "../../../src/domain/job_days.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { JOB_DAYS_MIGRATION } from "../../../src/store/schema/job_days.ts";
import { at, tempFolder } from "../../support/node_files.ts";
import { daysOfRuns } from "../../support/days_of_runs.ts";
import {
  addJobs,
  asKilled,
  backup,
  DAY,
  decision,
  filePlace,
  HOUR,
  insert,
  NOW,
  storeOptions,
} from "../fixture.ts";

const JOBS = ["db", "files"];

/** Runs of every kind over many days, those of one job beside those of another. */
function runs(): Run[] {
  const found: Run[] = [];
  for (let n = 0; n < 120; n++) {
    const slot = NOW - 80 * DAY + n * 7 * HOUR;
    const [job, startTime] = [JOBS[n % 2]!, slot + n * 1_000];
    // As old as its run: else it would not be put away.
    const time = slot.toString(16).padStart(12, "0");
    const runId = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(n).padStart(12, "0")}`;
    const fields = {
      runId,
      job,
      slot,
      startTime,
      createdAt: slot,
      endTime: startTime + n * 60_000,
      sizeMb: n,
    };
    const gone = {
      status: "deleted" as const,
      deleteIntentAt: slot + 9 * DAY,
      deleteSentAt: slot + 10 * DAY,
    };
    found.push(
      n % 8 < 3
        ? backup({ ...fields, ...gone, deleteAttempts: 1, attempts: 1, lastAttemptAt: startTime })
        : n % 8 === 3
        ? backup({ ...fields, status: "failed", reason: "error", id: null, dataId: null, sizeMb: null })
        : n % 8 === 4
        ? decision(slot, { job, reason: n % 16 === 4 ? "paused" : "missed" })
        : n % 16 === 5
        ? backup({ ...fields, ...gone, reason: "error", sizeMb: null })
        : n % 8 === 5
        ? backup({ ...fields, ...gone, status: "deleted", endedAs: "failed", reason: "error" })
        : backup({ ...fields, suspectAt: n % 8 === 6 ? NOW : null }),
    );
  }
  return found;
}

async function meddle(path: string, ...statements: string[]) {
  const options = { token: null, waitMs: 1, requestTimeoutMs: 1_000 };
  const database = await openDatabase({ kind: "file", path }, storeOptions(`file:${path}`), options);
  const [rows] = await database.write(statements.map((sql) => ({ sql, args: [] })));
  await database.close();
  return rows!;
}

test("the migration adds up what is there as the triggers do, what was put away included", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, ...JOBS);
    const rows = runs();
    await insert(store, ...rows);
    const before = Object.fromEntries(await store.jobDays(JOBS, 0));
    assert.deepEqual(before, Object.fromEntries(daysOfRuns(rows)));
    await store.tidy(NOW);
    assert.deepEqual(
      Object.fromEntries(await store.jobDays(JOBS, 0)),
      before,
      "what is put away stays counted",
    );
    await store[Symbol.asyncDispose]();
    const fill = JOB_DAYS_MIGRATION.filter((sql) => sql.startsWith("INSERT"));
    assert.equal(fill.length, 2);
    const [row] = await meddle(place.path, "SELECT count(*) FROM old_runs", "DELETE FROM job_days", ...fill);
    assert.ok(Number(row![0]) > 20, `${row![0]} runs were put away`);
    const again = await place.open();
    assert.deepEqual(Object.fromEntries(await again.jobDays(JOBS, 0)), before);
  }));

test("what is folded into a range counts as before, on the day of each slot", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db");
    const slots = Array.from(
      { length: 60 },
      (_, n) => decision(NOW - 100 * DAY + n * HOUR, { reason: "missed" }),
    );
    await insert(store, ...slots);
    const before = await store.jobDays(["db"], 0);
    assert.deepEqual(before.get("db")!.map(({ missed }) => missed), [24, 24, 12]);
    assert.equal((await store.tidy(NOW)).folded, 59);
    assert.deepEqual(await store.jobDays(["db"], 0), before);
  }));

test("days of a year ago go with the failed runs of then, a bounded number a call", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "files");
    const old = (days: number, fields: Partial<Run> = {}) =>
      backup({ slot: NOW - days * DAY, startTime: NOW - days * DAY, endTime: NOW - days * DAY, ...fields });
    const failed = { status: "failed" as const, reason: "error", id: null };
    await insert(
      store,
      old(366),
      old(365),
      old(364),
      old(366, { slot: NOW - 366 * DAY + HOUR, ...failed }),
      old(366, { job: "files", ...failed }),
    );
    assert.deepEqual((await store.jobDays(["db"], 0)).get("db")!.length, 3);
    assert.equal((await store.tidy(NOW)).removed, 2);
    const left = (await store.jobDays(JOBS, 0)).get("db")!.map(({ day }) => day);
    assert.deepEqual(left, [dayOf(NOW - 365 * DAY), dayOf(NOW - 364 * DAY)]);
    assert.equal((await store.jobDays(JOBS, 0)).has("files"), false);
    await store.tidy(NOW + DAY);
    assert.deepEqual((await store.jobDays(["db"], 0)).get("db")!.map(({ day }) => day), left.slice(1));
  }));

test("more old days than one step takes go in several", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    const many = Array.from({ length: 6 }, (_, n) => `job${n}`);
    await addJobs(store, ...many);
    await store[Symbol.asyncDispose]();
    const until = NOW / DAY - 400;
    await meddle(
      place.path,
      `WITH RECURSIVE days (day) AS (SELECT ${
        until - 1000
      } UNION ALL SELECT day + 1 FROM days WHERE day < ${until})
        INSERT INTO job_days (job, day, failed) SELECT job, day, 1 FROM jobs, days`,
    );
    const again = await place.open();
    assert.equal((await again.tidy(NOW)).more, true);
    assert.equal((await again.tidy(NOW)).more, false);
    assert.equal((await again.jobDays(many, 0)).size, 0);
  }));

test("kill -9 leaves days and rows of one commit", () =>
  at(tempFolder(), async () => {
    await using place = filePlace();
    const store = await place.open();
    await addJobs(store, "db");
    const [one, two] = [backup({ slot: NOW }), backup({ slot: NOW + HOUR })];
    await insert(store, one);
    const back = asKilled(place.path);
    await insert(store, two);
    await store[Symbol.asyncDispose]();
    back();
    const again = await place.open();
    const rows = (await again.runs({ limit: 10 })).items;
    assert.deepEqual(rows.map(({ runId }) => runId), [one.runId]);
    assert.deepEqual(await again.jobDays(["db"], 0), daysOfRuns(rows));
  }));
