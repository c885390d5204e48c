// What callers may ask of jobs: to start one twice with one key, to pause it, to see one that nobody manages any more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jobOperations, type JobOperationsParts } from "../../../src/app/operations/jobs.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { type Rig, rig } from "../../support/engine_rig.ts";
import { everyJob } from "../../support/every_job.ts";

const MINUTE = 60_000;
const OPS = { name: "ops", role: "operator" } as const;
const RARELY = { schedule: "0 0 0 1 1 *" };

// Neither coverage nor output is asked for here.
const operationsOf = ({ engine, store, clock, watch }: Rig) =>
  jobOperations(
    { engine, store, clock, watch, storeTrouble: () => null } as Partial<
      JobOperationsParts
    > as JobOperationsParts,
  );

test("a start that is asked for again with the same key is the same run", async () => {
  await using r = await rig({ jobs: [RARELY] });
  const operations = operationsOf(r);
  const first = await operations.trigger("db", OPS, "key-1");
  const again = await operations.trigger("db", OPS, "key-1");
  const other = await operations.trigger("db", OPS, "key-2");
  assert.ok(first?.outcome === "started" && again?.outcome === "started" && other?.outcome === "started");
  assert.equal(again.run.runId, first.run.runId);
  assert.notEqual(other.run.runId, first.run.runId);
  assert.equal(r.provider.calls("create").length, 2);
  assert.equal(await operations.trigger("nobody", OPS), undefined);
});

test("a start says whether the provider refused, or did not answer", async () => {
  await using r = await rig({ jobs: [RARELY] });
  const operations = operationsOf(r);
  r.provider.script("create", "refused", "lost_reply");
  assert.equal((await operations.trigger("db", OPS))!.outcome, "refused");
  assert.equal((await operations.trigger("db", OPS))!.outcome, "unknown");
  const busy = await operations.trigger("db", OPS);
  assert.equal(busy!.outcome, "busy", "the one of unknown fate may run");
});

test("a start by hand has the one tried that waits for its provider, and says what became of that", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 * * * *", graceMs: 30 * MINUTE, retryIntervalMs: 20 * MINUTE }],
  });
  const operations = operationsOf(r);
  r.provider.down();
  while ((await r.runs("intent"))[0]?.attempts !== 1) await r.clock.advance(10_000);
  const ask = async () => {
    const asked = operations.trigger("db", OPS);
    await r.clock.advance(1_000);
    return (await asked)!;
  };
  const refused = await ask();
  assert.ok(refused.outcome === "waiting", refused.outcome);
  assert.match(refused.message, /connection refused/);
  assert.equal(r.provider.calls("create").length, 2);
  r.provider.up();
  const started = await ask();
  assert.ok(started.outcome === "started", started.outcome);
  assert.equal(started.run.runId, refused.run.runId);
  assert.deepEqual((await r.runs()).map(({ trigger }) => trigger), ["schedule"]);
});

test("pause and resume answer with the job as it is then, and say who did it", async () => {
  await using r = await rig();
  const operations = operationsOf(r);
  const paused = (await operations.pause("db", OPS, { reason: "moving" }))!;
  assert.deepEqual([paused.paused, paused.next_slot], [true, null], "no slot runs until it is resumed");
  await r.clock.advance(3 * MINUTE);
  assert.equal(r.provider.calls("create").length, 0);
  assert.equal((await operations.resume("db", OPS))!.paused, false);
  assert.deepEqual(
    [...r.told("job.paused"), ...r.told("job.resumed")].map(({ message, data }) => [message, data]),
    [["ops paused job 'db': moving", { by: "ops" }], ["ops resumed job 'db'", { by: "ops" }]],
  );
  assert.equal(await operations.pause("nobody", OPS, {}), undefined);
  assert.equal(await operations.resume("nobody", OPS), undefined);
});

test("a job that left the configuration is shown beside the others, as nobody's", async () => {
  await using r = await rig({ jobs: [{}, { name: "www" }] });
  await r.clock.advance(MINUTE + 1_000);
  await r.engine.reload(r.declare([{ name: "www" }]));
  const operations = operationsOf(r);
  assert.deepEqual(operations.jobNames(), ["www"]);
  assert.deepEqual((await everyJob(operations)).map(({ job, managed }) => [job, managed]), [
    ["www", true],
    ["db", false],
  ]);
  const gone = (await operations.job("db"))!;
  assert.deepEqual([gone.managed, gone.unmanaged], [false, [{ provider: "p", available: 1 }]]);
  assert.equal(await operations.job("nobody"), undefined);
});

test("a trial of what a backup would add fails in words where the provider cannot say", async () => {
  await using r = await rig();
  const operations = operationsOf(r);
  assert.deepEqual((await operations.check("db", true))!.at(-1), {
    name: "dry run",
    ok: false,
    message: "provider 'p' cannot say what a backup would add: expected a restic provider",
    remedy: null,
  });
  assert.equal(await operations.check("nobody"), undefined);
});

test("a job whose start waits is not running; one that is tried again says which try comes when", async () => {
  const retry = { attempts: 2, afterMs: 10 * MINUTE };
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *", retry }] });
  const operations = operationsOf(r);
  r.provider.down("unsent");
  await r.clock.advance(61 * MINUTE);
  const waiting = (await operations.job("db"))!;
  assert.equal(waiting.running, null);
  assert.equal(waiting.waiting!.since, "2026-03-02T11:00:00.000Z");
  assert.match(waiting.waiting!.cause!, /connection refused/);
  r.provider.up();
  r.provider.plan({ ends: "failed", message: "the disk is full" });
  await r.clock.advance(MINUTE);
  const failed = (await operations.job("db"))!;
  assert.equal(failed.waiting, null);
  assert.equal(failed.last_failure, null, "not before the last try");
  assert.deepEqual([failed.retry!.attempt, failed.retry!.of, failed.retry!.cause], [
    2,
    3,
    "the disk is full",
  ]);
});

test("a start in line is waiting, not running, and a start by hand beside it says what it waits for", async () => {
  const schedule = "0 1 10 * * *";
  await using r = await rig({
    jobs: [{ name: "first", schedule }, { schedule, graceMs: 4 * MINUTE }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: 2 * MINUTE })],
  });
  await r.clock.advance(MINUTE + 10_000);
  const operations = operationsOf(r);
  const { health, running, waiting } = (await operations.job("db"))!;
  const cause = "it waits for its turn at provider 'p'";
  assert.deepEqual([health.state, health.well, health.cause], ["waiting", true, cause]);
  assert.deepEqual([running, waiting?.cause], [null, cause]);
  const [run] = await r.runs();
  const busy = await operations.trigger("db", OPS);
  assert.deepEqual(busy, { outcome: "busy", runId: run!.runId, cause });
  await r.clock.advance(MINUTE);
  assert.equal((await operations.job("db"))!.health.well, false, "that is too long");
});
