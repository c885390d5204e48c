// What goes wrong, in the words of the programs that say it: in short, and what to do about it.
// Also tests short_cause.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceOn, KNOWN_CAUSES, knownAdvice } from "../../src/domain/known_cause.ts";
import { causeFirst, shortCause } from "../../src/domain/short_cause.ts";
import { CAUSE_CASES } from "../support/known_cause_cases.ts";

for (const [words, short, advice] of CAUSE_CASES) {
  test(`"${words.slice(0, 90)}" is ${short}`, () => {
    assert.equal(shortCause(words), short);
    assert.equal(adviceOn(words, "files"), advice);
    assert.equal(knownAdvice(words, "files"), advice.charAt(0).toLowerCase() + advice.slice(1));
  });
}

test("every cause of the table is what some program says, and its advice is one sentence without its end", () => {
  const hit = new Set(CAUSE_CASES.map(([words]) => KNOWN_CAUSES.find((cause) => cause.words.test(words))));
  for (const cause of KNOWN_CAUSES) assert.ok(hit.has(cause), String(cause.words));
  for (const [words] of CAUSE_CASES) assert.doesNotMatch(adviceOn(words), /[.!]$|\. [A-Z]/);
});

test("what a program said comes before which part of it failed", () => {
  assert.equal(
    causeFirst("the create command 'dump' ended with exit code 3: no such database"),
    "no such database (the create command 'dump' ended with exit code 3)",
  );
  assert.equal(
    causeFirst("Cannot make the backup: restic ended with exit code 1: Fatal: wrong password\nmore"),
    "Fatal: wrong password (Cannot make the backup: restic ended with exit code 1)\nmore",
  );
  for (
    const words of [
      "connection refused: cannot start",
      "it ended with exit code 3",
      "x ended with exit code 3: y",
    ]
  ) {
    assert.equal(causeFirst(words), words);
  }
});

test("what nobody knows is shown as it is, cut, and advises nothing", () => {
  assert.equal(shortCause("exit code 3"), "exit code 3");
  assert.equal(shortCause("x".repeat(80)), `${"x".repeat(59)}…`);
  assert.equal(knownAdvice("exit code 3"), undefined);
  assert.equal(adviceOn("exit code 3"), "Fix that");
});
