// Random histories of backups and policies, and short ways to write both down.

import fc from "fast-check";
import { type Candidate, elect, type Election } from "../../src/domain/retention/election.ts";
import { drain } from "../../src/domain/slices.ts";
import {
  EMPTY_LEVELS,
  type Level,
  LEVELS,
  parsePolicy,
  type Policy,
  VERIFIED_RULES,
} from "../../src/domain/policy.ts";
import { zoneOf } from "../../src/domain/calendar/zone.ts";

/** A candidate with no marks, complete at its period time. `time` is ISO or UTC ms. */
export function backup(time: string | number, marks: Partial<Candidate> = {}): Candidate {
  const periodTime = typeof time === "number" ? time : Date.parse(time);
  return {
    runId: typeof time === "string" ? time : new Date(time).toISOString(),
    periodTime,
    endTime: periodTime,
    held: false,
    suspect: false,
    ...marks,
  };
}

/** A policy from its text; throws when it cannot be read. */
export function policyOf(text: string, changes: Partial<Policy> = {}): Policy {
  const parsed = parsePolicy(text);
  if ("errors" in parsed) throw new Error(parsed.errors.join("\n"));
  return { ...parsed.policy, ...changes };
}

/** Elects at the newest candidate's time, in UTC unless said otherwise. */
export function electNow(candidates: Candidate[], policy: Policy, zone = "UTC", now?: number): Election {
  const newest = candidates.reduce((latest, one) => Math.max(latest, one.periodTime), 0);
  return drain(elect(candidates, policy, zoneOf(zone), now ?? newest));
}

/** Run ids of the kept, oldest first. */
export function keptIds(election: Election): string[] {
  return election.keep.map((one) => one.runId).reverse();
}

export interface History {
  zone: string;
  now: number;
  candidates: Candidate[];
}

// Windows around steps of the clock, midnight ones included, and a plain one.
const SCENES: readonly (readonly [zone: string, start: string])[] = [
  ["UTC", "2024-02-25T00:00:00Z"],
  ["Europe/Berlin", "2026-10-24T20:00:00Z"],
  ["Europe/Berlin", "2026-03-28T20:00:00Z"],
  ["Europe/Berlin", "2020-12-20T00:00:00Z"],
  ["America/New_York", "2026-10-31T22:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T10:00:00Z"],
  ["America/St_Johns", "2010-11-06T22:00:00Z"],
  ["Pacific/Apia", "2011-12-28T00:00:00Z"],
  ["Asia/Kathmandu", "2023-12-30T00:00:00Z"],
  ["America/Sao_Paulo", "2018-02-17T00:00:00Z"],
  ["Africa/Casablanca", "2026-02-14T20:00:00Z"],
  ["Asia/Gaza", "2040-10-19T00:00:00Z"],
];
const STRIDES = [400, 20_000, 900_000, 3_600_000, 5 * 3_600_000, 86_400_000, 9 * 86_400_000];

/** Histories of up to `most` backups, dense enough to fight over periods. */
export function histories(most: number, marks = true): fc.Arbitrary<History> {
  const item = fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: marks ? 40 : 0 }));
  return fc.record({
    scene: fc.constantFrom(...SCENES),
    stride: fc.constantFrom(...STRIDES),
    items: fc.array(item, { minLength: 1, maxLength: most }),
    back: fc.constantFrom(0, 0, 0, 1, 3),
  }).map(({ scene: [zone, start], stride, items, back }) => {
    let time = Date.parse(start);
    const candidates = items.map(([step, mark], index): Candidate => {
      time += Math.floor((step * stride) / 1000);
      return {
        runId: `run-${(index * 7919) % 1000}`,
        periodTime: time,
        endTime: mark === 7 ? null : time + step * 10,
        held: mark === 1,
        suspect: mark === 2 || mark === 3,
        // Marked by its step, so that all else is what it was before there was this.
        ...(marks && step % 5 === 0 ? { proved: true } : {}),
        ...(mark === 4 ? { keepReason: { kind: "shared_data", with: "run-0" } as const } : {}),
      };
    });
    return { zone, now: time - back * stride, candidates };
  });
}

const GREATEST: Record<Level, number> = {
  secondly: 59,
  minutely: 59,
  hourly: 59,
  daily: 23,
  weekly: 6,
  monthly: 31,
  yearly: 12,
};

/** Valid policies; all references `L` and no `keepOldest` where `plain`. */
export function policies(plain = false): fc.Arbitrary<Policy> {
  const rule = (level: Level) =>
    fc.tuple(
      fc.constantFrom(0, 0, 1, 2, 3, 7),
      plain ? fc.constant<"L">("L") : fc.oneof(
        fc.constant<"L">("L"),
        fc.integer({ min: level === "monthly" || level === "yearly" ? 1 : 0, max: GREATEST[level] }),
      ),
    );
  return fc.record({
    rules: fc.tuple(...LEVELS.map(rule)),
    weekStarts: fc.constantFrom("sunday" as const, "monday" as const),
    minKeep: fc.constantFrom(1, 1, 2, 4),
    minAgeMs: fc.constantFrom(0, 0, 60_000, 86_400_000),
    keepWithinMs: fc.constantFrom(0, 0, 0, 1, 90_000, 7_200_000, 30 * 86_400_000),
    keepOldest: plain ? fc.constant(false) : fc.constantFrom(false, false, true),
    verified: plain ? fc.constant(undefined) : fc.constantFrom(undefined, ...VERIFIED_RULES),
  }).map(({ rules, verified, ...rest }) => {
    const levels = { ...EMPTY_LEVELS };
    LEVELS.forEach((level, index) => {
      const [count, reference] = rules[index]!;
      levels[level] = { count, reference };
    });
    return { levels, ...rest, keepAll: false, ...(verified === undefined ? {} : { verified }) };
  });
}
