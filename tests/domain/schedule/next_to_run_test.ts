// Which slot runs next: what stops a job hides the slots that it will not run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nextToRun } from "../../../src/domain/schedule/next_to_run.ts";

/** Each hundred. */
const slots = { next: (from: number) => (Math.floor(from / 100) + 1) * 100 };
const ALWAYS = { enabled: true, from: null, to: null };

test("the next slot is the one that will run, and none where nothing will", () => {
  const cases: [Parameters<typeof nextToRun>[0], Parameters<typeof nextToRun>[1], number | null][] = [
    [ALWAYS, null, 500],
    [{ ...ALWAYS, enabled: false }, null, null],
    // `from` is the first instant at which a slot runs, `to` the first at which none does.
    [{ ...ALWAYS, from: 1_000 }, null, 1_000],
    [{ ...ALWAYS, from: 1_001 }, null, 1_100],
    [{ ...ALWAYS, from: 100 }, null, 500],
    [{ ...ALWAYS, to: 501 }, null, 500],
    [{ ...ALWAYS, to: 500 }, null, null],
    [{ ...ALWAYS, from: 1_001, to: 1_100 }, null, null],
    [ALWAYS, { until: null }, null],
    [ALWAYS, { until: 700 }, 800],
    [ALWAYS, { until: 410 }, 500],
    [{ ...ALWAYS, to: 800 }, { until: 700 }, null],
  ];
  for (const [job, pause, expected] of cases) {
    assert.equal(nextToRun(job, pause, slots, 420), expected, JSON.stringify([job, pause]));
  }
});

test("a schedule that never comes again has no next slot", () => {
  assert.equal(nextToRun(ALWAYS, null, { next: () => null }, 0), null);
});
