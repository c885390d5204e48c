// The last line of `make test` tells the truth: what never ended counts as failed, as what was skipped does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../scripts/run_command.ts";
import { addCounts, countJunit, countTap, noCounts } from "../../scripts/test_report.ts";

test("countJunit() counts passed, failed and skipped tests, and those that never ended as failed", () => {
  const counts = countJunit(`<?xml version="1.0"?><testsuites tests="6"><testsuite name="a" disabled="2">
    <testcase name="good" classname="a" time="0.001" line="1"></testcase>
    <testcase name="good too" classname="a" time="0.001" />
    <testcase name="bad &lt;b&gt; &amp; &#x27;c&#x27;" time="0.1"><failure message="x">no &lt;</failure></testcase>
    <testcase name="broken" time="0.1"><error message="x"/></testcase>
    <testcase name="left out" time="0.000"><skipped/></testcase>
    <testcase name="hung" classname="a" line="4"><skipped/></testcase>
  </testsuite></testsuites>`);
  assert.deepEqual(counts, {
    passed: 2,
    failed: 3,
    skipped: 1,
    failures: ["bad <b> & 'c'", "broken", "hung (never ended)"],
  });
  assert.deepEqual(countJunit(""), noCounts());
});

test("countTap() counts what Node reports", () => {
  const counts = countTap(
    "TAP version 13\n# Subtest: a\nok 1 - a\n  ---\n  duration_ms: 1\n  ...\nnot ok 2 - b - c\n" +
      "ok 3 - d # SKIP not here\nok 4 - e # SKIP\n1..4\n# pass 1\n# fail 1\n",
  );
  assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 2, failures: ["b - c"] });
  const total = noCounts();
  addCounts(total, counts);
  addCounts(total, counts);
  assert.deepEqual([total.passed, total.failed, total.skipped, total.failures.length], [2, 2, 4, 2]);
});

test("runCommand() tells how a command ended, and ends one that takes too long with all it started", async () => {
  const ended = await runCommand(["sh", "-c", "echo out; echo err >&2; exit 3"], { limitSeconds: 20 });
  assert.deepEqual([ended.code, ended.output.split("\n").sort()], [3, ["", "err", "out"]]);
  // The sleeper holds the output open: only its end lets the command be over.
  const hung = await runCommand(["sh", "-c", "sleep 30 & wait"], { limitSeconds: 0.2 });
  assert.equal(hung.code, null);
  assert.ok(hung.seconds < 15, `${hung.seconds} s`);
  await assert.rejects(runCommand(["no-such-program-here"], { limitSeconds: 1 }));
});
