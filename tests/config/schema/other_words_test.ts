// Keys of other programs lead to those that mean the same here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unknownKey } from "../../../src/config/schema/diagnostics.ts";
import { keysAt } from "../../../src/config/schema/schema.ts";

const JOB = keysAt(["jobs", 0]);
const RETENTION = keysAt(["jobs", 0, "retention"]);
const TOP = keysAt([]);
const RESTIC = keysAt(["jobs", 0, "provider", "restic"]);

const MEANT: [key: string, known: string[], hint: RegExp][] = [
  ["cron", JOB, /^did you mean schedule\?$/],
  ["CRON", JOB, /^did you mean schedule\?$/],
  ["tz", JOB, /^did you mean timezone\?$/],
  ["days", RETENTION, /daily: 7 keeps one of each of the last seven days/],
  ["ttl", JOB, /retention: \{ daily: 7 \}/],
  ["keep-daily", JOB, /^write 'daily' under retention$/],
  ["keep_daily", RETENTION, /^did you mean daily\?$/],
  ["keep-last", RETENTION, /^did you mean keep_last\?$/],
  ["keep_last", JOB, /^write 'keep_last' under retention$/],
  ["keep-within", RETENTION, /^did you mean keep_within\?$/],
  ["keepLatest", RETENTION, /^did you mean keep_last\?$/],
  ["keep-annual", RETENTION, /^did you mean yearly\?$/],
  [
    "keep_within_daily",
    RETENTION,
    /^write daily: 30 to keep one of each of the last 30 that have one; keep_within: 30d/,
  ],
  ["keep-within-weekly", JOB, /^write weekly: 30 under retention to keep one/],
  ["frequently", RETENTION, /^did you mean minutely\?$/],
  ["hooks", JOB, /pre and post; on_success and on_failure/],
  ["pre", JOB, /pre and post/],
  ["repository", JOB, /stands in the provider/],
  ["repo", RESTIC, /^did you mean repository\?$/],
  ["url", JOB, /provider: \{ url:/],
  ["disabled", JOB, /enabled: false/],
  ["notify", JOB, /at the top, beside jobs/],
  ["repositories", TOP, /^did you mean providers\?$/],
  ["port", TOP, /listen: 127\.0\.0\.1:8080/],
  ["timezone", TOP, /under defaults/],
  ["shedule", JOB, /^did you mean schedule\?$/],
  ["schedule\u00a0", JOB, /holds a no-break space \(U\+00A0\)/],
];

for (const [key, known, hint] of MEANT) {
  test(`unknownKey() of '${key}' says what was meant`, () =>
    assert.match(unknownKey(key, known).hint ?? "", hint));
}

test("a key like no other is told the three nearest, and where all of them are", () => {
  const { message, hint } = unknownKey("retry_count", JOB);
  assert.match(message, /^unknown key 'retry_count': the nearest are (\w+, )\w+ and \w+$/);
  assert.match(message, /retry/);
  assert.match(hint!, /schelly config schema/);
  assert.equal(unknownKey("qqqq", ["a", "b"]).message, "unknown key 'qqqq': expected one of a, b");
});
