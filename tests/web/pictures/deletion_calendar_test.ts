// The calendar of deletions: every one is counted once, and what stops them is said first.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import {
  type CalendarInput,
  deletionCalendar as drawn,
} from "../../../src/web/pictures/deletion_calendar.ts";
import { assertGolden } from "../../support/golden.ts";
import { deletionDays } from "../../support/picture_series.ts";
import { NOW } from "../../support/picture_worlds.ts";
import { ofClass, readSvg } from "../../support/svg_reader.ts";

const DAY = 86_400_000;
const input = (change: Partial<CalendarInput> = {}): CalendarInput => ({
  days: deletionDays(),
  zone: zoneOf("Europe/Berlin"),
  now: NOW,
  weekStarts: "monday",
  unseen: [],
  partly: [],
  pending: 0,
  stopped: null,
  href: (day) => `/deletions?day=${day}`,
  ...change,
});

const deletionCalendar = (of: CalendarInput, width = 760) => drawn(of, { id: "calendar", width });

test("a calendar looks as it was seen last", () => {
  assertGolden("deletion_calendar.svg", deletionCalendar(input()).svg);
  assertGolden("deletion_calendar_narrow.svg", deletionCalendar(input(), 374).svg);
});

test("a day that is over by the clock of the viewer counts today, and later days are told as such", () => {
  const row = { job: "a", backups: 2, size_mb: 1, unsized: 0 };
  const { table, facts } = deletionCalendar(input({
    days: [{ ...row, day: "2026-11-27" }, { ...row, day: "2026-11-30", unsized: 2, size_mb: 0 }, {
      ...row,
      day: "2027-02-01",
    }],
  }));
  assert.deepEqual(table.rows.map(([day, count, size]) => [(day as { href: string }).href, count, size]), [
    ["/deletions?day=2026-11-28", "2", "1 MB"],
    ["/deletions?day=2026-11-30", "2", "unknown size"],
  ]);
  assert.equal(facts.find(({ term }) => term === "Later")!.text, "2 more go after these weeks");
});

test("what stops deletions, and what could not be foreseen, is told", () => {
  const { facts } = deletionCalendar(input({
    days: [],
    stopped: "frozen by anna",
    unseen: ["big"],
    partly: [{ job: "often", until: "2026-11-29T11:30:00.000Z" }],
    pending: 3,
  }));
  assert.deepEqual(facts.map(({ term, text }) => `${term}: ${text}`), [
    "Stopped: nothing is deleted meanwhile: frozen by anna",
    "Next five weeks: nothing is known to be deleted, if nothing changes",
    "Not looked at yet: 3 jobs; look again in a moment",
    "Not foreseen: big: too many backups",
    "Foreseen in part: often until Sun 29 Nov 12:30: due too often to look further",
  ]);
});

test("whatever is planned: the days and what goes later sum up to all of it", () => {
  const one = fc.record({
    day: fc.integer({ min: -5, max: 60 }).map((days) =>
      new Date(NOW + days * DAY).toISOString().slice(0, 10)
    ),
    job: fc.string({ unit: "binary" }),
    backups: fc.integer({ min: 1, max: 500 }),
    size_mb: fc.double({ min: 0, max: 1e9, noNaN: true }),
    unsized: fc.nat(3),
  });
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 60 }),
      fc.constantFrom("sunday" as const, "monday" as const),
      (days, weekStarts) => {
        const { svg, table, facts } = deletionCalendar(input({ days, weekStarts }));
        assert.equal(ofClass(readSvg(svg), "day").length, 35);
        const number = (text: unknown) => Number(String(text).replaceAll(",", ""));
        const inWeeks = table.rows.reduce((sum, [, count]) => sum + number(count), 0);
        const later = number(facts.find(({ term }) => term === "Later")?.text.split(" ")[0] ?? 0);
        assert.equal(inWeeks + later, days.reduce((sum, { backups }) => sum + backups, 0));
      },
    ),
  );
});
