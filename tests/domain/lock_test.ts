// When a storage refuses to delete a backup, as far as its provider said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lockEnd, lockHeard, lockText } from "../../src/domain/lock.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("lockEnd() and lockHeard() tell a lock that stands from one that has ended or was written by a wrong clock", () => {
  assert.equal(lockEnd({ lockedAt: null, lockedUntil: null }, 0), null);
  assert.equal(lockEnd({ lockedAt: 0, lockedUntil: DAY }, DAY - 1), DAY);
  assert.equal(lockEnd({ lockedAt: 0, lockedUntil: DAY }, DAY), null);
  assert.equal(lockEnd({ lockedAt: 0, lockedUntil: null }, HOUR), DAY);
  assert.equal(lockEnd({ lockedAt: 0, lockedUntil: null }, DAY), null);
  assert.equal(lockEnd({ lockedAt: 365 * DAY, lockedUntil: null }, 0), null);
  assert.equal(lockHeard(undefined, 0), undefined);
  assert.equal(lockHeard(null, 0), null);
  assert.equal(lockHeard(5, 5), null);
  assert.equal(lockHeard(6, 5), 6);
  assert.equal(lockText({ until: 0, again: null }), "locked until 1970-01-01T00:00:00.000Z");
});
