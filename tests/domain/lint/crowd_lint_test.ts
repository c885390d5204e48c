// Lint names jobs of one provider that are due in the same minute, and the jitter that spreads them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crowdFinding } from "../../../src/domain/lint/crowd_lint.ts";
import { parseSchedule } from "../../../src/domain/schedule/schedule.ts";

const NOW = Date.parse("2026-03-02T10:00:00Z");

function jobs(count: number, pattern: string, jitterMs = 0) {
  const parsed = parseSchedule(pattern, "UTC");
  if ("error" in parsed) throw new Error(parsed.error);
  return Array.from({ length: count }, (_, at) => ({ name: `j${at}`, schedule: parsed.schedule, jitterMs }));
}

test("five jobs in one minute are a crowd, for which a jitter is proposed", () => {
  const found = crowdFinding("p", jobs(6, "@midnight"), NOW)!;
  assert.equal(
    found.message,
    "6 jobs of the provider 'p' are due in the same minute: 'j0', 'j1', 'j2' and 3 more",
  );
  assert.match(found.remedy, /^set 'jitter: 30m' on them or in 'defaults'/);
  assert.deepEqual(found.at, [Date.parse("2026-03-03T00:00:00Z")]);
  assert.match(crowdFinding("p", jobs(5, "@hourly"), NOW)!.remedy, /'jitter: 6m'/);
  assert.match(crowdFinding("p", jobs(5, "*/5 * * * *"), NOW)!.remedy, /^have them due at other times/);
});

test("few jobs, those with a jitter and those apart are none", () => {
  assert.equal(crowdFinding("p", jobs(4, "@daily"), NOW), null);
  assert.equal(crowdFinding("p", jobs(9, "@daily", 60_000), NOW), null);
  assert.equal(crowdFinding("p", [...jobs(3, "0 1 * * *"), ...jobs(3, "0 2 * * *")], NOW), null);
});
