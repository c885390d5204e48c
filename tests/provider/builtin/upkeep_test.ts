// Upkeep of a storage on a fake clock: when it is due, and that it keeps out of the way of backups.
// Also tests upkeep_gate.ts and upkeep_state.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpkeepSpec } from "../../../src/domain/provider_spec.ts";
import { parseSchedule, type Schedule } from "../../../src/domain/schedule/schedule.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import { BackupFailure } from "../../../src/provider/host/backup_failure.ts";
import { damageOf, pruneText } from "../../../src/provider/builtin/restic_upkeep.ts";
import { Upkeep } from "../../../src/provider/builtin/upkeep.ts";
import { DAMAGED, isUpkeepDue, newTaskState } from "../../../src/provider/builtin/upkeep_state.ts";
import { folderNotes } from "../../../src/provider/host/folder_notes.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const START = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const HOURLY: UpkeepSpec = { schedule: { pattern: "0 0 * * * *", timezone: "UTC" }, afterDeletions: null };
const AFTER_TWO: UpkeepSpec = { schedule: null, afterDeletions: 2 };

function hourly(): Schedule {
  const parsed = parseSchedule("0 0 * * * *", "UTC");
  assert.ok("schedule" in parsed);
  return parsed.schedule;
}

test("isUpkeepDue() at a slot since it was last begun, after enough deletions, and an hour after a failure", () => {
  const state = newTaskState(START);
  assert.equal(isUpkeepDue(HOURLY, hourly(), state, START), false);
  assert.equal(isUpkeepDue(HOURLY, hourly(), state, START + HOUR), true);
  assert.equal(isUpkeepDue(HOURLY, hourly(), { ...state, triedAt: START + HOUR }, START + HOUR), false);
  assert.equal(isUpkeepDue(AFTER_TWO, null, { ...state, deletions: 1 }, START), false);
  assert.equal(isUpkeepDue(AFTER_TWO, null, { ...state, deletions: 2 }, START), true);
  const failed = { ...state, deletions: 2, last: { at: START, ok: false, message: "", durationMs: 1 } };
  assert.equal(isUpkeepDue(AFTER_TWO, null, failed, START + HOUR - 1), false);
  assert.equal(isUpkeepDue(AFTER_TWO, null, failed, START + HOUR), true);
  assert.equal(
    isUpkeepDue(AFTER_TWO, null, { ...failed, triedAt: START + 9 * HOUR }, START),
    true,
    "a clock set back",
  );
});

class Rig {
  readonly clock = new FakeClock(START);
  readonly files = new MemoryFiles();
  readonly events: EngineEvent[] = [];
  /** Upkeep that waits to be ended by the test. */
  running: {
    finish(message: string): void;
    fail(why: string): void;
    damaged(why: string): void;
    signal: AbortSignal;
  }[] = [];

  /** Nothing may be deleted; `unknown`: whether that is so cannot be told. */
  frozen: boolean | "unknown" = false;

  upkeep(when: UpkeepSpec = HOURLY, onlyLooks = false): Upkeep {
    return new Upkeep({
      isFrozen: () =>
        this.frozen === "unknown"
          ? Promise.reject(new Error("the state cannot be read"))
          : Promise.resolve(this.frozen),
      key: "nas",
      clock: this.clock,
      notes: folderNotes(this.files, "/state"),
      backupWaitMs: 600_000,
      sink: { emit: (event) => void this.events.push(event) },
      tasks: [{
        name: "prune",
        when,
        onlyLooks,
        run: (signal) =>
          new Promise((resolve, reject) => {
            this.running.push({
              finish: resolve,
              fail: (why) => reject(new Error(why)),
              damaged: (why) => reject(new BackupFailure(DAMAGED, why)),
              signal,
            });
            signal.addEventListener("abort", () => reject(new Error("ended")));
          }),
      }],
    });
  }

  news(): string[] {
    return this.events.filter(({ data }) => data?.news === true).map(({ level, message }) =>
      `${level}: ${message}`
    );
  }
}

const NEVER = new AbortController().signal;

test("Upkeep runs at its slot, tells how it went, and knows it after a restart", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep();
  await upkeep.start();
  assert.deepEqual(upkeep.check(), [{ name: "last prune", ok: true, message: "not run yet" }]);
  await rig.clock.advance(HOUR + 30_000);
  assert.equal(rig.running.length, 1);
  rig.running[0]!.fail("no space");
  await rig.clock.advance(1);
  assert.deepEqual(rig.news(), ["error: The prune of provider 'nas' failed: no space"]);
  const [result] = upkeep.check();
  assert.equal(result!.ok, false);
  assert.match(result!.message, /^2026-11-20T13:00:\d\d.000Z FAILED: no space$/);
  await upkeep.stop();

  const again = rig.upkeep();
  await again.start();
  assert.deepEqual(again.check(), upkeep.check());
  assert.equal(rig.news().length, 1, "what is known already is no news");
  assert.deepEqual(rig.events.at(-1)!.data, {
    ...{ provider: "nas", task: "prune", news: false, ok: false, duration_ms: 30_000 },
    ended_at: rig.events[0]!.data!.ended_at,
    damaged_since: null,
  });
  await rig.clock.advance(HOUR);
  rig.running[1]!.finish("freed 1 MiB");
  await rig.clock.advance(1);
  assert.match(again.check()[0]!.message, /went well: freed 1 MiB$/);
  await again.stop();
});

test("Upkeep remembers since when it finds the same damage, until it is whole; another failure says nothing of it", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep();
  await upkeep.start();
  const since = () => rig.events.at(-1)!.data!.damaged_since;
  const next = async (end: (one: Rig["running"][number]) => void) => {
    await rig.clock.advance(HOUR + 30_000);
    end(rig.running.at(-1)!);
    await rig.clock.advance(1);
  };
  await next((one) => one.damaged("pack 1 is missing"));
  const first = since();
  assert.equal(typeof first, "number");
  await next((one) => one.damaged("pack 1 is missing"));
  assert.equal(since(), first);
  await next((one) => one.fail("locked"));
  assert.equal(since(), first);
  await upkeep.stop();
  const again = rig.upkeep();
  await again.start();
  assert.equal(since(), first, "also over a restart");
  await next((one) => one.damaged("pack 2 is missing"));
  assert.ok(Number(since()) > Number(first));
  await next((one) => one.finish("no errors were found"));
  assert.equal(since(), null);
  await again.stop();
});

test("Upkeep frees nothing while nothing may be deleted, and does it afterwards; what only looks goes on", async () => {
  for (const frozen of [true, "unknown"] as const) {
    const rig = new Rig();
    rig.frozen = frozen;
    const upkeep = rig.upkeep();
    await upkeep.start();
    await rig.clock.advance(3 * HOUR);
    assert.equal(rig.running.length, 0);
    rig.frozen = false;
    await rig.clock.advance(60_000);
    assert.equal(rig.running.length, 1);
    await upkeep.stop();
  }
  const rig = new Rig();
  rig.frozen = true;
  const looking = rig.upkeep(HOURLY, true);
  await looking.start();
  await rig.clock.advance(HOUR + 30_000);
  assert.equal(rig.running.length, 1);
  await looking.stop();
});

test("Upkeep never begins while a backup runs, and a backup waits for it, then ends it", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep();
  await upkeep.start();
  const leave = await upkeep.beginBackup(NEVER, () => assert.fail("nothing runs"));
  await rig.clock.advance(HOUR + 60_000);
  assert.equal(rig.running.length, 0);
  leave();
  await rig.clock.advance(30_000);
  assert.equal(rig.running.length, 1);

  const refused = assert.rejects(upkeep.beginDeletion(NEVER), /the prune of the repository is running/);
  await rig.clock.advance(10_000);
  await refused;
  const waits: string[] = [];
  let begun = false;
  const backup = upkeep.beginBackup(NEVER, (what) => void waits.push(what)).then((leave) => {
    begun = true;
    return leave;
  });
  await rig.clock.advance(599_000);
  assert.deepEqual([begun, waits], [false, ["waiting for the prune of the repository to end"]]);
  await rig.clock.advance(2_000);
  assert.equal(begun, true);
  assert.equal(rig.running[0]!.signal.aborted, true);
  assert.match(rig.news()[0]!, /^warning: .* was ended after \d+ s for a backup$/);
  (await backup)();
  await upkeep.stop();
});

test("Upkeep that ends by itself lets the waiting backup begin at once, and one that is cancelled goes away", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep(AFTER_TWO);
  await upkeep.start();
  await upkeep.countDeletion();
  await upkeep.countDeletion();
  await rig.clock.advance(30_000);
  const cancel = new AbortController();
  const cancelled = assert.rejects(
    upkeep.beginBackup(cancel.signal, () => {}),
    /stopped while it waited/,
  );
  const backup = upkeep.beginBackup(NEVER, () => {});
  cancel.abort();
  await cancelled;
  rig.running[0]!.finish("freed 2 MiB");
  (await backup)();
  await rig.clock.advance(HOUR);
  assert.equal(rig.running.length, 1, "the deletions are accounted for");
  await upkeep.stop();
});

/** One deletion that goes well, as soon as it may begin. */
async function deleteOne(upkeep: Upkeep): Promise<void> {
  const leave = await upkeep.beginDeletion(NEVER);
  await upkeep.countDeletion();
  leave();
}
/** What becomes of one. */
const told = (upkeep: Upkeep): Promise<string> =>
  deleteOne(upkeep).then(() => "deleted", (error: Error) => error.message);
const AFTER_ONE: UpkeepSpec = { schedule: null, afterDeletions: 1 };

test("a deletion waits for the check that is due after those before it, which begins at once", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep(AFTER_TWO, true);
  await upkeep.start();
  await rig.clock.advance(1_000);
  await deleteOne(upkeep);
  await deleteOne(upkeep);
  let isDone = false;
  const third = deleteOne(upkeep).then(() => void (isDone = true));
  await rig.clock.advance(5_000);
  assert.deepEqual([rig.running.length, isDone], [1, false]);
  rig.running[0]!.finish("no errors were found");
  await third;
  await deleteOne(upkeep);
  const refused = told(upkeep);
  await rig.clock.advance(10_000);
  assert.match(await refused, /the prune of the repository is running/);
  assert.equal(rig.running.length, 2);
  await upkeep.stop();
});

test("one deletion under way counts for the next, and a backup under way keeps the check, and so deletions, waiting", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep(AFTER_ONE, true);
  await upkeep.start();
  const leave = await upkeep.beginDeletion(NEVER);
  let isDone = false;
  const second = deleteOne(upkeep).then(() => void (isDone = true));
  await rig.clock.advance(1_000);
  await upkeep.countDeletion();
  leave();
  await rig.clock.advance(1_000);
  assert.deepEqual([rig.running.length, isDone], [1, false]);
  rig.running[0]!.finish("no errors were found");
  await second;

  const end = await upkeep.beginBackup(NEVER, () => {});
  const refused = told(upkeep);
  await rig.clock.advance(10_000);
  assert.match(await refused, /due after each deletion, and comes before the next/);
  end();
  await upkeep.stop();
});

test("a check that finds damage refuses what waited for it until a guard can know; one that fails otherwise does not", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep(AFTER_ONE, true);
  await upkeep.start();
  await deleteOne(upkeep);
  const refused = told(upkeep);
  await rig.clock.advance(1_000);
  rig.running[0]!.damaged("pack 1 is missing");
  assert.match(await refused, /just found damaged/);
  await rig.clock.advance(30_000);
  await deleteOne(upkeep);
  await deleteOne(upkeep);
  await rig.clock.advance(HOUR - 40_000);
  assert.equal(rig.running.length, 1);
  await rig.clock.advance(60_000);
  const waits = deleteOne(upkeep);
  await rig.clock.advance(1_000);
  assert.equal(rig.running.length, 2, "it is repeated after an hour");
  rig.running[1]!.fail("the server cannot be reached");
  await waits;
  await upkeep.stop();
});

test("a deletion that waited for a check under way is refused where that finds damage, and goes on where it finds none", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep(HOURLY, true);
  await upkeep.start();
  await rig.clock.advance(HOUR + 30_000);
  const refused = told(upkeep);
  await rig.clock.advance(1_000);
  rig.running[0]!.damaged("pack 1 is missing");
  assert.match(await refused, /just found damaged/);
  await rig.clock.advance(HOUR);
  const goesOn = deleteOne(upkeep);
  await rig.clock.advance(1_000);
  assert.equal(rig.running.length, 2);
  rig.running[1]!.finish("no errors were found");
  await goesOn;
  await upkeep.stop();
});

test("a check that was ended for a backup has not ended, also over a restart", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep(AFTER_ONE, true);
  await upkeep.start();
  await deleteOne(upkeep);
  await rig.clock.advance(30_000);
  const backup = upkeep.beginBackup(NEVER, () => {});
  await rig.clock.advance(600_000);
  (await backup)();
  await upkeep.stop();
  const again = rig.upkeep(AFTER_ONE, true);
  await again.start();
  const refused = told(again);
  await rig.clock.advance(10_000);
  assert.match(await refused, /due after each deletion/);
  await rig.clock.advance(HOUR);
  rig.running[1]!.finish("no errors were found");
  await rig.clock.advance(1_000);
  await deleteOne(again);
  await again.stop();
});

test("what frees space holds no deletion back until it runs", async () => {
  const rig = new Rig();
  const upkeep = rig.upkeep(AFTER_ONE);
  await upkeep.start();
  for (let count = 0; count < 5; count++) await deleteOne(upkeep);
  assert.equal(rig.running.length, 0);
  await upkeep.stop();
});

test("pruneText() reads the summary of prune, and falls back to its last line", () => {
  const text =
    "to delete: 1 blobs / 2 B\ntotal prune:          9 blobs / 4.000 MiB\nremaining:           14 blobs / 1.911 MiB\ndone\n";
  assert.equal(pruneText(text), "freed 4.000 MiB, 1.911 MiB left");
  assert.equal(pruneText("something new\ndone\n"), "done");
});

test("damageOf() tells a damaged repository from one that is locked, slow or out of reach", () => {
  const reasonOf = (error: Error) => {
    try {
      return damageOf(error);
    } catch (thrown) {
      return thrown instanceof BackupFailure ? thrown.reason : thrown;
    }
  };
  const failed = (words: string) =>
    new BackupFailure("restic", `Cannot check the repository: restic ended with exit code 1: ${words}`);
  for (
    const words of [
      "Fatal: repository contains errors",
      "Fatal: integrity check failed: Data seems to be missing.",
      "pack 5a1e0d46 does not exist",
      "Fatal: packs from index missing in repo",
    ]
  ) assert.equal(reasonOf(failed(words)), DAMAGED, words);
  for (
    const words of [
      "Fatal: dial tcp 10.0.0.5:8000: connection refused",
      "signal: killed",
      "it gave no reason",
    ]
  ) {
    assert.equal(reasonOf(failed(words)), "restic", words);
  }
  assert.equal(
    reasonOf(new BackupFailure("locked", "the repository contains errors, says its lock")),
    "locked",
  );
  const stopped = new Error("this program is stopping");
  assert.equal(reasonOf(stopped), stopped);
});
