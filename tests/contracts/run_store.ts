// What every state store does, wherever it keeps its rows. Run by the tests of each kind of place.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canMove, type Run, type Status, STATUSES, UNFINISHED } from "../../src/domain/backup.ts";
import { InvalidCursor } from "../../src/domain/errors.ts";
import { LEVELS } from "../../src/domain/policy.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Guard, Page, RunStore } from "../../src/ports/store.ts";
import { at } from "../support/node_files.ts";
import {
  addJobs,
  backup,
  change,
  DAY,
  decision,
  event,
  HOUR,
  insert,
  jobState,
  NOW,
  type Place,
} from "../store/fixture.ts";

const DONE = { result: "done" };
const conflict = (why: string) => ({ result: "conflict", why });

const ODD_TEXTS = [
  'it\'s "quoted" \\ %_* ; -- DROP TABLE runs',
  "ünïcödé 日本語 🙂",
  "line\nbreak\ttab\u0000nul",
  "$1 ?1 :x @y {} [] null",
  " ",
];

/** Runs the suite; `place` makes a fresh, empty place for each test. */
export function testRunStore(kind: string, place: () => Place | Promise<Place>): void {
  const scenario = (name: string, play: (store: RunStore, place: Place) => Promise<void>) =>
    test(`${kind}: ${name}`, () =>
      at(place(), async (here) => {
        const store = await here.open();
        await addJobs(store, "db", "files");
        await play(store, here);
      }));

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
      reasons: ["daily 1 of 7 (2026-03-01)", "monthly"],
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
      const run = backup({ id: text, dataId: text, message: text, reasons: [text], callerKey: text });
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

  scenario("commit() carries out each guard only while it holds", async (store) => {
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
    const holds: Guard[] = [
      { guard: "status", runId: available.runId, in: ["running", "available"] },
      { guard: "cursor", job: "db", is: cursor },
      { guard: "revision", job: "db", is: revision },
      { guard: "policy", job: "db", is: policy },
      { guard: "unlatched", job: "db" },
      { guard: "deletable", runId: deleting.runId, at: NOW },
      { guard: "deletable", runId: heldUntil.runId, at: NOW + HOUR },
      { guard: "deletable", runId: sent.runId, at: NOW + HOUR },
    ];
    const fails: Guard[] = [
      { guard: "status", runId: available.runId, in: ["running"] },
      { guard: "status", runId: available.runId, in: [] },
      { guard: "status", runId: "no-such-run", in: STATUSES },
      { guard: "cursor", job: "db", is: cursor + 1 },
      { guard: "cursor", job: "no-such-job", is: cursor },
      { guard: "revision", job: "db", is: revision + 1 },
      { guard: "policy", job: "db", is: `${policy} ` },
      { guard: "unlatched", job: "files" },
      { guard: "deletable", runId: held.runId, at: NOW + 99 * DAY },
      { guard: "deletable", runId: heldUntil.runId, at: NOW + HOUR - 1 },
      { guard: "deletable", runId: sent.runId, at: NOW + HOUR - 1 },
      { guard: "deletable", runId: available.runId, at: NOW },
    ];
    for (const guard of holds) {
      assert.deepEqual(
        await store.commit({ job: "db", guards: [guard], writes: [] }),
        DONE,
        JSON.stringify(guard),
      );
    }
    for (const guard of fails) {
      const result = await store.commit({ job: "db", guards: [...holds, guard], writes: [] });
      assert.deepEqual(result, conflict("guard"), JSON.stringify(guard));
    }
  });

  scenario("commit() changes nothing at all when a guard does not hold", async (store, place) => {
    const published: EngineEvent[] = [];
    await store.commit(change());
    const run = backup({ status: "running" });
    await insert(store, run);
    const before = await everything(store);
    const result = await store.commit({
      job: "db",
      guards: [{ guard: "status", runId: run.runId, in: ["running"] }, { guard: "cursor", job: "db", is: 1 }],
      writes: [
        { write: "run", runId: run.runId, set: { status: "available" } },
        { write: "insert", run: decision(NOW + 99 * DAY) },
        { write: "job", job: "db", set: { cursor: 5 } },
        { write: "latch", guard: { job: "db", guard: "too_many", latchedAt: NOW, message: "" } },
        { write: "addJob", state: jobState("third") },
      ],
      events: [event({ job: "db" })],
    });
    assert.deepEqual(result, conflict("guard"));
    assert.deepEqual(await everything(store), before);
    assert.deepEqual(published, []);
    assert.ok(place.url);
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

  scenario("commit() inserts several rows of one change in their order", async (store) => {
    const rows = [decision(NOW), decision(NOW), decision(NOW + HOUR), decision(NOW + 2 * HOUR)];
    await store.commit(change(...rows.map((run) => ({ write: "insert", run } as const))));
    const { items } = await store.runs({ limit: 10 });
    assert.deepEqual(items.map((run) => run.runId), [rows[3]!.runId, rows[2]!.runId, rows[0]!.runId]);
  });

  scenario("commit() leaves a run that is there as it is", async (store) => {
    const run = backup();
    await insert(store, run);
    assert.deepEqual(await insert(store, { ...run, slot: run.slot! + 1000, message: "again" }), [DONE]);
    assert.deepEqual(await store.run(run.runId), run);
  });

  scenario(
    "commit() asserts that a status moves only along a legal edge and under a guard",
    async (store) => {
      const run = backup();
      await insert(store, run);
      const move = (to: Status, guards: Guard[] = []) =>
        store.commit({
          job: "db",
          guards,
          writes: [{ write: "run", runId: run.runId, set: { status: to } }],
        });
      await assert.rejects(
        () => move("deleting"),
        /internal rule broken: a new status of run .* has a guard/,
      );
      const wrong: Guard[] = [{ guard: "status", runId: run.runId, in: ["available", "deleted"] }];
      await assert.rejects(() => move("deleting", wrong), /never moves from deleted to deleting/);
      const other: Guard[] = [{ guard: "status", runId: "another", in: ["available"] }];
      await assert.rejects(() => move("deleting", other), /has a guard/);
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
      reasons: [`reason ${at}`],
    }));
    await store.commit(change({ write: "tags", job: "db", rows }, { write: "tags", job: "db", rows: [] }));
    assert.deepEqual(await store.run(one.runId), {
      ...one,
      tags: ["secondly", "minutely"],
      reasons: ["reason 0"],
    });
    assert.deepEqual(await store.run(two.runId), {
      ...two,
      tags: ["minutely", "hourly"],
      reasons: ["reason 1"],
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

  scenario(
    "commit() answers changes that wait together each for itself, in their order within a job",
    async (store) => {
      await addJobs(store, ...Array.from({ length: 60 }, (_, at) => `job${at}`));
      const results = await Promise.all(
        Array.from({ length: 600 }, (_, at) => {
          const job = `job${at % 60}`;
          const step = Math.floor(at / 60);
          // In every seventh job the fourth step expects another cursor, so that it and all after it conflict.
          const is = at % 7 === 0 && step === 3 ? 0 : NOW + step;
          return store.commit({
            job,
            guards: [{ guard: "cursor", job, is }],
            writes: [{ write: "job", job, set: { cursor: NOW + step + 1 } }],
            events: [event({ job, data: { step } })],
          });
        }),
      );
      for (let at = 0; at < 60; at++) {
        const own = results.filter((_, index) => index % 60 === at).map(({ result }) => result);
        const done = own.indexOf("conflict") < 0 ? 10 : own.indexOf("conflict");
        assert.deepEqual(own.slice(done), Array(10 - done).fill("conflict"));
        assert.equal((await store.job(`job${at}`))?.cursor, NOW + done);
        const steps = (await store.events({ job: `job${at}`, limit: 99, ascending: true })).map((row) =>
          row.data?.step
        );
        assert.deepEqual(steps, Array.from({ length: done }, (_, step) => step));
      }
      assert.ok(results.some(({ result }) => result === "conflict"));
    },
  );

  scenario("commit() of many deletions of one job that wait together deletes each once", async (store) => {
    const runs = Array.from(
      { length: 40 },
      (_, n) => backup({ status: "deleting", holdAt: n % 10 === 3 ? NOW : null }),
    );
    await insert(store, ...runs);
    const { revision } = (await store.job("db"))!;
    const remove = ({ runId }: Run, by: string) =>
      store.commit({
        job: "db",
        guards: [{ guard: "deletable", runId, at: NOW }, { guard: "unlatched", job: "db" }],
        writes: [{ write: "run", runId, set: { status: "deleted", message: by } }],
        events: [event({ job: "db", runId })],
      });
    const stale = () =>
      store.commit({
        job: "db",
        guards: [{ guard: "revision", job: "db", is: revision }],
        writes: [{ write: "job", job: "db", set: { graceFactor: 8 } }],
      });
    const [late, ...results] = await Promise.all([
      Promise.resolve().then(stale),
      ...runs.flatMap((run) => [remove(run, "first"), remove(run, "second")]),
    ]);
    for (const [n, run] of runs.entries()) {
      const held = n % 10 === 3;
      assert.deepEqual(results[2 * n], held ? conflict("guard") : DONE);
      assert.deepEqual(results[2 * n + 1], conflict("guard"));
      const stored = await store.run(run.runId);
      assert.deepEqual(stored, held ? run : { ...run, status: "deleted", message: "first" });
    }
    assert.deepEqual(late, conflict("guard"), "it sees that the rows before it have changed");
    assert.equal((await store.events({ job: "db", limit: 999 })).length, 36);
  });

  scenario(
    "commit() under a guard on the revision sees every earlier change of the job's rows",
    async (store) => {
      const [one, two] = [backup({ status: "deleting" }), backup({ status: "deleting" })];
      await insert(store, one, two);
      const { revision } = (await store.job("db"))!;
      const end = ({ runId }: Run, ...guards: Guard[]) =>
        store.commit({
          job: "db",
          guards: [{ guard: "status", runId, in: ["deleting"] }, ...guards],
          writes: [{ write: "run", runId, set: { status: "deleted" } }],
        });
      const results = await Promise.all([end(one), end(two, { guard: "revision", job: "db", is: revision })]);
      assert.deepEqual(results, [DONE, conflict("guard")]);
    },
  );

  scenario("commit() carries out the writes of a change in their order", async (store) => {
    const run = backup();
    const set = (message: string) => ({ write: "run", runId: run.runId, set: { message } }) as const;
    await store.commit(change({ write: "insert", run }, set("one"), set("two"), set("three")));
    assert.equal((await store.run(run.runId))?.message, "three");
    const latch = {
      write: "latch",
      guard: { job: "db", guard: "too_many", latchedAt: NOW, message: "" },
    } as const;
    await store.commit(change(latch, { write: "unlatch", job: "db", guards: "all" }));
    assert.deepEqual(await store.latched(), []);
    await store.commit(change({ write: "unlatch", job: "db", guards: "all" }, latch));
    assert.equal((await store.latched()).length, 1);
  });

  scenario("commit() latches before the deletions that wait behind it", async (store) => {
    const [one, two] = [backup({ status: "deleting" }), backup({ status: "deleting" })];
    await insert(store, one, two);
    const remove = ({ runId }: Run) =>
      store.commit({
        job: "db",
        guards: [{ guard: "deletable", runId, at: NOW }, { guard: "unlatched", job: "db" }],
        writes: [{ write: "run", runId, set: { deleteSentAt: NOW } }],
      });
    const results = await Promise.all([
      remove(one),
      store.commit(
        change({ write: "latch", guard: { job: "db", guard: "not_found", latchedAt: NOW, message: "" } }),
      ),
      remove(two),
    ]);
    assert.deepEqual(results, [DONE, DONE, conflict("guard")]);
  });

  scenario("commit() lets a later change of a job see what an earlier one wrote", async (store) => {
    const run = decision(NOW, { status: "intent", reason: null });
    const results = await Promise.all([
      store.commit(change({ write: "insert", run })),
      store.commit({
        job: "db",
        guards: [{ guard: "status", runId: run.runId, in: ["intent"] }],
        writes: [{ write: "run", runId: run.runId, set: { status: "sending", startTime: NOW } }],
      }),
      store.commit({
        job: "db",
        guards: [{ guard: "status", runId: run.runId, in: ["intent"] }],
        writes: [{ write: "run", runId: run.runId, set: { status: "expired" } }],
      }),
    ]);
    assert.deepEqual(results, [DONE, DONE, conflict("guard")]);
    assert.equal((await store.run(run.runId))?.status, "sending");
  });

  test(`${kind}: commit() publishes the events of what was committed, and keeps them`, () =>
    at(place(), async (here) => {
      const published: EngineEvent[] = [];
      const store = await here.open(published);
      await addJobs(store, "db");
      const told = event({ job: "db", runId: "r1", data: { n: 1, list: ["a"], nothing: null } });
      await store.commit({
        job: "db",
        writes: [],
        events: [told, event({ type: "run.sending", level: "debug" })],
      });
      await store.commit({
        job: "db",
        guards: [{ guard: "cursor", job: "db", is: 1 }],
        writes: [],
        events: [event()],
      });
      const committed = published.filter((item) => item.type.startsWith("run."));
      assert.deepEqual(committed.map((item) => item.type), ["run.due", "run.sending"]);
      assert.equal(published.some((item) => item.type === "store.error"), false, "a conflict is no error");
      const kept = await store.events({ limit: 10, ascending: true });
      assert.deepEqual(kept.map(({ seq: _, ...item }) => item), committed);
      assert.deepEqual(await store.events({ runId: "r1", limit: 10 }), [{ ...told, seq: kept[0]!.seq }]);
      assert.deepEqual((await store.events({ limit: 1 }))[0]?.type, "run.sending");
      assert.deepEqual((await store.events({ type: ["run.sending"], limit: 9 })).length, 1);
      assert.deepEqual((await store.events({ after: kept[0]!.seq, limit: 9 })).length, 1);
    }));

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
            const guards: Guard[] = [{ guard: "status", runId: run.runId, in: [run.status] }];
            await store.commit({ job: "db", guards, writes: [{ write: "run", runId: run.runId, set }] });
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
    assert.equal(snapshot.rows.length, snapshot.actualCount);
  });

  scenario(
    "election() reads the available rows of the provider, with marks, guards and counts",
    async (store) => {
      const plain = backup({ tags: ["daily"], reasons: ["daily 1 of 7"] });
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
        periodTime: run.periodTime ?? run.startTime,
        endTime: run.endTime,
        dataId: run.dataId,
        held: false,
        suspect: false,
        imported: false,
        tags: run.tags,
        reasons: run.reasons,
        ...fields,
      });
      assert.deepEqual(snapshot.rows, [
        row(plain),
        row(held, { held: true }),
        row(released),
        row(suspect, { suspect: true }),
        row(accepted),
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

  scenario(
    "backups() lists what has a provider id, newest first, by status, tag, job and time",
    async (store) => {
      const rows = [
        backup({ tags: ["hourly", "daily"] }),
        backup({ status: "deleted", tags: ["daily"] }),
        backup({ status: "lost" }),
        backup({ status: "missing" }),
        backup({ status: "cancelling" }),
        backup({ job: "files", tags: ["hourly"] }),
        backup({ startTime: null, trigger: "import", slot: null, periodTime: null }),
      ];
      await insert(store, ...rows, decision(NOW + 7), backup({ id: null, status: "failed" }));
      const list = async (query: Partial<Parameters<RunStore["backups"]>[0]> = {}) =>
        (await store.backups({ limit: 99, ...query })).items.map((run) =>
          rows.findIndex((row) => row.runId === run.runId)
        );
      assert.deepEqual(await list(), [6, 5, 4, 3, 2, 1, 0]);
      assert.deepEqual(await list({ status: "available" }), [6, 5, 0]);
      assert.deepEqual(await list({ status: "error" }), [3, 2]);
      assert.deepEqual(await list({ status: "running" }), [4]);
      assert.deepEqual(await list({ status: "deleted" }), [1]);
      assert.deepEqual(await list({ tag: "daily" }), [1, 0]);
      assert.deepEqual(await list({ tag: "daily", status: "available" }), [0]);
      assert.deepEqual(await list({ tag: "hourly", job: "files" }), [5]);
      assert.deepEqual(await list({ tag: "hourly", job: "db", status: "available" }), [0]);
      assert.deepEqual(await list({ job: "db", since: rows[1]!.startTime!, until: rows[3]!.startTime! }), [
        2,
        1,
      ]);
      assert.deepEqual((await store.backups({ limit: 99 })).items[0], rows[6]);
    },
  );

  scenario("runs() lists every decision by status, job and trigger", async (store) => {
    const rows = [
      decision(NOW),
      decision(NOW + HOUR, { status: "expired", job: "files" }),
      backup({ trigger: "manual", slot: null, startTime: NOW + 2 * HOUR }),
      backup({ status: "failed", id: null, startTime: NOW + 3 * HOUR }),
    ];
    await insert(store, ...rows);
    const list = async (query: Partial<Parameters<RunStore["runs"]>[0]>) =>
      (await store.runs({ limit: 99, ...query })).items.map((run) =>
        rows.findIndex((row) => row.runId === run.runId)
      );
    assert.deepEqual(await list({}), [3, 2, 1, 0]);
    assert.deepEqual(await list({ status: ["failed", "skipped", "expired"] }), [3, 1, 0]);
    assert.deepEqual(await list({ status: ["failed", "skipped", "expired"], job: "db" }), [3, 0]);
    assert.deepEqual(await list({ status: [] }), []);
    assert.deepEqual(await list({ trigger: "manual" }), [2]);
    assert.deepEqual(await list({ job: "files" }), [1]);
    assert.deepEqual(await list({ since: NOW + HOUR, until: NOW + 3 * HOUR }), [2, 1]);
  });

  scenario("pages hold every row once, also while rows are added", async (store) => {
    // Many share one instant, so that only the run id tells them apart.
    const rows = Array.from({ length: 60 }, (_, at) =>
      backup({
        startTime: NOW + Math.floor(at / 9) * HOUR,
        slot: null,
        job: at % 4 === 0 ? "files" : "db",
        status: at % 3 === 0 ? "missing" : at % 5 === 0 ? "lost" : "available",
        tags: at % 2 === 0 ? ["daily"] : [],
      }));
    await insert(store, ...rows);
    const queries = [{}, { job: "db" }, { status: "error" as const }, { tag: "daily" as const }, {
      job: "db",
      status: "error" as const,
    }];
    for (const query of queries) {
      const whole = (await store.backups({ ...query, limit: 1000 })).items.map((run) => run.runId);
      const paged: string[] = [];
      let page: Page<Run> = { items: [], cursor: undefined };
      do {
        page = await store.backups({ ...query, limit: 7, cursor: page.cursor });
        paged.push(...page.items.map((run) => run.runId));
        await insert(store, backup({ startTime: NOW + 900 * DAY, tags: ["daily"], status: "missing" }));
        assert.ok(page.items.length <= 7);
      } while (page.cursor !== undefined);
      assert.deepEqual(paged, whole, JSON.stringify(query));
    }
    assert.equal((await store.runs({ limit: 5 })).items.length, 5);
    const all = (await store.runs({ limit: 1000 })).items.length;
    assert.equal((await store.runs({ limit: all })).cursor, undefined, "the last page says so");
  });

  scenario("a cursor that was not handed out is refused as one", async (store) => {
    const odd = ["", "x", "W10", "WzEsMl0", btoa('{"at":1}'), btoa('[1.5,"r"]'), "💥", "a".repeat(9000)];
    for (const cursor of odd) {
      await assert.rejects(() => store.backups({ limit: 1, cursor }), InvalidCursor, cursor);
      await assert.rejects(() => store.runs({ limit: 1, cursor }), InvalidCursor);
    }
  });

  scenario("reads find rows by what is known of them", async (store) => {
    const one = backup({ id: "same", callerKey: "key", dataId: "shared" });
    const two = backup({ id: "same", providerKey: "other", job: "files", dataId: "shared" });
    const three = backup({ job: "files", dataId: "shared" });
    const gone = backup({ dataId: "shared", status: "deleted" });
    const lost = backup({ status: "lost", endTime: NOW - DAY });
    await insert(store, one, two, three, gone, lost);
    const ids = (runs: Run[]) => runs.map((run) => run.runId);
    assert.deepEqual(ids(await store.find("same")), [two.runId, one.runId]);
    assert.deepEqual(ids(await store.find("same", "files")), [two.runId]);
    assert.deepEqual(ids(await store.find(one.runId)), [one.runId]);
    assert.deepEqual(await store.find("' OR 1=1 --"), []);
    assert.equal((await store.byProviderId("other", "same"))?.runId, two.runId);
    assert.equal(await store.byProviderId("nobody", "same"), undefined);
    assert.equal((await store.byCallerKey("db", "key"))?.runId, one.runId);
    assert.equal(await store.byCallerKey("files", "key"), undefined);
    assert.deepEqual(await insert(store, backup({ callerKey: "key" })), [conflict("busy")]);
    assert.deepEqual(await store.sharedData(["restic-a"], ["shared", "none"], [one.runId]), [
      { dataId: "shared", runId: three.runId, id: three.id, job: "files" },
    ]);
    assert.deepEqual(ids(await store.runsInStatus(["available", "lost"])), ids([one, two, three, lost]));
    assert.deepEqual(ids(await store.runsInStatus(["available", "lost"], "db")), ids([one, lost]));
    assert.deepEqual(ids(await store.runsInStatus(["available", "lost"], undefined, 2)), ids([one, two]));
    assert.deepEqual(ids(await store.runsInStatus(["lost"], undefined, undefined, NOW)), []);
    assert.deepEqual(ids(await store.runsInStatus(["lost"], "db", 5, NOW - DAY)), [lost.runId]);
    assert.equal(await store.newestRunAt(), lost.createdAt);
  });

  scenario("reads of an empty store answer nothing", async (store) => {
    assert.deepEqual(await store.backups({ limit: 10 }), { items: [] });
    assert.deepEqual(await store.runs({ limit: 10 }), { items: [] });
    assert.deepEqual(await store.unfinished(), []);
    assert.deepEqual(await store.events({ limit: 10 }), []);
    assert.equal(await store.newestRunAt(), null);
    assert.equal((await store.stats()).length, 2);
  });

  scenario("stats() counts by job, status and tag, and knows the last success and failure", async (store) => {
    const old = backup({ tags: ["daily"], sizeMb: 2 });
    const last = backup({ tags: ["daily", "hourly"], sizeMb: 3.5 });
    const failed = backup({ status: "failed", tags: [] });
    const deleted = backup({ status: "deleted", tags: ["daily"] });
    await insert(store, old, last, failed, deleted, decision(NOW));
    const [db, files] = await store.stats();
    assert.deepEqual(db, {
      job: "db",
      byStatus: { available: 2, failed: 1, deleted: 1, skipped: 1 },
      byTag: { hourly: 1, daily: 2 },
      lastSuccessAt: last.endTime,
      lastFailureAt: failed.endTime,
      lastSizeMb: 3.5,
      lastDurationMs: 60_000,
      totalSizeMb: 5.5,
    });
    assert.deepEqual([files!.job, files!.byStatus, files!.lastSuccessAt], ["files", {}, null]);
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
        decision(at(0), { job: "files" }),
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
      callerKey: "k",
    });
    const lost = backup({ status: "lost", message: "lost" });
    const available = backup({ message: "fine", tags: ["daily"], reasons: ["daily"] });
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
      callerKey: null,
    });
    assert.deepEqual(await store.run(lost.runId), lost);
    assert.deepEqual(await store.run(available.runId), available);
    assert.deepEqual(await insert(store, backup({ id: deleted.id })), [conflict("duplicate_id")]);
    assert.equal((await store.job("db"))!.revision, revision, "nothing that election reads has changed");
  });

  test(`${kind}: openStore() takes a higher fence each time and finds all that was committed`, () =>
    at(place(), async (here) => {
      const first = await here.open();
      await addJobs(first, "db");
      const run = backup();
      await insert(first, run);
      assert.equal(first.created, true);
      const before = await everything(first);
      await first[Symbol.asyncDispose]();
      await assert.rejects(() => first.commit(change()), { kind: "failed", message: /is closed/ });
      const second = await here.open();
      assert.equal(second.created, false);
      assert.equal(second.restored, null);
      assert.equal(second.storeId, first.storeId);
      assert.equal(second.bootSeq, first.bootSeq + 1);
      assert.ok(second.fence > first.fence);
      assert.deepEqual(await everything(second), before);
    }));
}

async function everything(store: RunStore): Promise<unknown> {
  return [
    await store.jobs(),
    (await store.runs({ limit: 1000 })).items,
    await store.events({ limit: 1000 }),
    await store.latched(),
  ];
}
