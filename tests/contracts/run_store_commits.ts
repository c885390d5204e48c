// What a commit does to the rows, and what it refuses.

import assert from "node:assert/strict";
import { type Status, STATUSES } from "../../src/domain/backup.ts";
import { LEVELS } from "../../src/domain/policy.ts";
import type { Condition } from "../../src/ports/condition.ts";
import {
  backup,
  change,
  conflict,
  DAY,
  decision,
  DONE,
  event,
  everything,
  HOUR,
  insert,
  jobState,
  NOW,
  type Scenario,
  watch,
} from "../store/fixture.ts";
import type { KeepReason } from "../../src/domain/retention/reasons.ts";

const ODD_TEXTS = [
  'it\'s "quoted" \\ %_* ; -- DROP TABLE runs',
  "ünïcödé 日本語 🙂",
  "line\nbreak\ttab\u0000nul",
  "$1 ?1 :x @y {} [] null",
  " ",
];

export function testCommits(scenario: Scenario): void {
  scenario("commit() keeps every field of a run as it was", async (store) => {
    const full = backup({
      slotUntil: null,
      slots: 1,
      reason: "reason",
      message: "message",
      sizeMb: 0.1 + 0.2,
      attempts: 2,
      uncertainAttempts: 1,
      lastAttemptAt: NOW + 1,
      notBefore: NOW + 2,
      tags: ["hourly", "yearly"],
      reasons: [
        { kind: "level", level: "daily", rank: 1, limit: 7, period: "2026-03-01" },
        { kind: "oldest", levels: ["daily", "monthly"] },
      ],
      holdReason: "audit",
      holdOwner: "ops",
      holdAt: NOW + 3,
      holdUntil: NOW + 4,
      suspectReason: "small",
      suspectAt: NOW + 5,
      acceptedAt: NOW + 6,
      importedAt: NOW + 7,
      maybeDuplicateAt: NOW + 8,
      missingAt: NOW + 9,
      deleteIntentAt: NOW + 10,
      deleteReason: "policy",
      deleteAskedBy: "ann",
      deleteSentAt: NOW + 11,
      deleteAttempts: 3,
      deleteNotBefore: NOW + 12,
      callerKey: "key",
    });
    const bare = decision(NOW, {
      slot: null,
      trigger: "manual",
      status: "intent",
      reason: null,
      periodTime: null,
    });
    assert.deepEqual(await insert(store, full, bare), [DONE, DONE]);
    // Sizes are kept to 15 digits.
    assert.deepEqual(await store.run(full.runId), { ...full, sizeMb: 0.3 });
    assert.deepEqual(await store.run(bare.runId), bare);
    assert.equal(await store.run("no-such-run"), undefined);
  });

  scenario("commit() keeps odd texts as data", async (store) => {
    for (const text of ODD_TEXTS) {
      const reasons: KeepReason[] = [{ kind: "shared_data", with: text }, { kind: "other", text }];
      const run = backup({ id: text, dataId: text, message: text, reasons, callerKey: text });
      assert.deepEqual(await insert(store, run), [DONE]);
      assert.deepEqual(await store.run(run.runId), run);
      assert.deepEqual(await store.byProviderId(run.providerKey, text), run);
      assert.deepEqual(await store.byCallerKey("db", text), run);
      assert.deepEqual(await store.find(text), [run]);
      assert.deepEqual((await store.sharedData(["restic-a"], [text], [])).map((row) => row.runId), [
        run.runId,
      ]);
      const odd = { write: "addJob", state: jobState(text, { policy: text }) } as const;
      assert.deepEqual(
        await store.commit({ job: text, writes: [odd], events: [event({ job: text })] }),
        DONE,
      );
      assert.equal((await store.job(text))?.policy, text);
      assert.equal((await store.events({ job: text, limit: 9 })).length, 1);
      assert.deepEqual((await store.election(text, ["restic-a"])).rows, []);
    }
  });

  scenario("commit() changes only the fields it is given", async (store) => {
    const run = backup();
    await insert(store, run);
    const set = { message: null, sizeMb: 3, tags: ["daily" as const], holdAt: NOW, slotUntil: undefined };
    assert.deepEqual(await store.commit(change({ write: "run", runId: run.runId, set })), DONE);
    const { slotUntil: _, ...expected } = set;
    assert.deepEqual(await store.run(run.runId), { ...run, ...expected });
  });

  scenario("commit() carries out each condition only while it holds", async (store) => {
    const deleting = backup({ status: "deleting" });
    const held = backup({ status: "deleting", holdAt: NOW });
    const heldUntil = backup({ status: "deleting", holdAt: NOW, holdUntil: NOW + HOUR });
    const sent = backup({ status: "deleting", deleteSentAt: NOW, deleteNotBefore: NOW + HOUR });
    const available = backup();
    await insert(store, deleting, held, heldUntil, sent, available);
    await store.commit(
      change({ write: "latch", guard: { job: "files", guard: "too_many", latchedAt: NOW, message: "" } }),
    );
    const { revision, cursor, policy } = (await store.job("db"))!;
    const holds: [Condition, at?: number][] = [
      [{ condition: "status", runId: available.runId, in: ["running", "available"] }],
      [{ condition: "cursor", job: "db", is: cursor }],
      [{ condition: "revision", job: "db", is: revision }],
      [{ condition: "policy", job: "db", is: policy }],
      [{ condition: "unlatched", job: "db" }],
      [{ condition: "deletable", runId: deleting.runId }, NOW],
      [{ condition: "deletable", runId: heldUntil.runId }, NOW + HOUR],
      [{ condition: "deletable", runId: sent.runId }, NOW + HOUR],
      // Put off by a clock that was ahead.
      [{ condition: "deletable", runId: sent.runId }, NOW - 30 * DAY],
    ];
    const fails: [Condition, at?: number][] = [
      [{ condition: "status", runId: available.runId, in: ["running"] }],
      [{ condition: "status", runId: available.runId, in: [] }],
      [{ condition: "status", runId: "no-such-run", in: STATUSES }],
      [{ condition: "cursor", job: "db", is: cursor + 1 }],
      [{ condition: "cursor", job: "no-such-job", is: cursor }],
      [{ condition: "revision", job: "db", is: revision + 1 }],
      [{ condition: "policy", job: "db", is: `${policy} ` }],
      [{ condition: "unlatched", job: "files" }],
      [{ condition: "deletable", runId: held.runId }, NOW + 99 * DAY],
      [{ condition: "deletable", runId: heldUntil.runId }, NOW + HOUR - 1],
      [{ condition: "deletable", runId: sent.runId }, NOW + HOUR - 1],
      [{ condition: "deletable", runId: sent.runId }, NOW - 20 * HOUR],
      [{ condition: "deletable", runId: available.runId }, NOW],
    ];
    const commit = async (at: number, ...conditions: Condition[]) => {
      watch.set(at);
      const result = await store.commit({ job: "db", conditions, writes: [] });
      watch.set(NOW);
      return result;
    };
    for (const [condition, at = NOW] of holds) {
      assert.deepEqual(await commit(at, condition), DONE, JSON.stringify(condition));
    }
    const others = holds.filter(([, at]) => at === undefined).map(([condition]) => condition);
    for (const [condition, at = NOW] of fails) {
      assert.deepEqual(
        await commit(at, ...others, condition),
        conflict("condition"),
        JSON.stringify(condition),
      );
    }
  });

  scenario("commit() changes nothing at all when a condition does not hold", async (store) => {
    await store.commit(change());
    const run = backup({ status: "running" });
    await insert(store, run);
    const before = await everything(store);
    const result = await store.commit({
      job: "db",
      conditions: [{ condition: "status", runId: run.runId, in: ["running"] }, {
        condition: "cursor",
        job: "db",
        is: 1,
      }],
      writes: [
        { write: "run", runId: run.runId, set: { status: "available" } },
        { write: "insert", run: decision(NOW + 99 * DAY) },
        { write: "job", job: "db", set: { cursor: 5 } },
        { write: "latch", guard: { job: "db", guard: "too_many", latchedAt: NOW, message: "" } },
        { write: "addJob", state: jobState("third") },
      ],
      events: [event({ job: "db" })],
    });
    assert.deepEqual(result, conflict("condition"));
    assert.deepEqual(await everything(store), before);
  });

  scenario("commit() refuses a second unfinished run of a job as busy", async (store) => {
    const first = decision(NOW, { status: "intent", reason: null });
    const second = decision(NOW + HOUR, { status: "intent", reason: null });
    const other = decision(NOW, { status: "intent", reason: null, job: "files" });
    assert.deepEqual(await insert(store, first, second, other), [DONE, conflict("busy"), DONE]);
    assert.deepEqual((await store.unfinished("db")).map((run) => run.runId), [first.runId]);
    assert.deepEqual((await store.unfinished()).length, 2);
    assert.equal(await store.run(second.runId), undefined);
  });

  scenario(
    "commit() never binds a provider's id a second time, whatever became of the first",
    async (store) => {
      const deleted = backup({ id: "one", status: "deleted" });
      const running = decision(NOW, { status: "running", reason: null });
      await insert(store, deleted, running);
      const bind = (id: string) => store.commit(change({ write: "run", runId: running.runId, set: { id } }));
      assert.deepEqual(await bind("one"), conflict("duplicate_id"));
      assert.equal((await store.run(running.runId))?.id, null);
      assert.deepEqual(await insert(store, backup({ id: "one" })), [conflict("duplicate_id")]);
      assert.deepEqual(await insert(store, backup({ id: "one", job: "files", providerKey: "other" })), [
        DONE,
      ]);
      assert.deepEqual(await bind("two"), DONE);
    },
  );

  scenario("commit() leaves a decided slot as it was decided", async (store) => {
    const first = decision(NOW);
    const again = decision(NOW, { status: "intent", reason: null });
    const range = decision(NOW + HOUR, { reason: "missed", slotUntil: NOW + 5 * HOUR, slots: 5 });
    const inside = decision(NOW + 3 * HOUR, { status: "intent", reason: null });
    const atEnd = decision(NOW + 5 * HOUR, { status: "intent", reason: null });
    const after = decision(NOW + 6 * HOUR, { status: "intent", reason: null });
    const results = await insert(store, first, again, range, inside, atEnd, after);
    assert.deepEqual(results, Array(6).fill(DONE));
    for (const left of [again, inside, atEnd]) assert.equal(await store.run(left.runId), undefined);
    for (const kept of [first, range, after]) assert.deepEqual(await store.run(kept.runId), kept);
    // The same slot of another job is another slot.
    const elsewhere = decision(NOW, { job: "files" });
    await insert(store, elsewhere);
    assert.deepEqual(await store.run(elsewhere.runId), elsewhere);
  });

  scenario("commit() begins a range row after what is decided at its start", async (store) => {
    const single = decision(NOW);
    const early = decision(NOW + 1000, { slotUntil: NOW + 2 * HOUR, slots: null });
    const late = decision(NOW, { slotUntil: NOW + 5 * HOUR, slots: 6 });
    const covered = decision(NOW, { slotUntil: NOW + 4 * HOUR, slots: 5 });
    await insert(store, single, early, late, covered);
    assert.deepEqual(await store.run(late.runId), { ...late, slot: NOW + 2 * HOUR + 1000, slots: null });
    assert.equal(await store.run(covered.runId), undefined);
  });

  scenario("commit() leaves a run that is there as it is", async (store) => {
    const run = backup();
    await insert(store, run);
    assert.deepEqual(await insert(store, { ...run, slot: run.slot! + 1000, message: "again" }), [DONE]);
    assert.deepEqual(await store.run(run.runId), run);
  });

  scenario(
    "commit() asserts that a status moves only along a legal edge and under a condition",
    async (store) => {
      const run = backup();
      await insert(store, run);
      const move = (to: Status, conditions: Condition[] = []) =>
        store.commit({
          job: "db",
          conditions,
          writes: [{ write: "run", runId: run.runId, set: { status: to } }],
        });
      await assert.rejects(
        () => move("deleting"),
        /internal rule broken: a new status of run .* has a condition/,
      );
      const wrong: Condition[] = [{ condition: "status", runId: run.runId, in: ["available", "deleted"] }];
      await assert.rejects(() => move("deleting", wrong), /never moves from deleted to deleting/);
      const other: Condition[] = [{ condition: "status", runId: "another", in: ["available"] }];
      await assert.rejects(() => move("deleting", other), /has a condition/);
      const many = { write: "runs", runIds: [run.runId], set: { status: "deleted" } } as const;
      await assert.rejects(() => store.commit(change(many)), /says 'from'/);
      await assert.rejects(() => store.commit(change({ ...many, from: ["available"] })), /never moves/);
      assert.deepEqual(await store.run(run.runId), run);
    },
  );

  scenario("commit() changes of many rows those that come from the statuses it names", async (store) => {
    const runs = [backup(), backup(), backup({ status: "missing" }), backup()];
    await insert(store, ...runs);
    const runIds = runs.slice(0, 3).map((run) => run.runId);
    const set = { status: "deleting", deleteReason: "policy", deleteIntentAt: NOW } as const;
    await store.commit(change({ write: "runs", runIds, from: ["available"], set }));
    const found = await Promise.all(runs.map((run) => store.run(run.runId)));
    assert.deepEqual(found, [{ ...runs[0], ...set }, { ...runs[1], ...set }, runs[2], runs[3]]);
  });

  scenario("commit() sets tags and reasons of many rows of the job", async (store) => {
    const [one, two, foreign] = [backup({ tags: ["hourly"] }), backup(), backup({ job: "files" })];
    await insert(store, one, two, foreign);
    const { revision } = (await store.job("db"))!;
    const rows = [one, two, foreign].map(({ runId }, at) => ({
      runId,
      tags: LEVELS.slice(at, at + 2),
      reasons: [{ kind: "min_keep", rank: at, of: 9 } as const],
      fingerprint: at,
    }));
    const heads = [1];
    await store.commit(
      change({ write: "tags", job: "db", rows, heads }, { write: "tags", job: "db", rows: [], heads }),
    );
    assert.deepEqual(await store.run(one.runId), {
      ...one,
      tags: ["secondly", "minutely"],
      reasons: [{ kind: "min_keep", rank: 0, of: 9 }],
    });
    assert.deepEqual(await store.run(two.runId), {
      ...two,
      tags: ["minutely", "hourly"],
      reasons: [{ kind: "min_keep", rank: 1, of: 9 }],
    });
    assert.deepEqual(await store.run(foreign.runId), foreign);
    assert.equal((await store.job("db"))!.revision, revision, "election does not read them");
  });

  scenario("commit() adds a job once and changes it", async (store) => {
    const state = jobState("db", { cursor: 1, policy: "other" });
    await store.commit(change({ write: "addJob", state }));
    assert.deepEqual(await store.job("db"), jobState("db"));
    const set = {
      cursor: NOW + HOUR,
      pausedAt: NOW,
      pauseReason: "move",
      graceFactor: 4,
      lastCancelSlot: NOW,
    };
    await store.commit(change({ write: "job", job: "db", set }));
    assert.deepEqual(await store.job("db"), { ...jobState("db"), ...set });
    assert.deepEqual((await store.jobs()).map((job) => job.job), ["db", "files"]);
    assert.equal(await store.job("none"), undefined);
  });

  scenario("commit() renames a job with all that is stored under it", async (store) => {
    const run = backup();
    await insert(store, run);
    const latched = { job: "db", guard: "too_many", latchedAt: NOW, message: "" };
    await store.commit(change({ write: "latch", guard: latched }));
    const before = (await store.job("db"))!;
    await store.commit(change({ write: "renameJob", job: "db", to: "files" }));
    assert.deepEqual(await store.job("db"), before, "a taken name is left alone");
    await store.commit(change({ write: "renameJob", job: "db", to: "postgres" }));
    assert.equal(await store.job("db"), undefined);
    assert.deepEqual(await store.job("postgres"), { ...before, job: "postgres" });
    assert.deepEqual(await store.run(run.runId), { ...run, job: "postgres" });
    assert.deepEqual(await store.latched(), [{ ...latched, job: "postgres" }]);
    assert.equal((await store.policyVersions("postgres", 0)).length, 1);
  });
}
