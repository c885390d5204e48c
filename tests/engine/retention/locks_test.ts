// What becomes of backups that their storage refuses to delete: they stay, locked, and go once they may.
// Also tests forget_lock.ts and locked_reasons.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../../src/domain/backup.ts";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import { isLocked } from "../../../src/domain/lock.ts";
import { FakeProvider, type FakeProviderOptions } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const keepTwo: Partial<Job> = {
  schedule: "0 0 * * * *",
  retention: policy("hourly=2"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
};

function locked(options: Partial<FakeProviderOptions>, job: Partial<Job> = {}): Promise<Rig> {
  return rig({
    jobs: [{ ...keepTwo, ...job }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", lockMs: () => 5 * HOUR, ...options })],
  });
}

const deletes = (r: Rig) => r.provider.calls("delete");
const row = async (r: Rig, id: string): Promise<Run> => (await r.runs()).find((run) => run.id === id)!;
const kinds = (run: Run) => run.reasons.map(({ kind }) => kind);

for (const saysLocks of ["all", "refusal"] as const) {
  for (const followFrom of [undefined, 1]) {
    const how = `${saysLocks}${followFrom === undefined ? "" : ", followed"}`;
    test(`a backup locked until a date stays until then, and then goes (${how})`, async () => {
      await using r = await rig({
        jobs: [keepTwo],
        ...(followFrom === undefined ? {} : { followFrom }),
        providers: (clock) => [new FakeProvider({ clock, key: "p", lockMs: () => 5 * HOUR, saysLocks })],
      });
      await r.clock.advance(4 * HOUR + 10 * MINUTE);
      // Of four backups two are kept by the policy, and two by their locks.
      assert.equal((await r.runs("available")).length, 4);
      assert.equal((await r.runs("delete-error")).length + (await r.runs("deleting")).length, 0);
      const first = await row(r, "p-1");
      assert.ok(first.lockedUntil !== null && first.lockedUntil > r.clock.now());
      assert.deepEqual(kinds(first), ["locked"]);
      assert.equal(
        deletes(r).length,
        saysLocks === "all" ? 0 : 2,
        "asked once each where nothing else tells",
      );
      assert.equal(first.deleteSentAt, null);
      await r.clock.advance(3 * HOUR);
      assert.equal((await row(r, "p-1")).status, "deleted");
      assert.equal((await row(r, "p-1")).lockedAt, null);
      const early = deletes(r).filter(({ id, at }) => id === "p-1" && at < first.lockedUntil!);
      assert.equal(early.length, saysLocks === "all" ? 0 : 1);
      assert.deepEqual(await r.store.openDeletions(r.clock.now()), []);
      assert.deepEqual(await r.store.latched("db"), []);
    });
  }
}

test("a storage that names no date is asked again each day, three backups in a pass", async () => {
  await using r = await locked({ saysLocks: "undated", lockMs: () => 3 * DAY });
  await r.clock.advance(10 * HOUR + 10 * MINUTE);
  const asked = new Map<string, number>();
  for (const { id } of deletes(r)) asked.set(id!, (asked.get(id!) ?? 0) + 1);
  assert.ok([...asked.values()].every((times) => times === 1), "none is asked for twice a day");
  assert.equal((await r.runs("available")).length, 10);
  await r.clock.advance(DAY);
  assert.equal(deletes(r).filter(({ id }) => id === "p-1").length, 2);
  await r.clock.advance(3 * DAY);
  assert.equal((await row(r, "p-1")).status, "deleted");
});

test("an operator has a storage asked again at once that named no date; it locks anew what it still refuses", async () => {
  let lockMs = 3 * DAY;
  await using r = await locked({ saysLocks: "undated", lockMs: () => lockMs });
  await r.clock.advance(5 * HOUR + 10 * MINUTE);
  const asked = () => deletes(r).filter(({ id }) => id === "p-1").length;
  const before = asked();
  const word = async () => await r.engine.safekeeping.forgetLock(await row(r, "p-1"), "ann");
  assert.equal((await word()).outcome, "done");
  await r.clock.advance(MINUTE);
  assert.equal(asked(), before + 1);
  assert.deepEqual([(await row(r, "p-1")).status, isLocked(await row(r, "p-1"), r.clock.now())], [
    "available",
    true,
  ]);
  lockMs = 0;
  assert.equal((await word()).outcome, "done");
  await r.clock.advance(MINUTE);
  assert.equal((await row(r, "p-1")).status, "deleted");
  assert.deepEqual(r.told("run.lock_forgotten").map(({ data }) => data?.by), ["ann", "ann"]);
  const kept = (await r.runs("available")).find(({ lockedAt }) => lockedAt === null)!;
  const refused = await r.engine.safekeeping.forgetLock(kept, "ann");
  assert.match(refused.outcome === "conflict" ? refused.message : "", /is not locked/);
});

test("a backup that the policy keeps is not deleted because its lock is forgotten", async () => {
  await using r = await locked({ lockMs: () => 3 * DAY });
  await r.clock.advance(HOUR + 10 * MINUTE);
  const [only] = await r.runs("available");
  assert.equal((await r.engine.safekeeping.forgetLock(only!, "ann")).outcome, "done");
  await r.clock.advance(MINUTE);
  assert.deepEqual(deletes(r), []);
});

test("a lock that the provider makes shorter, longer or takes back is followed", async () => {
  let lockMs = 10 * DAY;
  await using r = await locked({ lockMs: () => lockMs });
  await r.clock.advance(5 * HOUR + 10 * MINUTE);
  const before = (await row(r, "p-1")).lockedUntil!;
  lockMs = 12 * DAY;
  await r.clock.advance(DAY + HOUR);
  assert.equal((await row(r, "p-1")).lockedUntil, before + 2 * DAY, "a look a day tells of it");
  assert.equal(deletes(r).length, 0);
  lockMs = 0;
  await r.clock.advance(DAY + 2 * HOUR);
  assert.equal((await row(r, "p-1")).status, "deleted");
});

test("a lock made longer than it was said to be is found before the DELETE", async () => {
  let lockMs = 5 * HOUR;
  await using r = await locked({ lockMs: () => lockMs });
  await r.clock.advance(4 * HOUR + 10 * MINUTE);
  lockMs = 20 * HOUR;
  await r.clock.advance(4 * HOUR);
  assert.equal(deletes(r).length, 0);
  assert.equal((await r.runs("available")).length, 8);
  assert.ok((await row(r, "p-1")).lockedUntil! > r.clock.now());
});

test("a clock that is in doubt ends no lock", async () => {
  await using r = await locked({ lockMs: () => 3 * DAY });
  await r.clock.advance(4 * HOUR + 10 * MINUTE);
  r.clock.jump(10 * DAY);
  await r.clock.advance(30 * MINUTE);
  assert.ok(r.watch.read().inDoubtUntil !== null, "the clock is in doubt");
  assert.equal(deletes(r).length, 0);
  assert.ok(isLocked(await row(r, "p-1"), r.watch.read().ends));
});

test("a DELETE after one of unknown fate that is answered with a lock leaves no backup: it waits, and goes later", async () => {
  await using r = await locked({ saysLocks: "refusal" });
  r.provider.script("delete", "lost_request");
  await r.clock.advance(3 * HOUR + 30 * MINUTE);
  const waiting = await row(r, "p-1");
  assert.equal(waiting.status, "deleting");
  assert.ok(waiting.lockedUntil! > r.clock.now());
  assert.equal(deletes(r).filter(({ id }) => id === "p-1").length, 2);
  assert.deepEqual(await r.store.openDeletions(r.clock.now()), [], "it is not stuck");
  await r.clock.advance(30 * HOUR);
  assert.equal((await row(r, "p-1")).status, "deleted");
});

test("what was sent before is not sent again once its storage says that it is locked by now", async () => {
  let lockMs = 0;
  await using r = await locked({ lockMs: () => lockMs });
  r.provider.script("delete", "lost_request");
  await r.clock.advance(3 * HOUR + 10_000);
  assert.equal(deletes(r).length, 1);
  lockMs = 20 * HOUR;
  await r.clock.advance(HOUR);
  assert.equal(deletes(r).filter(({ id }) => id === "p-1").length, 1);
  assert.match((await row(r, "p-1")).message!, /^locked until /);
  await r.clock.advance(24 * HOUR);
  assert.equal((await row(r, "p-1")).status, "deleted");
});

test("a lock answered for what its provider shows no more, or otherwise, makes no backup of it", async () => {
  await using r = await locked({ saysLocks: "refusal" }, { verifyBeforeDelete: false });
  r.provider.script("get", ...Array(30).fill("ok"));
  await r.clock.advance(2 * HOUR + 10 * MINUTE);
  // Whoever answers the DELETE may not be who has it.
  r.provider.unscript();
  r.provider.forget("p-1");
  const answer = new ProviderError("unsent", "locked", { status: 423, lock: { until: r.clock.now() + DAY } });
  r.provider.script("delete", { does: "throw", error: answer });
  await r.clock.advance(HOUR);
  const waiting = await row(r, "p-1");
  assert.equal(waiting.status, "deleting");
  assert.equal(waiting.lockedUntil, answer.lock!.until);
});

test("by hand a locked backup is not deleted, and stays what it was", async () => {
  await using r = await locked({ saysLocks: "refusal" });
  await r.clock.advance(HOUR + 10 * MINUTE);
  const after = await r.engine.safekeeping.delete(await row(r, "p-1"), "ann");
  assert.equal(after?.status, "available");
  assert.ok(isLocked(after!, r.clock.now()));
  assert.equal(after?.deleteAskedBy, null);
  assert.equal(await r.engine.safekeeping.delete(await row(r, "p-1"), "ann"), undefined);
  assert.equal(deletes(r).length, 1);
});
