// A start that waits for its place among the calls of its provider: it is not marked before, and what ends the wait.
// Also tests start.ts, decide_due.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { type Rig, rig, type RigOptions, START } from "../../support/engine_rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** `first` is due with `db` and before it in line; each POST takes `latencyMs`. */
function options(fields: Partial<Job> = {}, latencyMs = 30 * SECOND): RigOptions {
  const schedule = "0 1 * * * *";
  return {
    jobs: [{ name: "first", schedule }, { schedule, ...fields }],
    providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs })],
  };
}

const postsOf = (r: Rig, job = "db") => r.provider.calls("create").filter((call) => call.job === job);

async function statuses(r: Rig): Promise<string[]> {
  return (await r.store.runs({ limit: 1000 })).items.map(({ status }) => status);
}

test("a start that waits for its place is no more than an intent, and its times are those of its sending", async () => {
  await using r = await rig(options());
  await r.clock.advance(MINUTE + 10 * SECOND);
  assert.deepEqual(await r.story("first"), ["sending"]);
  assert.deepEqual(await r.story(), ["intent"]);
  const [waiting] = await r.runs();
  assert.equal(waiting!.startTime, null);
  assert.equal(waiting!.attempts, 0);
  await r.clock.advance(30 * SECOND);
  const [run] = await r.runs();
  assert.equal(run!.status, "sending");
  assert.equal(run!.startTime, START + MINUTE + 30 * SECOND);
  assert.equal(run!.lastAttemptAt, run!.startTime);
  assert.equal(run!.periodTime, run!.slot);
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
});

test("killed amid a crowd, only what was under way is of unknown fate, and the rest is sent once", async () => {
  const schedule = "0 1 10 * * *";
  const jobs = Array.from(
    { length: 200 },
    (_, at) => ({ name: `job${at}`, schedule, onUnknown: "skip" as const }),
  );
  await using r = await rig({
    jobs,
    maxConcurrent: 5,
    providers: (clock) => [new FakeProvider({ clock, key: "p", latencyMs: 300 })],
  });
  await r.clock.advance(MINUTE + 1_000);
  const before = await statuses(r);
  assert.equal(before.filter((status) => status === "sending").length, 5);
  assert.equal(before.filter((status) => status === "intent").length, 200 - 5 - 15);
  await r.crash();
  await r.boot();
  await r.clock.advance(5 * MINUTE);
  const runs = (await r.store.runs({ limit: 1000 })).items;
  assert.equal(runs.length, 200);
  const lost = runs.filter(({ status, reason }) => status === "failed" && reason === "unsettled");
  assert.equal(lost.length, 5);
  assert.equal(runs.filter(({ status }) => status === "available").length, 195);
  for (const { runId } of runs) {
    assert.equal(r.provider.calls("create").filter((call) => call.runId === runId).length, 1);
  }
});

test("a start in line that is cancelled leaves it, and is never sent", async () => {
  await using r = await rig(options());
  await r.clock.advance(MINUTE + SECOND);
  const [waiting] = await r.runs();
  assert.equal(r.engine.job("db")!.requestCancel(waiting!.runId, "by ops"), true);
  await r.clock.advance(SECOND);
  assert.deepEqual(await r.story(), ["cancelled(by ops)"]);
  await r.clock.advance(5 * MINUTE);
  assert.equal(postsOf(r).length, 0);
});

for (const end of ["paused", "disabled"] as const) {
  test(`a start in line whose job is ${end} is not sent any more, and a later slot is`, async () => {
    await using r = await rig(options());
    await r.clock.advance(MINUTE + SECOND);
    if (end === "paused") {
      const now = r.clock.now();
      const event = { type: "job.paused", level: "info", at: now, job: "db", message: "paused" } as const;
      await r.engine.pause(r.engine.job("db")!, now + 10 * MINUTE, null, event);
    } else {
      const [first, db] = options().jobs!;
      await r.engine.reload(r.declare([first!, { ...db, enabled: false }]));
    }
    await r.clock.advance(SECOND);
    assert.deepEqual(await r.story(), [`cancelled(${end})`]);
    assert.equal((await r.runs())[0]!.message, "nothing had been sent yet");
    await r.clock.advance(5 * MINUTE);
    assert.equal(postsOf(r).length, 0);
    if (end === "disabled") await r.engine.reload(r.declare(options().jobs));
    await r.clock.advance(60 * MINUTE);
    assert.equal((await r.runs("available")).length, 1);
  });
}

test("a start by hand waits for its place also while its job is paused, and its caller with it", async () => {
  await using r = await rig(options());
  await r.clock.advance(5 * MINUTE);
  const done = await r.runs();
  assert.equal(done.length, 1);
  const event = {
    type: "job.paused",
    level: "info",
    at: r.clock.now(),
    job: "db",
    message: "paused",
  } as const;
  await r.engine.pause(r.engine.job("db")!, null, null, event);
  const one = r.engine.job("first")!.trigger("ops", null);
  const two = r.engine.job("db")!.trigger("ops", null);
  await r.clock.advance(10 * SECOND);
  assert.equal((await r.runs()).at(-1)!.status, "intent");
  await r.clock.advance(2 * MINUTE);
  await one;
  const answer = await two;
  assert.ok("run" in answer && answer.run.status === "available");
});

test("a start whose turn does not come within grace time is failed, and says what it waited for", async () => {
  await using r = await rig(options({ graceMs: 2 * MINUTE }, 5 * MINUTE));
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(await r.story(), ["intent"]);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await r.story(), ["failed(unreachable)"]);
  assert.match((await r.runs())[0]!.message!, /its turn at provider 'p' did not come/);
  assert.equal(postsOf(r).length, 0);
});

test("a start is not sent later than its start_deadline says because it waited", async () => {
  await using r = await rig(options({ startDeadlineMs: 10 * SECOND }));
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await r.story(), ["failed(unreachable)"]);
  assert.equal(postsOf(r).length, 0);
});

test("a slot that comes while a start is in line does not take its place: it would be the last again", async () => {
  await using r = await rig(options({ schedule: "0 * * * * *" }, 90 * SECOND));
  await r.clock.advance(2 * MINUTE + 10 * SECOND);
  assert.deepEqual(await r.story(), ["intent", "skipped(still_running)"]);
  await r.clock.advance(MINUTE);
  assert.deepEqual(postsOf(r).map(({ slot }) => slot), [START + MINUTE]);
});

test("a start that waited long is as old as its POST: the next slot does not cancel it for its age", async () => {
  const jobs = [{ name: "first", schedule: "0 1 * * * *" }, {
    schedule: "0 1,4 * * * *",
    graceMs: 170 * SECOND,
  }];
  let first = true;
  await using r = await rig({
    jobs,
    providers: (clock) => [
      new FakeProvider({
        clock,
        key: "p",
        durationMs: 3 * MINUTE,
        behave: ({ op, job }) => {
          if (op !== "create" || job !== "first" || !first) return undefined;
          first = false;
          return { does: "ok", afterMs: 2 * MINUTE };
        },
      }),
    ],
  });
  await r.clock.advance(4 * MINUTE + 30 * SECOND);
  assert.deepEqual(await r.story(), ["running", "skipped(still_running)"]);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await r.story(), ["available", "skipped(still_running)"]);
});

test("a start in line as Schelly stops is as it was, and is sent after the restart", async () => {
  await using r = await rig(options());
  await r.clock.advance(MINUTE + SECOND);
  const stopped = r.engine.stop(10_000);
  await r.clock.advance(10 * SECOND);
  await stopped;
  assert.deepEqual(await r.story(), ["intent"]);
  await r.crash();
  await r.boot();
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(postsOf(r).length, 1);
});

test("a start in line as the clock comes into doubt is sent in its turn, once", async () => {
  await using r = await rig(options());
  await r.clock.advance(MINUTE + SECOND);
  r.clock.jump(-60 * MINUTE);
  await r.clock.advance(2 * MINUTE);
  assert.equal(postsOf(r).length, 1);
  assert.deepEqual(await r.story(), ["available"]);
});

test("a start in line is sent by the settings that are in force as its turn comes", async () => {
  await using r = await rig(options());
  await r.clock.advance(MINUTE + SECOND);
  const [first, db] = options().jobs!;
  await r.engine.reload(r.declare([first!, { ...db, retryIntervalMs: 9_000 }]));
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(await r.story(), ["available"]);
  assert.equal(postsOf(r).length, 1);
});
