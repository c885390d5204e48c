// Schedule lint: changes of the clock by hand in four zones, contradictions, collisions and the times that mend them.
// Also tests clock_change_lint.ts, collision_lint.ts, level_fit_lint.ts, lint_finding.ts, provider_queue.ts and
// shifted_schedule.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clockEffects } from "../../../src/domain/lint/clock_change_lint.ts";
import { drain } from "../../../src/domain/slices.ts";
import type { Finding, LintRule } from "../../../src/domain/lint/lint_finding.ts";
import { playQueue } from "../../../src/domain/lint/provider_queue.ts";
import { createScheduleCache, type Schedule } from "../../../src/domain/schedule/schedule.ts";
import { type LintJob, lintSchedules } from "../../../src/domain/lint/schedule_lint.ts";
import { shiftedSchedule } from "../../../src/domain/schedule/shifted_schedule.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { policyOf } from "../../support/histories.ts";

const NOW = Date.parse("2026-11-23T00:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const schedules = createScheduleCache();

function scheduleOf(pattern: string, zone = "UTC"): Schedule {
  const parsed = schedules.parse(pattern, zone);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.schedule;
}

const CLOCKS: [zone: string, pattern: string, from: string, days: number, effects: string[]][] = [
  ["Europe/Berlin", "0 30 2 * * *", "2026-03-01", 300, [
    "2026-03-29T01:00Z 2026-03-29 02:30 does not exist: due at 2026-03-29 03:00",
    "2026-10-25T01:00Z 2026-10-25 02:30 comes twice: due once, the first time",
  ]],
  ["Europe/Berlin", "0 0 2,3 * * *", "2026-03-01", 60, [
    "2026-03-29T01:00Z 2026-03-29 02:00 does not exist: due at 2026-03-29 03:00, together with the slot there",
  ]],
  ["Europe/Berlin", "0 0,20,40 2 * * *", "2026-03-01", 60, [
    "2026-03-29T01:00Z 2026-03-29 02:00 to 02:40 (3 slots) do not exist: due once, at 2026-03-29 03:00",
  ]],
  ["Europe/Berlin", "0 0 */2 * * *", "2026-03-01", 300, [
    "2026-03-29T01:00Z 2026-03-29 02:00 does not exist and is left out: 3h between slots instead of 2h",
    "2026-10-25T01:00Z 2026-10-25 02:00 comes twice: due both times, 1h apart",
  ]],
  // The rhythm of an hourly pattern and of one in minutes is the same on every day.
  ["Europe/Berlin", "0 0 * * * *", "2026-03-01", 300, []],
  ["Europe/Berlin", "0 */15 * * * *", "2026-03-01", 300, []],
  ["Europe/Berlin", "0 0 */4 * * *", "2026-03-01", 300, []],
  ["Europe/Berlin", "0 30 3 * * *", "2026-03-01", 300, []],
  // Not a Sunday, so never on the day of a change.
  ["Europe/Berlin", "0 30 2 * * MON", "2026-03-01", 300, []],
  ["America/New_York", "0 30 1 * * *", "2026-03-01", 300, [
    "2026-11-01T06:00Z 2026-11-01 01:30 comes twice: due once, the first time",
  ]],
  ["America/New_York", "0 15 2 * * *", "2026-03-01", 300, [
    "2026-03-08T07:00Z 2026-03-08 02:15 does not exist: due at 2026-03-08 03:00",
  ]],
  // Lord Howe changes by half an hour: 02:00 to 02:30 in October, 02:00 to 01:30 in April.
  ["Australia/Lord_Howe", "0 15 2 * * *", "2026-03-01", 300, [
    "2026-10-03T15:30Z 2026-10-04 02:15 does not exist: due at 2026-10-04 02:30",
  ]],
  ["Australia/Lord_Howe", "0 45 * * * *", "2026-03-01", 300, [
    "2026-04-04T15:00Z 2026-04-05 01:45 comes twice: due both times, 30m apart",
  ]],
  ["Australia/Lord_Howe", "0 0 * * * *", "2026-03-01", 300, [
    "2026-10-03T15:30Z 2026-10-04 02:00 does not exist and is left out: 1h30m between slots instead of 1h",
  ]],
  // Apia had no 30 December 2011.
  ["Pacific/Apia", "0 0 12 * * *", "2011-12-01", 40, [
    "2011-12-30T10:00Z 2011-12-30 12:00 does not exist: due at 2011-12-31 00:00",
  ]],
];
for (const [zone, pattern, from, days, effects] of CLOCKS) {
  test(`clockEffects() of '${pattern}' in ${zone} from ${from}`, () => {
    const start = Date.parse(from);
    const found = clockEffects(
      scheduleOf(pattern, zone),
      zoneOf(zone),
      schedules,
      start,
      start + days * 24 * HOUR,
    );
    assert.deepEqual(
      found.map(({ at, text }) => `${new Date(at).toISOString().slice(0, 16)}Z ${text}`),
      effects,
    );
  });
}

function lintJob(name: string, schedule: string, policy: string, fields: Partial<LintJob> = {}): LintJob {
  return {
    name,
    enabled: true,
    from: null,
    to: null,
    schedule,
    timezone: "UTC",
    jitterMs: 0,
    graceMs: HOUR,
    providerKey: "p",
    retention: policyOf(policy),
    retentionSchedule: null,
    maxDeletesPerPass: 10,
    ...fields,
  };
}

function lint(
  jobs: LintJob[],
  durations: Record<string, number> = {},
  provider: { maxConcurrent?: number; isBuiltin?: boolean } = {},
): Finding[] {
  return drain(lintSchedules({
    jobs,
    providers: [{ key: "p", maxConcurrent: 1, isBuiltin: true, ...provider }],
    durations: new Map(Object.entries(durations)),
    schedules,
    now: NOW,
  }));
}

const FITS: [what: string, job: LintJob, rules: LintRule[], says: RegExp][] = [
  [
    "a schedule that is derived from its policy",
    lintJob("a", "59 59 23 * * *", "daily=7,weekly=4"),
    [],
    /^$/,
  ],
  [
    "hourly levels with a daily schedule",
    lintJob("a", "0 0 3 * * *", "hourly=24,daily=7"),
    ["finer_level"],
    /'hourly: 24' keeps 24 backups that lie 1d or more apart, not 24 hours.*write 'daily: 24'/,
  ],
  ["hours of business days", lintJob("a", "0 0 8-18 * * MON-FRI", "hourly=24,daily=7"), [], /^$/],
  [
    "an hour that no slot hits",
    lintJob("a", "0 0 23 * * *", "daily=7@3"),
    ["missed_reference"],
    /'daily: 7@3' asks for the backup of hour 3, .* never fires/,
  ],
  [
    "a second that no slot hits",
    lintJob("a", "0 * * * * *", "minutely=10@30"),
    ["missed_reference"],
    /second 30/,
  ],
  [
    "a weekday that no slot hits",
    lintJob("a", "0 0 3 * * MON", "weekly=4@SAT"),
    ["missed_reference"],
    /SAT/,
  ],
  ["a weekday among all days", lintJob("a", "0 0 3 * * *", "daily=7,weekly=4@SAT"), [], /^$/],
  ["the 31st asked of all days", lintJob("a", "0 0 3 * * *", "daily=7,monthly=4@31"), [], /^$/],
  [
    "more slots than levels",
    lintJob("a", "0 0 * * * *", "daily=7"),
    ["coarser_levels"],
    /fires 24 times a day, but 'daily', the finest level, keeps one of them/,
  ],
  ["more slots, kept for a day", lintJob("a", "0 0 * * * *", "daily=7,min_age=1d"), [], /^$/],
  ["more slots, all kept for two days", lintJob("a", "0 0 * * * *", "daily=7,keep_within=2d"), [], /^$/],
  ["30 days of all", lintJob("a", "0 0 3 * * *", "keep_within=30d"), [], /^$/],
  [
    "a window that holds one backup",
    lintJob("a", "0 0 3 * * *", "daily=7,keep_within=24h"),
    ["only_newest"],
    /'keep_within: 1d' holds the newest backup only, for the schedule '0 0 3 \* \* \*' fires 1d apart or more/,
  ],
  [
    "a window that holds one backup, and nothing else is kept",
    lintJob("a", "0 0 3 * * SUN", "keep_within=7d"),
    ["only_newest"],
    /fires 7d apart or more; the policy keeps one backup/,
  ],
  [
    "the newest alone",
    lintJob("a", "0 0 3 * * *", "keep_last=1"),
    ["only_newest"],
    /^the policy keeps one backup: each new one lets the one before go, and nothing is left where it is bad/,
  ],
  ["the two newest", lintJob("a", "0 0 3 * * *", "keep_last=2"), [], /^$/],
  [
    "the 31st of every month",
    lintJob("a", "0 0 3 31 * *", "monthly=12"),
    ["short_months"],
    /not in 2027-02, 2027-04, .*use '0 0 3 L \* \*'/,
  ],
  ["the 28th of every month", lintJob("a", "0 0 3 28 * *", "monthly=12"), [], /^$/],
  [
    "a schedule with its last year",
    lintJob("a", "0 0 3 * * * 2026-2027", "daily=7"),
    ["ending"],
    /for the last time on 2027-12-31/,
  ],
  [
    "a job that ends before its level is full",
    lintJob("a", "0 0 3 * * *", "daily=7,monthly=6", { to: Date.parse("2027-02-10") }),
    ["never_full"],
    /'monthly: 6' can never be full: only 4 such periods have slots until the job ends on 2027-02-09/,
  ],
  [
    "more years than a lifetime",
    lintJob("a", "0 0 3 * * *", "daily=7,yearly=100"),
    ["never_full"],
    /100 years/,
  ],
  [
    "passes that come too rarely",
    lintJob("a", "0 0 * * * *", "hourly=4", { retentionSchedule: "0 0 5 * * *" }),
    ["slow_retention"],
    /once for more than 10 new backups/,
  ],
  [
    "passes that keep up",
    lintJob("a", "0 0 */4 * * *", "hourly=4,daily=2", { retentionSchedule: "0 0 5 * * *" }),
    [
      "finer_level",
    ],
    /hourly/,
  ],
  [
    "a jitter of half an hour each hour",
    lintJob("a", "0 0 * * * *", "hourly=4", { jitterMs: 29 * MINUTE }),
    ["jitter"],
    /between 31m and 1h29m apart.*at most 15m/,
  ],
];
for (const [what, job, rules, says] of FITS) {
  test(`lintSchedules() of ${what} finds ${rules.join(", ") || "nothing"}`, () => {
    const found = lint([job]);
    assert.deepEqual(found.map((finding) => finding.rule), rules);
    assert.match(found.map((finding) => `${finding.message}; ${finding.remedy}`).join("\n"), says);
  });
}

test("lintSchedules() never looks at a schedule for ever that fires once or not any more", () => {
  assert.deepEqual(
    lint([lintJob("a", "0 0 0 1 1 * 2027", "yearly=2"), lintJob("b", "0 0 0 1 1 * 2020", "yearly=2")]),
    [],
  );
});

test("lintSchedules() tells jobs that are alike once, with a schedule that no change of the clock disturbs", () => {
  const jobs = ["a", "b"].map((name) =>
    lintJob(name, "0 30 2 * * *", "daily=7", { timezone: "Europe/Berlin" })
  );
  const [found, ...more] = lint(jobs, {}, { maxConcurrent: 2 });
  assert.deepEqual([found?.rule, found?.severity, found?.jobs, more], [
    "clock_change",
    "notice",
    ["a", "b"],
    [],
  ]);
  assert.deepEqual(found?.proposals, [
    { job: "a", schedule: "0 30 3 * * *" },
    { job: "b", schedule: "0 30 3 * * *" },
  ]);
  assert.deepEqual(found?.at.map((at) => new Date(at).toISOString().slice(0, 10)), [
    "2027-03-28",
    "2027-10-31",
    "2028-03-26",
    "2028-10-29",
  ]);
});

test("lintSchedules() says how long jobs of one provider wait, and proposes times at which none does", () => {
  const jobs = ["a", "b", "c"].map((name) => lintJob(name, "0 0 2 * * *", "daily=7"));
  const durations = { a: 20 * MINUTE, b: 40 * MINUTE, c: 5 * MINUTE };
  const [found] = lint(jobs, durations);
  assert.deepEqual([found?.rule, found?.severity, found?.jobs], ["collision", "notice", ["c", "b"]]);
  assert.match(found!.message, /2 of its 3 jobs wait for others: 'c' waits up to 1h behind 'a', 'b'/);
  assert.match(found!.message, /'b' waits up to 20m behind 'a' \(2026-11-23T02:00Z\)/);
  // An hour and 20 minutes, each with a tenth more, on the next five minutes.
  assert.deepEqual(found?.proposals, [{ job: "b", schedule: "0 25 2 * * *" }, {
    job: "c",
    schedule: "0 10 3 * * *",
  }]);
  assert.match(found!.remedy, /then nobody waits$/);
  const fixed = jobs.map((job) => ({
    ...job,
    schedule: found!.proposals.find((one) => one.job === job.name)?.schedule ?? job.schedule,
  }));
  assert.deepEqual(lint(fixed, durations), []);
  assert.deepEqual(lint(jobs, durations, { maxConcurrent: 3 }), []);
});

test("lintSchedules() warns where a job waits longer than its grace_time, as surely as the provider keeps its limit", () => {
  const jobs = [
    lintJob("a", "0 0 2 * * *", "daily=7", { graceMs: 6 * HOUR }),
    lintJob("b", "0 30 2 * * *", "daily=7", { graceMs: 10 * MINUTE }),
  ];
  const durations = { a: HOUR, b: MINUTE };
  const [found] = lint(jobs, durations);
  assert.equal(found?.severity, "warning");
  assert.match(found!.message, /'b' waits up to 30m behind 'a' .* 8 times longer than its grace_time/);
  const [remote] = lint(jobs, durations, { isBuiltin: false });
  assert.doesNotMatch(remote!.remedy, /raise 'max_concurrent'/);
  assert.equal(remote?.severity, "notice");
  assert.match(remote!.message, /may make no more than one backup at a time/);
});

test("lintSchedules() without durations names who meets whom, and not how long", () => {
  const [found] = lint(["a", "b"].map((name) => lintJob(name, "0 0 2 * * *", "daily=7")));
  assert.match(found!.message, /'b' waits behind 'a' .*no durations were measured/);
  assert.deepEqual(found?.proposals, []);
});

test("lintSchedules() leaves disabled and ended jobs out of collisions", () => {
  const a = lintJob("a", "0 0 2 * * *", "daily=7");
  assert.deepEqual(lint([a, { ...a, name: "b", enabled: false }]), []);
  assert.deepEqual(
    lint([a, { ...a, name: "b", to: NOW - 1, retention: policyOf("daily=1") }]).map((one) => one.rule),
    [
      "never_full",
    ],
  );
});

test("lintSchedules() warns of a backup that takes longer than its interval", () => {
  const job = lintJob("a", "0 0 * * * *", "hourly=4", { graceMs: 30 * MINUTE });
  const [found] = lint([job], { a: 90 * MINUTE });
  assert.deepEqual([found?.rule, found?.severity], ["overlap", "warning"]);
  assert.match(found!.message, /took 1h30m, .* 29 of the next 29 intervals .* the next slot cancels it/);
  assert.deepEqual(lint([job], { a: 50 * MINUTE }), []);
});

const SHIFTS: [pattern: string, minutes: number, shifted: string | null][] = [
  ["0 0 2 * * *", 25, "0 25 2 * * *"],
  ["0 50 2 * * *", 25, "0 15 3 * * *"],
  ["50 2 * * *", 25, "15 3 * * *"],
  ["0 30 23 * * *", 60, "0 30 0 * * *"],
  // It would be due on Tuesday.
  ["0 30 23 * * MON", 60, null],
  ["0 0 * * * *", 90, "0 30 * * * *"],
  ["0 0 */4 * * *", 70, "0 10 1-23/4 * * *"],
  ["0 0 */4 * * *", 300, null],
  ["0 */15 * * * *", 5, "0 5-59/15 * * * *"],
  ["0 */15 * * * *", 15, null],
  ["0 10,40 2 * * *", 5, null],
  ["0 0 6,22 * * *", 180, "0 0 1,9 * * *"],
  ["nonsense", 5, null],
];
for (const [pattern, minutes, shifted] of SHIFTS) {
  test(`shiftedSchedule() of '${pattern}' by ${minutes} minutes is ${shifted}`, () => {
    assert.equal(shiftedSchedule(pattern, minutes), shifted);
  });
}

test("shiftedSchedule() moves every slot by what it says, as far as a day repeats itself", () => {
  const patterns = SHIFTS.flatMap(([pattern]) => pattern === "nonsense" ? [] : [pattern]);
  fc.assert(
    fc.property(fc.constantFrom(...patterns), fc.integer({ min: 1, max: 400 }), (pattern, minutes) => {
      const text = shiftedSchedule(pattern, minutes);
      if (text === null) return;
      const [before, after] = [scheduleOf(pattern), scheduleOf(text)];
      const ofDay = (schedule: Schedule, from: number) => {
        const times = new Set<number>();
        for (let slot = schedule.next(from - 1)!; slot < from + 24 * HOUR; slot = schedule.next(slot)!) {
          times.add((slot - NOW) % HOUR);
        }
        return [...times].sort((a, b) => a - b);
      };
      const moved = ofDay(before, NOW).map((time) => (time + minutes * MINUTE) % HOUR).sort((a, b) => a - b);
      assert.deepEqual(ofDay(after, NOW), moved);
    }),
  );
});

test("playQueue() never starts more than the provider makes at a time, and nobody waits where all fit", () => {
  const patterns = ["0 0 * * * *", "0 */20 * * * *", "0 0 */3 * * *", "0 30 2 * * *"];
  const one = fc.record({
    pattern: fc.constantFrom(...patterns),
    minutes: fc.integer({ min: 1, max: 200 }),
    jitter: fc.constantFrom(0, 5),
  });
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 6 }),
      (many, most) => {
        const jobs = many.map(({ pattern, minutes, jitter }, at) => ({
          name: `j${at}`,
          schedule: scheduleOf(pattern),
          jitterMs: jitter * MINUTE,
          graceMs: 100 * HOUR,
          durationMs: minutes * MINUTE,
        }));
        const play = drain(playQueue(jobs, most, NOW, NOW + 24 * HOUR, 10_000));
        assert.equal(play.reached, NOW + 24 * HOUR);
        if (jobs.length <= most) assert.deepEqual(play.waiting, []);
        for (const waiting of play.waiting) assert.ok(waiting.behind.length >= most && waiting.worstMs > 0);
      },
    ),
    { numRuns: 60 },
  );
});

test("playQueue() lets a start that waited beyond its grace time take no place", () => {
  const at = (name: string, pattern: string, minutes: number, graceMs: number) => ({
    name,
    schedule: scheduleOf(pattern),
    jitterMs: 0,
    graceMs,
    durationMs: minutes * MINUTE,
  });
  const jobs = [
    at("a", "0 0 2 * * *", 60, 10 * HOUR),
    at("b", "0 10 2 * * *", 600, 10 * MINUTE),
    at("c", "0 5 3 * * *", 5, 10 * HOUR),
  ];
  const { waiting } = drain(playQueue(jobs, 1, NOW, NOW + 24 * HOUR, 100));
  assert.deepEqual(waiting.map(({ job, worstMs, failed }) => [job, worstMs, failed]), [[
    "b",
    50 * MINUTE,
    1,
  ]]);
});

test("playQueue() stops at its limit of slots and says how far it came", () => {
  const job = {
    name: "a",
    schedule: scheduleOf("* * * * * *"),
    jitterMs: 0,
    graceMs: HOUR,
    durationMs: null,
  };
  const play = drain(playQueue([job], 1, NOW, NOW + 24 * HOUR, 10_000));
  assert.deepEqual([play.slots, play.reached], [10_000, NOW + 2 * HOUR]);
});
