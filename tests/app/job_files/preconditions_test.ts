// What If-Match and If-None-Match say of the file that is replaced.

import assert from "node:assert/strict";
import { test } from "node:test";
import { etagOf, whyNot } from "../../../src/app/job_files/preconditions.ts";

const TAG = etagOf("jobs: []\n");

test("an entity tag changes with every byte, and is the same for the same text", () => {
  assert.match(TAG, /^"[0-9a-f]{32}"$/);
  assert.equal(etagOf("jobs: []\n"), TAG);
  assert.notEqual(etagOf("jobs: [] \n"), TAG);
});

test("If-Match holds for this file alone, weakened on its way or among others, and for none where there is none", () => {
  for (const ifMatch of [TAG, `W/${TAG}`, `"x", ${TAG}`, "*"]) {
    assert.equal(whyNot({ ifMatch }, TAG), undefined);
  }
  for (const ifMatch of ['"x"', TAG.slice(0, -2) + '"', ""]) {
    assert.match(whyNot({ ifMatch }, TAG)!, /^If-Match names .*, and the file is "/);
  }
  for (const ifMatch of [TAG, "*"]) assert.match(whyNot({ ifMatch }, null)!, /there is no such file/);
});

test("If-None-Match holds where there is no file, or another one", () => {
  assert.equal(whyNot({ ifNoneMatch: "*" }, null), undefined);
  assert.equal(whyNot({ ifNoneMatch: '"x"' }, TAG), undefined);
  assert.match(whyNot({ ifNoneMatch: "*" }, TAG)!, /If-None-Match names \*, and the file is/);
  assert.match(whyNot({ ifNoneMatch: TAG }, TAG)!, /If-None-Match/);
  assert.equal(whyNot({}, null), undefined);
});
