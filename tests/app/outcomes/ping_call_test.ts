// One ping over real HTTP: what a dead man's switch is told, and what is said where it does not take it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ping, sendPing } from "../../../src/app/outcomes/ping_call.ts";
import type { Clock } from "../../../src/ports/host.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { systemHttp } from "../../../src/runtime/http.ts";
import { type Manner, startCheckReceiver } from "../../support/check_receiver.ts";

const RUN = "01932f3e-7c00-7000-8000-000000000001";

/** Waits a hundred times as fast. */
const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };
const ports = { http: systemHttp, clock };
/** Gives up twenty times as fast, too. */
const hasty = { ...ports, clock: { ...clock, timeout: (ms: number) => systemClock.timeout(ms / 20) } };
const options = { stop: new AbortController().signal };

test("every signal is a ping of the shape of healthchecks.io", async () => {
  await using receiver = await startCheckReceiver();
  for (const signal of ["start", "success", "fail", "log"] as const) {
    const end = await sendPing(
      ports,
      { url: receiver.url, signal, runId: RUN, body: `of ${signal} é` },
      options,
    );
    assert.deepEqual(end, { told: true });
  }
  assert.deepEqual(
    receiver.pings.map(({ method, signal, rid, body }) => [method, signal, rid, body]),
    ["start", "success", "fail", "log"].map((signal) => ["POST", signal, RUN, `of ${signal} é`]),
  );
});

const redirect: Manner = { status: 302, headers: { location: "http://127.0.0.1:1/elsewhere" } };
const manners: [string, Manner, RegExp, number][] = [
  ["hangs", "hangs", /no answer came within 10 s/, 3],
  ["hangs up", "drops", /broke before an answer came/, 3],
  ["answers 500", { status: 500 }, /answered 500/, 3],
  ["answers 429", { status: 429 }, /answered 429/, 3],
  ["redirects", redirect, /302, a redirect, which is not followed/, 1],
  ["answers 404", { status: 404 }, /404, as if there were no such check/, 1],
  ["answers 409", { status: 409 }, /409, as if several checks had this name/, 1],
  ["knows no such check", { status: 200, body: "OK (not found)" }, /has no such check/, 1],
  ["limits the rate", { status: 200, body: "OK (rate limited)" }, /too many within a minute/, 1],
];

for (const [what, manner, why, tries] of manners) {
  test(`a receiver that ${what} is told of after ${tries === 1 ? "one try" : "a few tries"}`, async () => {
    await using receiver = await startCheckReceiver(manner);
    const ping: Ping = { url: receiver.url, signal: "success", runId: RUN, body: "" };
    const end = await sendPing(manner === "hangs" ? hasty : ports, ping, options);
    assert.ok(!end.told);
    assert.match(end.why, why);
    assert.equal(end.tries, tries);
    assert.equal(receiver.count(), tries);
    assert.doesNotMatch(end.why, /5f8b1a52|127\.0\.0\.1|rid/, "nothing of the address is said");
  });
}

test("a receiver that refuses connections is tried a few times, and its address is not said", async () => {
  const { url } = await (async () => {
    await using receiver = await startCheckReceiver();
    return receiver;
  })();
  const end = await sendPing(ports, { url, signal: "fail", runId: RUN, body: "" }, options);
  assert.ok(!end.told);
  assert.match(end.why, /^connection refused$/);
  assert.doesNotMatch(end.why, /5f8b1a52/);
  assert.equal(end.tries, 3);
});

test("a receiver that comes back within the tries is told once", async () => {
  await using receiver = await startCheckReceiver({ status: 503 });
  const end = sendPing(ports, { url: receiver.url, signal: "success", runId: RUN, body: "" }, options);
  while (receiver.count() === 0) await systemClock.sleep(1);
  receiver.manner = "takes";
  assert.deepEqual(await end, { told: true });
  assert.equal(receiver.pings.length, 1);
});

test("what is outdated, or comes as the program stops, is not tried again", async () => {
  await using receiver = await startCheckReceiver({ status: 500 });
  const ping: Ping = { url: receiver.url, signal: "start", runId: RUN, body: "" };
  assert.equal((await sendPing(ports, ping, { ...options, isOutdated: () => true })).told, false);
  assert.equal((await sendPing(ports, ping, { stop: AbortSignal.abort() })).told, false);
  assert.equal(receiver.count(), 2);
});
