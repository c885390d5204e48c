// What retention rests on: revision and counts, election input, conditions, policies, tidying.

import assert from "node:assert/strict";
import fc from "fast-check";
import { canMove, type Run, type Status, STATUSES, UNFINISHED } from "../../src/domain/backup.ts";
import type { Condition } from "../../src/ports/condition.ts";
import {
  backup,
  change,
  conflict,
  DAY,
  decision,
  HOUR,
  insert,
  NOW,
  type Scenario,
} from "../store/fixture.ts";
import { NEWEST } from "../../src/domain/retention/reasons.ts";

export function testRetentionReads(scenario: Scenario): void {
  scenario("commit() latches, unlatches, approves and forgets approvals", async (store) => {
    const latch = (job: string, guard: string, latchedAt: number, message: string) =>
      store.commit({ job, writes: [{ write: "latch", guard: { job, guard, latchedAt, message } }] });
    await latch("db", "too_many", NOW, "first");
    await latch("db", "not_found", NOW, "gone");
    await latch("files", "too_many", NOW, "other");
    await latch("db", "too_many", NOW + 1, "second");
    assert.deepEqual(await store.latched("db"), [
      { job: "db", guard: "not_found", latchedAt: NOW, message: "gone" },
      { job: "db", guard: "too_many", latchedAt: NOW + 1, message: "second" },
    ]);
    await store.commit(change({ write: "unlatch", job: "db", guards: ["not_found", "nothing"] }));
    assert.deepEqual((await store.latched()).map((row) => `${row.job} ${row.guard}`), [
      "db too_many",
      "files too_many",
    ]);
    await store.commit(change({ write: "unlatch", job: "db", guards: "all" }));
    assert.deepEqual((await store.latched()).map((row) => row.job), ["files"]);

    const approval = {
      job: "db",
      digest: "abc",
      runIds: ["r1", "r2"],
      approvedAt: NOW,
      approvedBy: "ops",
      expiresAt: NOW + DAY,
    };
    await store.commit(change({ write: "approval", approval }));
    assert.deepEqual(await store.approval("db"), approval);
    await store.commit(change({ write: "approval", approval: { ...approval, digest: "def" } }));
    assert.equal((await store.approval("db"))?.digest, "def");
    assert.equal((await store.election("db", [])).approval?.digest, "def");
    await store.commit(change({ write: "dropApproval", job: "db" }));
    assert.equal(await store.approval("db"), undefined);
  });

  scenario("revision rises and availableCount stays right under random changes", async (store) => {
    const statuses = fc.constantFrom(
      ...STATUSES.filter((status) => !(UNFINISHED as readonly Status[]).includes(status)),
    );
    const step = fc.oneof(
      fc.record({ kind: fc.constant("insert" as const), status: statuses }),
      fc.record({ kind: fc.constant("move" as const), pick: fc.nat(), to: statuses }),
      fc.record({ kind: fc.constant("moveMany" as const), from: statuses, to: statuses }),
      fc.record({
        kind: fc.constant("set" as const),
        pick: fc.nat(),
        field: fc.constantFrom(
          "holdAt",
          "suspectAt",
          "acceptedAt",
          "rejectedAt",
          "periodTime",
          "endTime",
          "sizeMb",
          "holdUntil",
        ),
        value: fc.option(fc.nat(3)),
      }),
      fc.record({ kind: fc.constant("dataId" as const), pick: fc.nat(), value: fc.constantFrom("a", "b") }),
      fc.record({ kind: fc.constant("message" as const), pick: fc.nat() }),
    );
    const STORED: readonly Status[] = ["available", "missing", "deleting", "delete-error", "deleted"];
    const model = new Map<string, Run>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        for (const item of steps) {
          const before = (await store.job("db"))!;
          const old = structuredClone(model);
          const pick = (n: number) => [...model.values()][n % Math.max(1, model.size)];
          if (item.kind === "insert") {
            const run = backup({ status: item.status });
            model.set(run.runId, run);
            await insert(store, run);
          } else if (item.kind === "moveMany") {
            if (!canMove(item.from, item.to)) continue;
            const runIds = [...model.keys()];
            const write = { write: "runs", runIds, from: [item.from], set: { status: item.to } } as const;
            await store.commit(change(write));
            for (const run of model.values()) if (run.status === item.from) run.status = item.to;
          } else {
            const run = pick(item.pick);
            if (run === undefined) continue;
            if (item.kind === "move" && !canMove(run.status, item.to)) continue;
            const set = item.kind === "move"
              ? { status: item.to }
              : item.kind === "message"
              ? { message: "news", tags: ["daily" as const], attempts: 3 }
              : { [item.kind === "dataId" ? "dataId" : item.field]: item.value };
            const conditions: Condition[] = [{ condition: "status", runId: run.runId, in: [run.status] }];
            await store.commit({
              job: "db",
              conditions,
              writes: [{ write: "run", runId: run.runId, set }],
            });
            Object.assign(run, set);
          }
          const after = (await store.job("db"))!;
          const truth = [...model.values()].filter((run) => run.status === "available").length;
          assert.equal(after.availableCount, truth);
          const read = (run: Run | undefined) =>
            run === undefined || !STORED.includes(run.status)
              ? null
              : { ...run, message: null, tags: null, attempts: null };
          const changed = [...model.values()].some((run) =>
            JSON.stringify(read(run)) !== JSON.stringify(read(old.get(run.runId)))
          );
          assert.equal(after.revision > before.revision, changed, JSON.stringify(item));
        }
      }),
      { numRuns: 40 },
    );
    const snapshot = await store.election("db", ["restic-a"]);
    assert.equal(snapshot.storedCount, snapshot.actualCount);
    assert.equal(snapshot.rows.length + snapshot.rejected.length, snapshot.actualCount);
  });

  scenario(
    "election() reads the available rows of the provider, with marks, guards and counts",
    async (store) => {
      const plain = backup({ tags: ["daily"], reasons: [NEWEST] });
      const held = backup({ holdAt: NOW - 1 });
      const released = backup({ holdAt: NOW - 2, holdUntil: NOW - 1 });
      const suspect = backup({ suspectAt: NOW });
      const accepted = backup({ suspectAt: NOW, acceptedAt: NOW + 1 });
      const imported = backup({
        importedAt: NOW,
        endTime: null,
        slot: null,
        periodTime: null,
        trigger: "import",
      });
      const timeless = backup({ slot: null, periodTime: null, startTime: null, trigger: "import" });
      const elsewhere = backup({ providerKey: "old-url" });
      const missing = backup({ status: "missing", missingAt: NOW + 5 });
      const others = [backup({ status: "deleting" }), backup({ status: "failed" }), backup({ job: "files" })];
      await insert(
        store,
        plain,
        held,
        released,
        suspect,
        accepted,
        imported,
        timeless,
        elsewhere,
        missing,
        ...others,
      );
      const guard = { job: "db", guard: "not_found", latchedAt: NOW, message: "gone" };
      await store.commit(change({ write: "latch", guard }));
      const snapshot = await store.election("db", ["restic-a", "another"]);
      assert.equal(snapshot.revision, (await store.job("db"))!.revision);
      assert.equal(snapshot.storedCount, 8);
      assert.equal(snapshot.actualCount, 8);
      assert.equal(snapshot.missingCount, 1);
      assert.deepEqual(snapshot.latched, [guard]);
      assert.equal(snapshot.approval, null);
      const row = (run: Run, fields = {}) => ({
        runId: run.runId,
        id: run.id,
        periodTime: run.periodTime ?? run.startTime,
        endTime: run.endTime,
        dataId: run.dataId,
        held: false,
        suspect: false,
        proved: false,
        imported: false,
        accepted: false,
        tags: run.tags,
        reasons: run.reasons,
        ...fields,
      });
      assert.deepEqual(snapshot.rows, [
        row(plain),
        row(held, { held: true }),
        row(released),
        row(suspect, { suspect: true }),
        row(accepted, { accepted: true }),
        row(imported, { imported: true }),
      ]);
      assert.equal((await store.election("db", ["restic-a", "old-url"])).rows.length, 7);
      const approval = {
        job: "db",
        digest: "d",
        runIds: [],
        approvedAt: NOW + 5,
        approvedBy: "ops",
        expiresAt: NOW + 9,
      };
      await store.commit(change({ write: "approval", approval }));
      await store.commit(change({ write: "dropApproval", job: "db" }));
      assert.equal((await store.election("db", ["restic-a"])).missingCount, 0, "an operator has seen it");
    },
  );

  scenario("election() of many rows is of one instant although they change meanwhile", async (store) => {
    const runs = Array.from({ length: 12_000 }, () => backup({ reasons: [] }));
    await store.commit(change(...runs.map((run) => ({ write: "insert", run } as const))));
    const reading = store.election("db", ["restic-a"]);
    const from = ["available"] as const;
    for (let n = 0; n < 3; n++) {
      const runIds = [runs[n]!.runId, runs[11_990 + n]!.runId];
      await store.commit(change({ write: "runs", runIds, from, set: { status: "missing", missingAt: NOW } }));
    }
    const snapshot = await reading;
    assert.equal(snapshot.rows.length, snapshot.storedCount);
    assert.equal(snapshot.actualCount, snapshot.storedCount);
    assert.equal(snapshot.missingCount, 12_000 - snapshot.storedCount);
    assert.deepEqual(new Set(snapshot.rows.map((row) => row.runId)).size, snapshot.rows.length);
    assert.equal((await store.election("db", ["restic-a"])).rows.length, 11_994);
  });

  scenario("election() of a job that is not stored is an error", async (store) => {
    await assert.rejects(() => store.election("none", ["restic-a"]), {
      kind: "failed",
      message: /no such job/,
    });
  });

  scenario("policyVersions() tells which policies were in force since an instant", async (store) => {
    const edit = (policy: string, policySince: number) =>
      store.commit(change({ write: "job", job: "db", set: { policy, policySince } }));
    await edit("second", NOW + 10);
    await edit("third", NOW + 20);
    await edit("second", NOW + 30);
    const since = async (at: number) => (await store.policyVersions("db", at)).map(({ policy }) => policy);
    assert.deepEqual(await since(0), ["daily 7@L", "second", "third", "second"]);
    assert.deepEqual(await since(NOW + 15), ["second", "third", "second"]);
    assert.deepEqual(await since(NOW + 30), ["second"]);
    assert.deepEqual(await since(NOW + 99), ["second"]);
    assert.deepEqual(await store.policyVersions("none", 0), []);
  });

  scenario(
    "tidy() folds old skipped rows into ranges and leaves every slot decided as it was",
    async (store) => {
      const at = (hour: number) => NOW + hour * HOUR;
      const rows = [
        decision(at(0)),
        decision(at(1)),
        decision(at(2), { slotUntil: at(4), slots: 3 }),
        decision(at(5), { reason: "paused" }),
        decision(at(6), { reason: "paused" }),
        backup({ slot: at(7), startTime: at(7) }),
        decision(at(8), { reason: "paused" }),
        decision(at(9), { status: "expired", reason: "paused" }),
        // An open range, which is still written to.
        decision(at(0), { job: "files", reason: "disabled" }),
        decision(at(90), { job: "files", reason: "disabled", slotUntil: at(91), slots: null }),
      ];
      await insert(store, ...rows);
      await store.commit({
        job: "files",
        writes: [{ write: "job", job: "files", set: { openRangeRunId: rows[8]!.runId } }],
      });
      const young = await store.tidy(at(0) + 90 * DAY - 1);
      assert.deepEqual(young, { folded: 0, removed: 0, shrunk: 0, more: false });
      assert.equal((await store.tidy(at(1) + 90 * DAY)).folded, 1);
      assert.equal((await store.tidy(at(500) + 90 * DAY)).folded, 2);
      assert.equal((await store.tidy(at(900) + 90 * DAY)).folded, 0);
      const left = (await store.runs({ limit: 99, job: "db" })).items.reverse();
      assert.deepEqual(
        left.map((run) => [run.status, run.reason, (run.slot! - NOW) / HOUR, run.slotUntil, run.slots]),
        [
          ["skipped", "still_running", 0, at(4), 5],
          ["skipped", "paused", 5, at(6), 2],
          ["available", null, 7, null, 1],
          ["skipped", "paused", 8, null, 1],
          ["expired", "paused", 9, null, 1],
        ],
      );
      assert.equal((await store.runs({ limit: 99, job: "files" })).items.length, 2);
      // What was folded is still decided.
      await insert(
        store,
        ...rows.slice(0, 9).map((row) => decision(row.slot!, { job: row.job, reason: "again" })),
      );
      assert.equal((await store.runs({ limit: 99 })).items.some((run) => run.reason === "again"), false);
    },
  );

  scenario("tidy() removes old failures but never forgets a provider's id", async (store) => {
    const year = 365 * DAY;
    const noId = backup({ status: "failed", id: null, message: "no" });
    const withId = backup({ status: "failed", message: "half", reason: "incomplete" });
    const deleted = backup({
      status: "deleted",
      message: "bye",
      tags: ["daily"],
      deleteIntentAt: NOW,
      deleteAskedBy: "ann",
      callerKey: "k",
    });
    const lost = backup({ status: "lost", message: "lost" });
    const available = backup({ message: "fine", tags: ["daily"], reasons: [NEWEST] });
    await insert(store, noId, withId, deleted, lost, available);
    const { revision } = (await store.job("db"))!;
    assert.deepEqual(await store.tidy(NOW + 89 * DAY), { folded: 0, removed: 0, shrunk: 0, more: false });
    assert.deepEqual(await store.tidy(NOW + year * 3), { folded: 0, removed: 1, shrunk: 2, more: false });
    assert.deepEqual(await store.tidy(NOW + year * 3), { folded: 0, removed: 0, shrunk: 0, more: false });
    assert.equal(await store.run(noId.runId), undefined);
    assert.deepEqual(await store.run(withId.runId), { ...withId, message: null, reason: null });
    assert.deepEqual(await store.run(deleted.runId), {
      ...deleted,
      message: null,
      tags: [],
      deleteAskedBy: null,
      callerKey: null,
    });
    assert.deepEqual(await store.run(lost.runId), lost);
    assert.deepEqual(await store.run(available.runId), available);
    assert.deepEqual(await insert(store, backup({ id: deleted.id })), [conflict("duplicate_id")]);
    assert.equal((await store.job("db"))!.revision, revision, "nothing that election reads has changed");
  });
}
