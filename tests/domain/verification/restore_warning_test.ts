// What is said of a backup before it is restored: the worst that is known, once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { restoreWarning } from "../../../src/domain/verification/restore_warning.ts";

const SOUND = {
  verification: null,
  verifiedAt: null,
  isSuspect: false,
  isRejected: false,
  suspectReason: null,
};

test("restoreWarning() tells of damage before all else, and nothing of what is sound or was accepted for its size", () => {
  assert.equal(restoreWarning(SOUND), undefined);
  assert.equal(restoreWarning({ ...SOUND, verification: "passed", suspectReason: "0 MB" }), undefined);
  const damaged = { ...SOUND, verification: "failed", verifiedAt: 0, isSuspect: true, isRejected: true };
  assert.equal(
    restoreWarning({ ...damaged, suspectReason: "a.txt is lost" }),
    "it is damaged: its verification of 1970-01-01T00:00:00.000Z failed: a.txt is lost",
  );
  assert.equal(restoreWarning({ ...SOUND, isRejected: true }), "somebody rejected it");
  assert.equal(restoreWarning({ ...SOUND, isSuspect: true, suspectReason: "0 MB" }), "it is suspect: 0 MB");
});
