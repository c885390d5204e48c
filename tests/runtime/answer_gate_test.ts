// What a server turns away, and what it says then.
// Also tests last_answer.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Standing } from "../../src/ports/host.ts";
import { createAnswerGate } from "../../src/runtime/answer_gate.ts";

const REQUEST = new Request("http://localhost/backups");
const ENDLESS = new Promise<void>(() => {});

function gateOf(requests: { all: number; each: number; here: number; kept: number }) {
  const gate = createAnswerGate(() => new Response("served"), () => requests);
  const serve = async (standing: Standing, completed: Promise<void> = ENDLESS, remote = "192.0.2.1:50000") =>
    await gate.serve(REQUEST, { completed, standing }, { local: false, remote });
  return { gate, serve };
}

test("createAnswerGate() turns away what is too much at once, in words, until there is room again", async () => {
  const first = Promise.withResolvers<void>();
  const { gate, serve } = gateOf({ all: 2, each: 2, here: 2, kept: 0 });
  assert.equal((await serve("unknown", first.promise)).status, 200);
  assert.equal((await serve("unknown")).status, 200);
  const refused = await serve("unknown");
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.equal((await refused.json()).detail, "2 requests are under way already");
  first.resolve();
  await first.promise;
  assert.equal((await serve("unknown")).status, 200);
  assert.equal(await gate.drain(0), false);
  assert.match((await (await serve("known")).json()).detail, /stopping/);
});

test("createAnswerGate() keeps places for who is known, and lets a probe in without one", async () => {
  const { gate, serve } = gateOf({ all: 2, each: 5, here: 5, kept: 1 });
  for (const _ of [1, 2]) await serve("unknown");
  assert.equal((await serve("unknown")).status, 503);
  assert.equal((await serve("probe")).status, 200);
  assert.equal((await serve("known")).status, 200);
  assert.equal((await serve("known")).status, 503, "all places are taken");
  assert.equal((await serve("probe", Promise.resolve())).status, 200);
  assert.equal(await gate.drain(0), false);
});

test("createAnswerGate() lets those who are known have the places of strangers, too", async () => {
  const { serve } = gateOf({ all: 2, each: 2, here: 2, kept: 1 });
  for (const _ of [1, 2, 3]) assert.equal((await serve("known")).status, 200);
  assert.equal((await serve("known")).status, 503);
  assert.equal((await serve("unknown")).status, 503);
});

test("createAnswerGate() lets no address take the places of all strangers", async () => {
  const { serve } = gateOf({ all: 5, each: 2, here: 3, kept: 0 });
  const from = (remote: string, completed?: Promise<void>) => serve("unknown", completed, remote);
  const first = Promise.withResolvers<void>();
  assert.equal((await from("[2001:db8::1]:1", first.promise)).status, 200);
  assert.equal((await from("[2001:db8::2]:1")).status, 200);
  const refused = await from("[2001:db8::3]:1");
  assert.equal((await refused.json()).detail, "2 requests of this address are under way already");
  assert.equal((await from("192.0.2.1:1")).status, 200);
  first.resolve();
  await first.promise;
  assert.equal((await from("[2001:db8::3]:1")).status, 200);
});

test("drain() waits for probes, too", async () => {
  const { gate, serve } = gateOf({ all: 1, each: 1, here: 1, kept: 0 });
  const asked = Promise.withResolvers<void>();
  await serve("probe", asked.promise);
  const drained = gate.drain(5_000);
  asked.resolve();
  assert.equal(await drained, true);
});
