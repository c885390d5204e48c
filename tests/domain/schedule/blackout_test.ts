// When a job may not start: windows by the clock on the wall, and what becomes of slots in them.
// Also tests blackout_windows.ts, slots_to_run.ts, next_to_run.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BlackoutSettings } from "../../../src/domain/job.ts";
import { blackoutOf } from "../../../src/domain/schedule/blackout.ts";
import { isWholeWeek, joinSpans, parseWindow } from "../../../src/domain/schedule/blackout_windows.ts";
import { dispatch, type DispatchInput } from "../../../src/domain/schedule/dispatch.ts";
import { nextStart } from "../../../src/domain/schedule/next_to_run.ts";
import { largestStartGap, slotsToRun } from "../../../src/domain/schedule/slots_to_run.ts";
import { parseSchedule, type Schedule } from "../../../src/domain/schedule/schedule.ts";

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);
const iso = (ms: number | null) => ms === null ? null : new Date(ms).toISOString().slice(0, 16);

function scheduleOf(pattern: string, zone = "UTC"): Schedule {
  const parsed = parseSchedule(pattern, zone);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.schedule;
}

function windowsOf(windows: string[], timezone = "UTC", act: BlackoutSettings["act"] = "wait") {
  return blackoutOf({ timezone, blackout: { windows, act } })!;
}

function windowAt(ms: string, windows: string[], zone = "UTC") {
  const found = windowsOf(windows, zone).windowAt(at(ms));
  return found === null ? null : `${iso(found.start)} to ${iso(found.end)}`;
}

test("a window holds from its beginning until just before its end, on its days", () => {
  const windows = ["Mon-Fri 08:00-18:00"];
  assert.equal(windowAt("2026-03-02T07:59:59Z", windows), null);
  assert.equal(windowAt("2026-03-02T08:00:00Z", windows), "2026-03-02T08:00 to 2026-03-02T18:00");
  assert.equal(windowAt("2026-03-02T17:59:59Z", windows), "2026-03-02T08:00 to 2026-03-02T18:00");
  assert.equal(windowAt("2026-03-02T18:00:00Z", windows), null);
  assert.equal(windowAt("2026-03-07T12:00:00Z", windows), null, "a Saturday");
});

test("a window over midnight belongs to the day on which it begins, and touching ones are one", () => {
  assert.equal(windowAt("2026-03-03T05:00:00Z", ["Mon 22:00-06:00"]), "2026-03-02T22:00 to 2026-03-03T06:00");
  assert.equal(windowAt("2026-03-02T05:00:00Z", ["Mon 22:00-06:00"]), null);
  assert.equal(windowAt("2026-03-08T03:00:00Z", ["Sat,Sun"]), "2026-03-07T00:00 to 2026-03-09T00:00");
  assert.equal(
    windowAt("2026-03-09T03:00:00Z", ["Fri 18:00-24:00", "sat-sunday", "Mon 00:00-06:00"]),
    "2026-03-06T18:00 to 2026-03-09T06:00",
  );
  assert.equal(windowAt("2026-03-02T23:30:00Z", ["22:00-06:00"]), "2026-03-02T22:00 to 2026-03-03T06:00");
});

test("windows follow the clock on the wall: what it shows twice is inside twice, what it leaps over is left out", () => {
  const zone = "Europe/Berlin";
  assert.equal(
    windowAt("2026-07-01T06:00:00Z", ["08:00-18:00"], zone),
    "2026-07-01T06:00 to 2026-07-01T16:00",
  );
  assert.equal(
    windowAt("2026-12-01T07:00:00Z", ["08:00-18:00"], zone),
    "2026-12-01T07:00 to 2026-12-01T17:00",
  );
  // 02:00-03:00 comes twice on 25 October: from 00:00 to 02:00 UTC.
  assert.equal(
    windowAt("2026-10-25T00:10:00Z", ["02:00-02:30"], zone),
    "2026-10-25T00:00 to 2026-10-25T00:30",
  );
  assert.equal(windowAt("2026-10-25T00:40:00Z", ["02:00-02:30"], zone), null);
  assert.equal(
    windowAt("2026-10-25T01:10:00Z", ["02:00-02:30"], zone),
    "2026-10-25T01:00 to 2026-10-25T01:30",
  );
  assert.equal(
    windowAt("2026-10-25T01:10:00Z", ["01:00-04:00"], zone),
    "2026-10-24T23:00 to 2026-10-25T03:00",
  );
  // 02:00-03:00 does not come on 29 March: the window has no time.
  assert.equal(windowAt("2026-03-29T01:00:00Z", ["02:15-02:45"], zone), null);
  assert.equal(
    windowAt("2026-03-29T01:10:00Z", ["02:15-03:30"], zone),
    "2026-03-29T01:00 to 2026-03-29T01:30",
  );
});

test("windows that cannot be used say why", () => {
  const error = (text: string) => (parseWindow(text) as { error: string }).error;
  assert.match(
    error("Mon-Fry 08:00-18:00"),
    /'Fry' is not a weekday: expected such as "Mon-Fri 08:00-18:00"/,
  );
  assert.match(error("08:00"), /'08:00' is not two times of day/);
  assert.match(error("08:00-25:00"), /is not two times of day/);
  assert.match(error("24:00-06:00"), /is not two times of day/);
  assert.match(error("08:00-08:00"), /it ends when it begins/);
  assert.match(error("8-18"), /is not two times of day/);
  assert.match(error("every day"), /which is days, times of day, or days and then times/);
  assert.match(error(""), /which is days, times of day/);
  assert.match(error("Mon 08:00-10:00 Tue"), /which is days/);
  assert.equal(isWholeWeek(joinSpans(parseWindow("Sun-Sat") as never)), true);
  assert.equal(isWholeWeek(joinSpans(parseWindow("00:00-23:59") as never)), false);
});

test("windowAt() holds what nextWindow() names, at every instant and in every zone", () => {
  const zones = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"];
  const texts = ["Mon-Fri 08:00-18:00", "22:00-06:00", "Sat,Sun", "Wed 02:00-02:30", "01:30-03:10"];
  fc.assert(fc.property(
    fc.constantFrom(...zones),
    fc.subarray(texts, { minLength: 1 }),
    fc.integer({ min: at("2025-01-01T00:00:00Z"), max: at("2028-01-01T00:00:00Z") }),
    (zone, windows, ms) => {
      const blackout = windowsOf(windows, zone);
      const next = blackout.nextWindow(ms);
      assert.ok(next.end > ms && next.end > next.start, "it is still to end");
      assert.deepEqual(blackout.windowAt(ms), next.start <= ms ? next : null);
      assert.equal(blackout.windowAt(next.end), null, "at its end a start is free");
      assert.equal(blackout.windowAt(next.start - 1), null, "and just before it");
    },
  ));
});

const MONDAY = at("2026-03-02T00:00:00Z");

function decide(fields: Partial<Omit<DispatchInput, "job">> & { pattern: string; act?: "wait" | "skip" }) {
  const { pattern, act = "wait", ...rest } = fields;
  const { cursor, decisions } = dispatch({
    slots: scheduleOf(pattern),
    blackout: windowsOf(["Mon-Fri 08:00-18:00"], "UTC", act),
    cursor: MONDAY + 7 * HOUR,
    now: MONDAY,
    occupant: null,
    pausedAt: null,
    pausedUntil: null,
    graceFactor: 1,
    lastCancelSlot: null,
    mayCancel: true,
    job: {
      enabled: true,
      from: null,
      to: null,
      graceMs: HOUR,
      missedRuns: "latest",
      startDeadlineMs: null,
      ...(rest as { job?: object }).job,
    },
    ...("job" in rest ? (({ job: _, ...others }) => others)(rest as { job: unknown }) : rest),
  });
  const hour = (ms: number) => iso(ms)!.slice(11);
  return [
    hour(cursor),
    ...decisions.map((one) =>
      one.decide === "skip"
        ? `${one.reason} ${hour(one.slot)}-${hour(one.until)} (${one.slots})`
        : `${one.decide} ${hour(one.slot)}`
    ),
  ];
}

test("a start that waits stays open until its window ends, then the last slot runs and those before are one range", () => {
  const pattern = "0 30 * * * *";
  assert.deepEqual(
    decide({ pattern, now: MONDAY + 8.5 * HOUR }),
    ["07:00"],
  );
  assert.deepEqual(decide({ pattern, now: MONDAY + 18 * HOUR - 1 }), ["07:00"]);
  assert.deepEqual(decide({ pattern, now: MONDAY + 18 * HOUR, cursor: MONDAY + 7.5 * HOUR }), [
    "17:30",
    "blackout 08:30-16:30 (9)",
    "run 17:30",
  ]);
  assert.deepEqual(decide({ pattern: "0 0 * * * *", now: MONDAY + 18 * HOUR }), [
    "18:00",
    "blackout 08:00-17:00 (10)",
    "run 18:00",
  ]);
  assert.deepEqual(decide({ pattern: "0 0 12 * * *", now: MONDAY + 18 * HOUR + 5 }), ["12:00", "run 12:00"]);
});

test("a slot of before the window that comes too late for it waits, too", () => {
  const late = { pattern: "0 59 7 * * *", now: MONDAY + 8 * HOUR };
  assert.deepEqual(decide(late), ["07:00"]);
  assert.deepEqual(decide({ ...late, now: MONDAY + 18 * HOUR }), ["07:59", "run 07:59"]);
  assert.deepEqual(decide({ ...late, act: "skip" }), ["07:59", "blackout 07:59-07:59 (1)"]);
});

test("start_deadline bounds the wait, counted from the slot, and missed_runs: skip does not mind it", () => {
  const pattern = "0 0 12,15 * * *";
  const job = { startDeadlineMs: 4 * HOUR } as DispatchInput["job"];
  assert.deepEqual(decide({ pattern, now: MONDAY + 12 * HOUR, ...{ job } } as never), [
    "12:00",
    "blackout 12:00-12:00 (1)",
  ]);
  assert.deepEqual(
    decide({ pattern, now: MONDAY + 15 * HOUR, cursor: MONDAY + 12 * HOUR, ...{ job } } as never),
    [
      "12:00",
    ],
  );
  assert.deepEqual(
    decide({ pattern, now: MONDAY + 18 * HOUR + 10, cursor: MONDAY + 12 * HOUR, ...{ job } } as never),
    ["15:00", "run 15:00"],
  );
  assert.deepEqual(
    decide({ pattern, now: MONDAY + 19.5 * HOUR, cursor: MONDAY + 12 * HOUR, ...{ job } } as never),
    ["15:00", "missed 15:00-15:00 (1)"],
    "the machine was away when the window ended, and the deadline is over",
  );
  const skip = { missedRuns: "skip" } as DispatchInput["job"];
  assert.deepEqual(decide({ pattern: "0 0 12 * * *", now: MONDAY + 18 * HOUR, ...{ job: skip } } as never), [
    "12:00",
    "run 12:00",
  ]);
});

test("with then: skip each slot of a window is skipped as it comes, and none of them later", () => {
  const pattern = "0 0 * * * *";
  assert.deepEqual(decide({ pattern, act: "skip", now: MONDAY + 8 * HOUR }), [
    "08:00",
    "blackout 08:00-08:00 (1)",
  ]);
  assert.deepEqual(decide({ pattern: "0 0 12 * * *", act: "skip", now: MONDAY + 20 * HOUR }), [
    "12:00",
    "blackout 12:00-12:00 (1)",
  ]);
  assert.deepEqual(decide({ pattern, act: "skip", now: MONDAY + 18 * HOUR }), [
    "18:00",
    "blackout 08:00-17:00 (10)",
    "run 18:00",
  ]);
});

test("an edit leaves no start waiting, and a pause within a window is one", () => {
  const pattern = "0 0 12 * * *";
  assert.deepEqual(decide({ pattern, now: MONDAY + 13 * HOUR, final: true }), [
    "12:00",
    "blackout 12:00-12:00 (1)",
  ]);
  const paused = { pausedAt: MONDAY, pausedUntil: MONDAY + 10 * HOUR };
  assert.deepEqual(decide({ pattern: "0 0 9,12 * * *", now: MONDAY + 13 * HOUR, ...paused }), [
    "09:00",
    "paused 09:00-09:00 (1)",
  ]);
});

test("the slots that run, and the starts to come, are those that dispatch decides", () => {
  const patterns = [
    "0 0 * * * *",
    "0 30 */2 * * *",
    "0 0 12 * * *",
    "0 50 7 * * *",
    "0 */20 * * * *",
    "0 0 18 * * 1",
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...patterns),
      fc.constantFrom("wait" as const, "skip" as const),
      fc.constantFrom(null, HOUR, 4 * HOUR),
      fc.constantFrom("UTC", "Europe/Berlin"),
      (pattern, act, startDeadlineMs, timezone) => {
        const job = {
          ...{ enabled: true, from: null, to: null, graceMs: HOUR, missedRuns: "latest" as const },
          ...{
            startDeadlineMs,
            timezone,
            blackout: { windows: ["Mon-Fri 08:00-18:00", "Sat 22:00-06:00"], act },
          },
        };
        const slots = scheduleOf(pattern, timezone);
        const blackout = blackoutOf(job)!;
        const [from, until] = [at("2026-10-23T00:00:00Z"), at("2026-10-28T00:00:00Z")];
        const rest = {
          occupant: null,
          pausedAt: null,
          pausedUntil: null,
          graceFactor: 1,
          lastCancelSlot: null,
        };
        let cursor = from;
        const ran: number[] = [];
        for (let now = from; now <= until; now += 600_000) {
          const foretold = nextStart(job, null, slots, { cursor, now: now - 600_000 });
          const made = dispatch({ ...rest, job, slots, blackout, cursor, now, mayCancel: true });
          cursor = made.cursor;
          for (const one of made.decisions) {
            if (one.decide !== "run") continue;
            assert.equal(blackout.windowAt(now), null, "nothing starts in a window");
            assert.ok(foretold!.at > now - 600_000 && foretold!.at <= now, "and it was foretold");
            ran.push(one.slot);
          }
        }
        const expected: number[] = [];
        const runs = slotsToRun(slots, job);
        for (let slot = runs.next(from); slot !== null && slot <= cursor; slot = runs.next(slot)) {
          expected.push(slot);
        }
        assert.deepEqual(ran.map(iso), expected.map(iso));
      },
    ),
    { numRuns: 60 },
  );
});

test("the longest time between two starts knows the windows", () => {
  const gap = (pattern: string, act: "wait" | "skip", windows = ["Mon-Fri 08:00-18:00"]) =>
    largestStartGap(
      scheduleOf(pattern),
      { timezone: "UTC", startDeadlineMs: null, blackout: { windows, act } },
      MONDAY,
      28,
    )! / HOUR;
  assert.equal(gap("0 0 * * * *", "wait"), 11);
  assert.equal(
    gap("0 0 12 * * *", "wait"),
    30,
    "Friday's at 18:00 and Saturday's at 12:00 are near, Sunday's is far",
  );
  assert.equal(gap("0 0 12 * * *", "skip"), 6 * 24, "from Sunday to the next Saturday");
  assert.equal(gap("0 0 3 * * *", "wait"), 24);
});
