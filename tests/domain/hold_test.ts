// Holds and the freeze: what they keep, until when, and in which words.
// Also tests freeze.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { newRun, type Run, type Status, STATUSES } from "../../src/domain/backup.ts";
import { freezeText, isFrozen } from "../../src/domain/freeze.ts";
import { endsEarlier, holdRefusal, isHeld } from "../../src/domain/hold.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

function run(status: Status, fields: Partial<Run> = {}): Run {
  const base = {
    runId: "r1",
    job: "db",
    trigger: "manual",
    slot: null,
    providerKey: "p",
    createdAt: NOW,
  } as const;
  return newRun({ ...base, status, id: "b1", ...fields });
}

test("isHeld() holds until its end and not at it; without an end for ever", () => {
  assert.equal(isHeld({ holdAt: null, holdUntil: null }, NOW), false);
  assert.equal(isHeld({ holdAt: NOW, holdUntil: null }, NOW + 1e12), true);
  assert.equal(isHeld({ holdAt: NOW, holdUntil: NOW + 5 }, NOW + 4), true);
  assert.equal(isHeld({ holdAt: NOW, holdUntil: NOW + 5 }, NOW + 5), false);
});

test("holdRefusal() lets every status be held that can still be kept, and no other", () => {
  const refused = STATUSES.filter((status) => holdRefusal(run(status)) !== undefined);
  assert.deepEqual(refused, ["cancelling", "delete-error", "deleted", "skipped", "expired"]);
  assert.match(
    holdRefusal(run("deleting", { deleteSentAt: NOW }))!,
    /a DELETE was sent for it at 2026-11-20/,
  );
  assert.match(holdRefusal(run("skipped", { id: null }))!, /Cannot hold run r1: it is skipped/);
});

test("endsEarlier() takes no end for the latest of all", () => {
  assert.deepEqual(
    [[null, null], [null, NOW], [NOW, null], [NOW, NOW], [NOW, NOW - 1], [NOW, NOW + 1]]
      .map(([from, to]) => endsEarlier(from!, to!)),
    [false, true, false, false, true, false],
  );
});

test("isFrozen() and freezeText() tell until when, by whom and why", () => {
  const freeze = { reason: "moving", owner: "ops", at: NOW, until: NOW + 60_000 };
  assert.deepEqual([NOW, NOW + 59_999, NOW + 60_000].map((at) => isFrozen(freeze, at)), [true, true, false]);
  assert.equal(isFrozen({ ...freeze, until: null }, NOW + 1e12), true);
  assert.equal(isFrozen(null, NOW), false);
  assert.equal(
    freezeText(freeze),
    "deletions are frozen by ops since 2026-11-20T12:00:00.000Z, until 2026-11-20T12:01:00.000Z (moving)",
  );
  assert.match(freezeText({ ...freeze, owner: "socket" }), / by someone on this machine \(socket\) since /);
  assert.equal(
    freezeText({ ...freeze, until: null }),
    "deletions are frozen by ops since 2026-11-20T12:00:00.000Z, until somebody releases it (moving)",
  );
});
