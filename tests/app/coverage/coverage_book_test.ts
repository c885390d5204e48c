// Coverage through the real engine and store: what is lacking and why, schedules of before, and the work in the background.
// Also tests coverage_views.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CoverageBook } from "../../../src/app/coverage/coverage_book.ts";
import { coverageSummary, coverageView } from "../../../src/app/coverage/coverage_views.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { job, policy, type Rig, rig } from "../../support/engine_rig.ts";
import { FakeProvider } from "../../support/fake_provider.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A book over a rig, which hears its events. */
function bookOf(r: Rig): CoverageBook {
  const { engine, store, clock, watch } = r;
  const sink = { emit: (event: Rig["events"][number]) => void r.events.push(event) };
  return new CoverageBook({ engine, store, clock, watch, sink, schedules: createScheduleCache() });
}

async function look(r: Rig) {
  const known = await bookOf(r).of("db");
  return await coverageView(known!, r.store);
}

const hourly = { schedule: "0 0 * * * *", retention: policy("hourly=8"), guard: job().guard };

test("CoverageBook tells of each hole what became of its slots", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(HOUR + MINUTE);
  r.provider.plan({ ends: "failed", message: "no space" });
  await r.clock.advance(HOUR);
  await r.engine.job("db")!.change({ pausedAt: r.clock.now() }, {
    type: "job.paused",
    level: "info",
    at: r.clock.now(),
    message: "",
  });
  await r.clock.advance(HOUR);
  await r.engine.job("db")!.change({ pausedAt: null }, {
    type: "job.resumed",
    level: "info",
    at: r.clock.now(),
    message: "",
  });
  await r.clock.advance(HOUR);
  const newest = (await r.runs("available")).at(-1)!;
  await r.engine.safekeeping.delete(newest, "ann");
  await r.clock.advance(MINUTE);
  // Down from a little after 14:00 until 17:30.
  await r.crash();
  await r.clock.advance(3 * HOUR + 28 * MINUTE);
  await r.boot();
  await r.clock.advance(HOUR);

  const view = await look(r);
  assert.deepEqual([view.asked, view.covered, view.score], [8, 3, 37.5]);
  assert.deepEqual(view.holes.map(({ why }) => why[0]?.asked_by), [null, null, "ann", null, null]);
  const told = view.holes.map(({ period, why }) => [period, why.map(({ cause, detail }) => [cause, detail])]);
  assert.deepEqual(told, [
    ["2026-03-02 16h", [["missed", null]]],
    ["2026-03-02 15h", [["missed", null]]],
    ["2026-03-02 14h", [["deleted_by_hand", "by hand: ann"]]],
    ["2026-03-02 13h", [["paused", null]]],
    ["2026-03-02 12h", [["failed", "provider: no space"]]],
  ]);
  assert.deepEqual(
    [view.worst_gap?.from, view.worst_gap?.to, view.worst_gap?.seconds, view.worst_gap?.planned_seconds],
    ["2026-03-02T11:00:00.000Z", "2026-03-02T17:00:00.000Z", 6 * 3600, 3600],
  );
});

test("CoverageBook leaves the run under way out, and counts its hour as soon as it failed", async () => {
  await using r = await rig({ jobs: [hourly] });
  r.provider.plan({ durationMs: 10 * MINUTE, ends: "failed" });
  await r.clock.advance(HOUR + MINUTE);
  assert.deepEqual([(await look(r)).asked, (await look(r)).score], [0, null]);
  await r.clock.advance(20 * MINUTE);
  assert.deepEqual([(await look(r)).asked, (await look(r)).covered], [1, 0]);
});

test("CoverageBook asks by the schedule that was in force, also after a restart", async () => {
  await using r = await rig({ jobs: [{ ...hourly, schedule: "0 0 */4 * * *" }] });
  await r.clock.advance(7 * HOUR);
  await r.engine.reload(r.declare([hourly]));
  await r.clock.advance(3 * HOUR);
  // At 12 and 16 by the old schedule, at 18, 19 and 20 by the new one.
  assert.deepEqual([(await look(r)).asked, (await look(r)).score], [5, 100]);
  await r.crash();
  await r.boot([hourly]);
  assert.deepEqual([(await look(r)).asked, (await look(r)).score], [5, 100]);
});

test("CoverageBook judges promises by what exists now", async () => {
  const promise = (afterMs: number, value: number) => ({
    afterMs,
    levels: { hourly: { operator: ">=" as const, value } },
    gap: null,
    oldest: null,
  });
  const promises = [promise(2 * HOUR, 3), promise(2 * HOUR, 4), promise(48 * HOUR, 20)];
  await using r = await rig({ jobs: [{ ...hourly, promises }] });
  await r.clock.advance(3 * HOUR + MINUTE);
  assert.deepEqual((await look(r)).promises.map(({ state, why }) => [state, why]), [
    ["kept", null],
    ["broken", "promised at least 4 hourly backups: found 3"],
    ["not_yet", null],
  ]);
});

test("CoverageBook works out what changed by itself, rests between, and forgets jobs that left", async () => {
  await using r = await rig({ jobs: [hourly] });
  {
    await using book = bookOf(r);
    book.start();
    assert.equal(coverageSummary("db", book.kept().get("db")).at, null);
    await r.clock.advance(10_000);
    assert.equal(book.kept().get("db")?.coverage.asked, 0);
    await r.clock.advance(HOUR);
    assert.equal(book.kept().get("db")?.coverage.asked, 0, "nothing told it to look again");
    for (const event of r.told("run.available")) book.emit(event);
    await r.clock.advance(10_000);
    assert.equal(book.kept().get("db")?.coverage.covered, 1);
    await r.clock.advance(HOUR);
    assert.equal((await book.all()).get("db")?.coverage.covered, 1);
    book.emit(r.told("run.available")[1]!);
    assert.equal((await book.all()).get("db")?.coverage.covered, 2);
    await r.engine.reload([]);
    assert.deepEqual([...book.kept().keys()], []);
    assert.equal(await book.of("db"), undefined);
  }
});

test("CoverageBook works out after a reload what is declared otherwise, and nothing else", async () => {
  const promise = {
    afterMs: 0,
    levels: { hourly: { operator: ">=" as const, value: 3 } },
    gap: null,
    oldest: null,
  };
  const other = { ...hourly, name: "other" };
  await using r = await rig({ jobs: [hourly, other] });
  await using book = bookOf(r);
  const before = await book.all();
  const [first, second] = [before.get("db")!.at, before.get("other")!.at];
  await r.clock.advance(HOUR + MINUTE);
  await r.engine.reload(r.declare([{ ...hourly, promises: [promise] }, other]));
  book.emit({ type: "config.reloaded", level: "info", at: r.clock.now(), message: "" });
  const after = await book.all();
  assert.ok(after.get("db")!.at > first);
  assert.equal(after.get("db")!.promises.length, 1);
  assert.equal(after.get("other")!.at, second, "nothing told of a change there");
  await r.engine.reload(r.declare([hourly, other, { ...hourly, name: "new" }]));
  book.emit({ type: "config.reloaded", level: "info", at: r.clock.now(), message: "" });
  assert.deepEqual([...(await book.all()).keys()].sort(), ["db", "new", "other"]);
});

test("immutable_for is kept where the newest backup is locked for long enough, or its storage deletes nothing", async () => {
  const promises = [{ afterMs: 0, levels: {}, gap: null, oldest: null, immutableMs: 2 * HOUR }];
  for (
    const [what, options, state] of [
      ["no lock", {}, "broken"],
      ["a short one", { lockMs: () => HOUR }, "broken"],
      ["a long one", { lockMs: () => 2 * HOUR }, "kept"],
      ["a storage that deletes nothing", { capabilities: { immutable: true } }, "kept"],
    ] as const
  ) {
    await using r = await rig({
      jobs: [{ ...hourly, promises }],
      providers: (clock) => [new FakeProvider({ clock, key: "p", ...options })],
    });
    await r.clock.advance(HOUR + MINUTE);
    const known = await bookOf(r).of("db");
    assert.deepEqual(known!.promises.map((promise) => promise.state), [state], what);
  }
});

test("copies are promised over jobs at several providers, each with a backup of its own", async () => {
  const copies = { count: 2, jobs: ["offsite"], withinMs: 2 * HOUR };
  const promises = [{ afterMs: 0, levels: {}, gap: null, oldest: null, copies }];
  await using r = await rig({
    jobs: [{ ...hourly, promises }, { ...hourly, name: "offsite", label: "offsite", providerKey: "q" }],
    providers: (clock) => ["p", "q"].map((key) => new FakeProvider({ clock, key })),
  });
  const stateOf = async () => (await bookOf(r).of("db"))!.promises[0]!;
  await r.clock.advance(HOUR + MINUTE);
  assert.equal((await stateOf()).state, "kept");
  r.providers.get("q")!.down();
  await r.clock.advance(3 * HOUR);
  assert.match((await stateOf()).why ?? "", /copies at 2 providers.*found 1: job 'offsite' has none after/);
});
