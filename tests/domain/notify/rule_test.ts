// Which rule counts for a job, and how patterns and quiet hours are read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { matches, parseQuiet, ruleFor, usualRule } from "../../../src/domain/notify/rule.ts";

test("matches() takes * for any text and ? for one character, over the whole name", () => {
  const table: [glob: string, name: string, fits: boolean][] = [
    ["*", "a", true],
    ["db-*", "db-1", true],
    ["db-*", "web-db-1", false],
    ["*-db", "a-db-db", true],
    ["*a*b", "xaybzb", true],
    ["*a*b", "xaybz", false],
    ["d?", "db", true],
    ["d?", "d", false],
    ["a", "ab", false],
    ["*?", "", false],
    ["**", "", true],
  ];
  for (const [glob, name, fits] of table) assert.equal(matches(glob, name), fits, `${glob} ${name}`);
});

test("ruleFor() takes the first rule of the channel that names the job", () => {
  const mail = { ...usualRule("mail", "never"), jobs: ["a"] };
  const first = { ...usualRule("ops", "never"), jobs: ["a*"] };
  const rest = usualRule("ops", "daily");
  assert.equal(ruleFor([mail, first, rest], "ops", "a"), first);
  assert.equal(ruleFor([mail, first, rest], "ops", "b"), rest);
  assert.equal(ruleFor([mail, first], "ops", "b"), undefined);
});

test("parseQuiet() reads two times of the day, midnight as either", () => {
  assert.deepEqual(parseQuiet("22:00-07:30"), { from: 1320, to: 450 });
  assert.deepEqual(parseQuiet("20:00-24:00"), { from: 1200, to: 0 });
  for (const bad of ["22-7", "24:00-07:00", "22:00-24:01", "22:60-23:00", "00:00-24:00", ""]) {
    assert.ok("error" in parseQuiet(bad), bad);
  }
});
