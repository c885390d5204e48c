// Backups nobody manages: nothing touches them, and what comes back waits for an approval.
// Also tests rename.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const free = { guard: { maxPercent: 100, policyChangeHoldMs: 0 } };
const keepTwo: Partial<Job> = { retention: policy("minutely=2"), ...free };
const other: Partial<Job> = { name: "other", providerKey: "q" };
const two = (clock: ConstructorParameters<typeof FakeProvider>[0]["clock"]) => [
  new FakeProvider({ clock, key: "p" }),
  new FakeProvider({ clock, key: "q" }),
];

const living = (r: Rig) => r.provider.living().map((effect) => effect.id);
const row = async (r: Rig, id: string): Promise<Run> => (await r.store.find(id))[0]!;
const latches = async (r: Rig) => (await r.store.latched("db")).map((one) => one.guard);
const places = async (r: Rig) =>
  (await r.store.providerBackups()).filter((place) => place.job === "db")
    .map(({ providerKey, available, managed }) => [providerKey, available, managed]);

test("a job that left the configuration keeps its backups, by reload and by restart", async () => {
  for (const leave of ["reload", "restart"]) {
    await using r = await rig({ jobs: [{}, other], providers: two });
    await r.clock.advance(5 * MINUTE + 1_000);
    if (leave === "reload") await r.engine.reload(r.declare([other]));
    else {
      await r.crash();
      await r.boot([other]);
    }
    const since = r.clock.now();
    await r.clock.advance(30 * MINUTE);
    assert.equal(living(r).length, 5, leave);
    assert.equal((await r.store.job("db"))!.unmanagedSince, since);
    assert.deepEqual(await places(r), [["p", 5, false]]);
    assert.match(
      r.told("job.unmanaged")[0]!.message,
      /'db' is not in the configuration: its 5 backups stay untouched/,
    );
  }
});

test("a job that comes back waits for an approval before its first deletion, and its slots of that time are one range", async () => {
  await using r = await rig({ jobs: [{}, other], providers: two });
  await r.clock.advance(5 * MINUTE + 1_000);
  await r.engine.reload(r.declare([other]));
  await r.clock.advance(10 * MINUTE);
  await r.crash();
  await r.boot([keepTwo, other]);
  await r.clock.advance(2 * MINUTE);
  assert.equal(r.provider.calls("delete").length, 0);
  assert.deepEqual(await latches(r), ["first_policy"]);
  assert.match(r.told("job.managed_again")[0]!.message, /5 backups of job 'db' that nobody managed/);
  const range = (await r.runs("skipped"))[0]!;
  assert.deepEqual([range.reason, range.slots], ["unmanaged", 10]);
  assert.equal((await r.store.job("db"))!.unmanagedSince, null);
  assert.deepEqual(await places(r), [["p", 7, true]]);

  const { digest } = await r.engine.retention("db")!.look();
  assert.equal(await r.engine.retention("db")!.approve(digest, "boss"), true);
  await r.engine.retention("db")!.pass();
  assert.equal(living(r).length, 2);
  assert.deepEqual(await latches(r), []);
});

test("a job without backups comes back without a guard", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 0 1 1 *" }, other], providers: two });
  await r.engine.reload(r.declare([other]));
  await r.engine.reload(r.declare([keepTwo, other]));
  await r.clock.advance(4 * MINUTE + 1_000);
  assert.deepEqual(await latches(r), []);
  assert.equal(living(r).length, 2);
});

test("no DELETE follows when the job leaves the configuration in the middle of a pass", async () => {
  let left = false;
  await using r = await rig({
    jobs: [{}, other],
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        onCall: async (entry) => {
          if (entry.op !== "get" || entry.id !== "p-2" || left) return;
          left = true;
          await r.engine.reload(r.declare([other]));
        },
      }),
      new FakeProvider({ clock, key: "q" }),
    ],
  });
  await r.clock.advance(5 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{ ...keepTwo, verifyBeforeDelete: true }, other]));
  await r.engine.retention("db")!.pass();
  assert.equal(left, true);
  assert.deepEqual(living(r), ["p-2", "p-3", "p-4", "p-5"], "the one before it went, none after");
  assert.equal((await r.runs("deleting")).length, 0);
});

test("backups at a provider the job no longer uses stay, and formerly takes them over after an approval", async () => {
  await using r = await rig({ jobs: [{}], providers: two });
  await r.clock.advance(4 * MINUTE + 1_000);
  const moved = { ...keepTwo, providerKey: "q" };
  await r.engine.reload(r.declare([moved]));
  await r.clock.advance(5 * MINUTE);
  assert.equal(living(r).length, 4);
  assert.deepEqual(await places(r), [["p", 4, false], ["q", 2, true]]);
  assert.match(r.told("job.unmanaged")[0]!.message, /4 backups of job 'db' at 'p', no longer its provider/);

  await r.engine.reload(r.declare([{ ...moved, providerKeys: ["q", "p"] }]));
  await r.engine.retention("db")!.pass();
  assert.equal(r.provider.calls("delete").length, 0);
  assert.deepEqual(await latches(r), ["first_policy"]);
});

test("a chain of formerly is not followed, and the reload says which key it left out", async () => {
  await using r = await rig({
    jobs: [{}],
    providers: (clock) => ["p", "q", "s"].map((key) => new FakeProvider({ clock, key })),
  });
  await r.clock.advance(3 * MINUTE + 1_000);
  const once = { providerKey: "q", providerKeys: ["q", "p"] };
  assert.deepEqual(await r.engine.reload(r.declare([once])), []);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await places(r), [["p", 3, true], ["q", 2, true]]);
  const twice = { ...keepTwo, providerKey: "s" };
  const told = await r.engine.reload(r.declare([{ ...twice, providerKeys: ["s", "q"] }]));
  assert.deepEqual(told, [
    "3 backups of job 'db' at 'p', no longer its provider, stay untouched: to go on with them, put 'p' into formerly " +
    "of 's', beside what stands there",
  ]);
  assert.deepEqual(r.told("job.unmanaged").map(({ message }) => message), told);
  assert.deepEqual(
    await r.engine.reload(r.declare([{ ...twice, providerKeys: ["s", "q"] }])),
    [],
    "it is told once",
  );
  assert.deepEqual(await r.engine.reload(r.declare([{ ...twice, providerKeys: ["s", "q", "p"] }])), []);
  assert.deepEqual((await places(r)).map(([, , managed]) => managed), [true, true]);
});

test("renamed_from takes over a job that was away, guarded; one renamed at once is not", async () => {
  for (const away of [false, true]) {
    await using r = await rig({ jobs: [{}, other], providers: two });
    await r.clock.advance(4 * MINUTE + 1_000);
    if (away) await r.engine.reload(r.declare([other]));
    await r.engine.reload(r.declare([{ ...keepTwo, name: "postgres", renamedFrom: "db" }, other]));
    await r.clock.advance(2 * MINUTE);
    assert.equal(living(r).length, away ? 6 : 2);
    assert.deepEqual(
      (await r.store.latched()).map((one) => `${one.job} ${one.guard}`),
      away ? ["postgres first_policy"] : [],
    );
    assert.equal(await r.store.job("db"), undefined);
  }
});

test("an operator deletes a backup of an unmanaged job by id, and a lost answer is followed to its end", async () => {
  await using r = await rig({ jobs: [{}, { ...other, providerKey: "p" }] });
  await r.clock.advance(3 * MINUTE + 1_000);
  await r.engine.reload(r.declare([{ ...other, providerKey: "p" }]));
  const id = (await r.runs("available"))[0]!.id!;
  r.provider.script("delete", "lost_request");
  const after = await r.engine.safekeeping.delete(await row(r, id), "boss");
  assert.equal(after!.status, "deleting");
  await r.clock.advance(2 * MINUTE);
  assert.equal((await row(r, id)).status, "deleted");
  assert.ok(!living(r).includes(id));
  assert.equal((await r.runs("available")).length, 2);
});

test("nothing is sent for a backup whose provider is not in the configuration", async () => {
  await using r = await rig({ jobs: [{}, other], providers: two });
  await r.clock.advance(2 * MINUTE + 1_000);
  const run = { ...(await r.runs())[0]!, providerKey: "elsewhere" };
  assert.equal(r.engine.safekeeping.canReach(run), false);
  assert.equal(await r.engine.safekeeping.delete(run, "boss"), undefined);
});

test("a failed run that an operator deletes is followed to its end by looks that say failed", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 0 1 1 *" }] });
  r.provider.plan({ ends: "failed", durationMs: 0 });
  await r.engine.job("db")!.trigger("ops", null);
  await r.clock.settle();
  const run = (await r.runs("failed"))[0]!;
  r.provider.script("delete", "lost_request");
  await r.engine.safekeeping.delete(run, "boss");
  await r.clock.advance(3 * MINUTE);
  assert.equal((await r.runs())[0]!.status, "deleted");
  assert.deepEqual(await latches(r), [], "no guard takes part in what an operator asked for");
});
