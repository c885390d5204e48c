// What a server turns away, and what it says then.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnswerGate } from "../../src/runtime/answer_gate.ts";

const PEER = { local: false, remote: "127.0.0.1:50000" };
const REQUEST = new Request("http://localhost/backups");

test("createAnswerGate() turns away what is too much at once, in words, until there is room again", async () => {
  const first = Promise.withResolvers<void>();
  const gate = createAnswerGate(() => new Response("served"), 2);
  const serve = async (completed: Promise<void>) => await gate.serve(REQUEST, { completed }, PEER);
  const endless = new Promise<void>(() => {});
  assert.equal((await serve(first.promise)).status, 200);
  assert.equal((await serve(endless)).status, 200);
  const refused = await serve(endless);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.equal((await refused.json()).detail, "2 requests are under way already");
  first.resolve();
  await first.promise;
  assert.equal((await serve(endless)).status, 200);
  assert.equal(await gate.drain(0), false);
  assert.match((await (await serve(endless)).json()).detail, /stopping/);
});
