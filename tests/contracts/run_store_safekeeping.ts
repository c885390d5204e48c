// What holds, the freeze and backups nobody manages rest on: their writes, guards and reads.

import assert from "node:assert/strict";
import type { Guard, JobChanges, Write } from "../../src/ports/store.ts";
import {
  backup,
  change,
  conflict,
  DONE,
  event,
  HOUR,
  insert,
  NOW,
  type Scenario,
  watch,
} from "../store/fixture.ts";

const FREEZE = { reason: "moving", owner: "ops", at: NOW, until: null };

export function testSafekeeping(scenario: Scenario): void {
  scenario(
    "commit() withdraws deletions that were never sent, and leaves all others as they are",
    async (store) => {
      const unsent = backup({ status: "deleting", deleteIntentAt: NOW, deleteReason: "not kept" });
      const sent = backup({ status: "deleting", deleteIntentAt: NOW, deleteSentAt: NOW });
      const failed = backup({ status: "delete-error", deleteIntentAt: NOW });
      await insert(store, unsent, sent, failed);
      const runIds = [unsent, sent, failed].map((run) => run.runId);
      assert.deepEqual(await store.commit(change({ write: "withdraw", runIds })), DONE);
      assert.deepEqual(await Promise.all(runIds.map(async (id) => (await store.run(id))!.status)), [
        "available",
        "deleting",
        "delete-error",
      ]);
      const { deleteIntentAt, deleteReason } = (await store.run(unsent.runId))!;
      assert.deepEqual([deleteIntentAt, deleteReason], [null, null]);
      assert.equal((await store.job("db"))!.availableCount, 1);
    },
  );

  scenario(
    "the guard unheld holds for no hold and an ended one, the guard unfrozen for no freeze and an ended one",
    async (store) => {
      const plain = backup();
      const held = backup({ holdAt: NOW, holdUntil: NOW + HOUR });
      await insert(store, plain, held);
      const holds = async (guard: Guard, at: number) => {
        watch.set(at);
        const result = await store.commit({ job: "db", guards: [guard], writes: [], events: [event()] });
        watch.set(NOW);
        return result.result === "done";
      };
      assert.equal(await holds({ guard: "unheld", runId: plain.runId }, NOW), true);
      assert.equal(await holds({ guard: "unheld", runId: held.runId }, NOW + HOUR - 1), false);
      assert.equal(await holds({ guard: "unheld", runId: held.runId }, NOW + HOUR), true);
      assert.equal(await holds({ guard: "unheld", runId: "none" }, NOW), false);
      assert.equal(await holds({ guard: "unfrozen" }, NOW), true);
      await store.commit({
        job: "",
        writes: [{ write: "freeze", freeze: { ...FREEZE, until: NOW + HOUR } }],
      });
      assert.equal(await holds({ guard: "unfrozen" }, NOW + HOUR - 1), false);
      assert.equal(await holds({ guard: "unfrozen" }, NOW + HOUR), true);
      await store.commit({ job: "", writes: [{ write: "freeze", freeze: FREEZE }] });
      assert.equal(await holds({ guard: "unfrozen" }, NOW + 900 * HOUR), false);
      assert.deepEqual(await store.freeze(), FREEZE);
      await store.commit({ job: "", writes: [{ write: "unfreeze" }] });
      assert.equal(await store.freeze(), null);
    },
  );

  scenario(
    "the guard active holds for a job that is enabled, inside its dates, not paused and not edited since",
    async (store) => {
      const holds = async (guard: Guard, at = NOW) => {
        watch.set(at);
        const result = await store.commit({ job: "db", guards: [guard], writes: [], events: [event()] });
        watch.set(NOW);
        return result.result === "done";
      };
      const set = (changes: JobChanges) => store.commit(change({ write: "job", job: "db", set: changes }));
      assert.equal(await holds({ guard: "active", job: "db", edition: 0 }), true);
      assert.equal(await holds({ guard: "active", job: "none", edition: 0 }), false);
      await set({ edition: 1 });
      assert.equal(await holds({ guard: "active", job: "db", edition: 0 }), false);
      const now: Guard = { guard: "active", job: "db", edition: 1 };
      await set({ activeFrom: NOW + HOUR, activeTo: NOW + 2 * HOUR });
      const times = [NOW, NOW + HOUR, NOW + 2 * HOUR - 1, NOW + 2 * HOUR];
      const inside: boolean[] = [];
      for (const at of times) inside.push(await holds(now, at));
      assert.deepEqual(inside, [false, true, true, false]);
      await set({ activeFrom: null, activeTo: null, pausedAt: NOW, pausedUntil: NOW + 1 });
      assert.equal(await holds(now, NOW + HOUR), false, "a pause ends by a decision, not by the hour");
      await set({ pausedAt: null, disabledSince: NOW });
      assert.equal(await holds(now), false);
      await set({ disabledSince: null });
      assert.equal(await holds(now), true);
    },
  );

  scenario(
    "guards that depend on the time go by what the clock says as the batch is handed over, not as it was asked for",
    async (store) => {
      const held = backup({ holdAt: NOW, holdUntil: NOW + HOUR });
      await insert(store, held);
      const ask = (...guards: Guard[]) => store.commit({ job: "db", guards, writes: [], events: [event()] });
      watch.set(NOW + 2 * HOUR);
      const over = await ask({ guard: "unheld", runId: held.runId }, { guard: "trustedClock" });
      const asked = [ask({ guard: "unheld", runId: held.runId }), ask({ guard: "trustedClock" })];
      // The clock turns out to be wrong before the turn in which they are committed.
      watch.reading = { ...watch.reading, ends: NOW, inDoubtUntil: NOW + 9 * HOUR };
      const answers = await Promise.all(asked);
      watch.set(NOW);
      assert.deepEqual([over, ...answers], [DONE, conflict("guard"), conflict("guard")]);
      assert.deepEqual(await ask({ guard: "trustedClock" }), DONE);
    },
  );

  scenario(
    "a freeze is seen by every change that waits behind it, whatever its job, and by none before it",
    async (store) => {
      const rows = ["db", "files", "db", "files"].map((job) =>
        backup({ job, status: "deleting", deleteIntentAt: NOW })
      );
      await insert(store, ...rows);
      const send = (at: number) =>
        store.commit({
          job: rows[at]!.job,
          guards: [{ guard: "deletable", runId: rows[at]!.runId }, { guard: "unfrozen" }],
          writes: [{ write: "run", runId: rows[at]!.runId, set: { deleteSentAt: NOW } }],
        });
      const freeze: Write[] = [
        { write: "freeze", freeze: FREEZE },
        { write: "withdraw", runIds: rows.map((run) => run.runId) },
      ];
      const results = await Promise.all([
        send(0),
        send(1),
        store.commit({ job: "", writes: freeze }),
        send(2),
        send(3),
      ]);
      assert.deepEqual(results, [DONE, DONE, DONE, conflict("guard"), conflict("guard")]);
      assert.deepEqual(await Promise.all(rows.map(async (run) => (await store.run(run.runId))!.status)), [
        "deleting",
        "deleting",
        "available",
        "available",
      ]);
    },
  );

  scenario(
    "places() counts available backups by provider, and the guard managed follows the configuration",
    async (store) => {
      const here = [backup(), backup()];
      const there = backup({ providerKey: "old-url" });
      await insert(store, ...here, there, backup({ status: "failed" }));
      const places = async () =>
        (await store.places()).map((
          { job, providerKey, available, managed },
        ) => [job, providerKey, available, managed]);
      assert.deepEqual(await places(), [["db", "old-url", 1, true], ["db", "restic-a", 2, true]]);
      await store.commit(change({ write: "manage", job: "db", providerKeys: ["restic-a"] }));
      const holds = async (runId: string) =>
        (await store.commit({ job: "db", guards: [{ guard: "managed", runId }], writes: [] })).result ===
          "done";
      assert.deepEqual([await holds(here[0]!.runId), await holds(there.runId)], [true, false]);

      await store.commit({
        job: "db",
        guards: [{ guard: "status", runId: here[0]!.runId, in: ["available"] }],
        writes: [{ write: "run", runId: here[0]!.runId, set: { status: "deleting" } }],
      });
      assert.deepEqual(await places(), [["db", "old-url", 1, false], ["db", "restic-a", 1, true]]);
      assert.equal(await holds(here[0]!.runId), true, "a place stays although nothing in it is available");

      await store.commit(change({ write: "job", job: "db", set: { unmanagedSince: NOW } }));
      assert.equal(await holds(here[1]!.runId), false);
      await insert(store, backup({ providerKey: "new-url" }));
      assert.deepEqual(
        (await places())[0],
        ["db", "new-url", 1, false],
        "nor is a place that comes while it is away",
      );
      await store.commit(change({ write: "renameJob", job: "db", to: "web" }));
      assert.deepEqual((await places()).map(([job]) => job), ["web", "web", "web"]);
    },
  );

  scenario("held() counts what is held now; endedHolds() finds what is not any more", async (store) => {
    const forever = backup({ holdAt: NOW });
    const later = backup({ job: "files", holdAt: NOW, holdUntil: NOW + 900 * HOUR });
    const ended = backup({ holdAt: NOW - 2, holdUntil: NOW - 1 });
    await insert(store, forever, later, ended, backup(), backup({ status: "failed", holdAt: NOW }));
    assert.deepEqual(await store.held(), [{ job: "db", count: 1 }, { job: "files", count: 1 }]);
    assert.deepEqual((await store.endedHolds(NOW)).map((run) => run.runId), [ended.runId]);
  });
}
