// A flood of passwords: whose turn is next, who is turned away, and who gets in all the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createPasswordTurns, type Tried } from "../../src/api/password_turns.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Turns whose work goes on until it is told to end, and is wrong unless it is told otherwise. */
function rig() {
  const clock = new FakeClock(0);
  const turns = createPasswordTurns(clock);
  let working: { who: string; end(isRight: boolean): void } | undefined;
  const outcomes: string[] = [];
  return {
    clock,
    outcomes,
    try({ source, name }: Tried) {
      const who = `${source} ${name}`;
      const work = () => new Promise<boolean>((end) => working = { who, end });
      void turns.take({ source, name }, work).then((outcome) => outcomes.push(`${who} ${outcome}`));
    },
    /** Ends the one in work; whose it was. */
    async end(isRight = false): Promise<string | undefined> {
      await setImmediate();
      const one = working;
      working = undefined;
      one?.end(isRight);
      await setImmediate();
      return one?.who;
    },
  };
}

/** How many end before this one has its turn. */
async function turnsUntil(who: string, { end }: ReturnType<typeof rig>): Promise<number> {
  for (let turns = 0; turns < 100; turns++) if (await end() === who) return turns;
  throw new Error(`${who} had no turn`);
}

test("whoever comes from elsewhere has a turn soon, however many of one address wait", async () => {
  const turns = rig();
  for (const name of ["ann", "bob", "cid", "dan"]) {
    for (let nr = 0; nr < 16; nr++) turns.try({ source: "flood", name });
  }
  turns.try({ source: "home", name: "ann" });
  const before = await turnsUntil("home ann", turns);
  assert.ok(before <= 2, `after ${before}`);
});

test("another name has a turn soon, however many of one wait, from its address or from all others", async () => {
  const turns = rig();
  for (let nr = 0; nr < 16; nr++) turns.try({ source: "proxy", name: "ann" });
  for (let nr = 0; nr < 100; nr++) turns.try({ source: `bot ${nr}`, name: "ann" });
  turns.try({ source: "proxy", name: "bob" });
  const before = await turnsUntil("proxy bob", turns);
  assert.ok(before <= 2, `after ${before}`);
});

test("so many wait and no more: who has many makes way for who has few", async () => {
  const turns = rig();
  for (let nr = 0; nr < 20; nr++) turns.try({ source: "flood", name: "ann" });
  await setImmediate();
  assert.deepEqual(turns.outcomes, Array(4).fill("flood ann turned away"));
  for (const name of ["bob", "cid", "dan", "eve"]) {
    for (let nr = 0; nr < 16; nr++) turns.try({ source: "flood", name });
  }
  await setImmediate();
  assert.equal(turns.outcomes.filter((outcome) => outcome.endsWith("turned away")).length, 4 + 16);
  turns.try({ source: "home", name: "ann" });
  await setImmediate();
  assert.equal(turns.outcomes.filter((outcome) => outcome.endsWith("turned away")).length, 4 + 17);
});

test("after so many wrong ones a name is not tried from there until time has passed; right ones cost nothing", async () => {
  const turns = rig();
  const one = async (tried: Tried, isRight = false) => {
    turns.try(tried);
    await turns.end(isRight);
    return turns.outcomes.at(-1)!.split(" ").slice(2).join(" ");
  };
  const ann = { source: "flood", name: "ann" };
  for (let nr = 0; nr < 500; nr++) assert.equal(await one(ann, true), "right");
  for (let nr = 0; nr < 60; nr++) assert.equal(await one(ann), "wrong");
  assert.equal(await one(ann), "turned away");
  assert.equal(await one({ source: "flood", name: "bob" }, true), "right");
  assert.equal(await one({ source: "home", name: "ann" }, true), "right");
  await turns.clock.advance(2_000);
  assert.equal(await one(ann), "wrong");
  assert.equal(await one(ann), "turned away");
});

test("an address that tries ever other names is turned away as well", async () => {
  const turns = rig();
  for (let nr = 0; nr < 300; nr++) {
    turns.try({ source: "flood", name: `name ${nr}` });
    await turns.end();
  }
  assert.equal(turns.outcomes.filter((outcome) => outcome.endsWith("wrong")).length, 240);
  turns.try({ source: "home", name: "name 299" });
  await turns.end(true);
  assert.equal(turns.outcomes.at(-1), "home name 299 right");
});
