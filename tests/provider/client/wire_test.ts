// What a provider sees of ids, names and texts that others chose: never another request than the one that was meant.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProviderError } from "../../../src/domain/errors.ts";
import { createHttpProvider } from "../../../src/provider/client/http_provider.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { systemHttp } from "../../../src/runtime/http.ts";
import { httpSpec } from "../../support/http_spec.ts";
import { reply, startRawServer } from "../../support/raw_server.ts";

const PORTS = { http: systemHttp, clock: systemClock, sink: { emit() {} } };
const HOSTILE = [
  "a\r\nX-Injected: 1",
  "a\r\n\r\nDELETE /backups/other HTTP/1.1\r\nHost: x\r\n\r\n",
  "a\nb",
  "a b HTTP/1.1",
  "..",
  ".",
  "../other",
  "..%2fother",
  "%2e%2e",
  "%2e%2e/other",
  "..\\other",
  "/",
  "//evil.example/x",
  "http://evil.example/",
  "?run_id=1",
  "a?b=c",
  "#x",
  "a#b",
  "a;b=c",
  "@evil.example",
  ":80",
  "*",
  "%",
  "%00",
  "%0d%0aX: 1",
  "\u0000",
  "\u2028",
  "\uff0e\uff0e\uff0fother",
  "x".repeat(4096),
  "é".repeat(2048),
  "x".repeat(4097),
];
/** Names of every header of any call. */
const HEADERS = [
  "accept",
  "accept-encoding",
  "accept-language",
  "content-length",
  "host",
  "user-agent",
  "x-schelly-fence",
];

test("createHttpProvider() asks for the one id it was given and nothing else, or for nothing", async () => {
  await using server = await startRawServer((_request, socket) => reply(socket, 404));
  const provider = createHttpProvider(httpSpec(`${server.url}/backups`), PORTS);

  async function check(id: string): Promise<void> {
    server.requests.length = 0;
    try {
      assert.equal((await provider.get(id)).found, "no");
      assert.equal(await provider.delete(id, undefined, 1), "absent");
    } catch (error) {
      assert.ok(error instanceof ProviderError && error.kind === "refused", String(error));
      assert.equal(server.requests.length, 0, "what is refused is never sent");
      return;
    }
    assert.deepEqual(server.requests.map(({ method }) => method), ["GET", "DELETE"]);
    for (const { target, headers, body } of server.requests) {
      const [, first, segment, ...rest] = target.split("/");
      assert.deepEqual([first, rest, body], ["backups", [], ""], target);
      assert.match(segment!, /^[A-Za-z0-9%!'()*~._-]+$/);
      assert.ok(!/^(\.|%2e){1,2}$/i.test(segment!), target);
      assert.equal(decodeURIComponent(segment!), id);
      for (const name of Object.keys(headers)) assert.ok(HEADERS.includes(name), name);
    }
  }

  for (const id of HOSTILE) await check(id);
  await fc.assert(fc.asyncProperty(fc.string({ unit: "binary", maxLength: 12 }), check), {
    numRuns: 200,
    seed: 1,
  });
});

test("createHttpProvider() sends no header that a job's or run's name could break, and asks for no other run", async () => {
  await using server = await startRawServer((_request, socket) => reply(socket, 200, "[]"));
  const provider = createHttpProvider(httpSpec(`${server.url}/backups`), PORTS);
  for (const name of ["a\r\nX-Injected: 1", "a\nb", "日本", "\u0000"]) {
    const call = { runId: name, job: name, slot: null, fence: 1, body: undefined };
    await assert.rejects(provider.create(call), { name: "ProviderError", kind: "refused" });
    assert.equal(server.requests.length, 0);
  }
  for (const runId of HOSTILE) {
    server.requests.length = 0;
    assert.equal(await provider.lookup(runId), undefined);
    const { target } = server.requests[0]!;
    assert.match(target, /^\/backups\?run_id=[^&#\s]*$/);
    assert.equal(decodeURIComponent(target.slice("/backups?run_id=".length)), runId);
  }
});

test("createHttpProvider() says in one line, without control characters, that an answer is of another run", async () => {
  const body = JSON.stringify({ id: "a", status: "running", run_id: "other\u0000\r\n\u001b[2J" });
  await using server = await startRawServer((_request, socket) => reply(socket, 202, body));
  const provider = createHttpProvider(httpSpec(`${server.url}/backups`), PORTS);
  const call = { runId: "run-1", job: "a", slot: null, fence: 1, body: undefined };
  await assert.rejects(
    provider.create(call),
    /of another run 'other \[2J': cannot start .*: expected one of run 'run-1'$/,
  );
});
