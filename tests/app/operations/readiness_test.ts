// Whether the program is well: what makes it unready, and what only shows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { areDeletionsFrozen } from "../../../src/app/operations/job_facts.ts";
import { jobOperations, type JobOperationsParts } from "../../../src/app/operations/jobs.ts";
import type { AuthConfig, Config } from "../../../src/config/values/config.ts";
import { readinessOperations, type ReadinessParts } from "../../../src/app/operations/readiness.ts";
import { retentionOperations } from "../../../src/app/operations/retention.ts";
import { LongWork } from "../../../src/engine/context/long_work.ts";
import type { RunStore } from "../../../src/ports/store.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { everyJob, joined } from "../../support/every_job.ts";
import { FakeProvider } from "../../support/fake_provider.ts";

const MINUTE = 60_000;

const TOKENS = [
  { name: "old", role: "viewer" as const, hash: "1", expires: Date.UTC(2020, 0, 1) },
  { name: "new", role: "viewer" as const, hash: "2", expires: Date.UTC(2200, 0, 1) },
  { name: "ever", role: "viewer" as const, hash: "3" },
];

/** A configuration of which nothing but who may ask is looked at. */
function configWith(auth: AuthConfig): Config {
  return { server: { auth } } as Config;
}

/** A program with little to tell but what `changes` says. */
function operationsOf({ engine, store, clock, watch }: Rig, changes: Partial<ReadinessParts> = {}) {
  const parts: Partial<ReadinessParts> = {
    config: () => configWith({ kind: "default" }),
    engine,
    store,
    clock,
    watch,
    storeTrouble: () => null,
    lastReload: () => null,
    providerTroubles: () => [],
    providerTroubleOf: () => null,
    upkeepTroubles: () => [],
    ...changes,
  };
  return readinessOperations(parts as ReadinessParts);
}

test("a program that is well says so of its store and its engine", async () => {
  await using r = await rig();
  assert.deepEqual(await operationsOf(r).readiness(), {
    ready: true,
    checks: [
      { name: "store", ok: true, fatal: true, message: "answers" },
      { name: "engine", ok: true, fatal: true, message: "schedules 1 job" },
    ],
  });
});

test("a token that has expired is told, and does not make it unready", async () => {
  await using r = await rig();
  const auth: AuthConfig = { kind: "named", tokens: TOKENS, users: [], openMetrics: false };
  const { ready, checks } = await operationsOf(r, { config: () => configWith(auth) }).readiness();
  assert.equal(ready, true);
  const told = checks.filter(({ name }) => name.startsWith("token "));
  assert.deepEqual(told.map(({ name, ok, fatal }) => [name, ok, fatal]), [["token old", false, false]]);
  assert.match(told[0]!.message, /^expired at 2020-01-01T00:00:00\.000Z \(\d+ days ago\)$/);
});

test("a store that cannot save or be read makes it unready, and so does a stop", async () => {
  await using r = await rig();
  const trouble = await operationsOf(r, { storeTrouble: () => "the disk is full" }).readiness();
  assert.deepEqual([trouble.ready, trouble.checks[0]!.message], [false, "the disk is full"]);
  const jobs = jobOperations(
    {
      engine: r.engine,
      store: r.store,
      clock: r.clock,
      watch: r.watch,
      storeTrouble: () => "the disk is full",
    } as Partial<JobOperationsParts> as JobOperationsParts,
  );
  assert.deepEqual((await everyJob(jobs)).map(({ store_trouble }) => store_trouble), ["the disk is full"]);
  const latched = () => Promise.reject(new Error("no such table"));
  const broken = await operationsOf(r, { store: { ...r.store, latched } }).readiness();
  assert.deepEqual([broken.ready, broken.checks[0]!.message], [false, "no such table"]);
  await r.engine.stop(0);
  const stopping = await operationsOf(r).readiness();
  assert.deepEqual([stopping.ready, stopping.checks[1]!.message], [false, "is stopping"]);
});

test("what stops deletions, and what went wrong beside backups, shows and leaves it ready", async () => {
  await using r = await rig({ jobs: [{ suspicion: { minSizeMb: 100, minPercent: 0 } }] });
  r.provider.plan({ sizeMb: 0 });
  await r.clock.advance(MINUTE + 1_000);
  await r.store.commit({
    job: "db",
    writes: [{ write: "latch", guard: { job: "db", guard: "too_many", latchedAt: 1, message: "8 of 10" } }],
    events: [],
  });
  await r.engine.safekeeping.freeze({ reason: "moving", owner: "ops", until: null }, "ops");
  const { ready, checks } = await operationsOf(r, {
    lastReload: () => ({ ok: false, messages: ["schelly.yaml:3: bad", "schelly.yaml:4: worse"] }),
    providerTroubles: () => [{ key: "nas", message: "line 2 is damaged" }],
    upkeepTroubles: () => [{ name: "prune of provider p", ok: false, fatal: false, message: "locked" }],
  }).readiness();
  assert.equal(ready, true);
  const shown = checks.filter(({ ok }) => !ok);
  assert.deepEqual(shown.map(({ name }) => name), [
    "guard too_many of job db",
    "freeze",
    "guard newest_suspect of job db",
    "provider nas",
    "prune of provider p",
    "config",
  ]);
  assert.equal(
    shown.at(-1)!.message,
    "schelly.yaml:3: bad; schelly.yaml:4: worse; the configuration before it stays in force",
  );
});

test("deletions that find no way show in readiness and in the job, with since and cause, stuck after a day", async () => {
  let isLocked = true;
  await using r = await rig({
    jobs: [{
      schedule: "0 0 * * * *",
      retention: policy("hourly=2"),
      guard: { maxPercent: 100, policyChangeHoldMs: 0 },
    }],
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        behave: ({ op }) =>
          isLocked && op === "delete"
            ? { does: "unsent", status: 503, message: "locked by root on old (PID 42)" }
            : undefined,
      }),
    ],
  });
  await r.clock.advance(4 * 60 * MINUTE);
  const operations = operationsOf(r);
  const jobs = jobOperations(
    { engine: r.engine, store: r.store, clock: r.clock, watch: r.watch, storeTrouble: () => null } as Partial<
      JobOperationsParts
    > as JobOperationsParts,
  );
  const shown = async () =>
    (await operations.readiness()).checks.filter(({ name }) => name === "deletions of job db");
  assert.match(
    (await shown())[0]!.message,
    /deletions? finds? no way since .*: .*locked by root on old \(PID 42\)/,
  );
  const open = async () => (await jobs.job("db"))!.open_deletions!;
  assert.equal((await open()).stuck, false);
  await r.clock.advance(25 * 60 * MINUTE);
  assert.equal((await open()).stuck, true);
  isLocked = false;
  await r.clock.advance(30 * 60 * MINUTE);
  assert.deepEqual(await shown(), []);
  assert.equal((await jobs.job("db"))!.open_deletions, null);
});

test("a single missing backup shows, until somebody says that they looked", async () => {
  await using r = await rig({ jobs: [{ retention: policy("minutely=9"), schedule: "0 0 0 1 1 *" }] });
  const { engine, store, clock, watch } = r;
  const jobs = jobOperations(
    { engine, store, clock, watch, storeTrouble: () => null } as Partial<
      JobOperationsParts
    > as JobOperationsParts,
  );
  const retention = retentionOperations({ engine, store, clock, watch, work: new LongWork(clock) });
  for (let made = 0; made < 3; made++) {
    await r.engine.job("db")!.trigger("ops", null);
    await r.clock.advance(MINUTE);
  }
  const shown = async () =>
    (await operationsOf(r).readiness()).checks.filter(({ ok }) => !ok).map(({ name, message }) =>
      `${name}: ${message.split(" is ")[0]}`
    );
  const missing = async () => (await jobs.job("db"))!.missing;
  assert.deepEqual([await missing(), await shown()], [0, []]);
  r.provider.forget("p-3");
  await r.engine.reload(r.declare([{
    retention: policy("minutely=1"),
    schedule: "0 0 0 1 1 *",
    guard: { maxPercent: 100, policyChangeHoldMs: 0 },
  }]));
  await r.engine.retention("db")!.pass();
  assert.deepEqual([await missing(), await shown()], [1, ["missing backups of job db: backup 'p-3'"]]);

  await r.engine.reload(r.declare([{ retention: policy("minutely=9"), schedule: "0 0 0 1 1 *" }]));
  const { digest, remove } = (await retention.retention("db"))!;
  assert.deepEqual(remove, [], "nothing else waits for an approval");
  await r.clock.advance(MINUTE);
  assert.equal(
    (await retention.approveRetention("db", { name: "ops", role: "admin" }, digest))?.outcome,
    "approved",
  );
  assert.deepEqual([await missing(), await shown()], [0, []]);
});

test("a scrape reads each thing it shows once", async () => {
  await using r = await rig();
  await r.engine.safekeeping.freeze({ reason: "moving", owner: "ops", until: null }, "ops");
  await r.clock.advance(MINUTE + 1_000);
  const reads: string[] = [];
  const told = <K extends keyof RunStore>(name: K): Pick<RunStore, K> => {
    const read = r.store[name] as (...args: unknown[]) => unknown;
    return { [name]: (...args: unknown[]) => (reads.push(name), read(...args)) } as Pick<RunStore, K>;
  };
  const READS = ["storedFacts", "freeze", "jobNames", "suspects", "openDeletions", "held"] as const;
  const others = ["stats", "jobs", "latched", "missing", "providerBackups", "remains"] as const;
  const store: RunStore = Object.assign({ ...r.store }, ...[...READS, ...others].map(told));
  const operations = operationsOf(r, {
    store,
    async *renderMetrics(jobs) {
      for await (const { views, facts } of jobs) {
        const { available } = facts.stored.get("db")!.stats.byStatus;
        yield JSON.stringify([available, views.map(({ job }) => job), areDeletionsFrozen(facts)]);
      }
    },
  });
  assert.equal(await joined(operations.metrics()), '[1,["db"],true]');
  assert.deepEqual(reads.toSorted(), READS.toSorted());
});

test("a clock in doubt shows, with what waits for it and for how long, and leaves the program ready", async () => {
  await using r = await rig();
  const told = async () => (await operationsOf(r).readiness()).checks.find(({ name }) => name === "clock");
  assert.equal(await told(), undefined);
  const due = new Date(r.clock.now()).toISOString();
  r.clock.jump(400 * 24 * 60 * MINUTE);
  const { ready } = await operationsOf(r).readiness();
  const clock = await told();
  assert.deepEqual([ready, clock?.ok, clock?.fatal], [true, false, false]);
  assert.match(clock!.message, /^the clock, which says 2027-.*34560000 s ahead of the time that went by/);
  assert.ok(clock!.message.includes(`slots are due by ${due}`), clock!.message);
  r.clock.jump(-400 * 24 * 60 * MINUTE);
  assert.equal(await told(), undefined);
});

test("a job whose every backup fails is named by the verbose answer, one that is well is not", async () => {
  await using r = await rig({ jobs: [{ name: "db" }, { name: "www", enabled: false }] });
  r.provider.script("create", "refused", "refused");
  await r.clock.advance(2 * 60_000 + 1_000);
  const jobChecks = async (withJobs: boolean) =>
    (await operationsOf(r).readiness(withJobs)).checks.filter(({ name }) => name.startsWith("job"));
  const [check, ...others] = await jobChecks(true);
  assert.deepEqual([check!.name, check!.ok, check!.fatal, others], ["job db", false, false, []]);
  assert.match(
    check!.message,
    /^failing: .*\(there is no good backup yet\); see 'schelly runs list --job db'/,
  );
  assert.deepEqual(await jobChecks(false), []);
});

test("of many jobs that are unwell some are named, and the others counted", async () => {
  const jobs = Array.from({ length: 25 }, (_, at) => ({ name: `job${at}` }));
  await using r = await rig({ jobs });
  const operations = operationsOf(r, { providerTroubleOf: () => "no such tool" });
  const named = (await operations.readiness(true)).checks.filter(({ name }) => name.startsWith("job"));
  assert.equal(named.length, 21);
  assert.match(named[20]!.message, /^5 more are unwell, 25 of 25 in all/);
});
