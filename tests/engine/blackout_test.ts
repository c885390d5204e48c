// What is due in a blackout waits for its end or is skipped, over restarts and failures too; what people ask for runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../src/domain/job.ts";
import { type Rig, rig, START } from "../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** START is a Monday, 10:00. */
const HOURLY: Partial<Job> = {
  schedule: "0 0 * * * *",
  blackout: { windows: ["Mon 10:30-12:30"], act: "wait" },
};
const SKIPS: Partial<Job> = { ...HOURLY, blackout: { windows: ["Mon 10:30-12:30"], act: "skip" } };

async function rows(r: Rig): Promise<unknown[]> {
  const hour = (at: number | null) => at === null ? null : (at - START) / HOUR;
  return (await r.runs()).map((run) => [
    ...[run.status, run.reason, hour(run.slot), hour(run.slotUntil)],
    ...(run.startTime === null ? [] : [hour(run.startTime)]),
  ]);
}

const next = (r: Rig) => {
  const start = r.engine.job("db")!.nextStart(r.watch.read());
  return start === null ? null : [(start.at - START) / HOUR, start.waits];
};

test("the last start that is due in a blackout comes at its end; those before are one row", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  assert.deepEqual(next(r), [2.5, true], "said before it is due");
  await r.clock.advance(1.5 * HOUR);
  assert.deepEqual(await rows(r), [], "nothing is decided while it may yet start");
  assert.deepEqual(next(r), [2.5, true]);
  await r.clock.advance(HOUR);
  assert.deepEqual(await rows(r), [
    ["skipped", "blackout", 1, 1],
    ["available", null, 2, null, 2.5],
  ]);
  assert.deepEqual(next(r), [3, false]);
  await r.clock.advance(HOUR);
  assert.equal((await rows(r)).length, 3);
});

test("a crash while a start waits loses none and makes none twice", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  await r.clock.advance(1.5 * HOUR);
  await r.crash();
  await r.clock.advance(10 * MINUTE);
  await r.boot();
  assert.deepEqual(await rows(r), []);
  await r.clock.advance(HOUR);
  assert.deepEqual((await rows(r)).at(-1), ["available", null, 2, null, 2.5]);
  assert.equal(r.provider.calls("create").length, 1);
});

test("with then: skip its slots are skipped as they come, in one row that grows", async () => {
  await using r = await rig({ jobs: [SKIPS] });
  assert.deepEqual(next(r), [3, false]);
  await r.clock.advance(1.2 * HOUR);
  assert.deepEqual(await rows(r), [["skipped", "blackout", 1, 1]]);
  await r.clock.advance(HOUR);
  assert.deepEqual(await rows(r), [["skipped", "blackout", 1, 2]]);
  await r.clock.advance(HOUR);
  assert.deepEqual(await rows(r), [["skipped", "blackout", 1, 2], ["available", null, 3, null, 3]]);
});

test("what people ask for in a blackout runs at once, and the start that waits comes all the same", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  await r.clock.advance(1.5 * HOUR);
  await r.engine.job("db")!.trigger("ann", null);
  await r.clock.advance(MINUTE);
  assert.deepEqual(await rows(r), [["available", null, null, null, 1.5]]);
  await r.clock.advance(HOUR);
  assert.deepEqual((await rows(r)).at(-1), ["available", null, 2, null, 2.5]);
});

test("a failed backup is tried again after the blackout where starts wait, and not at all where they are skipped", async () => {
  const retry = { attempts: 1, afterMs: 40 * MINUTE };
  const schedule = "0 0 */4 * * *";
  const early = (job: Partial<Job>) => ({ jobs: [{ ...job, schedule, retry }], start: START - 2.2 * HOUR });
  const open = { windows: ["Mon 08:30-09:30"] };
  for (const act of ["wait", "skip"] as const) {
    await using r = await rig(early({ ...HOURLY, blackout: { ...open, act } }));
    r.provider.plan({ ends: "failed" });
    await r.clock.advance(1.3 * HOUR);
    assert.equal(r.provider.calls("create").length, 1, "none in the blackout");
    await r.clock.advance(2 * HOUR);
    assert.deepEqual(
      (await r.runs()).map((run) => [run.attempt, run.status, run.retryEnd, run.startTime]),
      act === "wait"
        ? [[1, "failed", "tried_again", START - 2 * HOUR], [2, "available", null, START - HOUR / 2]]
        : [[1, "failed", "blackout", START - 2 * HOUR]],
    );
  }
});

test("a start that nobody took before the blackout is not sent in it", async () => {
  for (const act of ["wait", "skip"] as const) {
    await using r = await rig({
      jobs: [{ ...HOURLY, schedule: "0 25 10 * * *", blackout: { windows: ["Mon 10:30-12:30"], act } }],
    });
    r.provider.script("create", ...Array.from({ length: 70 }, () => "unsent" as const));
    await r.clock.advance(2.4 * HOUR);
    const calls = r.provider.calls("create").map(({ at }) => at);
    assert.ok(calls.length > 10, "it was tried until the blackout began");
    assert.ok(calls.every((at) => at < START + 30 * MINUTE), "and not once in it");
    assert.equal((await r.runs())[0]!.status, "failed", "its grace time is over, or it was given up");
  }
});

test("a blackout that is edited away lets the start come at once, and one that comes lets it wait", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  await r.clock.advance(1.5 * HOUR);
  await r.engine.reload(r.declare([{ ...HOURLY, blackout: undefined }]));
  await r.clock.advance(MINUTE);
  assert.deepEqual((await rows(r)).at(-1), ["available", null, 1, null, 1.5]);
  await r.engine.reload(r.declare([HOURLY]));
  await r.clock.advance(50 * MINUTE);
  assert.deepEqual((await rows(r)).length, 1);
});

test("jitter delays a start beyond the blackout's end and never into one", async () => {
  const jitterMs = 20 * MINUTE;
  await using r = await rig({ jobs: [{ ...HOURLY, jitterMs }] });
  await r.clock.advance(3 * HOUR + 30 * MINUTE);
  const starts = (await r.runs()).flatMap(({ startTime }) => startTime === null ? [] : [startTime - START]);
  assert.ok(starts[0]! >= 2.5 * HOUR && starts[0]! < 2.5 * HOUR + jitterMs, `${starts[0]}`);
  await using early = await rig({
    jobs: [{ ...HOURLY, schedule: "0 29 10 * * *", jitterMs, name: "db" }],
  });
  await early.clock.advance(30 * MINUTE);
  assert.ok((await early.runs())[0]!.startTime! < START + 30 * MINUTE);
});
