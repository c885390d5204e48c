// Since when a job is known, and up to where its slots are decided, once a doubt about the clock is over: through the
// real engine and store. What is new is not said to have missed anything; what was there has a decision for each slot.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { Change } from "../../../src/ports/store.ts";
import { type Rig, rig, START } from "../../support/engine_rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Longer than the ticker ever naps. */
const LOOKS = 45 * SECOND;
const hourly: Partial<Job> = { schedule: "0 0 * * * *" };

const state = async (r: Rig) => (await r.store.job("db"))!;
/** Each slot that has a decision, a range as all of its slots, in hours since START; rising. */
async function decided(r: Rig): Promise<number[]> {
  const slots: number[] = [];
  for (const { slot, slotUntil } of await r.runs()) {
    for (let at = slot ?? Infinity; at <= (slotUntil ?? slot!); at += HOUR) slots.push((at - START) / HOUR);
  }
  return slots.sort((one, other) => one - other);
}
const hours = (from: number, until: number) => Array.from({ length: until - from + 1 }, (_, at) => from + at);

test("a machine that boots in 1970 and then gets the time: its new job begins now and has missed nothing", async () => {
  await using r = await rig({ start: 20 * MINUTE, builtAt: START, jobs: [hourly] });
  await r.clock.advance(10 * MINUTE);
  assert.equal((await state(r)).clockUntrustedUntil !== null, true);
  const right = START + 300 * DAY + 30 * MINUTE;
  r.clock.jump(right - r.clock.now());
  await r.clock.advance(LOOKS);
  const { knownSince, cursor, clockUntrustedUntil } = await state(r);
  assert.equal(clockUntrustedUntil, null);
  // Added ten minutes before the time came, to the second that an uptime is told in.
  assert.ok(Math.abs(right - 10 * MINUTE - knownSince) <= 2 * SECOND, `${right - knownSince}`);
  assert.equal(cursor, knownSince);
  assert.deepEqual(await r.story(), []);
  assert.equal(r.told("clock.trusted").filter(({ data }) => data?.known_since === knownSince).length, 1);
  await r.clock.advance(HOUR);
  assert.deepEqual(await decided(r), [300 * 24 + 1]);
});

test("what a new job ran in doubt does not hide the slots that came by the right clock since it was added", async () => {
  await using r = await rig({ start: 20 * MINUTE, builtAt: START + MINUTE, jobs: [hourly] });
  await r.clock.advance(3 * HOUR);
  const made = (await r.runs("available")).length;
  assert.ok(made >= 2);
  const right = START + 300 * DAY + 30 * MINUTE;
  r.clock.jump(right - r.clock.now());
  await r.clock.advance(LOOKS);
  const { knownSince, cursor } = await state(r);
  assert.ok(Math.abs(right - 3 * HOUR - knownSince) <= 2 * SECOND);
  assert.ok(cursor <= r.clock.now() && cursor > r.clock.now() - HOUR);
  const sinceKnown = (await decided(r)).filter((slot) => START + slot * HOUR > knownSince);
  assert.deepEqual(sinceKnown, hours(300 * 24 - 2, 300 * 24));
});

test("a job that is added while the clock is ahead, and right, has a decision for each slot since it was added", async () => {
  await using r = await rig({ jobs: [] });
  await r.clock.advance(MINUTE);
  r.clock.jump(10 * DAY);
  await r.clock.advance(LOOKS);
  const added = r.clock.now();
  await r.engine.reload(r.declare([{ schedule: "0 */10 * * * *" }]));
  await r.clock.advance(35 * MINUTE);
  assert.ok((await r.runs("available")).length >= 3);
  await r.engine.trustClock("ops");
  await r.clock.advance(SECOND);
  const { knownSince } = await state(r);
  assert.ok(Math.abs(knownSince - added) <= 2 * SECOND);
  const first = Math.ceil(added / (10 * MINUTE)) * 10 * MINUTE;
  for (let slot = first; slot <= r.clock.now(); slot += 10 * MINUTE) {
    const [found] = await r.store.periodRecords("db", [{ from: slot, until: slot + 1 }]);
    assert.equal(found!.length, 1, new Date(slot).toISOString());
  }
});

test("a job that was just added when the clock went ahead, and right: all until then is missed in words", async () => {
  await using r = await rig({ jobs: [hourly] });
  // Nobody has looked at the clock since the job was added.
  r.clock.jump(10 * DAY);
  await r.clock.advance(50 * MINUTE);
  await r.engine.job("db")!.trigger("ops", null);
  await r.engine.trustClock("ops");
  await r.clock.advance(SECOND);
  assert.deepEqual(await decided(r), hours(1, 10 * 24));
  assert.equal((await state(r)).knownSince, START);
});

for (const isBusy of [true, false]) {
  test(`back, vouched for, and ahead again: each slot has its decision, ${isBusy ? "with" : "without"} runs in doubt`, async () => {
    await using r = await rig({ jobs: [hourly] });
    await r.clock.advance(MINUTE);
    r.clock.jump(-30 * HOUR);
    await r.clock.advance(isBusy ? 61 * MINUTE : MINUTE);
    await r.engine.trustClock("ops");
    await r.clock.advance(LOOKS);
    const back = await state(r);
    assert.ok(back.knownSince <= back.cursor && back.cursor <= r.clock.now());
    const [version] = await r.store.scheduleVersions("db");
    assert.deepEqual(version, { since: back.knownSince, schedule: "0 0 * * * *", timezone: "UTC" });
    await r.clock.advance(HOUR);
    r.clock.jump(30 * HOUR);
    await r.clock.advance(isBusy ? 61 * MINUTE : MINUTE);
    await r.engine.trustClock("ops");
    await r.clock.advance(LOOKS);
    const { knownSince, cursor } = await state(r);
    assert.equal(knownSince, back.knownSince);
    assert.ok(cursor > r.clock.now() - HOUR);
    const first = Math.floor((knownSince - START) / HOUR) + 1;
    const last = Math.floor((r.clock.now() - START) / HOUR);
    assert.deepEqual([...new Set(await decided(r))].filter((slot) => slot >= first), hours(first, last));
  });
}

/** A rig whose clock jumps once, by what `jump.by` says, just before a change of this kind is saved. */
async function jumpy(isWhen: (change: Change) => boolean): Promise<{ r: Rig; jump: { by: number } }> {
  const jump = { by: 0 };
  const r: Rig = await rig({
    jobs: [hourly],
    wrap: (store) => ({
      ...store,
      commit: async (change) => {
        if (isWhen(change)) {
          r.clock.jump(jump.by);
          jump.by = 0;
        }
        return await store.commit(change);
      },
    }),
  });
  return { r, jump };
}

test("a slot is not decided where the clock jumps back before that is saved", async () => {
  const { r, jump } = await jumpy(({ writes }) => writes.some(({ write }) => write === "insert"));
  await using _ = r;
  jump.by = -30 * MINUTE;
  await r.clock.advance(HOUR + SECOND);
  assert.equal((await state(r)).cursor, START);
  assert.deepEqual((await r.runs()).map(({ slot }) => slot), [null], "by one of the two clocks it was due");
  r.clock.jump(30 * MINUTE);
  await r.clock.advance(LOOKS);
  assert.deepEqual(await decided(r), [1]);
});

test("an edited schedule does not begin ahead of a clock that jumps back before that is saved", async () => {
  const { r, jump } = await jumpy(({ events = [] }) =>
    events.some(({ type }) => type === "job.schedule_changed")
  );
  await using _ = r;
  await r.clock.advance(50 * MINUTE);
  jump.by = -30 * MINUTE;
  await r.engine.reload(r.declare([{ schedule: "0 */10 * * * *" }]));
  const edited = await state(r);
  assert.equal(edited.schedule, "0 */10 * * * *");
  assert.equal(edited.cursor, START + 20 * MINUTE);
  await r.engine.trustClock("ops");
  await r.clock.advance(15 * MINUTE);
  assert.deepEqual((await r.runs()).map(({ slot }) => (slot! - START) / MINUTE), [30]);
  assert.deepEqual(r.told("clock.back"), []);
});

test("what is written in a doubt that begins as another ends is dated by its own end", async () => {
  const often = { schedule: "0 */10 * * * *" };
  await using r = await rig({ jobs: [often] });
  await r.clock.advance(MINUTE);
  r.clock.jump(300 * DAY);
  await r.clock.advance(20 * MINUTE);
  r.watch.trust("ops");
  // Nothing of it is dated yet.
  r.clock.jump(3 * HOUR);
  await r.clock.advance(SECOND);
  const added = r.clock.now() - 3 * HOUR;
  await r.engine.reload(r.declare([often, { ...often, name: "late" }]));
  await r.clock.advance(35 * MINUTE);
  r.clock.jump(-3 * HOUR);
  await r.clock.advance(LOOKS);
  const { knownSince } = (await r.store.job("late"))!;
  assert.ok(Math.abs(knownSince - added) <= 2 * SECOND, `${knownSince - added}`);
  for (const name of ["db", "late"]) {
    const runs = (await r.runs("available", name)).filter(({ slot }) => slot! > START + DAY);
    assert.ok(runs.length >= 3);
    // The first is of the time before: due by one of both clocks at once.
    for (const { slot, startTime } of runs.slice(1)) assert.equal(startTime, slot);
  }
  const first = (await r.runs("available")).find(({ slot }) => slot === START + 10 * MINUTE)!;
  assert.ok(
    Math.abs(first.startTime! - (first.slot! + 300 * DAY)) <= 2 * SECOND,
    "by the end of the one before",
  );
});

test("a job that was added right before a small correction of the clock is not new in the doubt after it", async () => {
  for (const restarts of [false, true]) {
    await using r = await rig({ jobs: [hourly] });
    await r.clock.advance(5 * SECOND);
    r.clock.jump(-100 * SECOND);
    await r.clock.advance(65 * SECOND);
    assert.deepEqual(r.told("clock.jump"), []);
    // What is known of the clock is saved with whatever is saved a minute later.
    await r.store.commit({ job: "", writes: [] });
    r.clock.jump(3 * HOUR);
    if (restarts) {
      await r.crash();
      await r.boot();
    }
    // Long enough for a run by one of both clocks.
    await r.clock.advance(70 * MINUTE);
    await r.engine.trustClock("ops");
    await r.clock.advance(LOOKS);
    assert.equal((await state(r)).knownSince, START);
    assert.deepEqual((await decided(r)).filter((slot) => slot > 0), hours(1, 4));
  }
});

test("a job is no newer where a clock that was vouched for goes right again before the job is set back to it", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(50 * MINUTE);
  r.clock.jump(-HOUR);
  await r.clock.advance(MINUTE);
  r.watch.trust("ops");
  r.clock.jump(HOUR);
  // Long enough for a run by one of both clocks.
  await r.clock.advance(15 * MINUTE);
  await r.engine.trustClock("ops");
  await r.clock.advance(LOOKS);
  assert.equal((await state(r)).knownSince, START);
  await r.clock.advance(2 * HOUR);
  assert.deepEqual(await decided(r), hours(1, 3));
  assert.deepEqual(r.told("clock.back"), []);
});

test("a clock that jumps as it is dated by dates nothing, and all of it once that is over", async () => {
  let jumpsBy = 0;
  const r: Rig = await rig({
    jobs: [hourly],
    wrap: (store) => ({
      ...store,
      inDoubt: async (job) => {
        const found = await store.inDoubt(job);
        if (job !== undefined) r.clock.jump(jumpsBy);
        jumpsBy = job === undefined ? jumpsBy : 0;
        return found;
      },
    }),
  });
  await using _ = r;
  await r.clock.advance(10 * MINUTE);
  r.clock.jump(300 * DAY);
  await r.clock.advance(HOUR);
  const [made] = await r.runs("available");
  assert.notEqual(made!.clockOff, null);
  jumpsBy = -300 * DAY;
  await r.engine.trustClock("ops");
  assert.equal(jumpsBy, 0);
  assert.notEqual(r.watch.read().inDoubtUntil, null);
  assert.notEqual((await r.runs("available"))[0]!.clockOff, null);
  assert.deepEqual(r.told("clock.trusted"), []);
  await r.engine.trustClock("ops");
  const [dated] = await r.runs("available");
  assert.deepEqual([dated!.clockOff, dated!.startTime], [null, made!.startTime]);
  assert.equal((await state(r)).knownSince, START);
  assert.equal(r.watch.read().inDoubtUntil, null);
});

test("nor is anything dated by a clock that jumps right before that is saved", async () => {
  let jumpsBy = 0;
  const r: Rig = await rig({
    jobs: [hourly],
    wrap: (store) => ({
      ...store,
      commit: (change) => {
        if (change.writes.some((write) => write.write === "run" && write.set.clockOff === null)) {
          r.clock.jump(jumpsBy);
          jumpsBy = 0;
        }
        return store.commit(change);
      },
    }),
  });
  await using _ = r;
  await r.clock.advance(10 * MINUTE);
  r.clock.jump(300 * DAY);
  await r.clock.advance(HOUR);
  const [made] = await r.runs("available");
  jumpsBy = -300 * DAY;
  await r.engine.trustClock("ops");
  assert.equal(jumpsBy, 0);
  assert.notEqual((await r.runs("available"))[0]!.clockOff, null);
  assert.notEqual(r.watch.read().inDoubtUntil, null);
  await r.engine.trustClock("ops");
  const [dated] = await r.runs("available");
  assert.deepEqual([dated!.clockOff, dated!.startTime], [null, made!.startTime]);
  assert.ok((await state(r)).cursor <= r.clock.now());
});

test("a job that comes back has decided nothing that a clock took back before that was saved", async () => {
  let jumpsBy = 0;
  const r: Rig = await rig({
    jobs: [hourly, { ...hourly, name: "other" }],
    wrap: (store) => ({
      ...store,
      commit: (change) => {
        if (change.writes.some((write) => write.write === "job" && write.set.unmanagedSince === null)) {
          r.clock.jump(jumpsBy);
          jumpsBy = 0;
        }
        return store.commit(change);
      },
    }),
  });
  await using _ = r;
  const other = { ...hourly, name: "other" };
  await r.clock.advance(90 * MINUTE);
  await r.engine.reload(r.declare([other]));
  await r.clock.advance(2 * HOUR);
  jumpsBy = -90 * SECOND;
  await r.engine.reload(r.declare([hourly, other]));
  assert.equal(jumpsBy, 0);
  assert.ok((await state(r)).cursor <= r.clock.now());
  jumpsBy = -2 * HOUR;
  await r.engine.reload(r.declare([other]));
  const before = (await state(r)).cursor;
  await r.clock.advance(HOUR);
  await r.engine.reload(r.declare([hourly, other]));
  assert.equal(jumpsBy, 0);
  assert.equal((await state(r)).cursor, before, "nothing later has come by both clocks");
});

for (const isRight of [true, false]) {
  test(`a slot that waits for a cancel as the clock goes back, ${isRight ? "rightly" : "wrongly"}, holds up none that is due`, async () => {
    await using r = await rig({
      jobs: [{ schedule: "0 */10 * * * *", graceMs: 5 * MINUTE, deleteTimeoutMs: 30 * SECOND }],
    });
    r.provider.plan({ ends: "never" });
    await r.clock.advance(10 * MINUTE);
    r.provider.script("delete", { does: "hang", forMs: 20 * SECOND });
    await r.clock.advance(10 * MINUTE + SECOND);
    assert.equal((await r.story()).at(-1), "cancelling(grace time is over and the next backup is due)");
    r.clock.jump(-70 * MINUTE);
    await r.clock.advance(5 * MINUTE);
    assert.match((await r.story()).join(), /^running\(not cancelled: [^,]*\)$/);
    if (isRight) await r.engine.trustClock("ops");
    else r.clock.jump(70 * MINUTE);
    await r.clock.advance(isRight ? 10 * MINUTE : LOOKS);
    assert.ok((await state(r)).cursor > r.clock.now() - 10 * MINUTE);
  });
}

test("a run in doubt stands for no slot of before its job: it has none, and the next slot is the next", async () => {
  await using r = await rig({ start: START + 30 * MINUTE, jobs: [hourly] });
  r.clock.jump(HOUR);
  await r.crash();
  await r.boot();
  await r.clock.advance(MINUTE);
  assert.deepEqual((await r.runs("available")).map(({ slot, clockOff }) => [slot, clockOff]), [[null, HOUR]]);
  r.clock.jump(-HOUR);
  await r.clock.advance(LOOKS);
  const [run] = await r.runs("available");
  assert.deepEqual([run!.slot, run!.clockOff, run!.periodTime], [null, null, run!.startTime]);
  await r.clock.advance(HOUR);
  assert.deepEqual(await decided(r), [1]);
});

test("nor does a slot that it had in doubt stay, where the job was added later by the clock that is right", async () => {
  // It takes six hours until the new time is believed.
  const daily = { name: "other", schedule: "0 0 0 * * *" };
  await using r = await rig({ jobs: [daily] });
  r.clock.jump(HOUR);
  await r.clock.advance(LOOKS);
  const jobs = [daily, hourly];
  await r.engine.reload(r.declare(jobs));
  await r.clock.advance(HOUR);
  // The first as it is due by one of the clocks.
  assert.deepEqual((await r.runs("available", "db")).map(({ slot }) => slot), [null, START + HOUR]);
  await r.engine.trustClock("ops");
  await r.clock.advance(LOOKS);
  const { knownSince } = await state(r);
  assert.ok(knownSince > START + HOUR && knownSince <= START + HOUR + MINUTE);
  // It began by the right clock at two.
  const slots = (await r.runs(undefined, "db")).filter(({ status }) => status !== "skipped").map(({ slot }) =>
    slot
  );
  assert.deepEqual(slots, [null, START + 2 * HOUR]);
});

test("a run that was begun by a clock ahead stands for no slot to come, also of a schedule that was edited since", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(59 * MINUTE);
  r.provider.plan({ durationMs: 5 * MINUTE });
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual((await r.runs("running")).map(({ slot }) => slot), [START + HOUR]);
  r.clock.jump(-3 * HOUR);
  await r.clock.advance(10 * MINUTE);
  await r.engine.reload(r.declare([{ schedule: "0 30 * * * *" }]));
  await r.engine.trustClock("ops");
  await r.clock.advance(LOOKS);
  const { cursor } = await state(r);
  assert.ok(cursor <= r.clock.now(), `${cursor - r.clock.now()} ms ahead`);
  assert.deepEqual(await r.runs("skipped"), [], "nothing is missed that is still to come");
  await r.clock.advance(HOUR);
  assert.deepEqual((await r.runs("available")).filter(({ slot }) => slot !== null).length, 1);
});

test("a state that cannot be read while the clocks are looked at hides no time at which a job is due", async () => {
  let failures = 0;
  const r: Rig = await rig({
    jobs: [{ ...hourly, retentionSchedule: "30 * * * * *" }],
    wrap: (store) => ({
      ...store,
      inDoubt(job) {
        if (job === undefined || failures === 0) return store.inDoubt(job);
        failures--;
        return Promise.reject(new StoreError("failed", "the disk is away for a moment"));
      },
    }),
  });
  await using _ = r;
  await r.clock.advance(MINUTE);
  await r.crash();
  r.clock.jump(-400 * DAY);
  failures = 1;
  await r.boot();
  await r.clock.advance(20 * SECOND);
  assert.equal(failures, 0);
  r.clock.jump(-10 * MINUTE);
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(r.told("job.error").map(({ message }) => message), []);
});

test("a decision that was saved although its answer was lost is not taken back as the doubt about the clock ends", async () => {
  let losing = 0;
  const r: Rig = await rig({
    jobs: [hourly],
    wrap: (store) => ({
      ...store,
      async commit(change) {
        const result = await store.commit(change);
        const isDecision = change.writes.some((one) => one.write === "job" && one.set.cursor !== undefined);
        if (!isDecision || losing === 0) return result;
        losing--;
        throw new StoreError("unknown", "the answer was lost");
      },
    }),
  });
  await using _ = r;
  await r.clock.advance(59 * MINUTE);
  r.clock.jump(36 * HOUR);
  losing = 1;
  await r.clock.advance(MINUTE);
  assert.equal(losing, 0, "the slot of one o'clock was decided");
  const decided = (await state(r)).cursor;
  assert.equal(decided, START + HOUR);
  // Before the job is looked at again.
  r.clock.jump(-36 * HOUR);
  await r.clock.advance(LOOKS);
  assert.ok((await state(r)).cursor >= decided, "what was decided stays so");
  await r.clock.advance(HOUR);
  const slots = (await r.runs()).map(({ slot }) => slot).filter((slot) => slot !== null);
  assert.deepEqual(slots, [START + HOUR, START + 2 * HOUR], "each slot once");
});
