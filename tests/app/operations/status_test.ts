// Everything in one answer: what a freeze is, what is wrong, and how many jobs do how.
// Also tests outcome_troubles.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadinessParts } from "../../../src/app/operations/readiness.ts";
import { jobOperations, type JobOperationsParts } from "../../../src/app/operations/jobs.ts";
import { statusOperations } from "../../../src/app/operations/status.ts";
import type { NotifyView } from "../../../src/ports/views/notify.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;

type Parts = Parameters<typeof statusOperations>[0];

function statusOf(
  { engine, store, clock, watch }: Rig,
  changes: Partial<Parts> = {},
  channels: Partial<NotifyView["channels"][number]>[] = [],
) {
  const parts: Partial<Parts> = {
    notifications: {
      view: () => Promise.resolve({ channels } as NotifyView),
      test: () => Promise.resolve(undefined),
    },
    engine,
    store,
    clock,
    watch,
    config: () => ({ server: { auth: { kind: "default" } } }) as ReturnType<ReadinessParts["config"]>,
    storeTrouble: () => null,
    lastReload: () => null,
    providerTroubles: () => [],
    upkeepTroubles: () => [],
    outcomeTroubles: () => [],
    ...changes,
  };
  return statusOperations(parts as Parts).status();
}

test("status: a program that makes its backups is well, also while deletions are frozen on purpose", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const { well, jobs, by_state, unwell, notes } = await statusOf(r);
  assert.deepEqual({ well, jobs, by_state, unwell, notes }, {
    well: true,
    jobs: 1,
    by_state: { ok: 1 },
    unwell: [],
    notes: [],
  });
  await r.engine.safekeeping.freeze({ reason: "moving", owner: "ops", until: null }, "ops");
  const frozen = await statusOf(r);
  assert.equal(frozen.well, true);
  assert.deepEqual(frozen.notes.map(({ name, wrong }) => [name, wrong]), [["freeze", false]]);
});

test("status: an edit that waits for a restart is said and is not wrong", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const { well, notes } = await statusOf(r, { restartParts: () => ["server.listen", "log"] });
  assert.equal(well, true);
  assert.deepEqual(notes, [{
    name: "restart",
    wrong: false,
    message:
      "'server.listen', 'log' of the configuration changed since Schelly started: a restart takes it over",
  }]);
  assert.deepEqual((await statusOf(r, { restartParts: () => [] })).notes, []);
});

test("status: what retention deletes within a day is counted over all jobs, and nothing goes while it is frozen", async () => {
  await using r = await rig({ jobs: [{ name: "db" }, { name: "files" }, { name: "new" }] });
  const departures = { countOf: (job: string) => job === "db" ? 2 : job === "files" ? 3 : null };
  assert.equal((await statusOf(r, { departures })).deletions.planned, 5);
  await r.engine.safekeeping.freeze({ reason: "moving", owner: "ops", until: null }, "ops");
  assert.equal((await statusOf(r, { departures })).deletions.planned, 0);
});

test("status: a promise that is broken is wrong, though its job does well", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const standing = (state: "kept" | "broken", why: string | null) => ({ promise: "copies 2", state, why });
  const promises = new Map([
    ["db", { promises: [standing("kept", null), standing("broken", "copies at 2 providers, found 1")] }],
    ["other", { promises: [standing("kept", null)] }],
  ]);
  const { well, unwell_count, notes } = await statusOf(r, { promises: () => promises });
  assert.deepEqual([well, unwell_count], [false, 0]);
  assert.deepEqual(notes, [{
    name: "promises",
    wrong: true,
    message: "job db: copies at 2 providers, found 1: see 'schelly coverage db'",
  }]);
});

test("status: a job that fails is wrong and named with cause and remedy, and so is a configuration that was refused", async () => {
  await using r = await rig({ jobs: [{ name: "db" }, { name: "off", enabled: false }] });
  r.provider.script("create", "refused");
  await r.clock.advance(MINUTE + 1_000);
  const { well, unwell_count, unwell, by_state } = await statusOf(r);
  assert.deepEqual([well, unwell_count, by_state], [false, 1, { failing: 1, disabled: 1 }]);
  assert.deepEqual(unwell.map(({ job, state }) => [job, state]), [["db", "failing"]]);
  assert.ok(unwell[0]!.cause !== null && unwell[0]!.remedy !== null);

  await using sound = await rig();
  const refused = await statusOf(sound, { lastReload: () => ({ ok: false, messages: ["bad"] }) });
  const message = "bad; the configuration before it stays in force";
  assert.deepEqual([refused.well, refused.notes], [false, [{ name: "config", wrong: true, message }]]);
});

test("status: a channel that takes no messages is wrong, with why and how many wait", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const { well, notes } = await statusOf(r, {}, [
    { name: "ops", waiting: 0, error: null },
    { name: "mail", waiting: 3, error: "the password is wrong" },
  ]);
  const message = "the password is wrong (3 messages wait)";
  assert.deepEqual([well, notes], [false, [{ name: "channel mail", wrong: true, message }]]);
});

test("status: what tells the outside and does not get through is said once for each cause", async () => {
  await using r = await rig();
  await r.clock.advance(MINUTE + 30_000);
  const why = "connection refused";
  const outcomeTroubles = () => [
    { what: "heartbeat", job: undefined, why },
    { what: "on_failure", job: "db", why: "exit code 2" },
    ...["a", "b", "c", "d", "e", "f", "g"].map((job) => ({ what: "ping", job, why })),
  ];
  const { well, notes } = await statusOf(r, { outcomeTroubles });
  assert.equal(well, false);
  assert.deepEqual(notes.map(({ name, message }) => `${name}: ${message}`), [
    "heartbeat: connection refused",
    "on_failure: of job 'db': exit code 2",
    "ping: of 7 jobs (a, b, c, d, e and 2 more): connection refused",
  ]);
});

test("status: a job whose first backup is not due yet is counted apart from one that lacks it", async () => {
  await using r = await rig();
  const { well, by_state, not_due_count } = await statusOf(r);
  assert.deepEqual([well, by_state, not_due_count], [true, { never: 1 }, 1]);
  const late = await statusOf(r, { expectedOf: () => -1 });
  assert.deepEqual([late.well, late.by_state, late.not_due_count], [false, { never: 1 }, 0]);
});

test("status: a suspect that nobody has decided about stays on it, however many good backups came later", async () => {
  await using r = await rig({
    jobs: [{ suspicion: { minSizeMb: 100, minPercent: 0 } }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", sizeMb: 500 })],
  });
  await r.clock.advance(2 * MINUTE + 30_000);
  r.provider.plan({ sizeMb: 1 });
  await r.clock.advance(3 * MINUTE);
  const { well, by_state, unwell, notes } = await statusOf(r);
  assert.deepEqual([well, by_state, unwell], [false, { ok: 1 }, []]);
  assert.deepEqual(notes.map(({ name, wrong }) => [name, wrong]), [["suspects", true]]);
  assert.match(
    notes[0]!.message,
    /^1 backup of job db waits for somebody to decide: see 'schelly backups list --status suspect --job db'; verify/,
  );
  const [row] = (await r.runs("available")).filter(({ suspectAt }) => suspectAt !== null);
  await r.engine.safekeeping.decideSuspect(row!, "accept", "ops");
  assert.deepEqual((await statusOf(r)).notes, []);
});

test("status: what was in doubt as its job left is named with what to do, until somebody gives it up", async () => {
  const other = { name: "other", schedule: "0 0 0 1 1 *" };
  await using r = await rig({ jobs: [{ schedule: "0 1 * * * *" }, other] });
  r.provider.script("create", { does: "hang", forMs: 30_000 });
  await r.clock.advance(MINUTE + 10_000);
  await r.engine.reload(r.declare([other]));
  assert.equal((await statusOf(r)).well, true, "it is only being asked for");
  await r.crash();
  await r.boot([other]);
  await r.clock.advance(24 * 60 * MINUTE);
  const { well, by_state, unwell: [doubt] } = await statusOf(r);
  const [run] = await r.runs();
  assert.deepEqual([well, by_state, doubt!.job, doubt!.state], [
    false,
    { waiting: 1, never: 1 },
    "db",
    "waiting",
  ]);
  assert.match(
    doubt!.cause!,
    /not known whether the backup of job 'db' started.*not in the configuration any more/,
  );
  assert.ok(doubt!.remedy!.includes(`'schelly runs cancel ${run!.runId}'`), doubt!.remedy!);
  const operations = jobOperations(partsOf(r));
  const checks = await operations.check("db");
  assert.deepEqual(checks!.map(({ name, ok }) => [name, ok]), [["configuration", false], [
    `run ${run!.runId}`,
    false,
  ]]);
  const forgotten = await operations.forget("db", { name: "ops", role: "admin" });
  assert.ok(
    forgotten?.outcome === "conflict" && /schelly runs cancel/.test(forgotten.message),
    "it is not hidden",
  );
  assert.equal(await r.engine.cancel(run!, "by hand: ops"), true);
  await r.clock.advance(1_000);
  assert.deepEqual(await r.story(), ["failed(unsettled)"]);
  assert.equal((await statusOf(r)).well, true);
  assert.equal((await operations.forget("db", { name: "ops", role: "admin" }))?.outcome, "forgotten");
});

test("status: the storage of a job that left is gone, and with that what was in doubt there", async () => {
  const gone = { name: "other", schedule: "0 0 0 1 1 *", providerKey: "q" };
  await using r = await rig({
    jobs: [{ schedule: "0 1 * * * *" }, gone],
    providers: (clock) => ["p", "q"].map((key) => new FakeProvider({ clock, key })),
  });
  r.provider.script("create", { does: "hang", forMs: 30_000 });
  await r.clock.advance(MINUTE + 10_000);
  await r.crash();
  r.providers.delete("p");
  await r.boot([gone]);
  const { unwell } = await statusOf(r);
  assert.match(unwell[0]!.remedy!, /^look at provider 'p' for what run .* may have made, or declare/);
  const operations = jobOperations(partsOf(r));
  assert.equal((await operations.forget("db", { name: "ops", role: "admin" }, true))?.outcome, "forgotten");
  assert.deepEqual(await r.story(), ["failed(unsettled)"]);
  assert.equal((await statusOf(r)).well, true);
});

function partsOf({ engine, store, clock, watch }: Rig): JobOperationsParts {
  const parts: Partial<JobOperationsParts> = { engine, store, clock, watch, storeTrouble: () => null };
  return parts as JobOperationsParts;
}

test("status: providers whose calls do not get through are told of, the longest first, with their jobs", async () => {
  await using r = await rig({ jobs: [{ name: "db" }, { name: "files" }] });
  const key = r.engine.job("db")!.job.providerKey;
  const trouble = { since: r.clock.now(), calls: 2, message: "connection refused" };
  const { providers, providers_count } = await statusOf(r, {
    contactTroubles: () => [
      { provider: key, trouble },
      { provider: "nas@a", trouble: { ...trouble, since: trouble.since - 1 } },
    ],
  });
  assert.equal(providers_count, 2);
  assert.deepEqual(providers.map(({ provider, jobs, calls }) => [provider, jobs, calls]), [
    ["nas@a", 0, 2],
    [key, 2, 2],
  ]);
});
