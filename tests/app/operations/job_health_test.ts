// What is read of a job in a state that happened is judged as it was: it fails, waits, is late, is stopped. Also tests
// unwell_jobs.ts and doubt_text.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobFactsParts } from "../../../src/app/operations/job_facts.ts";
import { jobOperations, type JobOperationsParts } from "../../../src/app/operations/jobs.ts";
import { healthOfAll } from "../../../src/app/operations/unwell_jobs.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const OPS = { name: "ops", role: "admin" } as const;

const partsOf = ({ engine, store, clock, watch }: Rig, more: Partial<JobFactsParts> = {}) =>
  ({
    engine,
    store,
    clock,
    watch,
    storeTrouble: () => null,
    expectedOf: () => 2 * MINUTE,
    ...more,
  }) as Partial<JobOperationsParts> as JobOperationsParts;

const healthOf = async (r: Rig, more?: Partial<JobFactsParts>) =>
  (await jobOperations(partsOf(r, more)).job("db"))!.health;

test("a job that makes backups is ok, and one whose every backup fails is failing with the provider's words", async () => {
  await using r = await rig();
  assert.equal((await healthOf(r)).state, "never");
  await r.clock.advance(2 * MINUTE + 30_000);
  assert.deepEqual([(await healthOf(r)).state, (await healthOf(r)).well], ["ok", true]);
  r.provider.script("create", "refused", "refused", "refused");
  await r.clock.advance(2 * MINUTE);
  const health = await healthOf(r);
  const ends = (await r.runs("failed")).sort((one, other) => one.endTime! - other.endTime!);
  const [first, failed] = [ends[0]!, ends.at(-1)!];
  assert.ok(first.endTime! < failed.endTime!);
  assert.deepEqual([health.state, health.well], ["failing", false]);
  assert.ok(health.cause!.startsWith(failed.message!), health.cause!);
  assert.equal(health.since, new Date(first.startTime!).toISOString(), "nobody took that one");
});

test("a job that goes without a success for too long is late, unless the program has only just begun", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE + 30_000);
  const tight = { expectedOf: () => 1 };
  assert.equal((await healthOf(r, tight)).state, "late");
  assert.equal((await healthOf(r, { ...tight, begunAt: r.clock.monotonic() })).state, "ok");
  assert.equal((await healthOf(r, { ...tight, begunAt: r.clock.monotonic() - 3 * MINUTE })).state, "late");
});

test("a pause, a latched guard, a broken provider, upkeep that failed and a state that cannot be saved are each said", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE + 30_000);
  const words = async (more?: Partial<JobFactsParts>) => {
    const { state, well, cause } = await healthOf(r, more);
    return [state, well, cause];
  };
  assert.match(
    String(await words({ upkeepTroubleOf: () => "locked (check)" })),
    /^unproved,false,locked \(check\)$/,
  );
  assert.match(
    String(await words({ providerTroubleOf: () => "no such tool" })),
    /^failing,false,no such tool/,
  );
  assert.match(String(await words({ storeTrouble: () => "disk full" })), /^failing,false,disk full/);
  await r.store.commit({
    job: "db",
    conditions: [],
    writes: [{
      write: "latch",
      guard: { job: "db", guard: "not_found", latchedAt: r.clock.now(), message: "3 are gone" },
    }],
    events: [],
  });
  assert.match(String(await words()), /^guarded,false,3 are gone \(guard not_found\)$/);
  await jobOperations(partsOf(r)).pause("db", OPS, { reason: "moving" });
  assert.match(String(await words()), /^paused,true,it is paused until it is resumed \(moving\)$/);
});

test("a clock in doubt is trouble of all jobs at once, and says since when", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE + 30_000);
  const since = new Date(r.clock.now()).toISOString();
  r.clock.jump(5 * 60 * MINUTE);
  for (let round = 0; round < 2; round++) {
    const health = await healthOf(r);
    assert.deepEqual(
      [health.state, health.since, health.of_all],
      ["guarded", since, true],
      health.cause ?? "",
    );
    assert.equal(health.brief, "the clock is in doubt");
    await r.clock.advance(1_000);
  }
});

test("a start that finds no provider is waiting, with its cause, and comes before that the backup is under way", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  r.provider.down();
  await r.clock.advance(MINUTE);
  const health = await healthOf(r);
  assert.deepEqual([health.state, health.well], ["waiting", false], health.cause ?? "");
  assert.match(health.cause!, /: its start waits for its provider$/);
});

test("a backup that does not let itself be ended fails at once, with that as its cause, until it ends", async () => {
  await using r = await rig({
    jobs: [{ graceMs: 90_000 }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs: 20 * MINUTE })],
  });
  await r.clock.advance(3 * MINUTE - 1);
  assert.equal((await healthOf(r, { expectedOf: () => 60 * MINUTE })).state, "running");
  r.provider.script("delete", "refused");
  await r.clock.advance(10_000);
  const health = await healthOf(r, { expectedOf: () => 60 * MINUTE });
  assert.deepEqual([health.state, health.well], ["failing", false], health.cause ?? "");
  assert.match(
    health.cause!,
    /^its backup does not end and cannot be cancelled \(.* answered 400\): none of its slots/,
  );
  assert.match(health.remedy!, /^end it at its provider/);
  assert.equal(health.since, new Date((await r.runs())[0]!.startTime!).toISOString());
  await r.clock.advance(20 * MINUTE);
  assert.doesNotMatch((await healthOf(r)).cause ?? "", /does not end/);
});

test("a start that fails until somebody fixes something is failing at once and not waiting, and is tried again", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const message = "the password does not open the repository";
  r.provider.down({ does: "unsent", status: 503, message, unusable: "wrong_password" });
  await r.clock.advance(MINUTE);
  const job = (await jobOperations(partsOf(r)).job("db"))!;
  assert.deepEqual([job.health.state, job.waiting?.until_mended], ["failing", true]);
  assert.match(job.health.cause!, /^the password does not open the repository \(the last good backup is of/);
  assert.match(job.health.remedy!, /into .password_file., .*'schelly jobs check db'/);
  assert.equal((await r.runs("intent"))[0]!.reason, "wrong_password");
  r.provider.up();
  await r.clock.advance(MINUTE);
  assert.equal((await healthOf(r)).state, "ok");
});

test("a start that fails again and again looks well at no moment of its tries, and since when it does never moves", async () => {
  const message = "the password does not open the repository";
  for (
    const [state, behaviour] of [
      ["waiting", "unsent"],
      ["failing", { does: "unsent", status: 503, message, unusable: "wrong_password" }],
    ] as const
  ) {
    await using r = await rig({
      jobs: [{ schedule: "0 0 * * * *", graceMs: 5 * MINUTE, retryIntervalMs: 5_000 }],
      providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: 400 })],
    });
    r.provider.down(behaviour);
    while (((await r.runs())[0]?.message ?? null) === null) await r.clock.advance(1_000);
    const endless = { expectedOf: () => null };
    const first = await healthOf(r, endless);
    assert.equal(first.state, state);
    const seen = new Set<string>();
    for (let tenth = 0; tenth < 6 * 60 * 10; tenth++) {
      await r.clock.advance(100);
      const { state, well, since } = await healthOf(r, endless);
      seen.add(`${state} ${well} ${since}`);
    }
    assert.equal((await r.runs("failed")).length, 1, "it was given up meanwhile");
    assert.deepEqual(
      [...seen].sort(),
      [...new Set(["failing", state])].map((one) => `${one} false ${first.since}`),
    );
  }
});

test("all jobs are counted by their words, and the unwell come worst first", async () => {
  const jobs = [{ name: "new" }, { name: "bad" }, { name: "off", enabled: false }, { name: "late" }];
  await using r = await rig({ jobs });
  const found = await healthOfAll(
    partsOf(r, {
      expectedOf: ({ name }) => name === "late" ? -1 : 2 * MINUTE,
      upkeepTroubleOf: () => "locked (check)",
    }),
    2,
  );
  assert.equal(found.total, 4);
  assert.deepEqual(found.byState, { unproved: 2, disabled: 1, never: 1 });
  assert.deepEqual(found.unwell.map(({ job, state }) => [job, state]), [["late", "never"], [
    "bad",
    "unproved",
  ]]);
  assert.equal(found.unwellCount, 3);
});

test("a job is not well whose only backup its provider lost, also once somebody took notice of that", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const [only] = await r.runs("available");
  const missingAt = r.clock.now();
  await r.store.commit({
    job: "db",
    conditions: [{ condition: "status", runId: only!.runId, in: ["available"] }],
    writes: [{ write: "run", runId: only!.runId, set: { status: "missing", missingAt } }],
    events: [],
  });
  assert.equal((await healthOf(r)).state, "suspect");
  const { digest } = await r.engine.retention("db")!.look();
  await r.clock.advance(1_000);
  assert.equal(await r.engine.retention("db")!.approve(digest, "boss"), true);
  const health = await healthOf(r);
  assert.deepEqual([health.state, health.well], ["never", false]);
  assert.match(health.cause!, /^it has no good backup any more/);
  await r.clock.advance(MINUTE);
  assert.deepEqual([(await healthOf(r)).state, (await r.runs("available")).length], ["ok", 1]);
});
