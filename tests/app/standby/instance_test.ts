// How an instance shows itself, and what is said while it waits.
// Also tests waiting_text.ts and answer_unreadable.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answerUnreadable } from "../../../src/app/standby/answer_unreadable.ts";
import { instanceOf, viewOf } from "../../../src/app/standby/instance.ts";
import { waitingText } from "../../../src/app/standby/waiting_text.ts";
import type { LeaseSeen } from "../../../src/ports/lease.ts";
import { load } from "../../support/load_text.ts";

const JOB = 'state: { url: "http://db:8080" }\njobs: [{ name: a, provider: { url: "http://p/b" } }]\n';
const HOST = { machine: () => ({ id: "m", name: "host-a", boot: null }) };
const SEEN = {
  node: "node-a",
  address: "http://node-a:8080",
  fingerprint: "f1",
  isReleased: false,
} as LeaseSeen;

test("an instance is called as it is configured, else as its host", async () => {
  const plain = instanceOf(await load(JOB), HOST, null);
  assert.deepEqual([plain.node, plain.address, plain.place], ["host-a", null, null]);
  const named = instanceOf(await load(`standby: { name: b, address: "http://b:1" }\n${JOB}`), HOST, "here");
  assert.deepEqual([named.node, named.address, named.place], ["b", "http://b:1", "here"]);
  assert.equal(named.fingerprint, plain.fingerprint);
});

test("a standby tells who is active, and whether its work is the same", () => {
  const own = { node: "node-b", fingerprint: "f1" };
  const active = { node: "node-a", address: "http://node-a:8080" };
  const view = { role: "standby", node: "node-b", active, same_configuration: true };
  assert.deepEqual(viewOf(own, SEEN), view);
  assert.equal(viewOf({ ...own, fingerprint: "f2" }, SEEN).same_configuration, false);
  assert.equal(viewOf(own, { ...SEEN, fingerprint: null }).same_configuration, null);
  assert.equal(viewOf(own, { ...SEEN, isReleased: true }).active, null);
});

test("the wait is told in one sentence of either kind", () => {
  assert.match(
    waitingText(SEEN, true),
    /^On standby: 'node-a' \(http:\/\/node-a:8080\) is active; this instance takes over/,
  );
  assert.match(
    waitingText({ node: null, address: null }, false),
    /last used by another instance, .* up to 40 s/,
  );
});

test("while the state cannot be shown, probes are answered and everything else says why", async () => {
  const answer = answerUnreadable(() => SEEN, "its schema is older");
  const ask = async (path: string, method = "GET") => {
    const response = await answer(new Request(`http://b:1${path}`, { method }), {} as never);
    return [response.status, await response.text()] as const;
  };
  assert.deepEqual(await ask("/livez"), [200, "ok\n"]);
  assert.deepEqual(await ask("/base/healthz"), [200, '{"ready":false,"role":"standby"}']);
  assert.deepEqual(await ask("/readyz"), [503, '{"ready":false,"role":"standby"}']);
  const [status, text] = await ask("/backups", "POST");
  assert.equal(status, 503);
  assert.match(
    JSON.parse(text).detail,
    /'node-a' .* is active, ask that one \(nothing is shown here yet: its schema is older\)/,
  );
});
