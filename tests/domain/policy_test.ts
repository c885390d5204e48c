// Retention policies as texts.
// Also tests duration.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../src/domain/duration.ts";
import {
  DEFAULT_POLICY,
  EMPTY_LEVELS,
  finestLevel,
  formatPolicy,
  type Level,
  type LevelRule,
  parseLevelRule,
  parsePolicy,
} from "../../src/domain/policy.ts";
import { policies, policyOf } from "../support/histories.ts";

test("parseLevelRule() reads counts and references in every published form", () => {
  const cases: [level: Level, text: string | number, rule: LevelRule][] = [
    ["daily", "7", { count: 7, reference: "L" }],
    ["daily", 7, { count: 7, reference: "L" }],
    ["daily", "7@3", { count: 7, reference: 3 }],
    ["daily", "0/3", { count: 0, reference: 3 }],
    ["daily", " 7 @ 03 ", { count: 7, reference: 3 }],
    ["monthly", "2@L", { count: 2, reference: "L" }],
    ["monthly", "2@l", { count: 2, reference: "L" }],
    ["monthly", "2@31", { count: 2, reference: 31 }],
    ["yearly", "1@12", { count: 1, reference: 12 }],
    ["weekly", "4@SUN", { count: 4, reference: 0 }],
    ["weekly", "4@saturday", { count: 4, reference: 6 }],
    ["weekly", "4@Wed", { count: 4, reference: 3 }],
    ["weekly", "4@0", { count: 4, reference: 0 }],
    ["hourly", "6@59", { count: 6, reference: 59 }],
    ["minutely", "10@0", { count: 10, reference: 0 }],
    ["secondly", "5@30", { count: 5, reference: 30 }],
  ];
  for (const [level, text, rule] of cases) assert.deepEqual(parseLevelRule(level, text), rule, `${text}`);
});

test("parseLevelRule() says what is wrong and what to write", () => {
  const cases: [level: Level, text: string | number, error: RegExp][] = [
    ["daily", "-1", /'-1' as a daily rule: the count is negative: expected 0 or more/],
    ["daily", -3, /negative/],
    ["hourly", "x", /'x' as an hourly rule: it is not a count with a reference: expected for example 7/],
    ["daily", "", /not a count/],
    ["daily", "7@", /not a count/],
    ["daily", 7.5, /not a count/],
    ["daily", "7@-1", /'-1' is not an hour from 0 to 23/],
    ["daily", "7@24", /expected 0-23, or L for the last backup of the day/],
    ["weekly", "4@7", /expected L for the last day of the week, or SUN for Sunday/],
    ["weekly", "4@FUNDAY", /expected 0-6 \(0 is Sunday\), a name such as SAT, or L/],
    ["monthly", "2@0", /expected 1-31/],
    ["monthly", "2@32", /expected 1-31/],
    ["yearly", "2@13", /expected 1-12/],
    ["daily", "99999999999999999999", /too great/],
  ];
  for (const [level, text, error] of cases) {
    const answer = parseLevelRule(level, text);
    assert.ok("error" in answer, `${text}`);
    assert.match(answer.error, error);
  }
});

test("parsePolicy() leaves the levels at 0 that are not named", () => {
  assert.deepEqual(policyOf("daily=7,weekly=4@SAT"), {
    ...DEFAULT_POLICY,
    levels: { ...EMPTY_LEVELS, daily: { count: 7, reference: "L" }, weekly: { count: 4, reference: 6 } },
  });
});

test("parsePolicy() takes the week's start from its options unless the text names it", () => {
  const parse = (text: string) => {
    const parsed = parsePolicy(text, { weekStarts: "monday" });
    return "policy" in parsed ? parsed.policy.weekStarts : parsed.errors;
  };
  assert.equal(parse("weekly=4"), "monday");
  assert.equal(parse("weekly=4,week_starts=sunday"), "sunday");
});

test("parsePolicy() takes the default levels where none is named, and keep_all in words", () => {
  assert.deepEqual(policyOf("min_keep=3"), { ...DEFAULT_POLICY, minKeep: 3 });
  assert.deepEqual(policyOf("keep_all"), { ...DEFAULT_POLICY, levels: EMPTY_LEVELS, keepAll: true });
});

test("parsePolicy() lists every problem at once", () => {
  const parsed = parsePolicy(
    "daily=x,weekly=4@7,daily=2,dayly=3,week_starts=friday,min_keep=0,min_age=soon,keep_oldest=1",
  );
  assert.ok("errors" in parsed);
  assert.equal(parsed.errors.length, 8);
  for (const error of parsed.errors) assert.match(error, /^Cannot read '.*' .*expected/);
});

test("parsePolicy() refuses nothing to keep, unless said in words, and words beside counts", () => {
  const errorOf = (text: string) => {
    const parsed = parsePolicy(text);
    return "errors" in parsed ? parsed.errors.join() : "none";
  };
  assert.match(
    errorOf("daily=0"),
    /every level is 0: expected a count, 'keep_last', 'keep_within', or 'keep_all' in words/,
  );
  assert.match(errorOf("keep_all,daily=7"), /expected one or the other/);
  assert.match(errorOf(""), /Cannot read/);
});

test("parsePolicy() takes keep_last and keep_within for a policy without levels, and min_keep for none", () => {
  const bare = { ...DEFAULT_POLICY, levels: EMPTY_LEVELS };
  assert.deepEqual(policyOf("keep_last=5"), { ...bare, minKeep: 5 });
  assert.deepEqual(policyOf("keep_within=30d"), { ...bare, keepWithinMs: 30 * 86_400_000 });
  assert.deepEqual(policyOf("daily=0,keep_last=1"), bare);
  assert.deepEqual(policyOf("min_keep=5,keep_within=0s"), { ...DEFAULT_POLICY, minKeep: 5 });
  assert.deepEqual(policyOf("daily=7,keep_last=5"), policyOf("daily=7,min_keep=5"));
  assert.deepEqual(policyOf("daily=7,keep_last=5,min_keep=5").minKeep, 5);
  const parsed = parsePolicy("daily=7,keep_last=5,min_keep=3");
  assert.match(
    "errors" in parsed ? parsed.errors.join() : "",
    /two names of one setting: expected one of them/,
  );
});

test("formatPolicy() says with keep_last that no level keeps anything", () => {
  const shown = (text: string) => formatPolicy(policyOf(text));
  assert.equal(shown("keep_last=5"), "keep_last=5,week_starts=sunday,min_age=0s,keep_oldest=false");
  assert.equal(
    shown("keep_within=1d12h"),
    "keep_last=1,keep_within=1d12h,week_starts=sunday,min_age=0s,keep_oldest=false",
  );
  assert.match(
    shown("daily=7,keep_last=5,keep_within=2d"),
    /^daily=7@L,keep_within=2d,week_starts=sunday,min_keep=5,/,
  );
  assert.match(shown("keep_all,keep_last=5"), /^keep_all,.*min_keep=5/);
  fc.assert(fc.property(policies(), (policy) => assert.deepEqual(policyOf(formatPolicy(policy)), policy)));
});

test("formatPolicy() writes a text that reads back as the same policy", () => {
  assert.equal(
    formatPolicy(DEFAULT_POLICY),
    "daily=4@L,weekly=4@L,monthly=3@L,yearly=2@L,week_starts=sunday,min_keep=1,min_age=0s,keep_oldest=false",
  );
  assert.equal(formatPolicy(policyOf("keep_all")).split(",")[0], "keep_all");
  assert.match(formatPolicy(policyOf("hourly=6,daily=0/3,weekly=1@sunday")), /daily=0@3,weekly=1@SUN,/);
  fc.assert(fc.property(policies(), (policy) => {
    const levels = { ...policy.levels, daily: { count: 1, reference: policy.levels.daily.reference } };
    const kept = { ...policy, levels };
    assert.deepEqual(policyOf(formatPolicy(kept)), kept);
  }));
});

test("formatPolicy() tells any two different policies apart", () => {
  fc.assert(fc.property(policies(), policies(), (one, other) => {
    const same = JSON.stringify(one) === JSON.stringify(other);
    assert.equal(formatPolicy(one) === formatPolicy(other), same);
  }));
});

test("finestLevel() is the finest level that keeps anything", () => {
  assert.equal(finestLevel(DEFAULT_POLICY), "daily");
  assert.equal(finestLevel(policyOf("hourly=0@3,yearly=1")), "yearly");
  assert.equal(finestLevel(policyOf("keep_all")), null);
});

test("DEFAULT_POLICY and EMPTY_LEVELS cannot be changed by accident", () => {
  assert.throws(() => {
    DEFAULT_POLICY.levels.daily.count = 0;
  }, TypeError);
  assert.throws(() => {
    EMPTY_LEVELS.daily.count = 1;
  }, TypeError);
});

test("parseDuration() reads what formatDuration() writes", () => {
  assert.deepEqual([0, 90_000, 5_400_000, 172_800_000, 1].map(formatDuration), [
    "0s",
    "1m30s",
    "1h30m",
    "2d",
    "1ms",
  ]);
  fc.assert(fc.property(fc.nat(), (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
  for (const text of ["", "5", "h", "1m1h", "-1s", "1.5h"]) assert.equal(parseDuration(text), null, text);
});
