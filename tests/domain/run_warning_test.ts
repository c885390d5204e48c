// What is known against a backup, by the marks of its row.

import assert from "node:assert/strict";
import { test } from "node:test";
import { warningOfRun } from "../../src/domain/run_warning.ts";

const SOUND = {
  status: "available",
  ...{ suspectAt: null, acceptedAt: null, rejectedAt: null, suspectReason: null },
  ...{ verification: null, verifiedAt: null },
} as const;

test("warningOfRun() tells of what is suspect until somebody accepts it, and of what was rejected", () => {
  assert.equal(warningOfRun(SOUND), undefined);
  const suspect = { ...SOUND, suspectAt: 1, suspectReason: "0 MB" };
  assert.equal(warningOfRun(suspect), "it is suspect: 0 MB");
  assert.equal(warningOfRun({ ...suspect, acceptedAt: 2 }), undefined);
  assert.equal(warningOfRun({ ...suspect, rejectedAt: 2 }), "somebody rejected it: 0 MB");
});
