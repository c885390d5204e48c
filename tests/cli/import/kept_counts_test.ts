// Nothing that borg would keep goes: its own rule, written out here, against our election with the counts that are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOfBorg } from "../../../src/cli/import/kept_counts.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { DEFAULT_POLICY, EMPTY_LEVELS, LEVELS, type Policy } from "../../../src/domain/policy.ts";
import { elect } from "../../../src/domain/retention/election.ts";
import { drain } from "../../../src/domain/slices.ts";

type Level = (typeof LEVELS)[number];
type Counts = Partial<Record<Level, number>>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 20, 12);

/** As borg names the periods: weeks are ISO's. */
function periodOf(level: Level, at: number): string {
  const iso = new Date(at).toISOString();
  if (level === "weekly") {
    const monday = at - ((new Date(at).getUTCDay() + 6) % 7) * DAY;
    return new Date(monday).toISOString().slice(0, 10);
  }
  return iso.slice(0, { yearly: 4, monthly: 7, daily: 10, hourly: 13, minutely: 16, secondly: 19 }[level]);
}

/** borg prune, of backups newest first. */
function borgKeeps(times: readonly number[], counts: Counts, withinMs: number): Set<number> {
  const kept = new Set(times.filter((at) => at > NOW - withinMs));
  for (const level of LEVELS) {
    let [left, last] = [counts[level] ?? 0, ""];
    for (const at of times) {
      if (left === 0) break;
      const period = periodOf(level, at);
      if (period === last) continue;
      last = period;
      if (kept.has(at)) continue;
      kept.add(at);
      left--;
    }
    if (left > 0 && times.length > 0) kept.add(times.at(-1)!);
  }
  return kept;
}

function weKeep(times: readonly number[], counts: Counts, withinMs: number): Set<number> {
  const levels: Policy["levels"] = { ...EMPTY_LEVELS };
  for (const level of LEVELS) levels[level] = { count: counts[level] ?? 0, reference: "L" };
  const policy: Policy = {
    ...DEFAULT_POLICY,
    levels,
    weekStarts: "monday",
    keepWithinMs: withinMs,
    keepOldest: true,
  };
  const candidates = times.map((at) => ({
    runId: String(at),
    periodTime: at,
    endTime: at,
    held: false,
    suspect: false,
  }));
  const { keep } = drain(elect(candidates, policy, zoneOf("UTC"), NOW));
  return new Set(keep.map(({ runId }) => Number(runId)));
}

const POLICIES: Counts[] = [
  { daily: 7 },
  { daily: 7, weekly: 4, monthly: 6 },
  { daily: 7, weekly: 4, monthly: 6, yearly: 2 },
  { hourly: 24, daily: 7, weekly: 4, monthly: 12, yearly: 3 },
  { daily: 1, monthly: 12 },
  { weekly: 10, yearly: 5 },
  { daily: 30, yearly: 1 },
  { hourly: 6, yearly: 2 },
];
const INTERVALS = [HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY];

test("each policy of borg becomes one that keeps at least the same, whatever the interval", () => {
  for (const counts of POLICIES) {
    for (const interval of INTERVALS) {
      for (const [within, phase] of [[0, 0], [0, 5 * HOUR], [2 * DAY, HOUR], [40 * DAY, 0]] as const) {
        const ours = countsOfBorg(counts, interval, within);
        // Back from several days, so that borders of weeks and months lie everywhere.
        for (const shift of [0, 1, 3, 6]) {
          const newest = NOW - phase - shift * DAY - HOUR;
          const times = Array.from(
            { length: Math.min(2_000, 1_500 * DAY / interval) },
            (_, at) => newest - at * interval,
          );
          const missing = borgKeeps(times, counts, within).difference(weKeep(times, ours, within));
          const about = `${
            JSON.stringify({ counts, interval: interval / HOUR, within: within / DAY, shift, ours })
          }`;
          assert.deepEqual([...missing].map((at) => new Date(at).toISOString()), [], about);
        }
      }
    }
  }
});

test("counts are raised only as far as the finer levels reach", () => {
  assert.deepEqual(countsOfBorg({ daily: 7 }, DAY), { daily: 7 });
  assert.deepEqual(countsOfBorg({ daily: 7, weekly: 4, monthly: 6 }, DAY), {
    daily: 7,
    weekly: 6,
    monthly: 9,
  });
  assert.deepEqual(countsOfBorg({ daily: 0, weekly: 4 }, DAY), { weekly: 4 });
});
