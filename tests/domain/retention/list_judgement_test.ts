// What a provider's list that lacks backups may mean.

import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeList } from "../../../src/domain/retention/list_judgement.ts";

const judge = (absent: number, listed = 10, available = 20) =>
  judgeList({ listed, available, absent, maxPercent: 50 });

test("judgeList() takes few that are absent for gone, and concludes nothing from many", () => {
  assert.equal(judge(0), "whole");
  assert.equal(judge(1), "some");
  assert.equal(judge(10), "some");
  assert.equal(judge(11), "many");
});

test("judgeList() takes an empty list for another storage, unless nothing is on record", () => {
  assert.equal(judge(1, 0, 1), "many");
  assert.equal(judge(0, 0, 0), "whole");
});

test("judgeList() lets up to three be gone whatever share they are", () => {
  assert.equal(judge(3, 1, 3), "some");
  assert.equal(judge(4, 1, 4), "many");
});
