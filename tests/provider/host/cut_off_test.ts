// What a crash left running is judged by where it ran: nothing is ended that somebody may still be making.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine, Processes, ProcessFate } from "../../../src/ports/host.ts";
import { entryOfStart } from "../../../src/provider/host/backup_info.ts";
import { settleCutOff } from "../../../src/provider/host/cut_off.ts";
import type { Journal, JournalEntry } from "../../../src/provider/host/journal.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const HERE: Machine = { id: "m1", name: "nas", boot: "b2" };

/** The end of one running backup that was made at `there`, and whether its process group was ended. */
async function settled(
  there: Machine | null,
  fates: { child: ProcessFate; maker?: ProcessFate },
  here: Machine | undefined = HERE,
  fields: Partial<JournalEntry> = {},
): Promise<{ entry: JournalEntry; killed: boolean; isOurs: boolean }> {
  const clock = new FakeClock(Date.UTC(2026, 10, 20));
  const maker = fates.maker === undefined ? null : { pid: 1, identity: "maker" };
  const entry = {
    ...entryOfStart("a", { runId: "run-1", job: "db", slot: null }, "", clock.now(), {
      machine: there,
      maker,
      postDue: true,
    }),
    processes: [{ pid: 2, identity: "child" }],
    ...fields,
  };
  let killed = false;
  let child = fates.child;
  const processes: Processes = {
    run: () => Promise.reject(new Error("nothing runs here")),
    killGroup() {
      child = "ended";
      return killed = true;
    },
    identity: () => Promise.resolve(undefined),
    fate: (pid) => Promise.resolve(pid === 1 ? fates.maker! : child),
  };
  const entries = new Map([["a", entry]]);
  const journal: Journal = {
    place: "here",
    entries,
    byRunId: () => undefined,
    learn: () => Promise.resolve(),
    record: (changed) => Promise.resolve(void entries.set("a", changed)),
  };
  const done = settleCutOff({ clock, processes, machine: () => here }, journal);
  await clock.advance(5_000);
  return { isOurs: (await done).has("a"), entry: entries.get("a")!, killed };
}

test("an orphan of this machine is ended, whether the machine can be told or not", async () => {
  for (const there of [HERE, null, { id: null, name: "nas", boot: null }]) {
    const { entry, killed } = await settled(there, { child: "alive", maker: "ended" });
    assert.equal(killed, true);
    assert.deepEqual([entry.state, entry.reason, entry.processes], ["failed", "cut_off", []]);
    assert.match(entry.message!, /1 process group left over from it was ended/);
    assert.equal(entry.postDue, true, "its pre ran here, and post is owed");
  }
});

test("another boot of this machine proves that nothing lives, and nothing is looked at", async () => {
  const { entry, killed } = await settled({ ...HERE, boot: "b1" }, { child: "alive", maker: "alive" });
  assert.equal(killed, false);
  assert.deepEqual([entry.reason, entry.processes], ["cut_off", []]);
  assert.doesNotMatch(entry.message!, /cannot be seen/);
});

test("another machine proves nothing: its backups end here with a sentence, and no process is touched", async () => {
  for (const there of [{ id: "m2", name: "nas", boot: "b1" }, { id: "m1", name: "clone", boot: "b1" }]) {
    const { entry, killed } = await settled(there, { child: "alive", maker: "ended" });
    assert.equal(killed, false);
    assert.deepEqual([entry.state, entry.reason, entry.processes.length], ["failed", "unseen", 1]);
    assert.equal(entry.postDue, false, "its pre ran elsewhere, and so does post");
    assert.match(
      entry.message!,
      new RegExp(`on another machine, '${there.name}' .* nothing of it was touched`),
    );
  }
});

test("what a living or hidden program is making is no orphan, on a copy of its state", async () => {
  const alive = await settled(HERE, { child: "alive", maker: "alive" });
  assert.equal(alive.killed, false);
  assert.match(alive.entry.message!, /this journal is a copy; .* by process 1, which is alive/);
  const hidden = await settled(HERE, { child: "alive", maker: "unseen" });
  assert.equal(hidden.killed, false);
  assert.match(hidden.entry.message!, /whether process 2 of it has ended cannot be seen from here/);
});

test("what was whole before post was cut off is available, and post is owed where it was made", async () => {
  const made = { dataId: "d1", sizeMb: 5, message: "fine" };
  const { entry, isOurs } = await settled(HERE, { child: "ended", maker: "ended" }, HERE, { made });
  assert.deepEqual([entry.state, entry.reason, entry.dataId, entry.sizeMb, entry.message, entry.postDue], [
    "available",
    null,
    "d1",
    5,
    "fine",
    true,
  ]);
  assert.equal(isOurs, true, "on_success is to follow, also where post had ended already");
  const copied = await settled({ ...HERE, id: "m2", boot: "b1" }, { child: "alive", maker: "ended" }, HERE, {
    made,
  });
  assert.deepEqual([copied.entry.state, copied.entry.postDue, copied.killed, copied.isOurs], [
    "available",
    false,
    false,
    false,
  ]);
});

test("what had failed before post was cut off keeps its cause", async () => {
  const failed = { reason: "incomplete", message: "a file could not be read", dataId: "d1", sizeMb: null };
  const { entry } = await settled(HERE, { child: "ended", maker: "ended" }, HERE, { failed });
  assert.deepEqual([entry.state, entry.reason, entry.message, entry.dataId, entry.postDue], [
    "failed",
    "incomplete",
    "a file could not be read",
    "d1",
    true,
  ]);
});
