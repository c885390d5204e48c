// The heartbeat: sent while the scheduler's loop and the state work, silent otherwise, and never at a loss for a reason.
// Also tests outcome_tellers.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Heartbeat } from "../../../src/app/outcomes/heartbeat.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const URL_ = "https://hc-ping.com/5f8b1a52-3a1e-4f8e-9a5b-0c8d6f1e2a3b";
const MINUTE = 60_000;

function rigOf() {
  const clock = new FakeClock(Date.UTC(2026, 10, 20));
  const sent: { at: number; method: string; url: string }[] = [];
  const recorded: EngineEvent[] = [];
  const world = { answers: 200, saves: true };
  const heartbeat = new Heartbeat({
    clock,
    http: ({ method, url }) => {
      sent.push({ at: clock.monotonic(), method, url });
      return Promise.resolve(new Response("OK", { status: world.answers }));
    },
    save: () => world.saves ? Promise.resolve() : Promise.reject(new Error("the disk is full")),
    record: (event) => Promise.resolve(void recorded.push(event)),
    sink: { emit() {} },
  });
  /** Time goes by while the scheduler's loop comes round, or does not. */
  const pass = async (ms: number, beats = true) => {
    for (let gone = 0; gone < ms; gone += 30_000) {
      if (beats) heartbeat.beat();
      await clock.advance(30_000);
    }
  };
  return { clock, heartbeat, sent, recorded, world, pass };
}

test("it is sent at once and then every so often, by nothing but its address", async () => {
  const { heartbeat, sent, pass } = rigOf();
  heartbeat.take({ url: URL_, everyMs: MINUTE });
  await pass(3 * MINUTE);
  assert.deepEqual(
    sent.map(({ at, method, url }) => [at, method, url]),
    [0, 1, 2, 3].map((minute) => [minute * MINUTE, "POST", URL_]),
  );
  heartbeat.take({ url: URL_, everyMs: 10 * MINUTE });
  await pass(10 * MINUTE);
  assert.equal(sent.length, 6, "another interval is in force at once");
  heartbeat.take(undefined);
  await pass(30 * MINUTE);
  assert.equal(sent.length, 6);
});

test("a scheduler whose loop does not come round sends none, and says so once", async () => {
  const { heartbeat, sent, recorded, pass } = rigOf();
  heartbeat.take({ url: URL_, everyMs: MINUTE });
  await pass(MINUTE);
  const before = sent.length;
  await pass(10 * MINUTE, false);
  assert.ok(sent.length <= before + 2, "not after two minutes");
  assert.deepEqual(recorded.map(({ level, message }) => [level, message]), [
    ["warning", "The heartbeat is held back: the scheduler's loop has not come round for 2 minutes"],
  ]);
  await pass(2 * MINUTE);
  assert.deepEqual(recorded.slice(1).map(({ type, message }) => [type, message]), [
    ["ping.sent", "The heartbeat was taken again"],
  ]);
  heartbeat.take(undefined);
});

test("a state that takes nothing sends none", async () => {
  const { heartbeat, sent, recorded, world, pass } = rigOf();
  world.saves = false;
  heartbeat.take({ url: URL_, everyMs: MINUTE });
  await pass(5 * MINUTE);
  assert.deepEqual(sent, []);
  assert.deepEqual(recorded.map(({ message }) => message), [
    "The heartbeat is held back: nothing can be saved: the disk is full",
  ]);
  heartbeat.take(undefined);
});

test("a receiver that does not take it is told of once, without its address", async () => {
  const { heartbeat, recorded, world, pass } = rigOf();
  world.answers = 500;
  heartbeat.take({ url: URL_, everyMs: MINUTE });
  await pass(5 * MINUTE);
  assert.deepEqual(recorded.map(({ message }) => message), [
    "The heartbeat was not taken: it was answered 500 (3 tries)",
  ]);
  heartbeat.take(undefined);
});
