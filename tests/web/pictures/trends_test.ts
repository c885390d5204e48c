// Sizes, durations and restore times over time: what is said of them, that nothing is cut off in silence, and how they look.
// Also tests trend.ts, chart.ts, lines.ts and value_scale.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { iso } from "../../../src/domain/instant.ts";
import { durationTrend, restoreTrend, secondsText, sizeTrend } from "../../../src/web/pictures/trends.ts";
import { assertGolden } from "../../support/golden.ts";
import { growing } from "../../support/picture_series.ts";
import { NOW } from "../../support/picture_worlds.ts";
import { everyNode, ofClass, readSvg } from "../../support/svg_reader.ts";

const DAY = 86_400_000;
const asked = (width = 540) => ({
  job: "postgres",
  id: "trend",
  width,
  calendar: { zone: zoneOf("Europe/Berlin"), now: NOW },
  href: (runId: string) => `/backups/${runId}`,
});

test("sizes, durations and restore times look as they were seen last", () => {
  const few = growing(60, 6 * DAY);
  assertGolden("size_trend.svg", sizeTrend(few, asked()).svg);
  assertGolden("size_trend_narrow.svg", sizeTrend(few, asked(374)).svg);
  assertGolden("size_trend_of_many.svg", sizeTrend(growing(3_000, 4 * 3_600_000), asked()).svg);
  assertGolden("duration_trend.svg", durationTrend(few, asked()).svg);
  const restores = few.slice(0, 14).map(({ run_id, start_time }, at) => ({
    run_id,
    ended_at: start_time,
    restore_seconds: 200 + at * 9,
  }));
  assertGolden("restore_trend.svg", restoreTrend(restores, asked()).svg);
});

test("what is far above the rest, and what is suspect, is told and does not move the median", () => {
  const facts = Object.fromEntries(
    sizeTrend(growing(60, 6 * DAY), asked()).facts.map(({ term, text }) => [term, text]),
  );
  assert.match(facts.Median!, /^1\.3 GB; the greatest of 59 is 9 GB$/);
  assert.match(facts["Far above the rest"]!, /^9 GB on /);
  assert.equal(facts.Suspect, "1 value counted for nothing here");
  assert.match(facts.Change!, /^\d+ % more than 11 months before; at this pace twice as much in \d+ months$/);
});

test("where nothing is known the picture says that, and one value is a chart", () => {
  assert.match(sizeTrend([], asked()).svg, />no size is known</);
  const one = {
    run_id: "a",
    period_time: null,
    start_time: iso(NOW),
    end_time: null,
    size_mb: 5,
    suspect: false,
    rejected: false,
  };
  assert.equal(ofClass(readSvg(sizeTrend([one], asked()).svg), "point").length, 1);
  assert.equal(durationTrend([one], asked()).table.rows.length, 0);
});

const value = fc.record({
  run_id: fc.string({ unit: "binary" }),
  period_time: fc.constant(null),
  start_time: fc.integer({ min: NOW - 900 * DAY, max: NOW }).map((ms) => iso(ms)),
  end_time: fc.constant(null),
  size_mb: fc.oneof(
    fc.constant(0),
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.integer({ min: 990, max: 1_000 }),
  ),
  suspect: fc.boolean(),
  rejected: fc.boolean(),
});

test("whatever the sizes: each of few is one sign within the picture, and the axis begins at zero", () => {
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 40, minLength: 1 }),
      fc.constantFrom(320, 540),
      (values, width) => {
        const picture = sizeTrend(values, asked(width));
        const root = readSvg(picture.svg);
        const signs = [...ofClass(root, "point"), ...ofClass(root, "doubtful"), ...ofClass(root, "above")];
        const isKnown = values.some(({ suspect, rejected }) => !suspect && !rejected);
        if (isKnown) assert.equal(signs.length, values.length);
        assert.equal(picture.table.rows.length, values.length);
        if (isKnown) assert.equal(ofClass(root, "value")[0]!.text, "0 B");
        for (const { attributes } of everyNode(root)) {
          if (attributes.cx !== undefined) {
            assert.ok(Number(attributes.cx) <= width && Number(attributes.cy) >= 0);
          }
        }
      },
    ),
  );
});

test("durations are written as people say them", () => {
  assert.deepEqual([4.26, 59, 100, 605, 7_200, 9_000].map(secondsText), [
    "4.3 s",
    "59 s",
    "1.7 min",
    "10 min",
    "2 h",
    "2 h 30 min",
  ]);
});
