// Work in the background takes a twentieth of the time while somebody looks, and next to nothing while nobody does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BackgroundPace } from "../../src/app/background_pace.ts";

test("work rests long until somebody asks, and again some time after the last one did", () => {
  const clock = { at: 1_000, monotonic: () => clock.at };
  const pace = new BackgroundPace(clock);
  const shareOf = (workMs: number) => {
    const began = clock.at;
    clock.at += workMs;
    return workMs / (workMs + pace.restAfter(began));
  };
  assert.ok(shareOf(2) <= 0.0025, "two of them take half a percent of a core");
  pace.asked();
  assert.equal(shareOf(2), 0.05);
  clock.at += 14 * 60_000;
  assert.equal(shareOf(2), 0.05, "a scrape every five minutes is somebody who looks");
  clock.at += 2 * 60_000;
  assert.ok(shareOf(2) <= 0.0025);
});
