// Waits of a run end as it is woken up, and as the engine stops; thousands of them at a time.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  activeRun,
  type EngineContext,
  interruption,
  waitOrWake,
} from "../../../src/engine/context/context.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { trusting } from "../../support/hand_watch.ts";
import { backup } from "../../store/fixture.ts";

const NOW = Date.UTC(2026, 0, 1);

function parts() {
  const clock = new FakeClock(NOW);
  const stopping = new AbortController();
  const context = { clock, stop: stopping.signal } as Partial<EngineContext> as EngineContext;
  const active = activeRun(backup(), { clock, watch: trusting(clock) });
  return { clock, stopping, context, active };
}

test("a wait ends at its time, as its run is woken up, and with the reason of the engine's stop", async () => {
  const { clock, stopping, context, active } = parts();
  const ended: string[] = [];
  const wait = (name: string, ms: number) =>
    waitOrWake(context, active, ms).then(
      () => ended.push(name),
      (why) => ended.push(`${name}: ${why.message}`),
    );
  const waits = [wait("short", 1_000)];
  await clock.advance(1_000);
  waits.push(wait("woken", 60_000));
  await clock.settle();
  active.wake();
  await clock.settle();
  // A wake ends what waits, and not what waits later.
  waits.push(wait("stopped", 60_000));
  await clock.settle();
  assert.deepEqual(ended, ["short", "woken"]);
  stopping.abort(new Error("it stops"));
  await Promise.all(waits);
  assert.deepEqual(ended, ["short", "woken", "stopped: it stops"]);
  assert.equal(clock.sleeping, 0);
  await assert.rejects(waitOrWake(context, active, 1_000), /it stops/);
});

test("interruption() calls back once for each that listens, and never one that does no more", () => {
  const { stopping, context, active } = parts();
  const other = parts().active;
  const heard: string[] = [];
  const listen = (name: string, of = active) => interruption(context, of)(() => heard.push(name));
  const over = listen("over");
  over();
  listen("one");
  listen("other", other);
  active.wake();
  active.wake();
  assert.deepEqual(heard, ["one"]);
  const gone = listen("gone", other);
  gone();
  stopping.abort(new Error("it stops"));
  assert.ok(heard.includes("other") && !heard.includes("over") && !heard.includes("gone"), heard.join(" "));
  assert.throws(() => listen("late"), /it stops/);
});
