// The calendar of deletions: every one is counted once, on the day of the zone's clock, and what stops them is said first.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { type CalendarInput, deletionCalendar } from "../../../src/web/pictures/deletion_calendar.ts";
import { assertGolden } from "../../support/golden.ts";
import { plannedDeletions } from "../../support/picture_series.ts";
import { NOW } from "../../support/picture_worlds.ts";
import { ofClass, readSvg } from "../../support/svg_reader.ts";

const DAY = 86_400_000;
const input = (change: Partial<CalendarInput> = {}): CalendarInput => ({
  id: "calendar",
  width: 760,
  deletions: plannedDeletions(420),
  zone: zoneOf("Europe/Berlin"),
  now: NOW,
  weekStarts: "monday",
  unseen: [],
  stopped: null,
  href: (day) => `/deletions?day=${day}`,
  ...change,
});

test("a calendar looks as it was seen last", () => {
  assertGolden("deletion_calendar.svg", deletionCalendar(input()).svg);
  assertGolden("deletion_calendar_narrow.svg", deletionCalendar(input({ width: 374 })).svg);
});

test("a deletion counts on the day that the zone's clock shows; one that is overdue today", () => {
  const lateEvening = Date.UTC(2026, 10, 29, 23, 30);
  const { table } = deletionCalendar(input({
    deletions: [{ job: "a", at: lateEvening, size_mb: 1 }, { job: "a", at: NOW - DAY, size_mb: null }],
  }));
  assert.deepEqual(table.rows.map(([day]) => (day as { href: string }).href), [
    "/deletions?day=2026-11-28",
    "/deletions?day=2026-11-30",
  ]);
});

test("what stops deletions, and what could not be foreseen, is told", () => {
  const { facts } = deletionCalendar(input({
    deletions: [],
    stopped: "frozen by anna",
    unseen: [{ job: "big", why: "300,000 backups" }],
  }));
  assert.deepEqual(facts.map(({ term, text }) => `${term}: ${text}`), [
    "Stopped: nothing is deleted meanwhile: frozen by anna",
    "Next five weeks: nothing is to be deleted, if nothing changes",
    "Not foreseen: big (300,000 backups)",
  ]);
});

test("whatever is planned: the days and what goes later sum up to all of it", () => {
  const one = fc.record({
    job: fc.string({ unit: "binary" }),
    at: fc.integer({ min: NOW - 3 * DAY, max: NOW + 60 * DAY }),
    size_mb: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
  });
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 60 }),
      fc.constantFrom("sunday" as const, "monday" as const),
      (deletions, weekStarts) => {
        const { svg, table, facts } = deletionCalendar(input({ deletions, weekStarts }));
        assert.equal(ofClass(readSvg(svg), "day").length, 35);
        const inWeeks = table.rows.reduce((sum, [, count]) => sum + Number(count), 0);
        const later = Number(facts.find(({ term }) => term === "Later")?.text.split(" ")[0] ?? 0);
        assert.equal(inWeeks + later, deletions.length);
      },
    ),
  );
});
