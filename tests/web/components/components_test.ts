// Badges, times, icons and tables.
// Also tests badge.tsx, time.tsx, icon.tsx, row_table.tsx, sentence.ts and zone_text.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HEALTH_STATES } from "../../../src/domain/health.ts";
import { HealthBadge, toneOf } from "../../../src/web/components/badge.tsx";
import { Icon } from "../../../src/web/components/icon.tsx";
import { readable } from "../../../src/web/components/sentence.ts";
import { numbers, RowTable } from "../../../src/web/components/row_table.tsx";
import { Ago, agoText, For } from "../../../src/web/components/time.tsx";

const NOW = Date.UTC(2026, 2, 1, 12);

test("each word of health is written out in a tone; what is well never alarms", () => {
  for (const state of HEALTH_STATES) {
    assert.ok(String(HealthBadge({ health: { state, well: false } })).includes(`>${state}</span>`));
    assert.ok(!["bad", "warn"].includes(toneOf({ state, well: true })), state);
  }
  assert.deepEqual(
    (["failing", "guarded", "running", "paused"] as const).map((state) => toneOf({ state, well: false })),
    ["bad", "warn", "busy", "idle"],
  );
  assert.equal(toneOf({ state: "ok", well: true }), "good");
});

test("a time says its distance and, for whoever points at it, itself", () => {
  assert.equal(agoText(NOW - 5 * 3_600_000, NOW), "5 h ago");
  assert.equal(agoText(NOW + 20 * 60_000, NOW), "in 20 min");
  assert.deepEqual([agoText(NOW - 3_000, NOW), agoText(NOW + 59_000, NOW)], [
    "under a minute ago",
    "in under a minute",
  ]);
  assert.match(String(For({ since: "2026-03-01T11:59:57.000Z", now: NOW })), />under a minute</);
  const ago = String(Ago({ at: "2026-03-01T07:00:00.000Z", now: NOW }));
  assert.equal(
    ago,
    '<time datetime="2026-03-01T07:00:00.000Z" title="2026-03-01 07:00:00 UTC" data-ago="">5 h ago</time>',
  );
  assert.match(
    String(Ago({ at: "2026-07-01T07:00:00.000Z", now: NOW, zone: "Asia/Kolkata" })),
    /title="2026-07-01 12:30:00 \+05:30"/,
  );
  assert.match(String(Ago({ at: null, now: NOW, none: "never" })), />never</);
  assert.match(String(For({ since: "2026-02-27T12:00:00.000Z", now: NOW })), />2 d</);
});

test("instants in a text are told by the clock of a zone, which is said among several", () => {
  const text = "nothing came since 2026-03-01T02:00:00.000Z";
  assert.equal(readable(text, NOW, "Europe/Berlin"), "nothing came since Sun 03:00");
  assert.equal(readable(text, NOW, "Europe/Berlin", true), "nothing came since Sun 03:00 +01:00");
  assert.equal(readable(text, NOW, "UTC", true), "nothing came since Sun 02:00 UTC");
});

test("an icon is drawn inline, and silent", () => {
  const icon = String(Icon({ name: "run" }));
  assert.match(icon, /^<svg class="icon" .*aria-hidden="true".*><path d="/);
});

test("a table says what each part of it is, and leaves out a column that is none", () => {
  const table = String(RowTable({ heads: ["When", null, numbers("Size")], children: "rows" }));
  assert.match(table, /^<table class="table rows" role="table"><thead role="rowgroup"><tr role="row">/);
  assert.deepEqual(
    [...table.matchAll(/<th role="columnheader" scope="col"( class="num")?>(\w+)</g)].map((m) => m.slice(1)),
    [
      [undefined, "When"],
      [' class="num"', "Size"],
    ],
  );
  assert.match(table, /<tbody role="rowgroup">rows<\/tbody><\/table>$/);
});
