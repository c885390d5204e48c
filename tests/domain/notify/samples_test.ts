// Messages to try a channel out with: of each kind, and none that could be taken for news.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { samplesOf } from "../../../src/domain/notify/samples.ts";

test("each sample says that it is a trial", () => {
  const now = Date.UTC(2026, 10, 25, 12);
  const setting = { name: "nas1", zone: zoneOf("UTC"), now, publicUrl: null };
  const texts = samplesOf(setting);
  assert.deepEqual(texts.map(({ title }) => title), [
    "TEST [nas1] example: no backup for 2 d (connection refused)",
    "TEST [nas1] example: still no backup for 2 d (connection refused)",
    "TEST [nas1] example: backed up again after 2 d",
    "TEST [nas1] example: taken out of the configuration, and failed (connection refused)",
    "TEST [nas1] example: failed from 11:00 to 11:30 and is well again (connection refused)",
    "TEST [nas1] example: fails and heals (connection refused), 5 changes in a day",
    "TEST [nas1] example: well and steady again",
    "TEST [nas1] 2 messages in one",
    "TEST [nas1] example: 1 backup will be deleted until Thu 08:00",
    "TEST [nas1] Wed: 0 of 1 job safe, 1 needs you",
  ]);
  assert.deepEqual(
    texts.map(({ news }) => news),
    ["bad", "again", "good", "left", "passed", "flapping", "steady", "several", "planned", "digest"],
  );
  assert.ok(texts.every(({ text }) => text.startsWith("This is a trial: nothing happened.\n")));
});
