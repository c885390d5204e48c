// Copies of a real state on a schedule: each is opened and compared, older ones go after a newer one proved good, and a
// failure shows and costs none of those that are there.
// Also tests snapshot_names.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSnapshotKeeper, SnapshotKeeper } from "../../../src/app/snapshots/snapshot_keeper.ts";
import { newestCopy, snapshotName, stampOf, toThin } from "../../../src/app/snapshots/snapshot_names.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { LatchedGuard } from "../../../src/ports/store.ts";
import { systemFiles } from "../../../src/runtime/files.ts";
import { systemTree } from "../../../src/runtime/file_tree.ts";
import type { Room } from "../../../src/store/database/room.ts";
import { type Snapshot, verifySnapshot } from "../../../src/store/read/snapshot.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { withFolder } from "../../support/folder.ts";
import { rig } from "../../support/engine_rig.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 28, 12);
const ID = "019a0000-0000-7000-8000-00001234abcd";
const name = (hour: number, id = ID) => snapshotName(START + hour * HOUR, id);

/** A keeper over a store that writes a small file for each copy. */
function keeping(to: string, more: { keep?: number } = {}) {
  const clock = new FakeClock(START);
  const told: string[] = [];
  const state = {
    guards: [] as LatchedGuard[],
    free: 1e9,
    damaged: false,
    config: { to, everyMs: HOUR, keep: more.keep ?? 2 } as
      | { to: string; everyMs: number; keep: number }
      | undefined,
  };
  const keeper = new SnapshotKeeper({
    clock,
    files: systemFiles,
    tree: { freeBytes: () => Promise.resolve(state.free) },
    config: () => state.config,
    store: {
      storeId: ID,
      room: () => Promise.resolve({ bytes: 1000, freeBytes: 0, pageBytes: 4096, isInSlices: true } as Room),
      latched: () => Promise.resolve(state.guards),
      async snapshot(path) {
        await systemFiles.writeText(path, "copy");
        return {
          path,
          takenAt: clock.now(),
          bytes: 4,
          storeId: ID,
          jobs: 1,
          runs: 2,
          available: 1,
          newestRunAt: null,
        };
      },
    },
    verify: () => state.damaged ? Promise.reject(new Error("it is damaged")) : Promise.resolve(),
    tell: (message) => void told.push(message),
  });
  const names = async () => (await systemFiles.list(to)).toSorted();
  return { keeper, clock, told, state, names };
}

/** Waits, however long that takes, until the keeper has done what was due and sleeps. */
async function idle(clock: FakeClock): Promise<void> {
  for (let turn = 0; turn < 30_000 && clock.sleeping === 0; turn++) {
    await new Promise((done) => setTimeout(done, 1));
  }
  assert.equal(clock.sleeping, 1);
}

test("a copy is taken at once and then as often as it is asked for; the oldest of this state go", () =>
  withFolder(async (to) => {
    const strangers = ["notes.txt", name(-90, ID.replace("abcd", "0000")), "state-1234abcd-x.db"];
    for (const stranger of strangers) await systemFiles.writeText(`${to}/${stranger}`, "mine");
    await systemFiles.writeText(`${to}/.${name(-80)}.unproved`, "half");
    const { keeper, clock, names, told } = keeping(to);
    keeper.start();
    await idle(clock);
    for (let hour = 0; hour < 4; hour++) {
      assert.ok((await names()).includes(name(hour)));
      await clock.advance(HOUR);
      await idle(clock);
    }
    assert.deepEqual(await names(), [...strangers, name(3), name(4)].toSorted());
    assert.deepEqual([keeper.trouble(), keeper.figures()!.isFailing, told], [null, false, []]);
    assert.equal(keeper.figures()!.takenAt, START + 4 * HOUR);
    await keeper[Symbol.asyncDispose]();
  }));

test("a program that is started again and again goes by the copies that are there", () =>
  withFolder(async (to) => {
    for (const hour of [-1.5, -0.5, 700]) await systemFiles.writeText(`${to}/${name(hour)}`, "copy");
    for (let start = 0; start < 5; start++) {
      const { keeper, clock, names } = keeping(to);
      keeper.start();
      await idle(clock);
      assert.equal((await names()).length, 3);
      await keeper[Symbol.asyncDispose]();
    }
    const { keeper, clock, names } = keeping(to);
    keeper.start();
    await idle(clock);
    await clock.advance(HOUR / 2);
    await idle(clock);
    assert.ok((await names()).includes(name(0.5)));
    assert.ok((await names()).includes(name(700)), "what a wrong clock named goes by nobody's count");
    await keeper[Symbol.asyncDispose]();
  }));

test("a copy that is no good, or for which there is no room, costs none of those that are there", () =>
  withFolder(async (to) => {
    for (const hour of [-3, -2, -1]) await systemFiles.writeText(`${to}/${name(hour)}`, "copy");
    const before = [name(-3), name(-2), name(-1)];
    const { keeper, clock, names, told, state } = keeping(to);
    state.damaged = true;
    keeper.start();
    await idle(clock);
    assert.match(
      keeper.trouble()!,
      /Cannot keep a copy of the state in .*: it is damaged; it is tried again/,
    );
    assert.deepEqual(await names(), before, "the bad one is gone, and no other");
    state.damaged = false;
    state.free = 1_999;
    await clock.advance(30_000);
    await idle(clock);
    assert.match(keeper.trouble()!, /expected room for two/);
    assert.deepEqual([await names(), told.length, keeper.figures()!.isFailing], [before, 2, true]);
    state.free = 2_000;
    await clock.advance(30_000);
    await idle(clock);
    assert.deepEqual([keeper.trouble(), (await names()).length], [null, 2]);
    assert.ok((await names()).includes(name(-1)));
    state.config = undefined;
    assert.deepEqual([keeper.trouble(), keeper.figures()], [null, undefined]);
    await keeper[Symbol.asyncDispose]();
  }));

test("while the state may have gone back in time, its copies crowd out none of before", () =>
  withFolder(async (to) => {
    for (const hour of [-3, -2, -1]) await systemFiles.writeText(`${to}/${name(hour)}`, "copy");
    const { keeper, clock, names, state } = keeping(to);
    state.guards = [{ job: "db", guard: "restored_store", message: "", latchedAt: 1 } as LatchedGuard];
    keeper.start();
    await idle(clock);
    assert.equal((await names()).length, 4);
    state.guards = [];
    await clock.advance(HOUR);
    await idle(clock);
    assert.equal((await names()).length, 2);
    await keeper[Symbol.asyncDispose]();
  }));

test("a copy of a real state proves good; one with a changed byte, or of less, does not", () =>
  withFolder(async (to) => {
    await using r = await rig();
    const events: EngineEvent[] = [];
    const keeper = createSnapshotKeeper({
      host: { clock: r.clock, files: systemFiles, tree: systemTree },
      config: { state: { snapshots: { to, everyMs: HOUR, keep: 2 } } },
      store: r.store as never,
      followers: { sink: { emit: (event) => void events.push(event) } },
    });
    assert.equal(keeper.trouble(), null);
    const path = `${to}/copy.db`;
    const snapshot: Snapshot = await (r.store as unknown as { snapshot(path: string): Promise<Snapshot> })
      .snapshot(path);
    await verifySnapshot(snapshot, r.clock);
    await assert.rejects(
      verifySnapshot({ ...snapshot, runs: snapshot.runs + 1 }, r.clock),
      /is no good: it has .*: expected/,
    );
    const bytes = await systemFiles.readBytes(path);
    bytes.fill(0xff, 8_192, 12_288);
    Deno.writeFileSync(path, bytes);
    await assert.rejects(verifySnapshot(snapshot, r.clock), /is no good: it (is damaged|cannot be opened)/);
    Deno.writeFileSync(path, bytes.subarray(0, 5_000));
    await assert.rejects(verifySnapshot(snapshot, r.clock), /is no good/);
  }));

test("names tell the state and the time, and what goes is of this state and not newer than the newest", () => {
  assert.equal(name(0), "state-1234abcd-2026-11-28T12-00-00Z.db");
  assert.equal(stampOf(name(5), ID), START + 5 * HOUR);
  for (const other of ["state.db", `x${name(0)}`, `${name(0)}.part`, name(0, ID.replace("abcd", "0000"))]) {
    assert.equal(stampOf(other, ID), undefined, other);
  }
  const names = [name(3), name(1), name(2), name(9), name(0, ID.replace("abcd", "0000")), "x"];
  const thin = (keep: number) => toThin(names, { newest: name(3), keep, storeId: ID });
  assert.deepEqual([thin(1), thin(2), thin(3), thin(9)], [[name(1), name(2)], [name(1)], [], []]);
  const other = name(4, ID.replace("1234", "0000"));
  assert.equal(newestCopy([...names, other, ".x"]), name(9));
  assert.equal(newestCopy([name(3), other, name(2)]), other, "of whatever state");
  assert.equal(newestCopy(["x", ".state-1234abcd-2026-11-28T12-00-00Z.db.unproved"]), undefined);
});
