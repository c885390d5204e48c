// What became of jobs by day: added up in the commit that changes a run, whatever happens to the run afterwards.

import assert from "node:assert/strict";
import type { Run, Status } from "../../src/domain/backup.ts";
import { emptyDay, type JobDay } from "../../src/domain/job_days.ts";
import type { RunChanges, RunStore } from "../../src/ports/store.ts";
import {
  backup,
  change,
  conflict,
  DAY,
  decision,
  DONE,
  HOUR,
  insert,
  NOW,
  type Scenario,
} from "../store/fixture.ts";
import { storedByDay } from "../../src/domain/storage_days.ts";
import { daysOfRuns, storedOfRuns } from "../support/days_of_runs.ts";

const MINUTE = 60_000;
const at = (hour: number, fields: Partial<Run> = {}) => {
  const slot = NOW + hour * HOUR;
  return backup({ slot, startTime: slot, createdAt: slot, endTime: slot + MINUTE, ...fields });
};
const failed = (hour: number, fields: Partial<Run> = {}) =>
  at(hour, { status: "failed", reason: "error", sizeMb: null, ...fields });

const daysOf = async (store: RunStore, job = "db") => (await store.jobDays([job], 0)).get(job) ?? [];
const day = (fields: Partial<JobDay>, number = 0): JobDay => ({ ...emptyDay(NOW + number * DAY), ...fields });

async function move(
  store: RunStore,
  run: Run,
  set: RunChanges,
  from: Status[] = [run.status],
): Promise<void> {
  const conditions = [{ condition: "status" as const, runId: run.runId, in: from }];
  assert.deepEqual(
    await store.commit({ job: run.job, conditions, writes: [{ write: "run", runId: run.runId, set }] }),
    DONE,
  );
  Object.assign(run, set);
  assert.deepEqual(await allDays(store), await byRows(store), "the days say what the rows say");
  const { items } = await store.runs({ limit: 1000 });
  assert.equal((await store.storageDays(undefined, 0)).stored, storedOfRuns(items));
}

const JOBS = ["db", "files", "postgres"];
const allDays = async (store: RunStore) => Object.fromEntries(await store.jobDays(JOBS, 0));
const byRows = async (store: RunStore) => {
  const days = daysOfRuns((await store.runs({ limit: 1000 })).items);
  return Object.fromEntries(JOBS.flatMap((job) => days.has(job) ? [[job, days.get(job)!]] : []));
};

export function testDays(scenario: Scenario): void {
  scenario("jobDays() counts runs on the day of their slot, each job and day apart", async (store) => {
    const late = at(23, { startTime: NOW + 25 * HOUR, endTime: NOW + 26 * HOUR, sizeMb: 2 });
    const first = at(1, { sizeMb: 3 });
    await insert(
      store,
      late,
      first,
      failed(2),
      at(3, { status: "lost", reason: "lost" }),
      at(4, { status: "cancelled", reason: "asked" }),
      at(5, { suspectAt: NOW, suspectReason: "small" }),
      at(24, { sizeMb: null, endTime: null }),
      at(2, { job: "files", slot: null, trigger: "import", startTime: NOW + 47 * HOUR, sizeMb: 1e300 }),
      decision(NOW + 6 * HOUR),
      decision(NOW + 7 * HOUR, { reason: "missed" }),
      decision(NOW + 8 * HOUR, { reason: "paused" }),
      decision(NOW + 9 * HOUR, { status: "expired", reason: "superseded" }),
      decision(NOW + 10 * HOUR, { status: "intent", reason: null }),
    );
    const days = await store.jobDays(["db", "files", "nobody"], 0);
    const [one, two] = days.get("db")!;
    assert.deepEqual(
      one,
      day({
        succeeded: 2,
        failed: 2,
        cancelled: 1,
        suspect: 1,
        missed: 3,
        skipped: 1,
        bytes: 5e6,
        added: 17.5e6,
        longestMs: HOUR,
        newestRunId: late.runId,
        newestGood: { runId: late.runId, bytes: 2e6 },
      }),
    );
    assert.deepEqual([two!.succeeded, two!.bytes, two!.longestMs, two!.newestGood!.bytes], [
      1,
      0,
      null,
      null,
    ]);
    assert.deepEqual(days.get("files")!.map(({ day, bytes }) => [day, bytes]), [[NOW + DAY, 1e15]]);
    assert.equal(days.has("nobody"), false);
    assert.deepEqual((await store.jobDays(["db"], NOW + DAY + HOUR)).get("db"), [two]);
    assert.deepEqual(await allDays(store), await byRows(store));
  });

  scenario("jobDays() spreads the slots of a range over its days", async (store) => {
    await insert(
      store,
      decision(NOW, { slotUntil: NOW + 25 * HOUR, slots: 26, reason: "missed" }),
      decision(NOW + 26 * HOUR, { slotUntil: NOW + 50 * HOUR, slots: null, reason: "disabled" }),
      // A clock in doubt wrote it: no time of it is known.
      decision(NOW + 60 * HOUR, { slotUntil: NOW + 70 * HOUR, slots: 11, reason: "missed", clockOff: NOW }),
    );
    assert.deepEqual(await daysOf(store), [
      day({ missed: 24 }),
      day({ missed: 2, skipped: 1 }, 1),
      day({ skipped: 1 }, 2),
    ]);
    assert.deepEqual((await store.jobDays(["db"], NOW + 2 * DAY)).get("db"), [day({ skipped: 1 }, 2)]);
    assert.deepEqual(await allDays(store), await byRows(store));
    await store.commit(change({ write: "undecide", job: "db", after: NOW + 10 * HOUR }));
    assert.deepEqual(await daysOf(store), [day({ missed: 1 })], "what it decides now nobody has counted");
  });

  scenario(
    "jobDays() counts nothing of what decides no slot any more, whatever else changes in it",
    async (store) => {
      const [stays, taken] = [decision(NOW + 5 * HOUR), decision(NOW + 6 * HOUR)];
      await insert(store, at(1), stays, taken);
      await store.commit(change({ write: "undecide", job: "db", after: NOW + 5 * HOUR }));
      assert.deepEqual((await daysOf(store)).map(({ succeeded, missed }) => [succeeded, missed]), [[1, 1]]);
      await move(store, taken, { endTime: NOW + 9 * HOUR });
      await move(store, stays, { endTime: NOW + 9 * HOUR });
    },
  );

  scenario(
    "jobDays() counts a failure once no try follows, and a success that turns out one later",
    async (store) => {
      const tried = failed(1, { retryAt: NOW + 2 * HOUR });
      await insert(store, tried);
      assert.deepEqual(await daysOf(store), []);
      await move(store, tried, { retryAt: null, retryEnd: "tried_again" });
      const again = failed(1, { attempt: 2, runId: tried.runId.replace(/.$/, "z"), id: "again" });
      await insert(store, again);
      assert.deepEqual((await daysOf(store)).map(({ failed }) => failed), [1]);
      await move(store, again, { status: "available", reason: null, sizeMb: 7, endTime: NOW + 5 * HOUR });
      const good = { succeeded: 1, bytes: 7e6, added: 7e6, longestMs: 4 * HOUR, newestRunId: again.runId };
      assert.deepEqual(await daysOf(store), [
        day({ ...good, newestGood: { runId: again.runId, bytes: 7e6 } }),
      ]);
      const lost = at(26, { status: "lost", reason: "lost", sizeMb: null });
      await insert(store, lost);
      await move(store, lost, { status: "available", reason: null });
      assert.equal((await daysOf(store))[1]!.succeeded, 1);
    },
  );

  scenario("jobDays() goes by what an operator says of a suspect", async (store) => {
    const [accepted, rejected] = [at(1, { suspectAt: NOW }), at(2, { suspectAt: NOW })];
    await insert(store, accepted, rejected, at(0, { sizeMb: 1 }));
    assert.deepEqual((await daysOf(store)).map((day) => [day.succeeded, day.suspect]), [[1, 2]]);
    await move(store, accepted, { acceptedAt: NOW + 9 * HOUR });
    await move(store, rejected, { rejectedAt: NOW + 9 * HOUR });
    const [only] = await daysOf(store);
    assert.deepEqual([only!.succeeded, only!.suspect, only!.bytes], [2, 1, 13.5e6]);
    assert.equal(only!.newestGood!.runId, accepted.runId);
    assert.equal(only!.newestRunId, rejected.runId);
  });

  scenario(
    "jobDays() finds the next newest and longest of a day once those of it count otherwise",
    async (store) => {
      // By slot, as a further try, by hand; alike in time, and of the day before.
      const runs = Array.from({ length: 40 }, (_, n) => {
        const time = NOW + 20 * HOUR + Math.floor(n / 2) * 20 * MINUTE;
        const took = {
          startTime: time,
          createdAt: time,
          endTime: time + (n * 7 % 11) * MINUTE,
          sizeMb: n % 5,
        };
        const runId = `019d0000-0000-7000-8000-${String(n * 7 % 40).padStart(12, "0")}`;
        const slot = n % 4 === 3 ? null : time + (n % 2) * 1_000;
        return backup({ ...took, runId, slot, ...(n % 8 === 6 ? { attempt: 2 } : {}) });
      });
      await insert(store, ...runs);
      const before = await allDays(store);
      for (const run of runs.toReversed()) {
        await move(store, run, { suspectAt: NOW });
        if (run.sizeMb! > 2) await move(store, run, { acceptedAt: NOW + HOUR, sizeMb: 9 });
        if (run.sizeMb === 2) await move(store, run, { endTime: run.startTime });
        if (run.sizeMb === 1) await move(store, run, { startTime: run.startTime! - 30 * HOUR, slot: null });
      }
      const set = { suspectAt: null, acceptedAt: null, rejectedAt: NOW, clockOff: 1 };
      for (const run of runs) await move(store, run, set);
      assert.notDeepEqual(before, {});
      assert.deepEqual(
        (await daysOf(store)).map((
          { newestRunId, newestGood, longestMs },
        ) => [newestRunId, newestGood, longestMs])
          .filter((cells) => cells.some((cell) => cell !== null)),
        [],
      );
    },
  );

  scenario("jobDays() counts deletions on the day they were sent, and what was made stays", async (store) => {
    const [gone, left] = [at(1), failed(2)];
    await insert(store, gone, left);
    await move(store, gone, { status: "deleting", deleteIntentAt: NOW + DAY });
    await move(store, gone, { deleteSentAt: NOW + 3 * DAY });
    await move(store, gone, { status: "deleted" });
    await move(store, left, { status: "deleting", endedAs: "failed", deleteIntentAt: NOW + DAY });
    await move(store, left, { status: "deleted" });
    assert.deepEqual((await daysOf(store)).map((day) => [day.succeeded, day.failed, day.deleted]), [
      [1, 1, 0],
      [0, 0, 1],
    ]);
    assert.deepEqual((await daysOf(store)).map(({ added, freed }) => [added, freed]), [
      [12.5e6, 0],
      [0, 12.5e6],
    ]);
    const byHand = failed(30);
    await insert(store, byHand);
    await move(store, byHand, { status: "deleting", deleteIntentAt: NOW + 4 * DAY, deleteAskedBy: "ann" });
    await move(store, byHand, { status: "deleted" });
    assert.deepEqual((await daysOf(store)).map((day) => [day.failed, day.deleted]), [[1, 0], [1, 0], [0, 1], [
      0,
      1,
    ]]);
  });

  scenario("storageDays() tells what there was by day, backwards from what there is", async (store) => {
    const [first, second, suspect] = [at(1), at(26), at(50, { sizeMb: 1, suspectAt: NOW })];
    const other = at(27, { job: "files", sizeMb: 100 });
    await insert(store, first, second, suspect, other, failed(28), at(100, { sizeMb: 7 }));
    const levels = async (jobs?: string[], from = NOW) => {
      const storage = await store.storageDays(jobs, from);
      return storedByDay(storage, NOW - DAY, NOW + 3 * DAY).map(({ stored }) => stored / 1e6);
    };
    // What is dated ahead is there, and was not then.
    assert.deepEqual(await levels(["db"]), [0, 12.5, 25, 26, 26]);
    await move(store, first, { status: "deleting", deleteIntentAt: NOW + 2 * DAY });
    await move(store, first, { deleteSentAt: NOW + 3 * DAY });
    assert.deepEqual(await levels(["db"]), [0, 12.5, 25, 26, 26], "it is there until its provider says so");
    await move(store, first, { status: "deleted" });
    assert.deepEqual(await levels(["db"]), [0, 12.5, 25, 26, 13.5]);
    await move(store, suspect, { rejectedAt: NOW + 3 * DAY });
    assert.deepEqual(await levels(["db"]), [0, 12.5, 25, 26, 13.5], "a rejected one is still there");
    await move(store, second, { sizeMb: 20 });
    assert.deepEqual(await levels(["db"]), [0, 12.5, 32.5, 33.5, 21]);
    assert.deepEqual(await levels(["files"]), [0, 0, 100, 100, 100]);
    assert.deepEqual(await levels(), [0, 12.5, 132.5, 133.5, 121], "of all jobs");
    assert.deepEqual(await levels(["nobody"]), [0, 0, 0, 0, 0]);
    await store.commit(change({ write: "joinJobs", job: "files", to: "db" }));
    assert.deepEqual(await levels(["db"]), [0, 12.5, 132.5, 133.5, 121], "of two that became one");
    await move(store, second, { status: "deleting", deleteIntentAt: NOW + 3 * DAY });
    await move(store, second, { status: "deleted", reason: "storage_gone" });
    assert.deepEqual(await levels(["db"]), [0, 12.5, 132.5, 133.5, 101], "somebody said that it is gone");
  });

  scenario("jobDays() counts what a clock in doubt dated once its time is known", async (store) => {
    const run = at(1, { clockOff: NOW, slot: null, periodTime: null });
    await insert(store, run);
    assert.deepEqual(await daysOf(store), []);
    await move(store, run, { clockOff: null, startTime: NOW + 30 * HOUR, endTime: NOW + 31 * HOUR });
    assert.deepEqual((await daysOf(store)).map(({ day, longestMs }) => [day, longestMs]), [[
      NOW + DAY,
      HOUR,
    ]]);
    await move(store, run, { slot: NOW + HOUR, sizeMb: 1 });
    assert.deepEqual((await daysOf(store)).map((day) => [day.day, day.succeeded, day.bytes]), [
      [NOW, 1, 1e6],
    ]);
  });

  scenario("jobDays() follows a job to its new name, and adds up two that become one", async (store) => {
    await insert(store, at(1), failed(26), at(2, { job: "files" }));
    const [mine, theirs] = [(await daysOf(store))[0]!, (await daysOf(store, "files"))[0]!];
    await store.commit(change({ write: "renameJob", job: "db", to: "postgres" }));
    assert.deepEqual(await daysOf(store), []);
    assert.deepEqual((await daysOf(store, "postgres"))[0], mine);
    await store.commit(change({ write: "joinJobs", job: "postgres", to: "files" }));
    const [one, two] = await daysOf(store, "files");
    assert.deepEqual([one!.succeeded, one!.bytes, two!.failed], [2, mine.bytes + theirs.bytes, 1]);
    assert.equal(one!.newestRunId, theirs.newestRunId);
    assert.deepEqual(await allDays(store), await byRows(store));
  });

  scenario("a change that is a conflict leaves days as they were", async (store) => {
    const run = at(1);
    await insert(store, run);
    const before = await daysOf(store);
    const writes = [{ write: "insert" as const, run: at(2) }, { write: "insert" as const, run: at(3) }];
    const conditions = [{ condition: "cursor" as const, job: "db", is: 1 }];
    assert.deepEqual(await store.commit({ job: "db", conditions, writes }), conflict("condition"));
    // The slot is decided: the row stays as it is, whoever brings it again.
    await insert(store, { ...run, sizeMb: 99 });
    assert.deepEqual(await daysOf(store), before);
  });
}
