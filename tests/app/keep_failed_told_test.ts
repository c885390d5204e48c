// What is said at a start of leftovers that go, or stay, by default.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keepFailedTold } from "../../src/app/keep_failed_told.ts";
import { rig } from "../support/engine_rig.ts";

test("keepFailedTold() names jobs whose leftovers go by default, and those that keep them since they are older", async () => {
  const byDefault = { keepFailed: { ms: 7 * 86_400_000, isSet: false } };
  const jobs = [
    { name: "old", ...byDefault },
    { name: "new", ...byDefault },
    { name: "http" },
    { name: "set", keepFailed: { ms: 0, isSet: true } },
  ];
  await using r = await rig({ jobs });
  await r.store.commit({
    job: "old",
    writes: [{ write: "job", job: "old", set: { cleansFailedSince: null } }],
  });
  await r.crash();
  await r.boot(jobs);
  assert.deepEqual(keepFailedTold(r.engine), [
    "What failed runs of job 'new' leave is deleted after 7d and a later backup: keep_failed is not set, and this is the " +
    "default of built-ins",
    "What failed runs of job 'old' leave stays for ever: the state knew it before there was keep_failed: set it, to 7d " +
    "or to forever",
  ]);
});
