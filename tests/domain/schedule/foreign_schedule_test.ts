// Schedules pasted from other programs: each is named, and what is to be written is a schedule here.
// Also tests systemd_calendar.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { foreignSchedule, quartzWeekdays } from "../../../src/domain/schedule/foreign_schedule.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";

const SYSTEMD = /systemd's OnCalendar/;
const BRIDGE = /EventBridge's/;
const TILDE = /OpenBSD's cron/;
const K8UP = /k8up's word/;

/** What is pasted, whose it is, and what to write; null where nothing means the same. */
const FORMS: [text: string, whose: RegExp, write: string | null, beside?: string][] = [
  ["*-*-* 03:00:00", SYSTEMD, "0 3 * * *"],
  ["*-*-* 3:00", SYSTEMD, "0 3 * * *"],
  ["OnCalendar=*-*-* 03:00:30", SYSTEMD, "30 0 3 * * *"],
  ["Mon *-*-* 03:00", SYSTEMD, "0 3 * * MON"],
  ["Mon..Fri 22:30", SYSTEMD, "30 22 * * MON-FRI"],
  ["Sat,Sun *-*-* 04:05:06", SYSTEMD, "6 5 4 * * SAT,SUN"],
  ["Monday", SYSTEMD, "0 0 * * MON"],
  ["*:0/15", SYSTEMD, "0/15 * * * *"],
  ["00/2:00", SYSTEMD, "0 0/2 * * *"],
  ["*-*-01,15 02:00", SYSTEMD, "0 2 1,15 * *"],
  ["*-01,07-01 00:00:00", SYSTEMD, "0 0 1 1,7 *"],
  ["*-*~01 04:00", SYSTEMD, "0 4 L * *"],
  ["*-*~03 04:00", SYSTEMD, null],
  ["Sat *-*-1..7 18:00", SYSTEMD, "0 18 * * SAT#1"],
  ["Sat *-*-10..20 18:00", SYSTEMD, null],
  ["2030-*-01 03:00", SYSTEMD, "0 0 3 1 * * 2030"],
  ["*-*-* 02:00 Europe/Berlin", SYSTEMD, "0 2 * * *", "timezone: Europe/Berlin"],
  ["minutely", SYSTEMD, "* * * * *"],
  ["daily", SYSTEMD, "0 0 * * *"],
  ["Weekly", SYSTEMD, "0 0 * * MON"],
  ["quarterly", SYSTEMD, "0 0 1 1,4,7,10 *"],
  ["@hourly-random", K8UP, "0 * * * *", "jitter: 29m"],
  ["@daily-random", K8UP, "0 0 * * *", "jitter: 11h"],
  ["@Weekly-Random", K8UP, "0 0 * * SUN", "jitter: 83h"],
  ["@monthly-random", K8UP, "0 0 1 * *", "jitter: 13d"],
  ["@yearly-random", K8UP, "0 0 1 1 *", "jitter: 180d"],
  ["0~30 3 * * *", TILDE, "0 3 * * *", "jitter: 30m"],
  ["~ ~ * * *", TILDE, "0 0 * * *", "jitter: 11h"],
  ["~ * * * *", TILDE, "0 * * * *", "jitter: 29m"],
  ["15~ 4 * * *", TILDE, "15 4 * * *", "jitter: 44m"],
  ["0 1~3 * * SUN", TILDE, "0 1 * * SUN", "jitter: 2h"],
  ["0 0 3~4 * * *", TILDE, "0 0 3 * * *", "jitter: 1h"],
  ["0 3 1~28 * *", TILDE, null],
  ["30~10 3 * * *", TILDE, null],
  ["cron(0 3 * * ? *)", BRIDGE, "0 3 * * *", "timezone: UTC"],
  ["cron(0/15 8-17 ? * MON-FRI *)", BRIDGE, "0/15 8-17 * * MON-FRI"],
  ["cron(0 3 ? * 2-6 2030)", BRIDGE, "0 0 3 * * MON-FRI 2030"],
  ["cron(0 3 ? * 6#3 *)", BRIDGE, "0 3 * * FRI#3"],
  ["cron(0 3 L * ? *)", BRIDGE, "0 3 L * *"],
  ["cron(0 3)", BRIDGE, null],
  ["rate(1 day)", BRIDGE, "0 0 * * *"],
  ["rate(12 hours)", BRIDGE, "0 */12 * * *"],
  ["rate(5 minutes)", BRIDGE, "*/5 * * * *"],
  ["rate(60 minutes)", BRIDGE, "0 * * * *"],
  ["rate(7 minutes)", BRIDGE, null],
  ["at(2030-12-24T03:30:00)", BRIDGE, null],
];

test("what other programs write is named, and what to write here fires", () => {
  for (const [text, whose, write, beside] of FORMS) {
    const parsed = parseSchedule(text, "UTC", Date.UTC(2026, 0, 1));
    assert.ok("error" in parsed, `${text} is refused`);
    assert.match(parsed.error, whose, text);
    const [, told] = /write '([^']+)'/.exec(parsed.error) ?? [];
    assert.equal(told ?? null, write, parsed.error);
    if (beside !== undefined) assert.ok(parsed.error.includes(`'${beside}'`), parsed.error);
    if (write === null) assert.match(parsed.error, /: expected /);
    else assert.ok("schedule" in parseSchedule(write, "UTC", Date.UTC(2026, 0, 1)), write);
  }
});

test("a jitter that is told is under half of the interval of its pattern", () => {
  const HOURS: Readonly<Record<string, number>> = { m: 1 / 60, h: 1, d: 24 };
  for (const [text] of FORMS) {
    const told = foreignSchedule(text) ?? "";
    const jitter = /jitter: (\d+)([mhd])/.exec(told);
    if (jitter === null) continue;
    const parsed = parseSchedule(/write '([^']+)'/.exec(told)![1]!, "UTC");
    assert.ok("schedule" in parsed);
    let smallest = Infinity;
    for (let slot = parsed.schedule.next(0)!, n = 0; n < 30; n++) {
      const next = parsed.schedule.next(slot)!;
      smallest = Math.min(smallest, next - slot);
      slot = next;
    }
    assert.ok(Number(jitter[1]) * HOURS[jitter[2]!]! * 2 < smallest / 3_600_000, told);
  }
});

test("what is a pattern here is not taken for another's", () => {
  for (
    const text of [
      "0 3 * * *",
      "*/5 * * * *",
      "0 0 L * *",
      "0 0 3 ? * MON-FRI",
      "@daily",
      "0 0 0 1 1 * 2030",
      "MON * * * *",
      "constructor",
    ]
  ) assert.equal(foreignSchedule(text), undefined, text);
});

test("numbers of weekdays beside a '?' are told of with names for both readings", () => {
  const DOUBTED: [pattern: string, theirs: string, ours: string][] = [
    ["0 0 3 ? * 2-6", "0 0 3 * * MON-FRI", "0 0 3 * * TUE-SAT"],
    ["0 0 3 ? * 1,7 2030", "0 0 3 * * SUN,SAT 2030", "0 0 3 * * MON,SUN 2030"],
    ["0 0 3 ? * 6#3", "0 0 3 * * FRI#3", "0 0 3 * * SAT#3"],
    ["0 0 3 ? * 6L", "0 0 3 * * FRIL", "0 0 3 * * SATL"],
  ];
  for (const [pattern, theirs, ours] of DOUBTED) {
    const told = quartzWeekdays(pattern)!;
    assert.ok(
      told.includes(`'${theirs}' for what they read`) && told.includes(`'${ours}' for what it`),
      told,
    );
    const [asWritten, asTold] = [pattern, ours].map((text) => {
      const parsed = parseSchedule(text, "UTC");
      return "schedule" in parsed ? parsed.schedule.next(0) : undefined;
    });
    assert.equal(asWritten, asTold, "what is said of this program is so");
  }
  for (const pattern of ["0 0 3 ? * MON", "0 3 ? * 2", "0 0 3 * * 2-6", "0 0 3 ? * 0", "0 0 3 ? * *"]) {
    assert.equal(quartzWeekdays(pattern), undefined, pattern);
  }
});
