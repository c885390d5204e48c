// So many calls begin in one turn of the event loop, in their order, and all of them in the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { queueCalls } from "../../../src/engine/context/calls.ts";
import { TurnGate } from "../../../src/engine/context/turn_gate.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeProvider } from "../../support/fake_provider.ts";

/** A clock whose turns end when they are asked for; each piece of work takes `eachMs`. */
function turning(eachMs: number) {
  let now = 0;
  const perTurn: number[] = [0];
  const clock = {
    monotonic: () => now,
    yield: () => {
      perTurn.push(0);
      return Promise.resolve();
    },
  };
  const work = () => {
    perTurn[perTurn.length - 1]!++;
    now += eachMs;
  };
  return { clock, perTurn, work };
}

test("a crowd enters in its order, so many in a turn as take some milliseconds", async () => {
  const { clock, perTurn, work } = turning(0.5);
  const gate = new TurnGate(clock);
  const entered: number[] = [];
  await Promise.all(Array.from({ length: 200 }, async (_, at) => {
    await gate.enter();
    entered.push(at);
    work();
  }));
  assert.deepEqual(entered, Array.from({ length: 200 }, (_, at) => at));
  assert.ok(Math.max(...perTurn) <= 16, perTurn.join(" "));
  assert.ok(Math.max(...perTurn.slice(8)) <= 14, perTurn.join(" "));
});

test("few do not wait, and what comes while others wait comes after them", async () => {
  const { clock, work } = turning(10);
  const gate = new TurnGate(clock);
  for (let at = 0; at < 16; at++) assert.equal(gate.enter(), undefined);
  const order: string[] = [];
  const waits = ["first", "second"].map((name) => gate.enter()!.then(() => order.push(name)));
  work();
  waits.push(gate.enter()!.then(() => order.push("third")));
  await Promise.all(waits);
  assert.deepEqual(order, ["first", "second", "third"]);
  // Where all have entered, the next crowd finds its way as well.
  await Promise.all(Array.from({ length: 500 }, () => gate.enter()));
});

test("the looks at all providers share the turns of one clock, and each is answered", async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  let turns = 0;
  const inTurn = [0];
  const onCall = () => {
    inTurn[turns]!++;
    return Promise.resolve();
  };
  const counting = Object.assign(Object.create(clock), {
    monotonic: () => 0,
    yield: async () => {
      await clock.yield();
      inTurn[++turns] = 0;
    },
  }) as FakeClock;
  const queues = ["p", "q"].map((key) => queueCalls(new FakeProvider({ clock, key, onCall }), 100, counting));
  const looks = Array.from({ length: 100 }, (_, at) => queues[at % 2]!.get(`b-${at}`));
  await clock.advance(1_000);
  assert.equal((await Promise.all(looks)).length, 100);
  assert.ok(turns > 0 && inTurn[0]! <= 16, inTurn.join(" "));
});
