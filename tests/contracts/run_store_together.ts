// Changes that wait together: each is answered for itself, in its order.

import assert from "node:assert/strict";
import type { Run } from "../../src/domain/backup.ts";
import type { Condition } from "../../src/ports/condition.ts";
import {
  addJobs,
  backup,
  change,
  conflict,
  decision,
  DONE,
  event,
  HOUR,
  insert,
  NOW,
  type Scenario,
} from "../store/fixture.ts";

export function testCommitsTogether(scenario: Scenario): void {
  scenario("commit() inserts several rows of one change in their order", async (store) => {
    const rows = [decision(NOW), decision(NOW), decision(NOW + HOUR), decision(NOW + 2 * HOUR)];
    await store.commit(change(...rows.map((run) => ({ write: "insert", run } as const))));
    const { items } = await store.runs({ limit: 10 });
    assert.deepEqual(items.map((run) => run.runId), [rows[3]!.runId, rows[2]!.runId, rows[0]!.runId]);
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
            conditions: [{ condition: "cursor", job, is }],
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
        conditions: [{ condition: "deletable", runId }, { condition: "unlatched", job: "db" }],
        writes: [{ write: "run", runId, set: { status: "deleted", message: by } }],
        events: [event({ job: "db", runId })],
      });
    const stale = () =>
      store.commit({
        job: "db",
        conditions: [{ condition: "revision", job: "db", is: revision }],
        writes: [{ write: "job", job: "db", set: { graceFactor: 8 } }],
      });
    const [late, ...results] = await Promise.all([
      Promise.resolve().then(stale),
      ...runs.flatMap((run) => [remove(run, "first"), remove(run, "second")]),
    ]);
    for (const [n, run] of runs.entries()) {
      const held = n % 10 === 3;
      assert.deepEqual(results[2 * n], held ? conflict("condition") : DONE);
      assert.deepEqual(results[2 * n + 1], conflict("condition"));
      const stored = await store.run(run.runId);
      assert.deepEqual(stored, held ? run : { ...run, status: "deleted", message: "first" });
    }
    assert.deepEqual(late, conflict("condition"), "it sees that the rows before it have changed");
    assert.equal((await store.events({ job: "db", limit: 999 })).length, 36);
  });

  scenario(
    "commit() under a condition on the revision sees every earlier change of the job's rows",
    async (store) => {
      const [one, two] = [backup({ status: "deleting" }), backup({ status: "deleting" })];
      await insert(store, one, two);
      const { revision } = (await store.job("db"))!;
      const end = ({ runId }: Run, ...guards: Condition[]) =>
        store.commit({
          job: "db",
          conditions: [{ condition: "status", runId, in: ["deleting"] }, ...guards],
          writes: [{ write: "run", runId, set: { status: "deleted" } }],
        });
      const results = await Promise.all([
        end(one),
        end(two, { condition: "revision", job: "db", is: revision }),
      ]);
      assert.deepEqual(results, [DONE, conflict("condition")]);
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
        conditions: [{ condition: "deletable", runId }, { condition: "unlatched", job: "db" }],
        writes: [{ write: "run", runId, set: { deleteSentAt: NOW } }],
      });
    const results = await Promise.all([
      remove(one),
      store.commit(
        change({ write: "latch", guard: { job: "db", guard: "not_found", latchedAt: NOW, message: "" } }),
      ),
      remove(two),
    ]);
    assert.deepEqual(results, [DONE, DONE, conflict("condition")]);
  });

  scenario("commit() lets a later change of a job see what an earlier one wrote", async (store) => {
    const run = decision(NOW, { status: "intent", reason: null });
    const results = await Promise.all([
      store.commit(change({ write: "insert", run })),
      store.commit({
        job: "db",
        conditions: [{ condition: "status", runId: run.runId, in: ["intent"] }],
        writes: [{ write: "run", runId: run.runId, set: { status: "sending", startTime: NOW } }],
      }),
      store.commit({
        job: "db",
        conditions: [{ condition: "status", runId: run.runId, in: ["intent"] }],
        writes: [{ write: "run", runId: run.runId, set: { status: "expired" } }],
      }),
    ]);
    assert.deepEqual(results, [DONE, DONE, conflict("condition")]);
    assert.equal((await store.run(run.runId))?.status, "sending");
  });
}
