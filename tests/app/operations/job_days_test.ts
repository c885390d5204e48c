// The days of a job as callers see them: every day, of a job that left too, of none that was forgotten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOperations } from "../../../src/app/operations/job_days.ts";
import { JobDaysView } from "../../../src/ports/views/job_days.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { at } from "../../support/node_files.ts";
import { addJobs, backup, change, DAY, filePlace, HOUR, insert, NOW } from "../../store/fixture.ts";

test("jobDays() answers each day up to now, also those on which nothing was", () =>
  at(filePlace(), async (place) => {
    const store = await place.open();
    await addJobs(store, "db", "files");
    const run = backup({ slot: NOW + HOUR, startTime: NOW + HOUR, endTime: NOW + HOUR + 1_500, sizeMb: 2 });
    await insert(store, run);
    const { jobDays } = dayOperations({ store, clock: new FakeClock(NOW + DAY + HOUR) });
    const view = JobDaysView.parse(await jobDays("db", NOW - DAY));
    assert.deepEqual(view.days.map(({ day, succeeded }) => [day, succeeded]), [
      ["2026-02-28", 0],
      ["2026-03-01", 1],
      ["2026-03-02", 0],
    ]);
    const { longest_seconds, newest_run_id, newest_good, bytes } = view.days[1]!;
    assert.deepEqual([longest_seconds, newest_run_id, bytes], [1.5, run.runId, 2e6]);
    assert.deepEqual(view.days.map(({ added, freed, stored }) => [added, freed, stored]), [
      [0, 0, 0],
      [2e6, 0, 2e6],
      [0, 0, 2e6],
    ]);
    assert.deepEqual(newest_good, { run_id: run.runId, bytes: 2e6 });
    assert.equal(await jobDays("nobody", NOW), undefined);
    await store.commit(change({ write: "job", job: "files", set: { unmanagedSince: NOW } }));
    assert.equal((await jobDays("files", NOW))!.days.length, 2, "a job that left has its days");
    await store.commit(change({ write: "job", job: "files", set: { forgottenAt: NOW } }));
    assert.equal(await jobDays("files", NOW), undefined);
  }));
