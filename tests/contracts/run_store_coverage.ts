// What coverage reads: schedules of before, restore points, what became of slots.

import assert from "node:assert/strict";
import {
  backup,
  change,
  DAY,
  decision,
  HOUR,
  insert,
  jobState,
  NOW,
  type Scenario,
} from "../store/fixture.ts";

export function testCoverageReads(scenario: Scenario): void {
  scenario("scheduleVersions() remembers every schedule of a job, under its new name too", async (store) => {
    const first = { since: NOW, schedule: "0 0 * * * *", timezone: "UTC" };
    assert.deepEqual(await store.scheduleVersions("db"), [first]);
    const set = (fields: object) => store.commit(change({ write: "job", job: "db", set: fields }));
    await set({ schedule: "0 0 3 * * *", cursor: NOW + HOUR });
    await set({ policy: "daily=3", cursor: NOW + 2 * HOUR });
    await set({ timezone: "Europe/Berlin", cursor: NOW + 3 * HOUR });
    await store.commit({ job: "db", writes: [{ write: "renameJob", job: "db", to: "postgres" }] });
    assert.deepEqual(await store.scheduleVersions("postgres"), [
      first,
      { since: NOW + HOUR, schedule: "0 0 3 * * *", timezone: "UTC" },
      { since: NOW + 3 * HOUR, schedule: "0 0 3 * * *", timezone: "Europe/Berlin" },
    ]);
    assert.deepEqual(await store.scheduleVersions("db"), []);
    // Added once more, it is what it was.
    await store.commit({
      job: "files",
      writes: [{ write: "addJob", state: jobState("files", { knownSince: 7 }) }],
    });
    assert.deepEqual(await store.scheduleVersions("files"), [first]);
  });

  scenario(
    "restorePoints() answers the times of what counts at the job's providers, rising",
    async (store) => {
      const rows = [
        backup({ slot: null, trigger: "import", startTime: NOW + 3 * HOUR, periodTime: null }),
        backup({ periodTime: NOW + 2 * HOUR, slot: NOW + 2 * HOUR }),
        backup({ periodTime: NOW + HOUR, slot: NOW + HOUR }),
        backup({ status: "missing" }),
        backup({ suspectAt: NOW, suspectReason: "small" }),
        backup({ providerKey: "elsewhere" }),
        backup({ job: "files" }),
      ];
      await insert(store, ...rows);
      const points = await store.restorePoints("db", ["restic-a"]);
      assert.deepEqual(Array.from(points, (time) => (time - NOW) / HOUR), [1, 2, 3]);
      assert.equal((await store.restorePoints("none", ["restic-a"])).length, 0);
    },
  );

  scenario(
    "periodRecords() tells what became of the slots of each period, ranges that reach in included",
    async (store) => {
      const day = (n: number) => ({ from: NOW + n * DAY, until: NOW + (n + 1) * DAY });
      const failed = [1, 2].map((hour) =>
        backup({
          id: null,
          status: "failed",
          reason: "refused",
          message: `no ${hour}`,
          slot: NOW + hour * HOUR,
        })
      );
      const late = decision(NOW + 5 * HOUR, { reason: "missed" });
      const pause = decision(NOW + 23 * HOUR, { reason: "paused", slotUntil: NOW + DAY + 2 * HOUR });
      const gone = backup({
        status: "deleted",
        deleteAskedBy: "ann",
        slot: NOW + DAY + 3 * HOUR,
        message: null,
      });
      await insert(store, ...failed, late, pause, gone, backup({ job: "files", slot: NOW + HOUR }));
      const told = (await store.periodRecords("db", [day(1), day(0), day(7)])).map((records) =>
        records.map((
          { status, reason, deleteReason, deleteAskedBy, message, rows, runId },
        ) => [status, reason, deleteReason ?? deleteAskedBy, message, rows, runId])
      );
      assert.deepEqual(told, [
        [
          ["skipped", "paused", null, null, 1, pause.runId],
          ["deleted", null, "ann", null, 1, gone.runId],
        ],
        [
          ["failed", "refused", null, "no 2", 2, failed[1]!.runId],
          ["skipped", "missed", null, null, 1, late.runId],
          ["skipped", "paused", null, null, 1, pause.runId],
        ],
        [],
      ]);
      assert.deepEqual(await store.periodRecords("db", []), []);
    },
  );
}
