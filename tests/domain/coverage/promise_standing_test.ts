// Whether promises hold at this moment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { promiseStandings } from "../../../src/domain/coverage/promise_standing.ts";
import type { JobPromise } from "../../../src/domain/promise.ts";
import { drain } from "../../../src/domain/slices.ts";
import { policyOf } from "../../support/histories.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-11T18:00:00Z");
const NOON = Date.parse("2026-03-11T12:00:00Z");

/** How a promise stands where there is a noon backup on each of the last `days` days. */
function standing(
  promise: Partial<JobPromise>,
  days: number,
  since = NOW - 30 * DAY,
  provedAt: number | null = null,
) {
  const [standing] = drain(promiseStandings({
    promises: [{ afterMs: 0, levels: {}, gap: null, oldest: null, ...promise }],
    points: Float64Array.from({ length: days }, (_, at) => NOON - (days - 1 - at) * DAY),
    policy: policyOf("daily=7,weekly=4"),
    zone: zoneOf("UTC"),
    since,
    now: NOW,
    provedAt,
  }));
  return standing!;
}

test("promiseStandings() counts the backups of a level", () => {
  const seven = { levels: { daily: { operator: ">=", value: 7 } } } as const;
  assert.deepEqual([standing(seven, 7).state, standing(seven, 7).why], ["kept", null]);
  const broken = standing(seven, 6);
  assert.equal(broken.state, "broken");
  assert.match(broken.why!, /^promised .*7.*: found .*6/);
});

test("promiseStandings() does not judge a job that is younger than its promise", () => {
  const later = { afterMs: 10 * DAY, levels: { daily: { operator: ">=", value: 7 } } } as const;
  assert.deepEqual(standing(later, 1, NOW - 9 * DAY), {
    promise: standing(later, 1).promise,
    state: "not_yet",
    why: null,
  });
  assert.equal(standing(later, 1).state, "broken");
});

test("promiseStandings() says nothing where nothing is promised", () => {
  const parts = {
    policy: policyOf("daily=1"),
    zone: zoneOf("UTC"),
    since: 0,
    now: NOW,
    points: new Float64Array(),
  };
  assert.deepEqual(drain(promiseStandings({ ...parts, promises: [] })), []);
});

test("promiseStandings() tells when nothing was proved restorable for too long", () => {
  const proved = { afterMs: 10 * DAY, verifiedMs: 10 * DAY };
  assert.equal(standing(proved, 1, undefined, NOW - 9 * DAY).state, "kept");
  const late = standing(proved, 1, undefined, NOW - 11 * DAY);
  assert.equal(late.promise, "after 10d: verified_within 10d");
  assert.deepEqual([late.state, late.why], [
    "broken",
    "promised a backup proved restorable within 10d: found none since 2026-02-28T18:00:00.000Z",
  ]);
  assert.match(standing(proved, 1).why!, /found none ever/);
});
