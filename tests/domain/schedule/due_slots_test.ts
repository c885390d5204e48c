// The slots that a job will run are the ones that dispatch decides to run.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dispatch } from "../../../src/domain/schedule/dispatch.ts";
import { dueSlots } from "../../../src/domain/schedule/due_slots.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";

const HOUR = 3_600_000;
const FROM = Date.parse("2026-01-01T00:00:00Z");

test("dueSlots() are those that dispatch runs, whatever dates and pauses bound the job", () => {
  const parsed = parseSchedule("0 0 */3 * * *", "UTC");
  assert.ok("schedule" in parsed);
  const slots = parsed.schedule;
  const instant = fc.option(fc.integer({ min: -4, max: 30 }).map((hours) => FROM + hours * HOUR), {
    nil: null,
  });
  fc.assert(fc.property(
    fc.record({ enabled: fc.constantFrom(true, true, true, false), from: instant, to: instant }),
    fc.option(fc.record({ until: instant }), { nil: null }),
    (bounds, pause) => {
      const due = dueSlots(slots, bounds, pause);
      const found: number[] = [];
      const expected: number[] = [];
      const end = FROM + 30 * HOUR;
      for (let at = due.next(FROM); at !== null && at <= end; at = due.next(at)) found.push(at);
      for (let slot = slots.next(FROM)!; slot <= end; slot = slots.next(slot)!) {
        const { decisions } = dispatch({
          job: { ...bounds, graceMs: HOUR, missedRuns: "latest", startDeadlineMs: null },
          slots,
          cursor: slot - 1,
          now: slot,
          occupant: null,
          pausedAt: pause === null ? null : FROM,
          pausedUntil: pause?.until ?? null,
          graceFactor: 1,
          lastCancelSlot: null,
          mayCancel: true,
        });
        if (decisions.some(({ decide }) => decide === "run")) expected.push(slot);
      }
      assert.deepEqual(found, expected);
    },
  ));
});
