// Many deletions of one pass at once: as many as the provider takes, oldest first, and none that was stopped.
// Also tests pass_pace.ts and proof.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import type { Change } from "../../../src/ports/store.ts";
import { PassPace } from "../../../src/engine/retention/pass_pace.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { newRun } from "../../../src/domain/backup.ts";
import { policy, type Rig, rig, type RigOptions, START } from "../../support/engine_rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const keepOne: Partial<Job> = {
  schedule: "0 0 0 1 1 *",
  retention: policy("minutely=1"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
  maxDeletesPerPass: 100,
};
const unlooked: Partial<Job> = { ...keepOne, verifyBeforeDelete: false };

/** A pass over `count` victims has begun, at a provider that takes a second for each call. */
async function passOver(count: number, job: Partial<Job>, options: RigOptions = {}): Promise<Rig> {
  const r = await rig({
    maxConcurrent: 4,
    providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: SECOND })],
    ...options,
  });
  await r.clock.advance((count + 1) * MINUTE + 10 * SECOND);
  await r.engine.reload(r.declare([job]));
  assert.equal((await r.runs("available")).length, count + 1);
  r.provider.peakInFlight = 0;
  return r;
}

const begin = (r: Rig) => void r.engine.retention("db")!.pass();
const deletes = (r: Rig) => r.provider.calls("delete");

/** Resolves once that many DELETEs have begun. */
async function begun(r: Rig, count: number): Promise<void> {
  while (deletes(r).length < count) await r.clock.advance(100);
}

test("a pass deletes as many at a time as the provider takes, begun oldest first", async () => {
  for (const job of [unlooked, keepOne]) {
    await using r = await passOver(8, job);
    begin(r);
    await r.clock.advance(30 * SECOND);
    assert.equal((await r.runs("deleted")).length, 8);
    assert.equal(r.provider.peakInFlight, 4);
    assert.deepEqual(deletes(r).map(({ id }) => id), [
      "p-1",
      "p-2",
      "p-3",
      "p-4",
      "p-5",
      "p-6",
      "p-7",
      "p-8",
    ]);
    const looks = r.provider.calls("get").filter(({ id }) => id === "p-9").length;
    assert.ok(looks <= 2, "one look at the newest serves all that ask at once");
  }
});

test("a DELETE that hangs holds up no other, and one without an answer does not end the pass", async () => {
  await using r = await passOver(8, unlooked);
  r.provider.script("delete", { does: "hang", forMs: 5 * MINUTE }, "lost_request");
  begin(r);
  await r.clock.advance(20 * SECOND);
  assert.equal((await r.runs("deleted")).length, 6);
  assert.deepEqual((await r.runs("deleting")).map(({ id }) => id), ["p-1", "p-2"]);
  await r.clock.advance(60 * MINUTE);
  assert.equal((await r.runs("deleted")).length, 8);
});

test("a provider that refuses, does not answer or does not know is found out by exactly three", async () => {
  const ways: Record<string, (r: Rig) => void> = {
    refused: (r) => r.provider.script("delete", ...Array(9).fill("refused")),
    unanswered: (r) => r.provider.script("delete", ...Array(9).fill("lost_request")),
    unknown: (r) => r.provider.forget("p-1", "p-2", "p-3", "p-4", "p-5", "p-6", "p-7", "p-8"),
  };
  for (const [what, prepare] of Object.entries(ways)) {
    await using r = await passOver(8, unlooked);
    prepare(r);
    begin(r);
    await r.clock.advance(20 * SECOND);
    assert.equal(deletes(r).length, 3, what);
    assert.equal((await r.runs("available")).length, 6, what);
    const latched = (await r.store.latched("db")).map(({ guard }) => guard);
    assert.deepEqual(latched, what === "unknown" ? ["not_found"] : [], what);
  }
  await using r = await passOver(8, keepOne);
  ways.unknown!(r);
  begin(r);
  await r.clock.advance(20 * SECOND);
  assert.equal((await r.runs("missing")).length, 3);
  assert.equal(deletes(r).length, 0);
});

test("max_deletes_per_pass counts exactly, however many are under way", async () => {
  await using r = await passOver(8, { ...unlooked, maxDeletesPerPass: 5 });
  begin(r);
  await r.clock.advance(20 * SECOND);
  assert.equal(deletes(r).length, 5);
  assert.equal((await r.runs("available")).length, 4);
});

test("a pause amid a pass stops all that has not begun, also what waits for its turn", async () => {
  for (const job of [unlooked, keepOne]) {
    await using r = await passOver(12, job);
    begin(r);
    await begun(r, 3);
    let answered = false;
    const event = { type: "job.paused", level: "warning", at: START, message: "paused" } as const;
    const paused = r.engine.pause(r.engine.job("db")!, null, null, event).then(() => answered = true);
    while (!answered) await r.clock.advance(10);
    await paused;
    const before = deletes(r).length;
    assert.ok(before < 12);
    await r.clock.advance(MINUTE);
    assert.equal(deletes(r).length, before);
    assert.equal((await r.runs("deleted")).length, before, "what was on its way came to its end");
    assert.equal((await r.runs("available")).length, 13 - before);
    assert.deepEqual(await r.runs("deleting"), []);
    const told = r.told("delete.withdrawn").map(({ data }) => (data!.run_ids as string[]).length);
    assert.equal(told.reduce((sum, count) => sum + count, 0), 12 - before);
  }
});

test("killed between the commit of marks and their DELETEs, each is asked about before it is sent again", async () => {
  const marked: string[] = [];
  let isKilled = false;
  await using r = await passOver(6, unlooked, {
    wrap: (store) => ({
      ...store,
      commit: async (change: Change) => {
        const result = await store.commit(change);
        const sent = change.writes.find((one) => one.write === "run" && one.set.deleteSentAt);
        if (sent === undefined || isKilled) return result;
        marked.push((sent as { runId: string }).runId);
        // The process dies here: nobody hears of it.
        return await new Promise(() => {});
      },
    }),
  });
  begin(r);
  await r.clock.advance(SECOND);
  assert.equal(marked.length, 3, "marks of one turn are made together");
  assert.equal(deletes(r).length, 0);
  await r.crash();
  isKilled = true;
  await r.boot([{ ...unlooked, enabled: false }]);
  const left = (await r.runs("deleting")).map(({ runId }) => runId);
  assert.deepEqual(left.sort(), marked.toSorted(), "what was not marked is a backup again");
  assert.equal((await r.runs("available")).length, 4);
  await r.clock.advance(60 * MINUTE);
  assert.equal(deletes(r).length, 0, "the job is disabled");
  await r.engine.reload(r.declare([keepOne]));
  await r.clock.advance(60 * MINUTE);
  assert.deepEqual((await r.runs("deleted")).map(({ runId }) => runId).sort(), marked.toSorted());
  begin(r);
  await r.clock.advance(60 * MINUTE);
  assert.equal((await r.runs("deleted")).length, 6);
  assert.deepEqual(r.provider.living().map(({ id }) => id), ["p-7"]);
});

test("PassPace trusts a provider with three at first, with more as they go well, and with few after trouble", () => {
  let most = 8;
  const pace = new PassPace(() => most);
  const room = () => {
    const begun = [];
    while (pace.hasRoom) begun.push(pace.begins());
    return begun;
  };
  const first = room();
  assert.equal(first.length, 3);
  for (const one of first) {
    one.answered();
    pace.saw("well");
    one.over();
  }
  const second = room();
  assert.equal(second.length, 6);
  most = 4;
  second[0]!.answered();
  pace.saw("refused");
  second[0]!.over();
  assert.equal(room().length, 0, "five are still under way");
  for (const one of second.slice(1)) one.over();
  assert.equal(room().length, 2);
  assert.equal(pace.isSpent, false);
  pace.giveUp();
  assert.equal(pace.isSpent, true);
  const builtin = new PassPace(() => Infinity);
  builtin.begins();
  assert.equal(builtin.hasRoom, false, "storages lock: one at a time");
});

test("a DELETE that is answered 404 of a backup that a GET shows is sent again, and never called deleted", async () => {
  const denied = { does: "answer", answer: "absent" } as const;
  for (const job of [unlooked, keepOne]) {
    await using r = await passOver(1, job);
    r.provider.script("delete", denied, denied);
    begin(r);
    await r.clock.advance(20 * SECOND);
    const [row] = await r.runs("deleting");
    assert.equal(row?.id, "p-1");
    assert.match(row.message!, /says that it does not know the backup, and shows it/);
    assert.equal(r.told("delete.done").length, 0);
    await r.clock.advance(10 * MINUTE);
    assert.equal(deletes(r).length, 3);
    assert.deepEqual((await r.runs("deleted")).map(({ reason, message }) => [reason, message]), [[
      null,
      null,
    ]]);
  }
});

test("a DELETE that is answered 404 counts when a GET says so too, and waits while none answers", async () => {
  await using r = await passOver(1, unlooked);
  r.provider.forget("p-1");
  r.provider.script("get", "unsent");
  begin(r);
  await r.clock.advance(20 * SECOND);
  assert.equal((await r.runs("deleting")).length, 1);
  await r.clock.advance(10 * MINUTE);
  assert.equal((await r.runs("deleted")).length, 1);
});

test("three backups whose deletion is answered 404 stop the pass, whatever a GET shows", async () => {
  await using r = await passOver(8, unlooked);
  r.provider.script("delete", ...Array(9).fill({ does: "answer", answer: "absent" }));
  begin(r);
  await r.clock.advance(20 * SECOND);
  assert.deepEqual((await r.store.latched("db")).map(({ guard }) => guard), ["not_found"]);
  assert.equal((await r.runs("deleted")).length, 0);
});

/** A DELETE has been looked at and waits two minutes for its turn, behind a start that was asked for meanwhile. */
async function waitingDelete(): Promise<Rig> {
  const r = await passOver(1, keepOne, { maxConcurrent: 1 });
  r.provider.script("create", { does: "hang", forMs: 2 * MINUTE });
  const before = r.provider.calls("get").length;
  begin(r);
  while (r.provider.calls("get").length < before + 2) await r.clock.advance(100);
  void r.engine.job("db")!.trigger("a test", null);
  await r.clock.advance(90 * SECOND);
  assert.equal(deletes(r).length, 0);
  return r;
}

test("a DELETE that waited long for its turn is looked at again in it, and so is what stays", async () => {
  await using r = await waitingDelete();
  const before = r.provider.calls("get").length;
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(deletes(r).map(({ id }) => id), ["p-1"]);
  const all = r.provider.ledger;
  const sentAt = all.findIndex(({ op }) => op === "delete");
  assert.deepEqual(all.slice(sentAt - 2, sentAt).map(({ op, id }) => `${op} ${id}`), ["get p-2", "get p-1"]);
  assert.ok(r.provider.calls("get").length >= before + 2);
});

test("what was lost while a DELETE waited for its turn stops it", async () => {
  await using lacksNewest = await waitingDelete();
  lacksNewest.provider.forget("p-2");
  await lacksNewest.clock.advance(5 * MINUTE);
  assert.equal(deletes(lacksNewest).length, 0);
  assert.deepEqual((await lacksNewest.runs("missing")).map(({ id }) => id), ["p-2"]);
  assert.ok((await lacksNewest.runs("available")).some(({ id }) => id === "p-1"));

  await using lacksVictim = await waitingDelete();
  lacksVictim.provider.forget("p-1");
  await lacksVictim.clock.advance(5 * MINUTE);
  assert.equal(deletes(lacksVictim).length, 0);
  assert.deepEqual((await lacksVictim.runs("missing")).map(({ id }) => id), ["p-1"]);
});

/** A job with that many backups, taken in at once; how many rows each of its commits intends or takes back is noted. */
async function withMany(count: number, amid: (r: Rig, commits: number) => Promise<void> = async () => {}) {
  const [intended, withdrawn]: [number[], number[]] = [[], []];
  const r = await rig({
    maxConcurrent: 4,
    jobs: [unlooked],
    wrap: (store) => ({
      ...store,
      commit: async (change: Change) => {
        const result = await store.commit(change);
        for (const one of change.writes) {
          if (one.write === "withdraw") withdrawn.push(one.runIds.length);
          if (one.write !== "runs" || one.set.status !== "deleting" || result.result !== "done") continue;
          intended.push(one.runIds.length);
          await amid(r, intended.length);
        }
        return result;
      },
    }),
  });
  for (let from = 0; from < count; from += 500) {
    const runs = Array.from({ length: Math.min(500, count - from) }, (_, more) => {
      const [id, slot] = [`b-${from + more}`, START - (count - from - more) * MINUTE];
      const runId = `01a00000-0000-7000-8000-${String(from + more).padStart(12, "0")}`;
      r.provider.seed({ id, runId });
      return newRun({
        ...{
          runId,
          job: "db",
          trigger: "schedule",
          slot,
          status: "available",
          providerKey: "p",
          id,
          dataId: id,
        },
        ...{ createdAt: slot, startTime: slot, endTime: slot + SECOND, sizeMb: 12.5 },
      });
    });
    await r.store.commit({ job: "db", writes: runs.map((run) => ({ write: "insert", run })) });
  }
  await r.engine.reload(r.declare([{ ...unlooked, maxDeletesPerPass: Infinity }]));
  return { r, intended, withdrawn };
}

test("very many deletions are intended some at a time, and all of them are sent", async () => {
  const { r, intended } = await withMany(700);
  await using _ = r;
  begin(r);
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual(intended, [250, 250, 199]);
  assert.equal((await r.runs("deleted")).length, 699);
  assert.equal((await r.runs("available")).length, 1);
});

test("what changes while they are intended lets go those that are, and no other by what was read before", async () => {
  let kept: string[] = [];
  const { r, intended } = await withMany(700, async (r, commits) => {
    if (commits > 1) return;
    // The newest turns out to be of another size.
    const [newest] = (await r.store.runs({ limit: 1, job: "db", status: ["available"] })).items;
    await r.store.commit({
      job: "db",
      writes: [{ write: "run", runId: newest!.runId, set: { sizeMb: 13 } }],
    });
    kept = (await r.store.runs({ limit: 1000, status: ["available"] })).items.map(({ runId }) => runId);
  });
  await using _ = r;
  begin(r);
  await r.clock.advance(MINUTE);
  assert.deepEqual(intended, [250]);
  assert.equal((await r.runs("deleted")).length, 250);
  assert.equal(kept.length, 450);
  // The next pass looks anew, and goes on.
  begin(r);
  await r.clock.advance(10 * MINUTE);
  assert.equal((await r.runs("available")).length, 1);
});

test("a pass that is stopped takes very many back some at a time", async () => {
  const { r, withdrawn } = await withMany(700);
  await using _ = r;
  r.provider.script("delete", ...Array(9).fill("refused"));
  begin(r);
  await r.clock.advance(MINUTE);
  assert.ok(withdrawn.length >= 3 && Math.max(...withdrawn) <= 250, withdrawn.join(" "));
  assert.equal((await r.runs("deleting")).length, 0);
  assert.equal((await r.runs("available")).length, 697);
});
