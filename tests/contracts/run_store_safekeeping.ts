// What holds, the freeze and backups nobody manages rest on: their writes, conditions and reads.

import assert from "node:assert/strict";
import type { Run } from "../../src/domain/backup.ts";
import type { Condition } from "../../src/ports/condition.ts";
import type { JobChanges, Write } from "../../src/ports/store.ts";
import {
  addJobs,
  backup,
  change,
  conflict,
  DAY,
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
    "the condition unshared holds where nobody that lives has the data, and sharer() names who has",
    async (store) => {
      const one = backup({ id: "x", dataId: "data-x" });
      await insert(store, one);
      const sharers: [fields: Partial<Run>, shares: boolean][] = [
        [{ dataId: "data-x" }, true],
        [{ dataId: "x" }, true],
        [{ id: "data-x" }, true],
        [{ dataId: "said-x" }, true],
        [{ dataId: "other" }, false],
        [{ dataId: "data-x", providerKey: "elsewhere" }, false],
        [{ id: "x", dataId: null, providerKey: "kin" }, true],
        [{ dataId: "data-x", status: "missing" }, true],
        [{ dataId: "data-x", status: "deleting", deleteIntentAt: NOW }, true],
        [{ dataId: "data-x", status: "deleting", deleteIntentAt: NOW, deleteSentAt: NOW }, false],
        [{ dataId: "data-x", status: "delete-error", deleteIntentAt: NOW, deleteSentAt: NOW }, false],
        [{ dataId: "data-x", status: "failed" }, false],
        [{ dataId: "data-x", status: "failed", reason: "unseen" }, true],
        [{ dataId: "data-x", status: "cancelled", holdAt: NOW, holdUntil: null }, true],
        [{ dataId: "data-x", status: "cancelled", holdAt: NOW, holdUntil: NOW }, false],
      ];
      for (const [fields, shares] of sharers) {
        const other = backup(fields);
        await insert(store, other);
        const providerKeys = ["restic-a", "kin"];
        const unshared = { condition: "unshared", runId: one.runId, dataId: "said-x", providerKeys } as const;
        const result = await store.commit({
          job: "db",
          conditions: [unshared],
          writes: [],
          events: [event()],
        });
        assert.equal(result.result, shares ? "conflict" : "done", JSON.stringify(fields));
        const found = await store.sharer(one.runId, "said-x", providerKeys);
        assert.equal(found?.runId, shares ? other.runId : undefined, JSON.stringify(fields));
        const gone = await store.commit({
          job: "db",
          writes: [{ write: "run", runId: other.runId, set: { id: `gone-${other.runId}`, dataId: null } }],
        });
        assert.equal(gone.result, "done");
      }
      assert.deepEqual(await store.providerKeys(), ["elsewhere", "kin", "restic-a"]);
      const moved = await store.commit({
        job: "db",
        writes: [{ write: "job", job: "db", set: { providerKey: "moved" } }],
      });
      assert.equal(moved.result, "done");
      assert.deepEqual(await store.providerKeys(), ["elsewhere", "kin", "moved", "restic-a"]);
    },
  );

  scenario(
    "the condition unheld holds for no hold and an ended one, the condition unfrozen for no freeze and an ended one",
    async (store) => {
      const plain = backup();
      const held = backup({ holdAt: NOW, holdUntil: NOW + HOUR });
      await insert(store, plain, held);
      const holds = async (condition: Condition, at: number) => {
        watch.set(at);
        const result = await store.commit({
          job: "db",
          conditions: [condition],
          writes: [],
          events: [event()],
        });
        watch.set(NOW);
        return result.result === "done";
      };
      assert.equal(await holds({ condition: "unheld", runId: plain.runId }, NOW), true);
      assert.equal(await holds({ condition: "unheld", runId: held.runId }, NOW + HOUR - 1), false);
      assert.equal(await holds({ condition: "unheld", runId: held.runId }, NOW + HOUR), true);
      assert.equal(await holds({ condition: "unheld", runId: "none" }, NOW), false);
      assert.equal(await holds({ condition: "unfrozen" }, NOW), true);
      await store.commit({
        job: "",
        writes: [{ write: "freeze", freeze: { ...FREEZE, until: NOW + HOUR } }],
      });
      assert.equal(await holds({ condition: "unfrozen" }, NOW + HOUR - 1), false);
      assert.equal(await holds({ condition: "unfrozen" }, NOW + HOUR), true);
      await store.commit({ job: "", writes: [{ write: "freeze", freeze: FREEZE }] });
      assert.equal(await holds({ condition: "unfrozen" }, NOW + 900 * HOUR), false);
      assert.deepEqual(await store.freeze(), FREEZE);
      await store.commit({ job: "", writes: [{ write: "unfreeze" }] });
      assert.equal(await store.freeze(), null);
    },
  );

  scenario(
    "the condition active holds for a job that is enabled, inside its dates, not paused and not edited since",
    async (store) => {
      const holds = async (condition: Condition, at = NOW) => {
        watch.set(at);
        const result = await store.commit({
          job: "db",
          conditions: [condition],
          writes: [],
          events: [event()],
        });
        watch.set(NOW);
        return result.result === "done";
      };
      const set = (changes: JobChanges) => store.commit(change({ write: "job", job: "db", set: changes }));
      assert.equal(await holds({ condition: "active", job: "db", edition: 0 }), true);
      assert.equal(await holds({ condition: "active", job: "none", edition: 0 }), false);
      await set({ edition: 1 });
      assert.equal(await holds({ condition: "active", job: "db", edition: 0 }), false);
      const now: Condition = { condition: "active", job: "db", edition: 1 };
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
    "conditions that depend on the time go by what the clock says as the batch is handed over, not as it was asked for",
    async (store) => {
      const held = backup({ holdAt: NOW, holdUntil: NOW + HOUR });
      await insert(store, held);
      const ask = (...conditions: Condition[]) =>
        store.commit({ job: "db", conditions, writes: [], events: [event()] });
      watch.set(NOW + 2 * HOUR);
      const over = await ask({ condition: "unheld", runId: held.runId }, { condition: "trustedClock" });
      const asked = [
        ask({ condition: "unheld", runId: held.runId }),
        ask({ condition: "trustedClock" }),
        ask({ condition: "due", at: NOW + HOUR }),
        ask({ condition: "due", at: NOW }),
      ];
      // The clock turns out to be wrong before the turn in which they are committed.
      watch.reading = { ...watch.reading, ends: NOW, due: NOW, inDoubtUntil: NOW + 9 * HOUR };
      const answers = await Promise.all(asked);
      watch.set(NOW);
      const refused = conflict("condition");
      assert.deepEqual([over, ...answers], [DONE, refused, refused, refused, DONE]);
      assert.deepEqual(await ask({ condition: "trustedClock" }), DONE);
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
          conditions: [{ condition: "deletable", runId: rows[at]!.runId }, { condition: "unfrozen" }],
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
      assert.deepEqual(results, [DONE, DONE, DONE, conflict("condition"), conflict("condition")]);
      assert.deepEqual(await Promise.all(rows.map(async (run) => (await store.run(run.runId))!.status)), [
        "deleting",
        "deleting",
        "available",
        "available",
      ]);
    },
  );

  scenario(
    "places() counts available backups by provider, and the condition managed follows the configuration",
    async (store) => {
      const here = [backup(), backup()];
      const there = backup({ providerKey: "old-url" });
      await insert(store, ...here, there, backup({ status: "failed" }));
      const places = async () =>
        (await store.providerBackups()).map((
          { job, providerKey, available, managed },
        ) => [job, providerKey, available, managed]);
      assert.deepEqual(await places(), [["db", "old-url", 1, true], ["db", "restic-a", 2, true]]);
      await store.commit(change({ write: "manage", job: "db", providerKeys: ["restic-a"] }));
      const holds = async (runId: string) =>
        (await store.commit({ job: "db", conditions: [{ condition: "managed", runId }], writes: [] }))
          .result ===
          "done";
      assert.deepEqual([await holds(here[0]!.runId), await holds(there.runId)], [true, false]);

      await store.commit({
        job: "db",
        conditions: [{ condition: "status", runId: here[0]!.runId, in: ["available"] }],
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

  scenario(
    "openDeletions() counts by job what was sent and found no way, since when and why",
    async (store) => {
      const sent = (fields: Partial<Run>) => backup({ status: "deleting", deleteSentAt: NOW, ...fields });
      await insert(
        store,
        sent({ deleteSentAt: NOW - 2 * HOUR, message: "locked by root" }),
        sent({ deleteSentAt: NOW - HOUR, message: "locked by ann" }),
        sent({ deleteSentAt: NOW }),
        backup({ status: "deleting" }),
        backup({ status: "deleted", deleteSentAt: NOW - 3 * HOUR }),
        backup(),
        sent({ job: "files", status: "delete-error", message: "403" }),
      );
      assert.deepEqual(await store.openDeletions(NOW - HOUR), [
        { job: "db", count: 2, since: NOW - 2 * HOUR, cause: "locked by root" },
        { job: "files", count: 1, since: NOW, cause: "403" },
      ]);
      assert.deepEqual(await store.openDeletions(NOW - DAY), [
        { job: "files", count: 1, since: NOW, cause: "403" },
      ]);
    },
  );

  scenario(
    "the condition forgettable holds for a job that left and has nothing left; remains() counts what stands in the way",
    async (store) => {
      const ask = () =>
        store.commit({
          job: "db",
          conditions: [{ condition: "forgettable", job: "db" }],
          writes: [{ write: "job", job: "db", set: { forgottenAt: NOW } }],
        });
      assert.deepEqual(await ask(), conflict("condition"), "it is in the configuration");
      assert.deepEqual(await store.remains(), []);
      await store.commit(change({ write: "job", job: "db", set: { unmanagedSince: NOW } }));
      const none = { job: "db", underWay: 0, available: 0, missing: 0, deleting: 0, leftovers: 0 };
      assert.deepEqual(await store.remains(), [none]);
      const kinds: [Partial<Run>, object][] = [
        [{ status: "available" }, { available: 1 }],
        [{ status: "missing" }, { missing: 1 }],
        [{ status: "deleting", deleteIntentAt: NOW }, { deleting: 1 }],
        [{ status: "delete-error", deleteIntentAt: NOW }, { deleting: 1 }],
        [{ status: "failed" }, { leftovers: 1 }],
        [{ status: "lost" }, { leftovers: 1 }],
        [{ status: "cancelled" }, { leftovers: 1 }],
        [{ status: "unknown", id: null }, { underWay: 1 }],
      ];
      await insert(
        store,
        backup({ status: "failed", id: null }),
        backup({ status: "deleted" }),
        backup({ job: "files" }),
      );
      for (const [fields, counts] of kinds) {
        const run = backup(fields);
        await insert(store, run);
        assert.deepEqual(await store.remains(["db"]), [{ ...none, ...counts }]);
        assert.deepEqual(await ask(), conflict("condition"), `${run.status} stands in the way`);
        await store.commit(change({ write: "joinJobs", job: "db", to: "files" }));
        await addJobs(store, "db");
        await store.commit(change({ write: "job", job: "db", set: { unmanagedSince: NOW } }));
      }
      assert.deepEqual(await ask(), DONE);
      assert.equal((await store.job("db"))!.forgottenAt, NOW);
    },
  );

  scenario("latched() of all jobs leaves out those that are forgotten, of one it does not", async (store) => {
    const latch = (job: string): Write => ({
      write: "latch",
      guard: { job, guard: "too_many", latchedAt: NOW, message: "" },
    });
    await store.commit(change(latch("db")));
    await store.commit({ job: "files", writes: [latch("files")] });
    await store.commit(change({ write: "job", job: "db", set: { forgottenAt: NOW } }));
    assert.deepEqual((await store.latched()).map(({ job }) => job), ["files"]);
    assert.deepEqual((await store.latched("db")).map(({ job }) => job), ["db"]);
  });

  for (const write of ["renameJob", "joinJobs"] as const) {
    scenario(
      `${write} lets the texts of guards name the job as it is called then, and nothing else`,
      async (store) => {
        const to = write === "renameJob" ? "web" : "files";
        const text = (job: string) =>
          `3 of 'db' and 'db-2' at provider 'db', job '${job}', not job 'db-2': look with 'schelly retention show ${job}', ` +
          `then 'schelly retention approve ${job}', or 'schelly backups import --job ${job}', not 'retention show db'`;
        const latched = (job: string, guard: string, message: string) =>
          store.commit({ job, writes: [{ write: "latch", guard: { job, guard, latchedAt: NOW, message } }] });
        await latched("db", "too_many", text("db"));
        await latched("files", "failed_check", "'x' belongs to backup 'y' of job 'db'");
        await latched("files", "not_found", "gone");
        await store.commit(change({ write, job: "db", to }));
        const messages = Object.fromEntries(
          (await store.latched()).map(({ guard, message }) => [guard, message]),
        );
        assert.deepEqual(messages, {
          too_many: text(to),
          failed_check: `'x' belongs to backup 'y' of job '${to}'`,
          not_found: "gone",
        });
      },
    );
  }

  scenario("renameJob to a name that is taken changes no text of a guard", async (store) => {
    const message = "look with 'schelly retention show db'";
    await store.commit(
      change({ write: "latch", guard: { job: "db", guard: "too_many", latchedAt: NOW, message } }),
    );
    await store.commit(change({ write: "renameJob", job: "db", to: "files" }));
    assert.deepEqual((await store.latched()).map((one) => [one.job, one.message]), [["db", message]]);
  });
}
