// What is told of a request that was answered, and how loudly.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answeredEvent, isRefusal } from "../../../src/domain/http/answered.ts";

const clock = { now: () => 1_000, monotonic: () => 250 };
const told = (method: string, status: number, isFlood = false) =>
  answeredEvent(clock, 200, { method, path: "/jobs/a", route: "/jobs/{job}", status }, {
    isFlood,
    data: { caller: "ops" },
  });

test("a request is told with its route and how long it took", () => {
  assert.deepEqual(told("GET", 200), {
    type: "http.request",
    level: "debug",
    at: 1_000,
    message: "GET /jobs/a was answered 200",
    data: { method: "GET", route: "/jobs/{job}", status: 200, duration_ms: 50, caller: "ops" },
  });
});

test("changes and refusals are told louder than reads, failures of ours loudest, a flood quietly", () => {
  const levels = [["POST", 200], ["GET", 403], ["GET", 404], ["GET", 429], ["GET", 503], [
    "GET",
    500,
  ]] as const;
  assert.deepEqual(levels.map(([method, status]) => told(method, status).level), [
    ...["info", "info", "debug", "debug", "warning", "error"],
  ]);
  assert.equal(told("POST", 401, true).level, "debug");
  assert.deepEqual([401, 403, 421, 429, 404, 500].map(isRefusal), [true, true, true, true, false, false]);
});
