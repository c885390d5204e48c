// Several providers of one program that have one repository: they know each other's locks, upkeep and damage.

import assert from "node:assert/strict";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { UpkeepBook } from "../../../src/app/upkeep_book.ts";
import { createResticSiblings } from "../../../src/provider/builtin/restic_siblings.ts";
import { createHost } from "../../../src/runtime/host.ts";
import { callOf, ended, until } from "../../support/backup_rig.ts";
import { bytes, everyResticTest, make, type ResticRig, resticTest } from "../../support/restic_rig.ts";

const host = createHost();
const MINUTE = 60_000;
const HOURLY = { schedule: { pattern: "0 0 * * * *", timezone: "UTC" }, afterDeletions: null };

test("what nobody has any more is forgotten, by whatever spelling it was had, once nothing is at work there", () => {
  const siblings = createResticSiblings();
  const a = siblings.join("/srv/repo", "a");
  const b = siblings.join("local:/srv/./repo/", "b");
  const other = siblings.join("/srv/other", "other");
  assert.deepEqual([a, b, other].map((one) => one.members().map(({ key }) => key)), [["a", "b"], ["b", "a"], [
    "other",
  ]]);
  assert.equal(a.circle, b.circle);
  assert.equal(siblings.repositories().length, 2);
  a.leave();
  assert.deepEqual(b.members().map(({ key }) => key), ["b"]);
  const over = b.circle.enter("backup");
  b.leave();
  other.leave();
  assert.equal(siblings.repositories().length, 1, "its backup is not over");
  const again = siblings.join("/srv/repo", "a");
  assert.equal(again.circle, b.circle, "a reload meets what is still at work");
  over();
  again.leave();
  assert.deepEqual(siblings.repositories(), []);
});

test("a lock is that of a restic of this program also where its provider is gone or names another place", () => {
  const siblings = createResticSiblings();
  const a = siblings.join("/srv/repo", "a");
  const b = siblings.join("/mnt/same", "b");
  const ended = a.began({ host: "h", user: "u", pid: 7, startedAt: 10_000 });
  const lock = { host: "h", user: "u", pid: 7, time: 10_500 };
  a.leave();
  assert.equal(b.workerOf(lock), "a");
  assert.equal(b.workerOf({ ...lock, host: "i" }), undefined);
  assert.equal(b.workerOf({ ...lock, time: 5_000 }), undefined, "it was written before that one began");
  ended();
  assert.equal(b.workerOf(lock), undefined);
});

/** A backup of the provider that is at work under its lock. */
async function slowBackup(rig: ResticRig, provider: Awaited<ReturnType<ResticRig["open"]>>) {
  const before = await rig.locks();
  await writeFile(`${rig.data}/big`, bytes(3_000_000, rig.pids.length));
  const { id } = await provider.create(callOf(`slow-${rig.pids.length}`));
  const news = async () => (await rig.locks()).filter((lock) => !before.includes(lock));
  await until("it holds its lock", async () => (await news()).length === 1, 20_000);
  return { id, pid: rig.pids.at(-1)!, lock: (await news())[0]! };
}

everyResticTest(
  "the lock of a sibling at work is shown as working and never removed, whatever its age; what it leaves goes",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    rig.pace = 10;
    const siblings = createResticSiblings();
    await using b = await rig.open({ key: "b", repository: `local:${rig.repository}/.` }, "b", siblings);
    const made = await make(b, "run-1");
    await using a = await rig.open({ key: "a", limitUpload: 1 }, "a", siblings);
    const slow = await slowBackup(rig, a);
    const why = "a restic of provider 'a' is at work under it: it goes when that ends";
    const shown = await b.locks!();
    assert.deepEqual(shown.locks.map((one) => [one.id, one.state, one.why]), [[slow.lock, "working", why]]);
    assert.deepEqual(
      (await b.unlock!([slow.lock])).map(({ outcome, message }) => [outcome, message]),
      [["refused", why]],
    );
    const refusal = await b.delete(made.id, undefined, 1).then(() => undefined, (error) => error);
    assert.match(
      refusal?.message ?? "it was deleted",
      /is in use by this program itself: it is tried again once that has ended: .* \(PID \d+\), renewed last \S+: a restic of provider 'a' is at work under it$/,
    );
    assert.equal(refusal.status, 503);

    // Held up for so long that it could not renew: everybody else would take it for stale.
    process.kill(-slow.pid, "SIGSTOP");
    rig.ahead.wallMs = 31 * MINUTE;
    rig.ahead.monotonicMs = 11 * MINUTE;
    await assert.rejects(b.delete(made.id, undefined, 1), /in use by this program itself/);
    assert.deepEqual((await b.locks!()).locks.map(({ state }) => state), ["working"]);
    assert.deepEqual(await rig.locks(), [slow.lock]);
    rig.ahead.wallMs = 0;

    host.processes.killGroup(slow.pid, "SIGKILL");
    assert.equal((await ended(a, slow.id)).state, "failed");
    assert.deepEqual((await b.locks!()).locks.map(({ state }) => state), ["left"]);
    assert.equal(await b.delete(made.id, undefined, 1), "deleted");
    assert.deepEqual(await rig.locks(), []);
  },
);

everyResticTest(
  "a prune that one asks for waits for the backups of all, runs once, and its siblings wait for it",
  async (rig) => {
    await writeFile(`${rig.data}/a`, "a");
    rig.pace = 10;
    const siblings = createResticSiblings();
    await using a = await rig.open({ key: "a", pruneUpkeep: HOURLY }, "a", siblings);
    await using b = await rig.open({ key: "b", limitUpload: 1, pruneUpkeep: HOURLY }, "b", siblings);
    const prunes = () => rig.commands.filter(({ argv }) => argv.includes("prune")).length;
    const news = () =>
      rig.events.filter(({ type, data }) => type === "provider.upkeep" && data?.news === true);
    const slow = await slowBackup(rig, b);
    rig.ahead.wallMs = 61 * MINUTE;
    await host.clock.sleep(7_000); // Two looks.
    assert.equal(prunes(), 0);
    await b.delete(slow.id, undefined, 1);
    const done = () => rig.events.filter(({ type, data }) => type === "provider.upkeep" && data?.ok === true);
    await until("both know that it was pruned", () => done().length === 2, 30_000);
    assert.deepEqual(done().map(({ data }) => data!.provider).toSorted(), ["a", "b"]);
    await host.clock.sleep(7_000);
    assert.deepEqual(news().map(({ data }) => data!.provider), ["a"]);
    assert.equal((await make(a, "run-2")).state, "available");
  },
);

resticTest("damage that the one check finds is damage of all that store there", async (rig) => {
  await writeFile(`${rig.data}/a`, bytes(500_000, 1));
  rig.pace = 10;
  const siblings = createResticSiblings();
  const check = { ...HOURLY, readDataSubset: null };
  await using _asking = await rig.open({ key: "a", checkUpkeep: check }, "a", siblings);
  await using b = await rig.open({ key: "b" }, "b", siblings);
  assert.equal((await make(b, "run-1")).state, "available");
  for (const entry of await readdir(`${rig.repository}/data`, { withFileTypes: true, recursive: true })) {
    const path = `${entry.parentPath}/${entry.name}`;
    // For a pack of folders restic would look again and again, for a quarter of an hour.
    if (entry.isFile() && (await stat(path)).size > 100_000) await rm(path);
  }
  const book = new UpkeepBook();
  rig.ahead.wallMs = 61 * MINUTE;
  const told = () => rig.events.filter(({ type, data }) => type === "provider.upkeep" && data?.ok === false);
  await until("both know of it", () => told().length === 2, 30_000);
  for (const event of rig.events) book.emit(event);
  const [one, two] = [book.damageOf("a"), book.damageOf("b")];
  assert.match(
    one?.message ?? "",
    /^The check of provider 'a' failed: /,
  );
  assert.match(two?.message ?? "", /^The check of provider 'b' \(run by 'a' on the same storage\) failed: /);
  assert.equal(one!.since, two!.since);
  assert.equal((await b.check()).find(({ name }) => name === "last check")?.ok, false);
});
