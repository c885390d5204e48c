// Imports: what comes in, what stays out, and that nothing imported goes unseen.
// Also tests import_outlook.ts, import_owner.ts and recorded_backups.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { OriginalBackup } from "../../../src/domain/original_backup.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig, type RigOptions } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const keepTwo: Partial<Job> = {
  retention: policy("hourly=2"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
};
const listing: Partial<RigOptions> = {
  providers: (clock) => [new Timed({ clock, key: "p", capabilities: { list: true } })],
};
const imported = async (r: Rig, dryRun = false, ids: string[] = []) =>
  (await r.engine.importBackups(r.engine.job("db")!, { by: "boss", dryRun, ids }))!;

function seed(r: Rig, count: number): void {
  for (let n = 1; n <= count; n++) {
    r.provider.seed({ id: `old-${n}`, startedAt: r.clock.now() - (count + 1 - n) * HOUR });
  }
}

test("importBackups() takes in what nobody knows, and the first deletion waits for an approval", async () => {
  await using r = await rig({ jobs: [keepTwo], ...listing });
  await r.clock.advance(2 * MINUTE + 1_000);
  seed(r, 6);
  const dry = await imported(r, true);
  assert.deepEqual([dry.rows.length, dry.skipped.length], [6, (await r.runs("available")).length]);
  assert.equal((await r.runs()).filter((run) => run.trigger === "import").length, 0);
  assert.deepEqual(
    dry.wouldDelete.map(({ id }) => id),
    ["old-1", "old-2", "old-3", "old-4", "old-5"],
    "the newest two hours stay",
  );

  const report = await imported(r);
  assert.equal(report.rows.length, 6);
  await r.clock.settle();
  const rows = (await r.runs()).filter((run) => run.trigger === "import");
  assert.deepEqual(
    rows.map((run) => [run.status, run.importedAt !== null]),
    Array(6).fill(["available", true]),
  );
  await r.clock.advance(10 * MINUTE);
  assert.equal(r.provider.living().filter((one) => one.id.startsWith("old")).length, 6);
  assert.deepEqual((await r.store.latched("db")).map((one) => one.guard), ["first_policy"]);

  const { digest } = await r.engine.retention("db")!.look();
  assert.equal(await r.engine.retention("db")!.approve(digest, "boss"), true);
  await r.engine.retention("db")!.pass();
  assert.equal(
    r.provider.living().filter((one) => one.id.startsWith("old")).length,
    1,
    "the oldest go first",
  );
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual(await r.store.latched("db"), [], "what was seen once is not asked about again");
});

test("importBackups() twice takes nothing twice, and says why each stays out", async () => {
  await using r = await rig({ jobs: [{}], ...listing });
  await r.clock.advance(MINUTE + 1_000);
  seed(r, 2);
  await imported(r);
  r.provider.plan({ ends: "never" });
  await r.clock.advance(MINUTE);
  const again = await imported(r);
  assert.deepEqual(again.rows, []);
  assert.deepEqual(again.skipped.map(({ id }) => id).sort(), ["old-1", "old-2", "p-1", "p-2"]);
  assert.match(
    again.skipped.find(({ id }) => id === "p-1")!.why,
    /it is known: run .* of job 'db', available/,
  );
  assert.match(again.skipped.find(({ id }) => id === "p-2")!.why, /it is 'running', not available/);
});

test("a slot whose backup the list proves is not tried again", async () => {
  const retry = { attempts: 2, afterMs: 20 * MINUTE };
  await using r = await rig({
    jobs: [{ schedule: "0 0 * * * *", graceMs: 5 * MINUTE, retry }],
    ...listing,
  });
  r.provider.down("unsent");
  await r.clock.advance(HOUR + 10 * MINUTE);
  const [given] = await r.runs();
  assert.deepEqual([given!.reason, given!.retryAt !== null], ["unreachable", true]);
  r.provider.up();
  r.provider.seed({ id: "p-1", runId: given!.runId, job: "db" });
  assert.equal((await imported(r)).proven.length, 1);
  await r.clock.advance(40 * MINUTE);
  assert.deepEqual((await r.runs()).map((run) => [run.status, run.id, run.retryAt, run.retryEnd]), [
    ["available", "p-1", null, null],
  ]);
});

test("what the list proves to be of a run that was given up goes back to it, and is no stranger's", async () => {
  await using r = await rig({ jobs: [{ graceMs: 20_000 }], ...listing });
  const { list } = r.provider;
  r.provider.list = () => Promise.reject(new ProviderError("malformed", "it is down"));
  r.provider.script("create", "lost_reply");
  await r.clock.advance(MINUTE + 40_000);
  r.provider.list = list;
  const given = (await r.runs("failed"))[0]!;
  assert.deepEqual([given.reason, given.id], ["unsettled", null]);
  await r.clock.advance(10 * MINUTE);
  const dry = await imported(r, true);
  assert.deepEqual([dry.rows, dry.proven.map(({ runId, id }) => [runId, id])], [[], [[given.runId, "p-1"]]]);
  assert.equal((await r.store.run(given.runId))!.status, "failed");
  await imported(r);
  const found = (await r.store.run(given.runId))!;
  assert.deepEqual([found.status, found.id, found.importedAt, found.reason], [
    "available",
    "p-1",
    null,
    null,
  ]);
  assert.equal(r.told("run.found").length, 1);
  assert.deepEqual((await imported(r)).proven, [], "once is enough");
});

test("a second backup of one run, and one of another job's run, come in for neither", async () => {
  await using r = await rig({ jobs: [{}, { name: "other" }], ...listing });
  await r.clock.advance(MINUTE + 1_000);
  const [mine, others] = [(await r.runs())[0]!, (await r.runs(undefined, "other"))[0]!];
  r.provider.seed({ id: "twin", runId: mine.runId });
  r.provider.seed({ id: "theirs", runId: others.runId });
  const { rows, proven, skipped } = await imported(r);
  assert.deepEqual([rows, proven], [[], []]);
  const why = (id: string) => skipped.find((one) => one.id === id)!.why;
  assert.match(why("twin"), /of run .* of job 'db' \(available, with the backup 'p-1'\)/);
  assert.match(why("theirs"), /of run .* of job 'other'/);
});

test("importBackups() leaves what is of another job or machine where it is, unless it is named by its id", async () => {
  await using r = await rig({
    jobs: [{ renamedFrom: "pg" }],
    providers: (clock) => [new Timed({ clock, key: "p", capabilities: { list: true, host: "nas" } })],
  });
  const owners = {
    mine: { job: "db", host: "nas", paths: ["/var/lib/db"] },
    former: { job: "pg", host: "nas" },
    placeless: { job: "db" },
    others: { job: "etc", host: "nas" },
    away: { job: "db", host: "laptop" },
    jobless: { host: "nas" },
    nameless: {},
  };
  for (const [id, owner] of Object.entries(owners)) r.provider.seed({ id, owner, startedAt: r.clock.now() });
  const dry = await imported(r, true);
  assert.deepEqual(dry.rows.map(({ id }) => id), ["mine", "former", "placeless"]);
  assert.deepEqual(dry.owners.get("mine"), owners.mine);
  assert.deepEqual(dry.skipped, [
    { id: "others", why: "it is of job 'etc': it comes in only when it is named by its id" },
    {
      id: "away",
      why:
        "it was made on host 'laptop', and its provider is on 'nas': it comes in only when it is named by its id",
    },
    { id: "jobless", why: "it does not say of which job it is: it comes in only when it is named by its id" },
    {
      id: "nameless",
      why:
        "nobody says whose it is, and others keep backups there, too: it comes in only when it is named by its id",
    },
  ]);
  const named = await imported(r, false, ["away", "nameless", "never-made"]);
  assert.deepEqual(named.rows.map(({ id }) => id), ["away", "nameless"]);
  assert.deepEqual(named.skipped, [{ id: "never-made", why: "the provider does not list it" }]);
  assert.deepEqual((await imported(r)).rows.map(({ id }) => id), ["mine", "former", "placeless"]);
});

test("importBackups() of a list that names nobody takes all for the one job there, and nothing for one of several", async () => {
  for (const jobs of [[{}], [{}, { name: "other" }]]) {
    await using r = await rig({ jobs, ...listing });
    seed(r, 2);
    const { rows, skipped } = await imported(r, true);
    assert.equal(rows.length, jobs.length === 1 ? 2 : 0);
    if (jobs.length > 1) {
      assert.match(skipped[0]!.why, /^nobody says whose it is, and 2 jobs keep backups there/);
    }
  }
});

test("importBackups() of a provider that does not say where it is takes nothing that is of some machine", async () => {
  await using r = await rig({ jobs: [{}], ...listing });
  r.provider.seed({ id: "a", owner: { job: "db", host: "nas" } });
  const { rows, skipped } = await imported(r, true);
  assert.deepEqual(rows, []);
  assert.match(skipped[0]!.why, /on host 'nas', and its provider does not say on which it is/);
});

test("importBackups() never takes an id of another job, nor a deleted one", async () => {
  await using r = await rig({
    jobs: [{ ...keepTwo, retention: policy("minutely=1") }, { name: "other" }],
    ...listing,
  });
  await r.clock.advance(3 * MINUTE + 1_000);
  for (const effect of r.provider.effects) {
    Object.assign(effect, { deletedAt: null, deletedAtMonotonic: null });
  }
  const report = await imported(r);
  assert.deepEqual(report.rows, []);
  assert.ok(report.skipped.some(({ why }) => /of job 'other'/.test(why)));
  assert.ok(report.skipped.some(({ why }) => /deleted$/.test(why)));
});

test("a backup without a time comes in held, and never goes by itself", async () => {
  await using r = await rig({
    jobs: [keepTwo],
    providers: (clock) => [new FakeProvider({ clock, key: "p", capabilities: { list: true } })],
  });
  r.provider.seed({ id: "old" });
  const { rows } = await imported(r);
  assert.match(rows[0]!.holdReason!, /without a time/);
  await r.clock.advance(10 * MINUTE);
  assert.ok(r.provider.living().some((one) => one.id === "old"));
  assert.equal((await r.store.find("old"))[0]!.status, "available");
});

test("importBackups() of a provider that cannot list says so", async () => {
  await using r = await rig({ jobs: [{}] });
  assert.equal(await r.engine.importBackups(r.engine.job("db")!, { by: "boss", dryRun: true }), undefined);
});

test("importBackups() of the original's record takes over what the provider still has, at the original's times", async () => {
  await using r = await rig({ jobs: [keepTwo] });
  const at = (hour: number) => Date.UTC(2019, 2, 1, hour);
  const record = (id: string, hour: number, fields: Partial<OriginalBackup> = {}): OriginalBackup => ({
    ...{
      id,
      dataId: null,
      status: "available",
      startTime: at(hour),
      endTime: null,
      sizeMb: null,
      message: null,
    },
    ...fields,
  });
  for (const id of ["a", "b", "c", "e", "f"]) r.provider.seed({ id, startedAt: r.clock.now() });
  const records = [
    ...[record("a", 1, { dataId: "data-a" }), record("b", 2, { dataId: "other" }), record("c", 3)],
    ...[record("d", 4), record("e", 5, { status: "delete-error" }), record("x", 6, { status: "deleted" })],
    record("f", 7, { startTime: null }),
  ];
  const take = async (dryRun: boolean) =>
    (await r.engine.importBackups(r.engine.job("db")!, { by: "boss", dryRun, records }))!;
  const dry = await take(true);
  assert.deepEqual(await r.runs(), []);
  const { rows, skipped } = await take(false);
  assert.deepEqual(dry.rows.map(({ id }) => id), rows.map(({ id }) => id));
  assert.deepEqual(
    rows.map(({ id, dataId, periodTime, holdAt }) => [id, dataId, periodTime, holdAt !== null]),
    [
      ["a", "data-a", at(1), false],
      ["c", "data-c", at(3), false],
      ["f", "data-f", null, true],
    ],
  );
  assert.deepEqual(skipped, [
    { id: "b", why: "the provider gives it the data id 'data-b', the original has 'other'" },
    { id: "d", why: "the provider does not have it any more" },
    { id: "e", why: "the original has it as 'delete-error', not available" },
  ]);
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual((await r.store.latched("db")).map(({ guard }) => guard), ["first_policy"]);
  assert.deepEqual(r.provider.calls("delete"), []);
  assert.deepEqual((await take(false)).rows, [], "nothing comes in twice");
});

test("importBackups() of a record takes nothing in while the provider cannot be asked", async () => {
  await using r = await rig({ jobs: [{}] });
  r.provider.down();
  const records = [{
    id: "a",
    dataId: null,
    status: "available",
    startTime: 1,
    endTime: 2,
    sizeMb: 1,
    message: null,
  }];
  await assert.rejects(r.engine.importBackups(r.engine.job("db")!, { by: "boss", dryRun: false, records }), {
    name: "ProviderError",
  });
  assert.deepEqual(await r.runs("available"), []);
});

/** Lists when its backups were made, as a provider should. */
class Timed extends FakeProvider {
  override async list() {
    return (await super.list()).map((info) => ({
      ...info,
      startTime: this.effects.find((one) => one.id === info.id)!.startedAt,
    }));
  }
}
