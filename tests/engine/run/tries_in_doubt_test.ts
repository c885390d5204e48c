// What fails while the clock is in doubt is tried again like any slot, as time goes by, whichever clock is right; once
// that is known its tries stand for one slot. Also tests dating.ts, job_clock.ts and recover.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/domain/job.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { type Rig, rig, type RigOptions, START } from "../../support/engine_rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const HOURLY: Partial<Job> = { schedule: "0 0 * * * *", retry: { attempts: 2, afterMs: 10 * MINUTE } };

const slow = (durationMs: number): Pick<RigOptions, "providers"> => ({
  providers: (clock) => [new FakeProvider({ clock, key: "p", durationMs })],
});
const told = async (r: Rig) =>
  (await r.runs()).slice(1).map((
    run,
  ) => [run.slot === null ? null : (run.slot - START) / HOUR, run.attempt, run.status, run.retryEnd]);
/**
 * The first slot ran; then the clock is set back by a year, and a run without a slot is due at the second. Answers a
 * minute before that, when the clock has just jumped once more: it is believed after an hour from then.
 */
async function inDoubt(r: Rig): Promise<void> {
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(-364 * DAY);
  await r.clock.advance(58 * MINUTE);
  r.clock.jump(-DAY);
}
/** The clock is right again. */
async function over(r: Rig): Promise<void> {
  r.clock.jump(365 * DAY);
  await r.clock.advance(45 * SECOND);
}

test("what a restart cuts off in doubt is tried again at once, and both are tries of one slot afterwards", async () => {
  await using r = await rig({ jobs: [HOURLY], ...slow(20 * MINUTE) });
  await inDoubt(r);
  await r.clock.advance(2 * MINUTE);
  await r.crash();
  const effect = r.provider.effects.at(-1)!;
  Object.assign(effect, { ends: "failed", reason: "cut_off", endsAtMonotonic: r.clock.monotonic() });
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await told(r), [[null, 1, "failed", "tried_again"], [null, 2, "running", null]]);
  assert.match(
    r.told("run.due").at(-1)!.message,
    /due while the clock was in doubt is tried again \(try 2 of 3\)/,
  );
  await r.clock.advance(20 * MINUTE);
  await over(r);
  assert.deepEqual(await told(r), [[2, 1, "failed", "tried_again"], [2, 2, "available", null]]);
  const [, first, second] = await r.runs();
  assert.equal(second!.periodTime, first!.periodTime);
  assert.equal(r.provider.effects.length, 3);
});

test("a try that waits is made after its wait, although the clock that is behind never comes so far", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.plan({}, { ends: "failed" }, { ends: "failed" });
  await inDoubt(r);
  await r.clock.advance(10 * MINUTE);
  assert.deepEqual(await told(r), [[null, 1, "failed", null]]);
  await r.clock.advance(3 * MINUTE);
  assert.deepEqual((await told(r)).at(-1), [null, 2, "failed", null]);
  await r.clock.advance(20 * MINUTE);
  assert.deepEqual((await told(r)).at(-1), [null, 3, "available", null]);
  await over(r);
  assert.deepEqual((await told(r)).map(([slot]) => slot), [2, 2, 2]);
});

test("a try of a slot that failed before the doubt is made in it", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.plan({ ends: "failed" });
  await r.clock.advance(HOUR + MINUTE);
  r.clock.jump(-DAY);
  await r.clock.advance(11 * MINUTE);
  assert.deepEqual((await r.runs()).map(({ slot, attempt, status }) => [slot, attempt, status]), [
    [START + HOUR, 1, "failed"],
    [START + HOUR, 2, "available"],
  ]);
});

test("the next run in doubt ends the tries of the one before, and says so", async () => {
  await using r = await rig({ jobs: [{ ...HOURLY, retry: { attempts: 2, afterMs: 2 * HOUR } }] });
  r.provider.plan({}, { ends: "failed" });
  await inDoubt(r);
  await r.clock.advance(30 * MINUTE);
  r.clock.jump(-DAY);
  await r.clock.advance(35 * MINUTE);
  assert.deepEqual(await told(r), [[null, 1, "failed", "next_slot"], [null, 1, "available", null]]);
  assert.equal(r.told("run.tries_ended").length, 1);
});

test("a try that waits as the doubt ends is made by the clock that is right, however far off the other was", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  r.provider.plan({}, { ends: "failed" });
  await inDoubt(r);
  await r.clock.advance(5 * MINUTE);
  await r.engine.trustClock("ops");
  const [failed] = await r.runs();
  assert.equal(failed!.retryAt, failed!.startTime! + 10 * MINUTE);
  await r.clock.advance(5 * MINUTE);
  assert.equal(r.provider.effects.length, 2);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual((await r.runs()).slice(0, 2).map(({ slot, attempt, status }) => [slot, attempt, status]), [
    [failed!.slot, 1, "failed"],
    [failed!.slot, 2, "available"],
  ]);
});

test("a run in doubt that a restart found unsent goes on", async () => {
  await using r = await rig({ jobs: [HOURLY] });
  await inDoubt(r);
  r.provider.script("create", "unsent");
  await r.clock.advance(MINUTE + 2 * SECOND);
  assert.deepEqual(await told(r), [[null, 1, "intent", null]]);
  await r.crash();
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await told(r), [[null, 1, "available", null]]);
});
