// Deletions to come of a real engine: foreseen in the background, anew after what changes them.
// Also tests departures_of.ts, present.ts and books.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DepartureBook } from "../../../src/app/future/departure_book.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { job, policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const hourly = { schedule: "0 0 * * * *", retention: policy("hourly=4"), guard: job().guard };

function bookOf(r: Rig): DepartureBook {
  const { engine, store, clock, watch } = r;
  const book = new DepartureBook({ engine, store, clock, watch, schedules: createScheduleCache() });
  book.start();
  return book;
}

test("it says how many backups go within a day, and follows a hold within minutes", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(4 * HOUR + MINUTE);
  await using book = bookOf(r);
  assert.equal(book.countOf("db"), null, "nothing is foreseen yet");
  await r.clock.advance(MINUTE);
  assert.equal(book.countOf("db"), 4);
  const [oldest] = await r.runs("available");
  await r.engine.safekeeping.hold(oldest!, { reason: "mine", owner: "ann", until: null } as any, "ann");
  book.emit(r.events.findLast(({ type }) => type === "run.held")!);
  await r.clock.advance(MINUTE);
  assert.equal(book.countOf("db"), 4, "not at once: a job may be busy");
  await r.clock.advance(6 * MINUTE);
  assert.equal(book.countOf("db"), 3);
});

test("an edit is followed at once, and a job that is gone has no number", async () => {
  await using r = await rig({ jobs: [hourly] });
  await r.clock.advance(4 * HOUR + MINUTE);
  await using book = bookOf(r);
  await r.clock.advance(MINUTE);
  const reloaded = () =>
    book.emit({ type: "config.reloaded", level: "info", at: r.clock.now(), message: "" });
  await r.engine.reload(r.declare([{ ...hourly, retention: policy("hourly=100") }]));
  reloaded();
  await r.clock.advance(10_000);
  assert.equal(book.countOf("db"), 0);
  await r.engine.reload([]);
  reloaded();
  await r.clock.advance(10_000);
  assert.equal(book.countOf("db"), null);
});

test("a job without backups is not played, and after its first ones it is", async () => {
  await using r = await rig({ jobs: [hourly] });
  await using book = bookOf(r);
  await r.clock.advance(MINUTE);
  assert.equal(book.countOf("db"), 0);
  await r.clock.advance(4 * HOUR + MINUTE);
  for (const event of r.told("run.available")) book.emit(event);
  await r.clock.advance(MINUTE);
  assert.equal(book.countOf("db"), 4);
});
