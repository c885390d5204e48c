// How much a request may hold and how long it may take, said as problems; and nothing of a stranger's body is read.
// Also tests mod.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Auth } from "../../src/api/auth.ts";
import { authOf } from "../support/auth_of.ts";
import { endlessBody } from "../support/endless_body.ts";
import { problemOf, testApi } from "../support/test_api.ts";

test("an address over 16 KiB is 414, and the longest id of a provider is not too long", async () => {
  const { ask } = testApi();
  const longest = encodeURIComponent("\u0800".repeat(1365));
  assert.ok(longest.length > 12_000);
  assert.equal((await ask(`GET /backups/${longest}`)).status, 404);
  for (const line of [`GET /${"a".repeat(16 * 1024)}`, `GET /backups?job=${"a".repeat(16 * 1024)}`]) {
    assert.match((await problemOf(await ask(line))).detail, /expected at most 16384/);
    assert.equal((await ask(line)).status, 414);
  }
});

test("headers over 32 KiB are 431, and more than 200 parameters 400", async () => {
  const { ask } = testApi();
  const headers = (size: number) => ({ headers: { "x-padding": "a".repeat(size) } });
  assert.equal((await ask("GET /backups", headers(30_000))).status, 200);
  assert.equal((await problemOf(await ask("GET /backups", headers(33_000)))).status, 431);
  const parameters = (count: number) => `GET /runs?${"status=failed&".repeat(count - 1)}status=failed`;
  assert.equal((await ask(parameters(200))).status, 200);
  assert.match(
    (await problemOf(await ask(parameters(201)))).detail,
    /has 201 parameters: expected at most 200/,
  );
});

test("a body that does not arrive in 30 s is 408, and nothing was done", async () => {
  const { ask, clock, operations } = testApi();
  const { seen, init } = endlessBody(null);
  const answer = ask("POST /jobs/db/pause", {
    ...init,
    headers: { "content-type": "application/json", "content-length": "9" },
  });
  await clock.advance(29_000);
  assert.equal(seen.cancelled, false);
  await clock.advance(2_000);
  const response = await answer;
  assert.equal(response.headers.get("connection"), "close");
  assert.match((await problemOf(response)).detail, /did not arrive within 30 s/);
  assert.equal(response.status, 408);
  assert.deepEqual([seen.cancelled, operations.calls, clock.sleeping], [true, [], 0]);
});

test("a body that breaks off is 400, and nothing was done", async () => {
  const { ask, operations } = testApi();
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) });
  const problem = await problemOf(await ask("PUT /freeze", { body: broken, duplex: "half" } as RequestInit));
  assert.match(problem.detail, /broke off/);
  assert.deepEqual(operations.calls, []);
});

const TOKENS = await authOf([{ name: "grafana", role: "viewer", token: "view-token" }]);
const VIEWER = { authorization: "Bearer view-token" };
const DEFAULT = { kind: "default" } as const;

test("nothing is read of a body whose sender is not let in, or that nobody asked for", async () => {
  const cases: [line: string, auth: Auth, headers: Record<string, string>, status: number][] = [
    ["POST /nope", TOKENS, {}, 401],
    ["POST /nope", TOKENS, VIEWER, 404],
    ["POST /nope", DEFAULT, {}, 404],
    ["POST /%ff", DEFAULT, {}, 400],
    ["PUT /backups", TOKENS, {}, 401],
    ["PUT /backups", TOKENS, VIEWER, 405],
    ["PUT /backups", DEFAULT, {}, 405],
    ["POST /livez", TOKENS, {}, 405],
    ["POST /backups", TOKENS, {}, 401],
    ["POST /backups", TOKENS, { authorization: "Bearer wrong" }, 401],
    ["PUT /freeze", TOKENS, VIEWER, 403],
    ["POST /state/snapshot", TOKENS, VIEWER, 403],
    ["PUT /freeze", DEFAULT, {}, 403],
    ["POST /-/reload", DEFAULT, {}, 403],
    ["POST http://evil.example/backups", DEFAULT, {}, 421],
    ["POST http://evil.example/nope", DEFAULT, {}, 421],
    ["POST /backups", DEFAULT, { origin: "https://evil.example" }, 403],
    ["PUT /freeze", { kind: "none" }, { "content-type": "text/plain" }, 415],
    ["PUT /freeze", { kind: "none" }, { "content-length": "1048577" }, 413],
    ["POST /backups", DEFAULT, {}, 202],
    ["POST /jobs/db/trigger", DEFAULT, {}, 202],
    ["DELETE /backups/nope", { kind: "none" }, {}, 404],
  ];
  for (const [line, auth, headers, status] of cases) {
    const { askTcp } = testApi({ auth });
    const { seen, init } = endlessBody(new Uint8Array(1024));
    const all = { "content-type": "application/json", "content-length": "1000000", ...headers };
    const answer = await askTcp(line, { ...init, headers: all });
    assert.equal(answer.status, status, line);
    assert.equal(seen.pulls, 0, line);
    // What was not read would be taken for the next request.
    assert.equal(answer.headers.get("connection"), "close", line);
  }
});

test("a body of another kind than JSON is refused by its first byte where nothing announced it", async () => {
  const { ask, operations } = testApi();
  for (const type of [undefined, "text/plain"]) {
    const { seen, init } = endlessBody(new Uint8Array(1024));
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    assert.equal((await ask("PUT /freeze", { ...init, headers })).status, 415, String(type));
    assert.equal(seen.pulls, 1, String(type));
  }
  const chunked = { "content-type": "text/plain", "transfer-encoding": "chunked" };
  const { seen, init } = endlessBody(new Uint8Array(1024));
  assert.equal((await ask("PUT /freeze", { ...init, headers: chunked })).status, 415);
  assert.equal(seen.pulls, 0);
  assert.deepEqual(operations.calls, []);
  // Programs name a type also where they send nothing.
  assert.equal((await ask("POST /jobs/db/pause", { headers: { "content-type": "text/plain" } })).status, 200);
});

test("a deeply nested body is refused in words", async () => {
  const { ask } = testApi();
  const body = `{"reason":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const problem = await problemOf(
    await ask("POST /jobs/db/pause", { body, headers: { "content-type": "application/json" } }),
  );
  assert.deepEqual(problem.errors, [{ field: "reason", message: "is a list: expected a reason" }]);
});

test("a small request cannot make a large answer", async () => {
  const { ask } = testApi();
  const words = Array.from({ length: 5_000 }, (_, n) => n.toString(36)).join(",").slice(0, 16_000);
  const keys = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`key${n}`, 1]));
  const json = { "content-type": "application/json" };
  for (
    const answer of [
      await ask(`GET /events?type=${words}`),
      await ask("POST /jobs/db/pause", { body: JSON.stringify(keys), headers: json }),
    ]
  ) {
    assert.equal(answer.status, 400);
    const text = await answer.text();
    assert.ok(text.length < 64 * 1024, `${text.length}`);
    assert.ok(JSON.parse(text).errors.length <= 20);
  }
});

test("answers over TLS tell browsers to stay with it, others do not", async () => {
  const { ask } = testApi();
  const over = (scheme: string) => ask(`GET ${scheme}://localhost/livez`);
  assert.equal((await over("https")).headers.get("strict-transport-security"), "max-age=15552000");
  assert.equal((await over("http")).headers.get("strict-transport-security"), null);
});

test("a page of another origin is allowed nothing, not even to ask first", async () => {
  const { askTcp } = testApi();
  const headers = { origin: "http://evil.example", "access-control-request-method": "DELETE" };
  for (const line of ["OPTIONS /backups/b1", "GET /backups", "POST /backups"]) {
    const answer = await askTcp(line, { headers });
    for (const [name] of answer.headers) assert.doesNotMatch(name, /^access-control-/, line);
    await answer.body?.cancel();
  }
});
