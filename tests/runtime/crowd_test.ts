// A flood is told of, and does not fill the log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnswerGate } from "../../src/runtime/answer_gate.ts";
import { createConnectionBook, type Held } from "../../src/runtime/connection_book.ts";
import { createCrowd } from "../../src/runtime/crowd.ts";

test("a flood of connections and one of requests are told of once a minute each", async () => {
  const said: string[] = [];
  let now = 0;
  const crowd = createCrowd("port 8080", (line) => void said.push(line), () => now);
  const book = createConnectionBook(() => ({ all: 9, each: 1, here: 9 }), crowd.connection);
  const none = { all: 0, each: 1, here: 1, kept: 1 };
  const gate = createAnswerGate(() => new Response(), () => none, crowd.request);
  const held: Held = {
    remote: "192.0.2.1:1",
    isKnown: false,
    hasAsked: false,
    idleSince: 0,
    untakenSince: () => undefined,
    cut() {},
  };
  const come = async () => {
    book.admit({ ...held });
    const info = { completed: Promise.resolve(), standing: "unknown" as const };
    await gate.serve(new Request("http://a/"), info, { local: false, remote: "192.0.2.1:1" });
  };
  await come();
  assert.deepEqual(said, [
    "Requests at port 8080 are turned away: 0 requests are under way already; said once a minute while it lasts\n",
  ]);
  for (now = 0; now < 120_000; now += 1_000) await come();
  assert.equal(said.length, 4);
  assert.equal(
    said[1],
    "Too many connections at port 8080, from 192.0.2.1 by now: idle ones are closed for new ones; " +
      "said once a minute while it lasts\n",
  );
});
