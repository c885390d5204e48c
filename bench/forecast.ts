// How fast the future is played: two years of hourly backups against full elections, and the most slots there may be.
// Run: deno run bench/forecast.ts

import { drain } from "../src/domain/slices.ts";
import { forecast } from "../src/domain/future/forecast.ts";
import { type Course, MAX_STEPS } from "../src/domain/future/play.ts";
import { createScheduleCache } from "../src/domain/schedule/schedule.ts";
import { zoneOf } from "../src/domain/calendar/zone.ts";
import { policyOf } from "../tests/support/histories.ts";
import { plainPlay } from "../tests/support/plain_play.ts";

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 0, 1);
const ROUNDS = 5;
const ZONE = "Europe/Berlin";
const POLICY = "hourly=24,daily=7,weekly=4,monthly=12,yearly=5";

function courseOf(pattern: string, days: number): Course {
  const parsed = createScheduleCache().parse(pattern, ZONE);
  if ("error" in parsed) throw new Error(parsed.error);
  return {
    existing: [],
    slots: parsed.schedule,
    policy: policyOf(POLICY),
    zone: zoneOf(ZONE),
    from: FROM,
    until: FROM + days * DAY,
    maxDeletesPerPass: 10,
  };
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function report(name: string, text: string): void {
  // deno-lint-ignore no-console
  console.log(`${name.padEnd(44)} ${text}`);
}

const twoYears = courseOf("0 0 * * * *", 730);
const first = timed(() => drain(forecast(twoYears)));
const fast = median(Array.from({ length: ROUNDS }, () => timed(() => drain(forecast(twoYears)))));
const plain = timed(() => plainPlay(twoYears));
report("two years of hourly backups", `${first.toFixed(0)} ms at first, then ${fast.toFixed(0)} ms`);
report(
  "  a full election at every pass",
  `${plain.toFixed(0)} ms, ${(plain / first).toFixed(1)} times the first`,
);
for (const [name, pattern] of [["every hour", "0 0 * * * *"], ["every second", "* * * * * *"]] as const) {
  const parsed = courseOf(pattern, 730).slots;
  let count = 0;
  const took = timed(() => {
    for (let at = parsed.next(FROM); at !== null && count < 1_000_000; at = parsed.next(at)) count++;
  });
  report(`slots ${name}`, `${(count / took / 1000).toFixed(1)} million a second`);
}
const most = timed(() => drain(forecast(courseOf("* * * * * *", 30))));
report(`${MAX_STEPS.toLocaleString("en")} backups, one a second`, `${(most / 1000).toFixed(1)} s`);
