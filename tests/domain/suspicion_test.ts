// Which new backups are implausibly small.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newRun } from "../../src/domain/backup.ts";
import { isSuspect, type PastSize, suspicionOf, wasAccepted } from "../../src/domain/suspicion.ts";

const LEARNED = { minSizeMb: null, minPercent: 20 };
const sizes = (...list: number[]): PastSize[] => list.map((sizeMb) => ({ sizeMb, accepted: false }));

test("suspicionOf() names both numbers of the bound by hand", () => {
  const bounds = { minSizeMb: 10.48576, minPercent: 0 };
  assert.equal(suspicionOf(3, bounds, []), "3 MB is under min_size, 10.5 MB");
  assert.equal(suspicionOf(10.48576, bounds, []), null);
});

test("suspicionOf() names the median, the share and how many it is learned from", () => {
  assert.equal(
    suspicionOf(60, LEARNED, sizes(500, 480, 520, 400)),
    "60 MB is 12.5 % of 480 MB, the median of the last 4: expected at least 20 %",
  );
  assert.equal(suspicionOf(96, LEARNED, sizes(500, 480, 520, 400)), null);
  assert.match(
    suspicionOf(0.2, LEARNED, sizes(117_200, 117_200, 117_200))!,
    /^200 kB is less than 0\.1 % of 117 GB/,
  );
  assert.match(
    suspicionOf(0, LEARNED, sizes(500, 480, 520, 400))!,
    /^it is empty; the median of the last 4 has 480 MB/,
  );
});

test("suspicionOf() says nothing of unknown sizes, of fewer than 3 past ones, and with min_percent 0", () => {
  assert.equal(suspicionOf(null, { minSizeMb: 10, minPercent: 20 }, sizes(500, 500, 500)), null);
  assert.equal(suspicionOf(1, LEARNED, sizes(500, 500)), null);
  assert.equal(suspicionOf(1, { ...LEARNED, minPercent: 0 }, sizes(500, 500, 500)), null);
  assert.notEqual(suspicionOf(1, LEARNED, sizes(500, 500, 500)), null);
});

test("suspicionOf() suspects an empty backup from the first one on, until one was accepted", () => {
  const empty = "it is empty";
  for (const bounds of [LEARNED, { ...LEARNED, minPercent: 0 }]) {
    assert.equal(suspicionOf(0, bounds, []), empty);
    assert.equal(suspicionOf(0, bounds, sizes(500)), empty);
    const accepted = [{ sizeMb: 0, accepted: true }, ...sizes(500)];
    assert.equal(suspicionOf(0, bounds, accepted), null);
    assert.notEqual(suspicionOf(0, bounds, [...sizes(500), ...accepted]), null, "it was full again since");
    assert.equal(suspicionOf(0, bounds, sizes(0)), null, "one from before empty ones were suspect");
    assert.equal(suspicionOf(0.000001, bounds, []), null);
  }
  assert.equal(suspicionOf(null, LEARNED, []), null);
});

test("suspicionOf() looks at no more than the newest ten", () => {
  const grown = sizes(...Array(10).fill(10), ...Array(90).fill(1000));
  assert.equal(suspicionOf(9, LEARNED, grown), null);
});

test("suspicionOf() takes full and incremental backups in turn as they are", () => {
  assert.equal(suspicionOf(5, LEARNED, sizes(900, 5, 900, 5, 900, 5, 900, 5, 900, 5)), null);
});

test("suspicionOf() begins anew with an accepted suspect, whose size alone is enough", () => {
  const past = [{ sizeMb: 50, accepted: true }, ...sizes(...Array(9).fill(1000))];
  assert.equal(suspicionOf(50, LEARNED, past), null);
  assert.match(suspicionOf(9, LEARNED, past)!, /^9 MB is 18 % of 50 MB, the last one:/);
  const later = [...sizes(52, 48), ...past];
  assert.match(suspicionOf(9, LEARNED, later)!, /the median of the last 3/);
});

test("suspicionOf() suspects no backup as big as the biggest it learned from", () => {
  const past = fc.array(
    fc.record({ sizeMb: fc.double({ min: 0, max: 1e6, noNaN: true }), accepted: fc.boolean() }),
    { minLength: 1 },
  );
  fc.assert(fc.property(past, fc.integer({ min: 0, max: 99 }), (past, minPercent) => {
    const biggest = Math.max(...past.map((one) => one.sizeMb));
    assert.equal(suspicionOf(biggest, { minSizeMb: null, minPercent }, past), null);
  }));
});

test("suspicionOf() never suspects the bigger of two sizes alone", () => {
  const size = fc.double({ min: 0, max: 1e6, noNaN: true });
  const past = fc.array(fc.record({ sizeMb: size, accepted: fc.boolean() }));
  fc.assert(fc.property(size, size, past, (one, other, past) => {
    const bounds = { minSizeMb: 10, minPercent: 20 };
    const [small, big] = one < other ? [one, other] : [other, one];
    if (suspicionOf(small, bounds, past) === null) assert.equal(suspicionOf(big, bounds, past), null);
  }));
});

test("isSuspect() ends with an accept or a reject, not with an approval from before the mark", () => {
  const run = newRun({
    runId: "r",
    job: "db",
    trigger: "schedule",
    slot: 0,
    status: "available",
    providerKey: "p",
    createdAt: 0,
    suspectAt: 100,
  });
  assert.equal(isSuspect(run), true);
  assert.equal(isSuspect({ ...run, acceptedAt: 99 }), true);
  assert.equal(isSuspect({ ...run, acceptedAt: 100 }), false);
  assert.equal(isSuspect({ ...run, rejectedAt: 100 }), false);
  assert.equal(isSuspect({ ...run, status: "deleted" }), false);
  assert.deepEqual([
    wasAccepted({ ...run, acceptedAt: 100 }),
    wasAccepted({ ...run, suspectAt: null, acceptedAt: 1 }),
  ], [
    true,
    false,
  ]);
});
