// Errors: one clear problem for each, no insides, and headers that keep browsers out.
// Also tests mod.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toProblem } from "../../src/api/problems.ts";
import { ConfigError, ProviderError, StoreError } from "../../src/domain/errors.ts";
import { problemOf, testApi } from "../support/test_api.ts";

test("every bad query value is one problem that names the field, the value and what was expected", async () => {
  const { ask } = testApi();
  const cases: [line: string, field: string, message: RegExp][] = [
    ["GET /backups?limit=abc", "limit", /is 'abc': expected a whole number from 1 to 10000/],
    ["GET /backups?limit=0", "limit", /is '0': expected a whole number/],
    ["GET /backups?limit=10001", "limit", /is '10001'/],
    ["GET /backups?limit=1e3", "limit", /is '1e3'/],
    ["GET /backups?limit=-1", "limit", /is '-1'/],
    ["GET /backups?limit=1&limit=2", "limit", /several times/],
    ["GET /backups?status=broken", "status", /is 'broken': expected one of running, available/],
    ["GET /backups?tag=reference", "tag", /expected one of secondly, minutely/],
    ["GET /backups?since=yesterday", "since", /is 'yesterday': expected ISO 8601/],
    ["GET /backups?since=1767225600", "since", /expected ISO 8601/],
    ["GET /backups?since=2026-02-30", "since", /is '2026-02-30'/],
    ["GET /backups?since=2026-03-01T10:00:00", "since", /with a zone/],
    ["GET /backups?until=2026-13-01", "until", /is '2026-13-01'/],
    ["GET /backups?job=a%00b", "job", /without control characters/],
    ["GET /backups?cursor=zzz", "cursor", /'next' link/],
    ["GET /backups?sattus=x", "sattus", /is not known: expected status, tag, suspect, job/],
    ["GET /backups?__proto__=x", "__proto__", /is not known/],
    ["GET /runs?status=available,zzz", "status", /is 'available,zzz': expected one or more of intent/],
    ["GET /runs?trigger=cron", "trigger", /expected one of schedule, manual, import/],
    ["GET /events?type=run.dud", "type", /expected one or more of run\.due/],
    ["GET /events?after=-1", "after", /expected a whole number/],
    ["POST /backups?jobs=db", "jobs", /is not known: expected job/],
    ["DELETE /backups/b1?jbo=db", "jbo", /is not known: expected job/],
  ];
  for (const [line, field, message] of cases) {
    const problem = await problemOf(await ask(line));
    assert.equal(problem.status, 400, line);
    assert.deepEqual(problem.errors?.map((error) => error.field), [field], line);
    assert.match(problem.errors![0]!.message, message, line);
    assert.ok(problem.detail.includes(`'${field}'`), problem.detail);
  }
});

test("a failure of the store is told without the place where it lies", () => {
  for (const place of ["the state '/var/lib/schelly/schelly.db'", "the state at 'libsql://db.internal/x'"]) {
    const { status, detail } = toProblem(
      new StoreError("not_writable", `Cannot write ${place}: the disk is full`),
    );
    assert.deepEqual([status, detail], [
      503,
      "The state store failed: Cannot write the state: the disk is full",
    ]);
  }
});

test("several bad values are told of all at once", async () => {
  const { ask } = testApi();
  const problem = await problemOf(await ask("GET /backups?limit=x&status=y&foo=z"));
  assert.deepEqual(problem.errors?.map((error) => error.field).sort(), ["foo", "limit", "status"]);
});

test("an Idempotency-Key must be 1 to 255 plain characters", async () => {
  const { ask, operations } = testApi();
  for (const key of ["", "x".repeat(256)]) {
    const problem = await problemOf(await ask("POST /backups", { headers: { "idempotency-key": key } }));
    assert.equal(problem.errors?.[0]?.field, "idempotency-key");
  }
  assert.deepEqual(operations.calls, []);
});

test("an unknown path is 404, a wrong method 405 with Allow", async () => {
  const { ask } = testApi();
  for (const path of ["/nope", "/backups/", "/backups/a/b", "/Backups", "//backups"]) {
    assert.equal((await problemOf(await ask(`GET ${path}`))).status, 404, path);
  }
  const cases = [
    ["PUT /backups", "GET, HEAD, POST"],
    ["PATCH /backups/b1", "GET, HEAD, DELETE"],
    ["DELETE /runs/r1", "GET, HEAD"],
    ["GET /-/reload", "POST"],
    ["OPTIONS /jobs/db/trigger", "POST"],
  ] as const;
  for (const [line, allow] of cases) {
    const response = await ask(line);
    assert.equal(response.headers.get("allow"), allow, line);
    assert.equal((await problemOf(response)).status, 405, line);
  }
});

test("a bug answers 500 without its message or stack, which the event of the request carries", async () => {
  const { ask, operations, events } = testApi();
  operations.failure = new Error("secret insides");
  const problem = await problemOf(await ask("GET /jobs"));
  assert.equal(problem.status, 500);
  assert.doesNotMatch(JSON.stringify(problem), /secret|\.ts/);
  assert.equal(events.at(-1)!.level, "error");
  assert.match(String(events.at(-1)!.data?.error), /secret insides[\s\S]*\.ts/);
});

test("toProblem() turns each coded failure into its status", () => {
  const issue = {
    file: "a.yaml",
    line: 3,
    column: 1,
    path: "jobs",
    message: "is missing",
    severity: "error" as const,
  };
  assert.equal(toProblem(new ProviderError("refused", "GET answered 403")).status, 502);
  assert.equal(toProblem(new StoreError("fenced", "another instance took over")).status, 503);
  assert.match(
    toProblem(new StoreError("unknown", "no answer")).detail,
    /not known whether the change was saved/,
  );
  const config = toProblem(new ConfigError([issue]));
  assert.equal(config.status, 422);
  assert.deepEqual(config.extras.errors, [{ field: "jobs", message: "a.yaml:3:1: jobs: is missing" }]);
  assert.equal(toProblem("thrown text").status, 500);
});

test("a body over 1 MiB is 413 whether its length was announced or not, and is not kept", async () => {
  const { ask, operations } = testApi();
  const big = new Uint8Array(1024 * 1024 + 1);
  const headers = { "content-type": "application/json" };
  assert.equal((await problemOf(await ask("PUT /freeze", { body: big, headers }))).status, 413);
  const announced = { body: "{}", headers: { ...headers, "content-length": String(big.length) } };
  for (const line of ["PUT /freeze", "POST /backups"]) {
    assert.equal((await problemOf(await ask(line, announced))).status, 413, line);
  }
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  const init = { body: endless, headers, duplex: "half" } as RequestInit;
  assert.equal((await problemOf(await ask("PUT /freeze", init))).status, 413);
  assert.ok(pulled < 30, `${pulled} pieces were read`);
  assert.deepEqual(operations.calls, []);
});

test("every answer carries the headers that keep browsers from guessing, framing and storing", async () => {
  const { ask } = testApi();
  for (
    const line of [
      "GET /",
      "GET /backups",
      "GET /metrics",
      "GET /nope",
      "PUT /backups",
      "GET /backups?limit=x",
    ]
  ) {
    const { headers } = await ask(line);
    assert.equal(headers.get("x-content-type-options"), "nosniff", line);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'/, line);
    assert.equal(headers.get("referrer-policy"), "no-referrer", line);
    assert.equal(headers.get("cache-control"), "no-store", line);
    assert.equal(headers.get("access-control-allow-origin"), null, line);
  }
});

test("each request is told of in one event with its route, never the raw path as a label", async () => {
  const { ask, events } = testApi();
  await ask("GET /backups/some-id");
  await ask("GET /nope/nope");
  await ask("POST /backups");
  assert.deepEqual(
    events.map(({ type, level, data }) => [type, level, data?.method, data?.route, data?.status]),
    [
      ["http.request", "debug", "GET", "/backups/{id}", 404],
      ["http.request", "debug", "GET", "none", 404],
      ["http.request", "info", "POST", "/backups", 202],
    ],
  );
});

test("no path and no query makes the API answer anything but success or a 4xx problem", async () => {
  const { ask } = testApi();
  const text = fc.string({ unit: "binary", maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("/backups/", "/runs/", "/jobs/", "/backups?status=", "/events?after=", "/runs?since="),
      text,
      fc.boolean(),
      async (start, rest, isEncoded) => {
        const response = await ask(`GET ${start}${isEncoded ? encode(rest) : safe(rest)}`);
        assert.ok(response.status < 500, `${response.status} for ${start}${rest}`);
        if (response.status >= 400) await problemOf(response);
        else await response.text();
      },
    ),
    { numRuns: 300 },
  );
});

/** A lone surrogate cannot be encoded. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/g, "x"));
}

/** `ask` splits at the first blank. */
function safe(text: string): string {
  return text.replaceAll(" ", "+");
}
