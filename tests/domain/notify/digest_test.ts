// The digest: when it is due, and what it says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import {
  digestAfter,
  digestBefore,
  type DigestFacts,
  digestText,
} from "../../../src/domain/notify/digest.ts";

const zone = zoneOf("Europe/Berlin");
/** Monday, 23 November 2026, 08:00 in Berlin. */
const MONDAY = Date.UTC(2026, 10, 23, 7);
const HOUR = 3_600_000;
const setting = { name: "nas1", zone, now: MONDAY + 60_000, publicUrl: null };

const well = (job: string) => ({
  job,
  state: "ok" as const,
  well: true,
  since: null,
  cause: null,
  brief: null,
});

const FACTS: DigestFacts = {
  pace: "weekly",
  jobs: [
    ...Array.from({ length: 39 }, (_, n) => well(`j${n}`)),
    {
      job: "postgres",
      state: "failing",
      well: false,
      since: MONDAY - 30 * HOUR,
      cause: "connect x:5432: connection refused",
      brief: "connection refused",
    },
    {
      job: "mail",
      state: "late",
      well: false,
      since: null,
      cause: "no good backup since Friday",
      brief: null,
    },
  ],
  made: 287,
  failed: 5,
  deleted: 270,
  planned: [{ job: "j1", count: 7 }, { job: "j2", count: 0 }, { job: "j3", count: 21 }],
  unasked: 0,
  freeze: null,
  until: MONDAY + 7 * 24 * HOUR,
};

test("a digest says who is safe, who needs you and why, what was done, what will be deleted and how to stop it", () => {
  const { title, text } = digestText(FACTS, setting);
  assert.equal(title, "[nas1] Week 48: 39 of 41 jobs safe, 2 need you");
  assert.equal(
    text,
    `- postgres: failing since Sun 02:00: connection refused
- mail: late: no good backup since Friday
287 backups made, 5 failed, 270 deleted.
About 28 backups will be deleted until 30 Nov 08:00: j3 21, j1 7.
\`schelly backups hold ID --reason …\` keeps one, \`schelly freeze\` all; \`schelly forecast JOB\` shows what stays.`,
  );
});

test("what cannot be foreseen is said, and so is that nothing goes", () => {
  const planned = [{ job: "a", count: null }];
  const some = digestText({ ...FACTS, jobs: [well("a")], planned, unasked: 2, pace: "daily" }, setting);
  assert.equal(some.title, "[nas1] Mon: 1 of 1 job safe, nobody needs you");
  assert.match(
    some.text,
    /deleted\.\nWhat goes of 3 jobs could not be foreseen: see `schelly forecast JOB`\.$/,
  );
  assert.match(
    digestText({ ...FACTS, planned: [] }, setting).text,
    /Nothing will be deleted until 30 Nov 08:00\.$/,
  );
});

test("a freeze forgotten for a month is told in each digest: since when, whose and why, until it is over", () => {
  const freeze = { reason: "moving the storage", owner: "ops", at: Date.UTC(2026, 10, 9, 13), until: null };
  for (let week = 0; week < 5; week++) {
    const now = MONDAY + week * 7 * 24 * HOUR;
    assert.match(
      digestText({ ...FACTS, freeze }, { ...setting, now }).text,
      /^Nothing is deleted: freeze since 9 Nov by ops \(moving the storage\), until `schelly unfreeze`\.$/m,
    );
  }
  assert.match(
    digestText({ ...FACTS, freeze: { ...freeze, at: MONDAY - 6 * HOUR, until: MONDAY + HOUR } }, setting)
      .text,
    /: freeze since Mon 02:00 by ops \(moving the storage\), until Mon 09:00\.$/,
  );
});

test("jobs that are not under way count as neither safe nor in need", () => {
  const jobs = [well("a"), { ...well("b"), state: "paused" as const }, {
    ...well("c"),
    state: "never" as const,
  }];
  const { title, text } = digestText({ ...FACTS, jobs }, setting);
  assert.equal(title, "[nas1] Week 48: 1 of 3 jobs safe, nobody needs you");
  assert.match(text, /^Not under way: b \(paused\), c \(no backup yet\)\.\n/);
});

test("it is due at eight on the wall, each day or each Monday, also over a change of the clocks", () => {
  assert.equal(digestBefore("weekly", zone, MONDAY), MONDAY);
  assert.equal(digestBefore("weekly", zone, MONDAY - 1), MONDAY - 7 * 24 * HOUR);
  assert.equal(digestBefore("daily", zone, MONDAY + 23 * HOUR), MONDAY);
  assert.equal(digestAfter("daily", zone, MONDAY), MONDAY + 24 * HOUR);
  // Summer time began on 29 March 2026: that week is an hour short.
  const before = Date.UTC(2026, 2, 23, 7);
  assert.equal(digestAfter("weekly", zone, before), before + 7 * 24 * HOUR - HOUR);
  assert.equal(digestAfter("daily", zone, Date.UTC(2026, 2, 28, 7)), Date.UTC(2026, 2, 29, 6));
});
