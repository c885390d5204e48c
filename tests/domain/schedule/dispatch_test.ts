// Every due slot is decided once, in order, whenever it is asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Decision, dispatch, type DispatchInput } from "../../../src/domain/schedule/dispatch.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";

const MINUTE = 60_000;
const T0 = Date.parse("2026-03-02T10:00:00Z");

function slotsOf(pattern: string) {
  const parsed = parseSchedule(pattern, "UTC");
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.schedule;
}

function decide(fields: Partial<Omit<DispatchInput, "job">> & { job?: Partial<DispatchInput["job"]> }) {
  const { job, ...rest } = fields;
  return dispatch({
    slots: slotsOf("0 * * * * *"),
    cursor: T0,
    now: T0 + MINUTE,
    occupant: null,
    pausedAt: null,
    pausedUntil: null,
    graceFactor: 1,
    lastCancelSlot: null,
    mayCancel: true,
    ...rest,
    job: {
      enabled: true,
      from: null,
      to: null,
      graceMs: 10 * MINUTE,
      missedRuns: "latest",
      startDeadlineMs: null,
      ...job,
    },
  });
}

const at = (minutes: number) => T0 + minutes * MINUTE;
const running = (fields: object = {}) => ({
  runId: "r",
  status: "running" as const,
  since: T0,
  cancelFailedAt: null,
  ...fields,
});

/** Decisions in a short form: `run 1`, `missed 1-3 (3)`, minutes after T0. */
function brief(decisions: Decision[]): string[] {
  const minutes = (ms: number) => (ms - T0) / MINUTE;
  return decisions.map((one) =>
    one.decide === "skip"
      ? `${one.reason} ${minutes(one.slot)}-${minutes(one.until)} (${one.slots})`
      : `${one.decide} ${minutes(one.slot)}`
  );
}

const CASES: Record<string, [Parameters<typeof decide>[0], string[], number]> = {
  "nothing is due": [{ now: T0 + 59_999 }, [], 0],
  "one slot is due": [{}, ["run 1"], 1],
  "after downtime the latest slot runs, earlier ones are one range": [
    { now: at(5) + 10_000 },
    ["missed 1-4 (4)", "run 5"],
    5,
  ],
  "missed_runs: skip runs nothing late": [
    { now: at(5) + 59_999, cursor: at(0), job: { missedRuns: "skip" } },
    ["missed 1-4 (4)", "run 5"],
    5,
  ],
  "missed_runs: skip leaves a slot out that is over a minute late": [
    { slots: slotsOf("0 0 * * * *"), now: at(62), cursor: T0, job: { missedRuns: "skip" } },
    ["missed 60-60 (1)"],
    60,
  ],
  "a slot later than its start deadline is missed": [
    { slots: slotsOf("0 0 * * * *"), now: at(70), job: { startDeadlineMs: 9 * MINUTE } },
    ["missed 60-60 (1)"],
    60,
  ],
  "the default start deadline is one interval, at most a day": [
    { slots: slotsOf("0 0 10 1 * *"), now: Date.parse("2026-04-02T10:00:01Z") },
    ["missed 43200-43200 (1)"],
    43_200,
  ],
  "a slot is skipped while a run goes on": [{ occupant: running() }, ["still_running 1-1 (1)"], 1],
  "a run older than grace time is cancelled, its slot stays open": [
    { now: at(11), cursor: at(10), occupant: running() },
    ["cancel 11"],
    11 - 1 / MINUTE,
  ],
  "a longer grace after a cancel": [
    { now: at(11), cursor: at(10), occupant: running(), graceFactor: 2 },
    ["still_running 11-11 (1)"],
    11,
  ],
  "no cancel at a second slot in a row": [
    { now: at(11), cursor: at(10), occupant: running(), lastCancelSlot: at(10) },
    ["still_running 11-11 (1)"],
    11,
  ],
  "a cancel that failed for this slot is not tried again": [
    { now: at(11), cursor: at(10), occupant: running({ cancelFailedAt: at(11) }) },
    ["still_running 11-11 (1)"],
    11,
  ],
  "a start of unknown fate is never cancelled": [
    { now: at(11), cursor: at(10), occupant: running({ status: "unknown" }) },
    ["still_running 11-11 (1)"],
    11,
  ],
  "a freeze forbids the cancel": [
    { now: at(11), cursor: at(10), occupant: running(), mayCancel: false },
    ["still_running 11-11 (1)"],
    11,
  ],
  "slots that nobody decided in time are missed, whatever runs by now": [
    { now: at(9), occupant: running() },
    ["missed 1-8 (8)", "still_running 9-9 (1)"],
    9,
  ],
  "those that passed while one waited for a cancel are not": [
    { now: at(3), occupant: running({ isMakingRoom: true }) },
    ["still_running 1-2 (2)", "still_running 3-3 (1)"],
    3,
  ],
  "nor are those after a cancel that failed": [
    { now: at(3), occupant: running({ cancelFailedAt: at(1) }) },
    ["still_running 1-2 (2)", "still_running 3-3 (1)"],
    3,
  ],
  "while a cancel is under way the latest slot waits": [
    { now: at(3), occupant: running({ status: "cancelling" }) },
    ["still_running 1-2 (2)", "wait 3"],
    3 - 1 / MINUTE,
  ],
  "a pause skips": [{ now: at(2), pausedAt: T0 }, ["paused 1-2 (2)"], 2],
  "a pause that ended skips only what lay in it": [
    { now: at(4), pausedAt: T0, pausedUntil: at(2) + 1 },
    ["paused 1-2 (2)", "missed 3-3 (1)", "run 4"],
    4,
  ],
  "a disabled job skips all": [{ now: at(3), job: { enabled: false } }, ["disabled 1-3 (3)"], 3],
  "from and to cut slots off at both ends": [
    { now: at(9), job: { from: at(3), to: at(6) }, cursor: T0 },
    ["outside_dates 1-2 (2)", "missed 3-5 (3)", "outside_dates 6-9 (4)"],
    9,
  ],
  "inside from and to it runs": [{ now: at(4), job: { from: at(3), to: at(6) } }, [
    "outside_dates 1-2 (2)",
    "missed 3-3 (1)",
    "run 4",
  ], 4],
};
for (const [name, [input, expected, cursor]] of Object.entries(CASES)) {
  test(`dispatch(): ${name}`, () => {
    const { decisions, cursor: reached } = decide(input);
    assert.deepEqual(brief(decisions), expected);
    assert.equal((reached - T0) / MINUTE, cursor);
  });
}

test("dispatch() decides every slot exactly once, in order, whatever the times of asking", () => {
  const slots = slotsOf("0/7 * * * * *");
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          step: fc.integer({ min: 0, max: 90_000 }),
          busy: fc.boolean(),
          enabled: fc.boolean(),
          paused: fc.boolean(),
        }),
        { maxLength: 30 },
      ),
      (steps) => {
        let cursor = T0;
        let now = T0;
        const decided: number[] = [];
        for (const { step, busy, enabled, paused } of steps) {
          now += step;
          const result = decide({
            slots,
            cursor,
            now,
            occupant: busy ? running({ since: now }) : null,
            pausedAt: paused ? T0 : null,
            job: { enabled, from: T0 + 20_000, to: T0 + 600_000 },
          });
          for (const one of result.decisions) {
            const until = one.decide === "skip" ? one.until : one.slot;
            for (let slot = one.slot; slot <= until; slot = slots.next(slot)!) decided.push(slot);
          }
          assert.ok(result.cursor >= cursor && result.cursor <= now);
          cursor = result.cursor;
        }
        const expected: number[] = [];
        for (let slot = slots.next(T0)!; slot <= now; slot = slots.next(slot)!) expected.push(slot);
        assert.deepEqual(decided, expected);
      },
    ),
    { numRuns: 300 },
  );
});
