// Who follows what happens: everyone learns of it, and what cannot be saved shows until something can be again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { auditUpkeep, createFollowers } from "../../src/app/followers.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Change, CommitResult } from "../../src/ports/store.ts";
import { fakeHost } from "../support/fake_host.ts";

const event = (type: EngineEvent["type"], fields: Partial<EngineEvent> = {}): EngineEvent => ({
  type,
  level: "info",
  at: Date.UTC(2026, 10, 23),
  message: `it was ${type}`,
  ...fields,
});

test("what happens goes to the log and to those who follow from then on", () => {
  const host = fakeHost();
  const followers = createFollowers({ level: "info", format: "auto" }, host);
  const seen: string[] = [];
  followers.sink.emit(event("run.started"));
  followers.add({ emit: ({ type }) => void seen.push(type) });
  followers.say("engine.started", "info", "Scheduling 2 jobs");
  assert.deepEqual(seen, ["engine.started"]);
  assert.deepEqual(
    host.err().trim().split("\n").map((line) => JSON.parse(line).message),
    ["it was run.started", "Scheduling 2 jobs"],
    "as JSON, since nobody sits at a terminal",
  );
});

test("only what the store committed wakes those who follow the audit trail, until they leave", () => {
  const followers = createFollowers({ level: "info", format: "auto" }, fakeHost());
  let woken = 0;
  const leave = followers.committed.subscribe(() => woken++);
  followers.sink.emit(event("run.started"));
  assert.equal(woken, 0);
  followers.committed.emit(event("run.started"));
  assert.equal(woken, 1);
  leave();
  followers.committed.emit(event("run.started"));
  assert.equal(woken, 1);
});

test("an error of the store shows until something could be saved", () => {
  const followers = createFollowers({ level: "info", format: "auto" }, fakeHost());
  followers.sink.emit(event("store.error", { level: "warning", message: "slow" }));
  assert.equal(followers.storeTrouble(), null);
  followers.sink.emit(event("store.error", { level: "error", message: "the disk is full" }));
  followers.sink.emit(event("run.started"));
  assert.equal(followers.storeTrouble(), "the disk is full");
  followers.sink.emit(event("store.commit"));
  assert.equal(followers.storeTrouble(), null);
});

test("news of upkeep goes to the audit trail, and is told even where that cannot be written", async () => {
  const saved: Change[] = [];
  const told: string[] = [];
  let works = true;
  const commit = (change: Change): Promise<CommitResult> => {
    if (!works) return Promise.reject(new Error("the disk is full"));
    saved.push(change);
    return Promise.resolve({ result: "ok", revision: 1 } as unknown as CommitResult);
  };
  const sink = auditUpkeep({ commit }, { emit: ({ message }) => void told.push(message) });
  const news = event("provider.upkeep", { data: { news: true }, message: "pruned" });
  sink.emit(event("provider.upkeep", { data: { news: false }, message: "as before" }));
  sink.emit(news);
  await Promise.resolve();
  assert.deepEqual(saved, [{ job: "", writes: [], events: [news] }]);
  assert.deepEqual(told, ["as before"], "the store tells what it commits");
  works = false;
  sink.emit(news);
  await setImmediate();
  assert.deepEqual(told, ["as before", "pruned"]);
});
