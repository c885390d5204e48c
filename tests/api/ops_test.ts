// Health, metrics, reload, trust in the clock, and events as a list and as a stream.
// Also tests event_stream.ts and events.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import { EventView } from "../../src/ports/views/event.ts";
import { ReadinessView } from "../../src/ports/views/server.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const SSE = { headers: { accept: "text/event-stream" } };

test("GET /livez answers while the store fails; GET /readyz answers 503 then", async () => {
  const { ask, operations, reads } = testApi();
  reads.failure = new StoreError("failed", "gone");
  operations.ready = { ready: false, checks: [{ name: "store", ok: false, fatal: true, message: "gone" }] };
  assert.equal((await ask("GET /livez")).status, 200);
  for (const path of ["/readyz", "/healthz"]) {
    const response = await ask(`GET ${path}`);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { ready: false });
  }
});

test("GET /readyz?verbose shows each check and stays 200 for one that is not fatal", async () => {
  const { ask, operations } = testApi();
  operations.ready = {
    ready: true,
    checks: [{ name: "guard db", ok: false, fatal: false, message: "60 % of the backups would go" }],
  };
  const response = await ask("GET /readyz?verbose");
  assert.equal(response.status, 200);
  assert.deepEqual(ReadinessView.parse(await response.json()).checks, operations.ready.checks);
  assert.deepEqual(await (await ask("GET /readyz")).json(), { ready: true });
});

test("GET /metrics answers Prometheus text", async () => {
  const { ask } = testApi();
  const response = await ask("GET /metrics");
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.match(await response.text(), /^up 1$/m);
});

test("HEAD answers as GET does, without the body", async () => {
  const { ask, reads } = testApi();
  for (const path of ["/", "/metrics", "/backups", "/livez", "/openapi.json"]) {
    const response = await ask(`HEAD ${path}`);
    assert.equal(response.status, 200, path);
    assert.equal(await response.text(), "");
  }
  const stream = await ask("HEAD /events", SSE);
  assert.equal(stream.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert.equal(reads.subscribers, 0);
});

test("GET / names where to look", async () => {
  const { ask } = testApi();
  const view = await (await ask("GET /")).json();
  assert.equal(view.version, "1.2.3");
  for (
    const path of [view.backups, view.runs, view.jobs, view.events, view.metrics, view.ready, view.openapi]
  ) {
    assert.equal((await ask(`GET ${path}`)).status, 200, path);
  }
});

test("POST /-/reload says what changed, or 422 with every issue", async () => {
  const { ask, operations } = testApi();
  assert.deepEqual((await (await ask("POST /-/reload")).json()).messages, ["job db: schedule changed"]);
  operations.reloadOutcome = { ok: false, messages: ["a.yaml:3:1: x", "a.yaml:4:1: y"] };
  const problem = await problemOf(await ask("POST /-/reload"));
  assert.equal(problem.status, 422);
  assert.deepEqual(problem.errors?.map((error) => error.message), ["a.yaml:3:1: x", "a.yaml:4:1: y"]);
});

test("POST /clock/trust hands on who said so", async () => {
  const { ask, operations } = testApi();
  assert.equal((await ask("POST /clock/trust")).status, 200);
  assert.deepEqual(operations.calls, [{
    name: "trustClock",
    args: [{ name: "socket", role: "admin", isLocal: true }],
  }]);
});

test("GET /events lists newest first, filters, and pages oldest first with after", async () => {
  const { ask, reads } = testApi();
  for (let i = 1; i <= 5; i++) {
    reads.addEvent({
      type: i % 2 === 0 ? "run.failed" : "run.available",
      job: i < 3 ? "db" : "web",
      runId: `r${i}`,
    });
  }
  const seqs = async (line: string) => {
    const events = await (await ask(line)).json();
    return events.map((event: unknown) => EventView.parse(event).seq);
  };
  assert.deepEqual(await seqs("GET /events"), [5, 4, 3, 2, 1]);
  assert.deepEqual(await seqs("GET /events?job=db&type=run.failed"), [2]);
  assert.deepEqual(await seqs("GET /events?type=run.failed,run.available&limit=2"), [5, 4]);
  assert.deepEqual(await seqs("GET /events?run=r4"), [4]);
  assert.deepEqual(await seqs("GET /events?after=3"), [4, 5]);
  const page = await ask("GET /events?after=0&limit=2");
  assert.equal(page.headers.get("link"), '</events?after=2&limit=2>; rel="next"');
  assert.equal((await ask("GET /events?after=3&limit=3")).headers.get("link"), null);
});

/** Reads the stream until `count` events have come. */
async function readEvents(reader: ReadableStreamDefaultReader<Uint8Array>, count: number): Promise<number[]> {
  let text = "";
  for (;;) {
    const seqs = [...text.matchAll(/^id: (\d+)\nevent: run\.\w+\ndata: (.*)\n\n/gm)].map((match) => {
      assert.equal(JSON.parse(match[2]!).seq, Number(match[1]));
      return Number(match[1]);
    });
    if (seqs.length >= count) return seqs;
    const { done, value } = await reader.read();
    assert.ok(!done, `the stream ended after ${seqs.length} of ${count} events`);
    text += new TextDecoder().decode(value);
  }
}

test("GET /events streams what is committed from now on", async () => {
  const { ask, reads } = testApi();
  reads.addEvent({ type: "run.due" });
  const response = await ask("GET /events", SSE);
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const reader = response.body!.getReader();
  reads.addEvent({ type: "run.started" });
  assert.deepEqual(await readEvents(reader, 1), [2]);
  reads.addEvent({ type: "run.available" });
  reads.addEvent({ type: "run.due" });
  assert.deepEqual(await readEvents(reader, 2), [3, 4]);
  await reader.cancel();
  assert.equal(reads.subscribers, 0);
});

test("GET /events goes on after Last-Event-ID without a gap, a repeat or a foreign event", async () => {
  const { ask, reads } = testApi();
  for (let i = 1; i <= 1200; i++) reads.addEvent({ type: "run.due", job: i % 2 === 0 ? "db" : "web" });
  const response = await ask("GET /events?job=db", { headers: { ...SSE.headers, "last-event-id": "10" } });
  const reader = response.body!.getReader();
  const first = await readEvents(reader, 595);
  reads.addEvent({ type: "run.due", job: "web" });
  reads.addEvent({ type: "run.due", job: "db" });
  const rest = await readEvents(reader, 1);
  assert.deepEqual([...first, ...rest], [...Array.from({ length: 595 }, (_, i) => 12 + 2 * i), 1202]);
  await reader.cancel();
});

test("GET /events sends a comment when nothing happens, so that proxies keep the stream", async () => {
  const { ask, clock } = testApi();
  const reader = (await ask("GET /events", SSE)).body!.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "retry: 2000\n\n");
  const next = reader.read();
  await clock.advance(15_000);
  assert.equal(new TextDecoder().decode((await next).value), ": still here\n\n");
  await reader.cancel();
  await clock.settle();
  assert.equal(clock.sleeping, 0);
});

test("GET /events ends its streams when the server closes or the store fails", async () => {
  const closing = new AbortController();
  const { ask, reads } = testApi({ closing: closing.signal });
  const streams = [(await ask("GET /events", SSE)).body!, (await ask("GET /events", SSE)).body!];
  const texts = streams.map((stream) => new Response(stream).text());
  closing.abort();
  assert.deepEqual(await Promise.all(texts), ["retry: 2000\n\n", "retry: 2000\n\n"]);

  const open = testApi();
  const text = new Response((await open.ask("GET /events", SSE)).body!).text();
  open.reads.failure = new StoreError("failed", "gone");
  open.reads.addEvent({ type: "run.due" });
  assert.equal(await text, "retry: 2000\n\n");
  assert.equal(open.reads.subscribers + reads.subscribers, 0);
});

test("GET /events opens at most 100 streams, and counts those that ended out", async () => {
  const { ask } = testApi();
  const streams = await Promise.all(Array.from({ length: 100 }, () => ask("GET /events", SSE)));
  assert.equal((await problemOf(await ask("GET /events", SSE))).status, 503);
  for (const { body } of streams) await body!.cancel();
  const again = await ask("GET /events", SSE);
  assert.equal(again.status, 200);
  await again.body!.cancel();
});

test("GET /events refuses a Last-Event-ID that is none", async () => {
  const { ask } = testApi();
  const problem = await problemOf(
    await ask("GET /events", { headers: { ...SSE.headers, "last-event-id": "x" } }),
  );
  assert.equal(problem.errors?.[0]?.field, "last-event-id");
});

test("GET /config answers the values in force to operators, and to nobody else", async () => {
  const { ask, askTcp } = testApi();
  const response = await ask("GET /config");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), [
    { path: "jobs.db.name", value: "db", source: "schelly.yaml:3" },
  ]);
  assert.equal((await askTcp("GET /config")).status, 403);
});
