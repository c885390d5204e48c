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

test("what two providers say alike is two troubles, and what is of the whole program is one", () => {
  const at = (job: string, provider: string, of_all = false) => ({
    ...of(job, "failing", "disk full"),
    provider,
    of_all,
  });
  const groups = (unwell: ReturnType<typeof at>[]) => alikeTrouble(unwell).map(({ jobs }) => jobs);
  assert.deepEqual(groups([at("a", "x"), at("b", "y"), at("c", "x")]), [["a", "c"], ["b"]]);
  assert.deepEqual(groups([at("a", "x", true), at("b", "y", true)]), [["a", "b"]]);
});
