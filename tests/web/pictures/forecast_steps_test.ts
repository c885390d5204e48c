// How many backups a job will have, and how a storage fills: in words and as they look.

import assert from "node:assert/strict";
import { test } from "node:test";
import { iso } from "../../../src/domain/instant.ts";
import type { ForecastView } from "../../../src/ports/views/forecast.ts";
import { forecastSteps } from "../../../src/web/pictures/forecast_steps.ts";
import { assertGolden } from "../../support/golden.ts";
import { NOW } from "../../support/picture_worlds.ts";

const DAY = 86_400_000;
const COUNTS = [[7, 24], [14, 24], [30, 25], [60, 24], [120, 26], [200, 26], [400, 25]] as const;

function view(change: Partial<ForecastView> = {}): ForecastView {
  return {
    job: "postgres",
    schedule: "0 0 2 * * *",
    timezone: "Europe/Berlin",
    policy: "daily=7@L",
    from: iso(NOW),
    until: iso(NOW + 400 * DAY),
    reached: iso(NOW + 400 * DAY),
    slots: 400,
    dates: COUNTS.map(([days, backups]) => ({
      at: iso(NOW + days * DAY),
      backups,
      levels: [{ level: "daily", kept: 7, limit: 7 }],
      oldest: iso(NOW - 600 * DAY),
      largest_gap: { from: iso(NOW - 500 * DAY), until: iso(NOW - 340 * DAY), seconds: 160 * 86_400 },
    })),
    backups: [],
    left_out: 0,
    ...change,
  };
}

test("a forecast says what there will be at its end, and how far that was looked", () => {
  const picture = forecastSteps(view(), { id: "forecast", width: 540, now: 23 });
  assertGolden("forecast_steps.svg", picture.svg);
  assert.deepEqual(picture.facts.map(({ term, text }) => `${term}: ${text}`), [
    "Now: 23 backups",
    "Sun 2 Jan 2028: 25 backups: daily 7 of 7",
    "Oldest then: Mon 7 Apr 2025",
    "Longest gap then: 5 months, Wed 16 Jul 2025 to Tue 23 Dec 2025",
  ]);
  const cut = forecastSteps(view({ until: iso(NOW + 900 * DAY) }), { id: "forecast", width: 540, now: 23 });
  assert.equal(cut.facts.at(-1)!.term, "Looked until");
});
