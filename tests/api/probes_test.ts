// Probes are answered without the API, and not otherwise than by it. Also tests secured.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answerProbes } from "../../src/api/probes.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import { testApi, type TestApiOptions } from "../support/test_api.ts";

const PEER = { local: false, remote: "192.0.2.1:50000" };

/** The API behind what answers probes, each asked for itself; `loads` counts how often the API was needed. */
function bothWays(options: TestApiOptions = {}) {
  const api = testApi(options);
  const events: EngineEvent[] = [];
  const loads: number[] = [];
  let broken = false;
  const { clock, operations } = api;
  const quick = answerProbes(
    { clock, operations, sink: { emit: (event) => void events.push(event) }, ...options },
    () => {
      loads.push(1);
      return broken ? Promise.reject(new Error("not loaded")) : Promise.resolve(api.handler);
    },
  );
  return {
    ...api,
    quick,
    events,
    byApi: api.events,
    loads,
    breakLoading: (isBroken: boolean) => void (broken = isBroken),
  };
}

function requestOf(line: string, headers: Record<string, string> = {}): Request {
  const [method, path] = line.split(" ") as [string, string];
  return new Request(`https://schelly${path}`, { method, headers });
}

async function whole(answer: Response) {
  return { status: answer.status, headers: [...answer.headers], body: await answer.text() };
}

test("a probe is answered as the API answers it, and told of in the same words", async () => {
  for (const options of [{}, { basePath: () => "/schelly" }]) {
    for (const ready of [true, false]) {
      const { quick, handler, operations, events, byApi, loads } = bothWays(options);
      operations.readiness = () => Promise.resolve({ ready, checks: [] });
      for (const path of ["/livez", "/readyz", "/healthz"]) {
        const line = `GET ${options.basePath?.() ?? ""}${path}`;
        assert.deepEqual(
          await whole(await quick(requestOf(line), PEER)),
          await whole(await handler(requestOf(line), PEER)),
          `${line}, ready ${ready}`,
        );
      }
      assert.equal(events.length, 3);
      assert.deepEqual(events, byApi);
      assert.deepEqual(loads, [], "without the API");
    }
  }
});

test("what is no plain probe is answered by the API, which is loaded once", async () => {
  const { quick, handler, loads } = bothWays();
  const lines: [string, Record<string, string>?][] = [
    ["HEAD /livez"],
    ["GET /readyz?verbose"],
    ["POST /livez"],
    ["GET /jobs"],
    ["GET /nowhere"],
    ["GET /livez", { "x-long": "x".repeat(40_000) }],
    ["GET /livez", { "content-length": "5" }],
    ["GET /livez", { "transfer-encoding": "chunked" }],
  ];
  for (const [line, headers] of lines) {
    assert.deepEqual(
      await whole(await quick(requestOf(line, headers), PEER)),
      await whole(await handler(requestOf(line, headers), PEER)),
      line,
    );
  }
  assert.deepEqual(loads, [1]);
});

test("where readiness cannot be told, the API says so", async () => {
  const { quick, operations, events, byApi } = bothWays();
  operations.readiness = () => Promise.reject(new Error("broken"));
  assert.equal((await quick(requestOf("GET /readyz"), PEER)).status, 500);
  assert.equal(events.length, 0);
  assert.equal(byApi[0]?.level, "error");
});

test("an API that could not be loaded is loaded again at the next request", async () => {
  const { quick, loads, breakLoading } = bothWays();
  breakLoading(true);
  await assert.rejects(async () => await quick(requestOf("GET /"), PEER), /not loaded/);
  breakLoading(false);
  assert.notEqual((await quick(requestOf("GET /"), PEER)).status, 500);
  assert.deepEqual(loads, [1, 1]);
});

test("probes of an instance on standby are told of quietly: it is asked all the time, and nothing is wrong", async () => {
  const { quick, operations, events } = bothWays();
  operations.ready = { ready: false, isStandby: true, checks: [] };
  assert.equal((await quick(requestOf("GET /readyz"), PEER)).status, 503);
  operations.ready = { ready: false, checks: [] };
  assert.equal((await quick(requestOf("GET /readyz"), PEER)).status, 503);
  assert.deepEqual(events.map(({ level }) => level), ["debug", "warning"]);
});
