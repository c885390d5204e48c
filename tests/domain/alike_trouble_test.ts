// Which jobs are told of together.

import assert from "node:assert/strict";
import { test } from "node:test";
import { alikeTrouble } from "../../src/domain/alike_trouble.ts";

const of = (job: string, state: string, cause: string | null) => ({ job, state, cause });

test("jobs of one word and one cause are one trouble; without a cause each is its own", () => {
  const unwell = [
    of("a", "failing", "connection refused"),
    of("b", "late", "connection refused"),
    of("c", "failing", "connection refused"),
    of("d", "failing", null),
    of("e", "failing", null),
  ];
  assert.deepEqual(alikeTrouble(unwell).map(({ jobs, first }) => [first.job, jobs]), [
    ["a", ["a", "c"]],
    ["b", ["b"]],
    ["d", ["d"]],
    ["e", ["e"]],
  ]);
});
