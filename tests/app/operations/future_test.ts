// What callers may ask of the future: whether it is foreseen at all, and which backup it names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { futureOperations } from "../../../src/app/operations/future.ts";
import { TooBusy } from "../../../src/domain/errors.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { LongWork } from "../../../src/engine/context/long_work.ts";
import type { RunStore } from "../../../src/ports/store.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const ANN = { name: "ann", role: "viewer" } as const;

const MINUTE = 60_000;

const operationsOf = ({ engine, clock, watch, store }: Rig, changes: Partial<RunStore> = {}) =>
  futureOperations({
    engine,
    store: { ...store, ...changes },
    clock,
    watch,
    schedules: createScheduleCache(),
    planned: { view: () => Promise.reject(new Error("not asked here")) },
    work: new LongWork({ monotonic: () => 0, sleep: () => clock.yield() }),
  });

test("a forecast begins with what exists; an unknown job has none", async () => {
  await using r = await rig({ jobs: [{ retention: policy("minutely=5") }] });
  await r.clock.advance(3 * MINUTE + 1_000);
  const operations = operationsOf(r);
  const until = r.clock.now() + 10 * MINUTE;
  const view = (await operations.forecast("db", { until, dates: [until] }, ANN))!;
  assert.deepEqual([view.slots, view.dates[0]!.backups], [10, 5]);
  assert.equal(await operations.forecast("nobody", { until }, ANN), undefined);
});

test("what goes is named with its pass, as far as was asked; an unknown job has nothing that goes", async () => {
  await using r = await rig({ jobs: [{ retention: policy("minutely=3") }] });
  await r.clock.advance(3 * MINUTE + 1_000);
  const operations = operationsOf(r);
  const until = r.clock.now() + 2 * MINUTE;
  const view = (await operations.departures("db", until))!;
  const available = await r.runs("available");
  assert.deepEqual(view.going.map(({ run_id }) => run_id), available.slice(0, 2).map(({ runId }) => runId));
  assert.deepEqual([view.reached, view.passing], [new Date(until).toISOString(), 0]);
  assert.ok(view.going[0]!.at < view.going[1]!.at);
  assert.equal(await operations.departures("nobody", until), undefined);
  await assert.rejects(operations.departures("db", r.clock.now() - 1), /in the past/);
});

test("what stands in a backup's place is named by the provider's id", async () => {
  await using r = await rig({ jobs: [{ retention: policy("hourly=5, minutely=5") }] });
  await r.clock.advance(3 * MINUTE + 1_000);
  const operations = operationsOf(r);
  const oldest = (await r.runs("available"))[0]!;
  const { retention, foresight } = (await operations.explain(oldest, ANN))!;
  assert.deepEqual([retention.keep.map((row) => row.run_id), retention.keep_count], [[oldest.runId], 3]);
  assert.ok(typeof foresight === "object");
  const hourly = foresight.levels.find(({ level }) => level === "hourly")!;
  assert.equal(hourly.instead?.id, "p-3");
  assert.equal(await operations.explain({ ...oldest, job: "nobody" }, ANN), undefined);
  assert.equal((await operations.explain({ ...oldest, runId: "gone" }, ANN))!.foresight, undefined);
});

test("an explanation reads the job's rows once, and elects once", async () => {
  const reads: string[] = [];
  await using r = await rig({
    jobs: [{ retention: policy("minutely=5") }],
    wrap: (store) => ({
      ...store,
      election: (...args) => (reads.push("rows"), store.election(...args)),
      // Asked by each election, of the freeze that its guards judge by.
      freeze: () => (reads.push("freeze"), store.freeze()),
    }),
  });
  await r.clock.advance(3 * MINUTE + 1_000);
  const oldest = (await r.runs("available"))[0]!;
  const operations = operationsOf(r, {
    election: () => Promise.reject(new Error("it read the rows again")),
  });
  reads.length = 0;
  assert.ok(typeof (await operations.explain(oldest, ANN))!.foresight === "object");
  assert.deepEqual(reads, ["rows", "freeze"]);
});

test("what is said of now and of the time to come is of one election, also where something changes between", async () => {
  let change = () => Promise.resolve();
  await using r = await rig({
    followFrom: 1,
    wrap: (store) => ({
      ...store,
      async electionColumns(...args) {
        const now = change;
        change = () => Promise.resolve();
        await now();
        return await store.electionColumns(...args);
      },
    }),
  });
  await r.clock.advance(10 * MINUTE + 1_000);
  const guard = { maxPercent: 1, policyChangeHoldMs: 0 };
  await r.engine.reload(r.declare([{ retention: policy("minutely=2,min_age=2m"), guard }]));
  await r.engine.retention("db")!.pass();
  const oldest = (await r.runs("available"))[0]!;
  const operations = operationsOf(r);
  const before = (await operations.explain(oldest, ANN))!;
  assert.equal(before.retention.remove[0]?.run_id, oldest.runId);
  assert.ok(typeof before.foresight === "object" && before.foresight.fate.fate === "goes");
  change = async () => {
    const set = { holdAt: r.clock.now(), holdReason: "audit" };
    await r.store.commit({ job: "db", writes: [{ write: "run", runId: oldest.runId, set }] });
  };
  const { retention, foresight } = (await operations.explain(oldest, ANN))!;
  assert.ok(typeof foresight === "object" && foresight.fate.fate === "kept");
  assert.deepEqual(retention.keep.map((row) => row.run_id), [oldest.runId], "it is not said to go");
});

test("where too much is asked, an explanation says why nothing is foreseen, and the rest all the same", async () => {
  await using r = await rig({ jobs: [{ retention: policy("minutely=5") }] });
  await r.clock.advance(3 * MINUTE + 1_000);
  const oldest = (await r.runs("available"))[0]!;
  const busy = futureOperations({
    engine: r.engine,
    store: r.store,
    clock: r.clock,
    watch: r.watch,
    schedules: createScheduleCache(),
    planned: { view: () => Promise.reject(new Error("not asked here")) },
    work: {
      run: () => Promise.reject(new TooBusy("Cannot begin: 8 wait")),
      look: (_: string, look: () => unknown) => look(),
    } as unknown as LongWork,
  });
  const { retention, foresight } = (await busy.explain(oldest, ANN))!;
  assert.deepEqual([retention.keep_count, foresight], [3, "Cannot begin: 8 wait"]);
});

test("more backups than the server can play are refused, not tried", async () => {
  await using r = await rig();
  const state = (await r.store.job("db"))!;
  const operations = operationsOf(r, {
    job: () => Promise.resolve({ ...state, availableCount: 200_001 }),
    election: () => Promise.reject(new Error("it read them all")),
  });
  await assert.rejects(
    operations.forecast("db", { until: null }, ANN),
    /Cannot foresee what becomes of job 'db': it has 200001 backups: expected at most 200000/,
  );
});
