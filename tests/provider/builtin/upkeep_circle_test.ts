// Upkeep of one storage that several providers look after: once for all of them, as strictly as any of them asks.
// Also tests upkeep_waits.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpkeepSpec } from "../../../src/domain/provider_spec.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import { BackupFailure } from "../../../src/provider/host/backup_failure.ts";
import { Upkeep, type UpkeepTask } from "../../../src/provider/builtin/upkeep.ts";
import { UpkeepCircle } from "../../../src/provider/builtin/upkeep_circle.ts";
import { DAMAGED } from "../../../src/provider/builtin/upkeep_state.ts";
import { folderNotes } from "../../../src/provider/host/folder_notes.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const START = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const NEVER = new AbortController().signal;
const HOURLY = at("0 0 * * * *");
const DAILY = at("0 0 3 * * *");

function at(pattern: string, afterDeletions: number | null = null): UpkeepSpec {
  return { schedule: { pattern, timezone: "UTC" }, afterDeletions };
}

interface Run {
  /** Provider that runs it, and what. */
  by: string;
  subset: string | null;
  signal: AbortSignal;
  finish(message?: string): void;
  fail(error: Error): void;
}

class Rig {
  readonly clock = new FakeClock(START);
  readonly files = new MemoryFiles();
  readonly events: EngineEvent[] = [];
  readonly runs: Run[] = [];
  left = 0;
  readonly circle = new UpkeepCircle(() => void this.left++);

  async open(
    key: string,
    asked: Record<string, UpkeepSpec & { subset?: string; onlyLooks?: boolean }>,
    storage?: string,
  ): Promise<Upkeep> {
    const tasks: UpkeepTask[] = Object.entries(asked).map(([name, { subset, onlyLooks, ...when }]) => ({
      name,
      when,
      subset,
      onlyLooks,
      run: (signal, most) =>
        new Promise((resolve, reject) => {
          this.runs.push({
            by: `${name} by ${key}`,
            subset: most,
            signal,
            finish: (message = "all is well") => resolve(message),
            fail: reject,
          });
          signal.addEventListener("abort", () => reject(new Error("ended")));
        }),
    }));
    const upkeep = new Upkeep({
      key,
      tasks,
      clock: this.clock,
      notes: folderNotes(this.files, `/${key}`),
      backupWaitMs: 600_000,
      sink: { emit: (event) => void this.events.push(event) },
      circle: this.circle,
      storageId: () => Promise.resolve(storage),
    });
    await upkeep.start();
    return upkeep;
  }

  /** What was begun since it was asked last. */
  begun(): string[] {
    return this.runs.splice(0).map(({ by }) => by);
  }

  /** Hour after hour, each one that began then ends well. */
  async passHours(hours: number): Promise<void> {
    for (let hour = 0; hour < hours; hour++) {
      await this.nextHour();
      for (const run of this.runs) run.finish();
      await this.clock.advance(1);
    }
  }

  /** To just after the next look past the hour. */
  async nextHour(hours = 1): Promise<void> {
    await this.clock.advance(hours * HOUR);
    await this.clock.advance(31_000);
  }
}

async function settled(rig: Rig): Promise<void> {
  await rig.clock.advance(1);
}

test("the upkeep of a storage runs once for all that share it, by the shortest schedule asked, and all know of it", async () => {
  const rig = new Rig();
  const daily = await rig.open("daily", { check: DAILY });
  const hourly = await rig.open("hourly", { check: HOURLY });
  const silent = await rig.open("silent", {});
  await rig.nextHour();
  rig.runs[0]!.finish("no errors were found");
  await settled(rig);
  assert.deepEqual(rig.begun(), ["check by hourly"]);
  for (const one of [daily, hourly, silent]) {
    assert.match(one.check()[0]!.message, /went well: no errors were found$/);
  }
  assert.equal(rig.events.filter(({ data }) => data!.news === true).length, 1, "it is news once");
  const told = rig.events.filter(({ data }) => data!.ok === true).map(({ data }) => data!.provider);
  assert.deepEqual(told.toSorted(), ["daily", "hourly", "silent"]);
  // At three it is due for both.
  await rig.passHours(15);
  assert.deepEqual([...new Set(rig.begun())], ["check by hourly"]);
  for (const one of [daily, hourly, silent]) await one.stop();
  assert.equal(rig.left, 1);
});

test("who asks more strictly comes and goes: the others take over what is known, and nothing runs twice", async () => {
  const rig = new Rig();
  const daily = await rig.open("daily", { check: DAILY });
  const hourly = await rig.open("hourly", { check: HOURLY });
  await rig.passHours(15); // Past 3:00.
  assert.deepEqual([...new Set(rig.begun())], ["check by hourly"]);
  await hourly.stop();
  await rig.clock.advance(10 * 60_000);
  assert.deepEqual(rig.begun(), [], "what is due at three was done by the other");
  await rig.clock.advance(24 * HOUR);
  assert.deepEqual(rig.runs.map(({ by }) => by), ["check by daily"]);
  rig.runs.splice(0)[0]!.fail(new BackupFailure(DAMAGED, "pack 1 is missing"));
  await settled(rig);
  const since = rig.events.at(-1)!.data!.damaged_since;
  assert.equal(typeof since, "number");

  const again = await rig.open("hourly", { check: HOURLY });
  assert.deepEqual(
    rig.events.at(-1)!.data,
    { ...rig.events.at(-2)!.data, provider: "hourly", news: false },
    "the damage that was found meanwhile is its own too",
  );
  await rig.nextHour();
  assert.deepEqual(rig.begun(), ["check by hourly"]);
  await again.stop();
  await daily.stop();
  assert.equal(rig.left, 1);
});

test("damage that one found is known of all, until one finds the storage whole; another storage is not told", async () => {
  const rig = new Rig();
  const all = [
    await rig.open("a", { check: HOURLY }, "1"),
    await rig.open("b", { check: DAILY }, "1"),
    await rig.open("c", {}, "1"),
    await rig.open("new", {}),
    await rig.open("other", { check: DAILY }, "2"),
  ];
  const damaged = () =>
    ["a", "b", "c", "new", "other"].filter((key) =>
      typeof rig.events.findLast(({ data }) => data!.provider === key)?.data?.damaged_since === "number"
    );
  await rig.nextHour();
  rig.runs.splice(0)[0]!.fail(new BackupFailure(DAMAGED, "pack 1 is missing"));
  await settled(rig);
  assert.deepEqual(damaged(), ["a", "b", "c", "new"]);
  await rig.nextHour();
  rig.runs.splice(0)[0]!.finish();
  await settled(rig);
  assert.deepEqual(damaged(), []);
  assert.equal(all[4]!.check()[0]!.message, "not run yet");
  await rig.passHours(13);
  assert.ok(rig.begun().includes("check by other"), "it looks after itself");
  for (const one of all) await one.stop();
});

test("of two kinds that are due at once the second waits for the first, whoever runs them", async () => {
  const rig = new Rig();
  const a = await rig.open("a", { prune: HOURLY });
  const b = await rig.open("b", { check: HOURLY });
  await rig.nextHour();
  await rig.clock.advance(60_000);
  assert.deepEqual(rig.runs.map(({ by }) => by), ["prune by a"]);
  rig.runs[0]!.finish();
  await rig.clock.advance(31_000);
  assert.deepEqual(rig.begun(), ["prune by a", "check by b"]);
  await a.stop();
  await b.stop();
});

test("no upkeep begins while a backup or a deletion of any of them is at work, and a backup of any ends it", async () => {
  const rig = new Rig();
  const a = await rig.open("a", { prune: HOURLY });
  const b = await rig.open("b", {});
  const leave = await b.beginBackup(NEVER, () => assert.fail("nothing runs"));
  await rig.nextHour();
  assert.equal(rig.runs.length, 0);
  // Its provider is closed before its backup has ended.
  await b.stop();
  await rig.clock.advance(31_000);
  assert.equal(rig.runs.length, 0);
  leave();
  await rig.clock.advance(31_000);
  assert.deepEqual(rig.runs.map(({ by }) => by), ["prune by a"]);

  const c = await rig.open("c", {});
  const refused = assert.rejects(c.beginDeletion(NEVER), /the prune of the repository is running/);
  await rig.clock.advance(10_000);
  await refused;
  const waits: string[] = [];
  const backup = c.beginBackup(NEVER, (what) => void waits.push(what));
  await rig.clock.advance(599_000);
  assert.equal(rig.runs[0]!.signal.aborted, false);
  await rig.clock.advance(2_000);
  assert.equal(rig.runs[0]!.signal.aborted, true);
  assert.deepEqual(waits, ["waiting for the prune of the repository to end"]);
  const over = await backup;
  await a.stop();
  await c.stop();
  assert.equal(rig.left, 0, "its backup is still at work there");
  over();
  assert.equal(rig.left, 1);
});

test("deletions of all of them count, the fewest asked are enough, and the most of the data is read", async () => {
  const rig = new Rig();
  const a = await rig.open("a", { prune: at("0 0 0 1 1 *", 5), check: { ...HOURLY, subset: "10G" } });
  const b = await rig.open("b", {
    prune: { schedule: null, afterDeletions: 3 },
    check: { ...DAILY, subset: "2%" },
  });
  const c = await rig.open("c", { check: { ...DAILY, subset: "1/20" } });
  await a.countDeletion();
  await b.countDeletion();
  await rig.clock.advance(31_000);
  assert.deepEqual(rig.begun(), []);
  await c.countDeletion();
  await rig.clock.advance(31_000);
  assert.deepEqual(rig.runs.map(({ by }) => by), ["prune by a"]);
  rig.runs.splice(0)[0]!.finish();
  await settled(rig);
  for (const one of [a, b]) await one.countDeletion();
  await rig.clock.advance(31_000);
  assert.deepEqual(rig.begun(), [], "what was deleted before is pruned");
  await rig.nextHour();
  assert.deepEqual(rig.runs.map(({ by, subset }) => [by, subset]), [["check by a", "1/20"]]);
  for (const one of [a, b, c]) await one.stop();
});

test("upkeep that finds no moment between the backups of all for a day says so, until it begins", async () => {
  const rig = new Rig();
  const a = await rig.open("a", { prune: HOURLY });
  const b = await rig.open("b", {});
  let leave = await b.beginBackup(NEVER, () => {});
  const warnings = () => rig.events.filter(({ level }) => level === "warning").map(({ message }) => message);
  for (let hour = 0; hour < 24; hour++) {
    await rig.nextHour();
    const last = leave;
    leave = await b.beginBackup(NEVER, () => {});
    last();
  }
  assert.deepEqual([warnings(), rig.begun(), a.check()[0]!.ok], [[], [], true]);
  await rig.nextHour(3);
  assert.equal(warnings().length, 1);
  assert.match(
    warnings()[0]!,
    /^The prune of provider 'a' has been due for a day and finds no moment: a backup/,
  );
  assert.equal(a.check()[0]!.ok, false);
  assert.match(a.check()[0]!.message, /at every look \(since 2026-11-20T13:00:\d\d.000Z\); not run yet$/);
  leave();
  await rig.clock.advance(31_000);
  rig.runs[0]!.finish();
  await settled(rig);
  assert.deepEqual(a.check().map(({ ok }) => ok), [true]);
  await a.stop();
  await b.stop();
});

test("a deletion through one waits for the check that another asks for after the one before", async () => {
  const rig = new Rig();
  const a = await rig.open("a", { check: { ...at("0 0 3 * * *", 1), onlyLooks: true } });
  const b = await rig.open("b", {});
  const first = await b.beginDeletion(NEVER);
  await b.countDeletion();
  first();
  let isBegun = false;
  const second = b.beginDeletion(NEVER).then((leave) => {
    isBegun = true;
    return leave;
  });
  await rig.clock.advance(1_000);
  const [check] = rig.runs;
  assert.deepEqual(rig.begun(), ["check by a"]);
  assert.equal(isBegun, false);
  check!.finish();
  (await second)();
  await a.stop();
  await b.stop();
});

test("what one has just found damaged keeps the deletions of all back for a moment", async () => {
  const rig = new Rig();
  const a = await rig.open("a", { check: { ...HOURLY, onlyLooks: true } });
  const b = await rig.open("b", {});
  await rig.clock.advance(HOUR);
  rig.runs[0]!.fail(new BackupFailure(DAMAGED, "a pack is gone"));
  await rig.clock.advance(1);
  await assert.rejects(b.beginDeletion(NEVER), /just found damaged/);
  await rig.clock.advance(30_000);
  (await b.beginDeletion(NEVER))();
  await a.stop();
  await b.stop();
});
