// The client against real sockets on loopback: what it may conclude from every status, and from none.
// Also tests answered.ts, call.ts, call_errors.ts, call_event.ts, exchange.ts, http_calls.ts, http_capabilities.ts,
// http_check.ts, http_client.ts, http_create.ts, http_delete.ts, http_get.ts, http_list.ts, learning_redactor.ts,
// oddities.ts, provider_urls.ts, request_headers.ts, status_kind.ts and wire_lock.ts.

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { HttpProviderSpec } from "../../../src/domain/provider_spec.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { Provider } from "../../../src/ports/provider.ts";
import { createHttpProvider } from "../../../src/provider/client/http_provider.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { systemHttp } from "../../../src/runtime/http.ts";
import { ODD_IDS, testProvider } from "../../contracts/provider.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { startOriginalProvider } from "../../support/original_provider.ts";
import { httpSpec } from "../../support/http_spec.ts";
import { head, type RawRequest, type RawServer, reply, startRawServer } from "../../support/raw_server.ts";

const CALL = { runId: "run-1", job: "postgres", slot: Date.UTC(2026, 10, 20, 3), fence: 7, body: undefined };
const RUNNING = JSON.stringify({ id: "a-1", status: "running" });

function specOf(url: string, changes: Partial<HttpProviderSpec> = {}): HttpProviderSpec {
  return httpSpec(url, { key: "main", ...changes });
}

interface Bench extends AsyncDisposable {
  provider: Provider;
  events: EngineEvent[];
  server: RawServer;
}

/** A client of a raw server at `/backups`. */
async function bench(
  answer: (request: RawRequest, socket: Duplex) => void,
  changes: Partial<HttpProviderSpec> = {},
  onConnection?: (socket: Duplex) => boolean,
): Promise<Bench> {
  const server = await startRawServer(answer, { onConnection });
  const events: EngineEvent[] = [];
  const provider = createHttpProvider(specOf(`${server.url}/backups`, changes), {
    http: systemHttp,
    clock: systemClock,
    sink: { emit: (event) => void events.push(event) },
  });
  return { provider, events, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function errorOf(promise: Promise<unknown>): Promise<ProviderError> {
  const error = await promise.then(
    (value) => assert.fail(`it answered ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(error instanceof ProviderError, String(error));
  return error;
}

const short = { createMs: 60, getMs: 60, deleteMs: 60 };

testProvider("createHttpProvider() of an original's provider", async ({ slow }) => {
  const server = await startOriginalProvider({ durationMs: slow ? 60_000 : 3 });
  const ports = { http: systemHttp, clock: systemClock, sink: { emit() {} } };
  return {
    provider: createHttpProvider(specOf(server.url), ports),
    pass: () => systemClock.sleep(2),
    close: () => server[Symbol.asyncDispose](),
  };
});

// What each status means, call by call. `ok` stands for an answer that is no error.
const REFUSED = [
  400,
  401,
  402,
  403,
  405,
  407,
  411,
  412,
  413,
  414,
  415,
  416,
  417,
  421,
  422,
  426,
  428,
  431,
  451,
  501,
  505,
];
const UNSENT = [300, 301, 302, 303, 304, 307, 308, 399, 409, 423, 425, 429, 503];
const UNKNOWN = [203, 205, 206, 299, 406, 408, 418, 424, 430, 499, 500, 502, 504, 507, 511, 520, 599];

const STATUS_TABLE: Record<
  "create" | "get" | "delete",
  { ok: number[]; refused: number[]; unknown: number[] }
> = {
  create: { ok: [200, 201, 202], refused: [...REFUSED, 404, 410], unknown: [...UNKNOWN, 204] },
  get: { ok: [200, 404, 410], refused: REFUSED, unknown: [...UNKNOWN, 201, 202, 204] },
  delete: { ok: [200, 202, 204, 404, 410], refused: REFUSED, unknown: [...UNKNOWN, 201] },
};

for (const [op, table] of Object.entries(STATUS_TABLE)) {
  test(`createHttpProvider() ${op} concludes from every status what may be concluded`, async () => {
    let status = 0;
    await using one = await bench((_request, socket) => {
      const bare = status === 204 || status === 205 || status === 304;
      reply(socket, status, bare ? "" : RUNNING, {
        "retry-after": "7",
        location: "http://127.0.0.1:1/elsewhere",
      });
    });
    const call = () =>
      op === "create"
        ? one.provider.create(CALL)
        : op === "get"
        ? one.provider.get("a-1")
        : one.provider.delete("a-1", undefined, 7);
    for (const ok of table.ok) {
      status = ok;
      await call();
    }
    for (
      const [kind, statuses] of Object.entries({
        refused: table.refused,
        unknown: table.unknown,
        unsent: UNSENT,
      })
    ) {
      for (status of statuses) {
        const error = await errorOf(call());
        assert.deepEqual([status, error.kind, error.status], [status, kind, status]);
        assert.equal(error.retryAfterMs, 7000);
        assert.match(
          error.message,
          new RegExp(
            `^(?:'\\{.*' \\(status ${status}.*\\)|status ${status}.*): cannot .*'main' \\(http://127.0.0.1.*: expected`,
          ),
        );
      }
    }
    const asked = table.ok.length + table.refused.length + table.unknown.length + UNSENT.length;
    assert.equal(one.server.requests.length, asked, "no call is repeated and no redirect followed");
  });
}

test("createHttpProvider() get tells there, never heard of and deleted apart", async () => {
  let status = 200;
  await using one = await bench((_request, socket) => reply(socket, status, RUNNING));
  assert.deepEqual(await one.provider.get("a-1"), {
    found: "yes",
    backup: { id: "a-1", state: "running", status: "running" },
  });
  status = 404;
  assert.deepEqual(await one.provider.get("a-1"), { found: "no" });
  status = 410;
  assert.deepEqual(await one.provider.get("a-1"), { found: "gone" });
});

test("createHttpProvider() delete tells done, accepted, absent and gone apart", async () => {
  let status = 0;
  await using one = await bench((_request, socket) => reply(socket, status));
  for (
    const [code, answer] of [[200, "deleted"], [204, "deleted"], [202, "accepted"], [404, "absent"], [
      410,
      "gone",
    ]] as const
  ) {
    status = code;
    assert.equal(await one.provider.delete("a-1", undefined, 1), answer);
  }
});

test("createHttpProvider() create sends the run's headers, the configured ones and the body", async () => {
  await using one = await bench((_request, socket) => reply(socket, 202, RUNNING), {
    headers: { "X-Api-Key": "key-1234", "IDEMPOTENCY-KEY": "not this" },
    createBody: { from: "config" },
  });
  await one.provider.create(CALL);
  await one.provider.create({ ...CALL, slot: null, body: { from: "jöb" } });
  const [first, second] = one.server.requests;
  assert.equal(`${first!.method} ${first!.target}`, "POST /backups");
  const { headers } = first!;
  assert.equal(headers["idempotency-key"], "run-1");
  assert.equal(headers["x-schelly-run"], "run-1");
  assert.equal(headers["x-schelly-job"], "postgres");
  assert.equal(headers["x-schelly-slot"], "2026-11-20T03:00:00.000Z");
  assert.equal(headers["x-schelly-fence"], "7");
  assert.equal(headers["x-api-key"], "key-1234");
  assert.equal(headers["content-type"], "application/json");
  assert.equal(first!.body, '{"from":"config"}');
  assert.equal(second!.body, '{"from":"jöb"}');
  assert.equal(second!.headers["x-schelly-slot"], undefined);
});

test("createHttpProvider() delete sends the delete body only where one is configured", async () => {
  const answer = (_request: RawRequest, socket: Duplex) => reply(socket, 200);
  await using plain = await bench(answer);
  await plain.provider.delete("a-1", undefined, 7);
  assert.equal(plain.server.requests[0]!.body, "");
  assert.equal(plain.server.requests[0]!.headers["content-type"], undefined);
  assert.equal(plain.server.requests[0]!.headers["x-schelly-fence"], "7");
  await using configured = await bench(answer, { deleteBody: { purge: true } });
  await configured.provider.delete("a-1", undefined, 7);
  await configured.provider.delete("a-1", { purge: false }, 7);
  assert.deepEqual(configured.server.requests.map((request) => request.body), [
    '{"purge":true}',
    '{"purge":false}',
  ]);
});

test("createHttpProvider() keeps the base URL's path and query and adds the id as one segment", async () => {
  await using server = await startRawServer((_request, socket) => reply(socket, 404));
  const ports = { http: systemHttp, clock: systemClock, sink: { emit() {} } };
  const targets = async (path: string) => {
    server.requests.length = 0;
    const provider = createHttpProvider(specOf(`${server.url}${path}`), ports);
    await provider.create(CALL).catch(() => {});
    await provider.get("a/b");
    await provider.lookup("run 1").catch(() => {});
    return server.requests.map((request) => request.target);
  };
  assert.deepEqual(await targets("/deep/backups"), [
    "/deep/backups",
    "/deep/backups/a%2Fb",
    "/deep/backups?run_id=run%201",
  ]);
  assert.deepEqual(await targets(""), ["/", "/a%2Fb", "/?run_id=run%201"]);
  assert.deepEqual(await targets("/b?k=v%20w&x"), [
    "/b?k=v%20w&x",
    "/b/a%2Fb?k=v%20w&x",
    "/b?k=v%20w&x&run_id=run%201",
  ]);
});

test("createHttpProvider() carries every odd id there and back", async () => {
  await using one = await bench((request, socket) => {
    const id = decodeURIComponent(request.target.slice("/backups/".length));
    reply(socket, 200, JSON.stringify({ id, status: "available" }));
  });
  for (const id of ODD_IDS) {
    const answer = await one.provider.get(id);
    assert.ok(answer.found === "yes" && answer.backup.id === id);
    assert.equal(await one.provider.delete(id, undefined, 1), "deleted");
  }
  for (const { target } of one.server.requests) assert.equal(target.split("/").length, 3, target);
});

test("createHttpProvider() never sends an id that would reach another path", async () => {
  await using one = await bench((_request, socket) => reply(socket, 200, RUNNING));
  for (const id of ["", ".", "..", "a\nb", "a\0", "a\ud800", "x".repeat(4097)]) {
    assert.equal((await errorOf(one.provider.get(id))).kind, "refused");
    assert.equal((await errorOf(one.provider.delete(id, undefined, 1))).kind, "refused");
  }
  assert.equal(one.server.requests.length, 0);
});

test("createHttpProvider() create takes an answer without a usable id as a start of unknown fate", async () => {
  let body: string | Uint8Array = "";
  await using one = await bench((_request, socket) => reply(socket, 202, body));
  const cases: (string | Uint8Array)[] = [
    "",
    "backup triggered",
    "<html>login</html>",
    '{"id":"a-1"',
    "null",
    "[]",
    "{}",
    '{"id":""}',
    '{"id":5}',
    '{"id":null}',
    '{"id":"."}',
    '{"id":".."}',
    '{"id":"a\\u0000b"}',
    '{"id":"\\ud800"}',
    JSON.stringify({ id: "x".repeat(4097) }),
    new Uint8Array([0x22, 0xff, 0x22]),
    JSON.stringify({ id: "a-1", status: "running", run_id: "run-of-another" }),
    "[".repeat(500_000),
  ];
  for (body of cases) {
    const error = await errorOf(one.provider.create(CALL));
    assert.equal(error.kind, "unknown", String(body).slice(0, 50));
    assert.equal(error.status, 202);
    assert.ok(error.message.length < 800, error.message);
  }
});

test("createHttpProvider() create accepts every answer that names an id", async () => {
  let body = "";
  await using one = await bench((_request, socket) => reply(socket, 202, body));
  const cases: [object, string][] = [
    [{ id: "a-1" }, "running"],
    [{ id: "a-1", status: "available", size_mb: 3 }, "available"],
    [{ id: "a-1", status: "failed", message: "disk full" }, "failed"],
    [{ id: "a-1", status: "whatever", run_id: "run-1" }, "running"],
    [{ id: "a/../b c", status: 3, size_mb: "big", start_time: "noon" }, "running"],
    [{ id: "é".repeat(2048), status: "running" }, "running"],
  ];
  for (const [answer, state] of cases) {
    body = JSON.stringify(answer);
    assert.equal((await one.provider.create(CALL)).state, state, body.slice(0, 60));
  }
});

test("createHttpProvider() get concludes nothing from an answer that is not about the id it asked for", async () => {
  let body = "";
  await using one = await bench((_request, socket) => reply(socket, 200, body));
  const cases = [
    "",
    "ok",
    "null",
    "[]",
    "{}",
    '{"id":"a-2","status":"available"}',
    '{"id":"A-1","status":"available"}',
    '{"status":"available"}',
    '{"id":"a-1"}',
    '{"id":"a-1","status":true}',
    '{"id":"a-1","status":"available","data_id":7}',
    '{"id":"a-1","status":"available"',
  ];
  for (body of cases) assert.equal((await errorOf(one.provider.get("a-1"))).kind, "malformed", body);
});

test("createHttpProvider() knows a call that was never sent from one that may have arrived", async () => {
  const provider = (url: string) =>
    createHttpProvider(specOf(url), { http: systemHttp, clock: systemClock, sink: { emit() {} } });
  let port: number;
  {
    await using gone = await startRawServer(() => {});
    port = gone.port;
  }
  const refused = await errorOf(provider(`http://127.0.0.1:${port}/backups`).create(CALL));
  assert.equal(refused.kind, "unsent");
  assert.match(refused.message, /^connection refused: cannot start .*nothing was sent/);
  const dns = await errorOf(provider("http://no-such-host.invalid/backups").create(CALL));
  assert.equal(dns.kind, "unsent");
  await using plain = await startRawServer(() => {}, {
    onConnection(socket) {
      socket.on("data", () => socket.end("HTTP/1.1 400 Bad\r\n\r\n"));
      return true;
    },
  });
  const tls = await errorOf(provider(`https://127.0.0.1:${plain.port}/backups`).create(CALL));
  assert.equal(tls.kind, "unsent");

  // From here on the request left, or may have.
  const breaks: Record<
    string,
    [(request: RawRequest, socket: Duplex) => void, ((socket: Duplex) => boolean)?]
  > = {
    "closed at once": [() => {}, (socket) => (socket.destroy(), true)],
    "closed after the request": [(_request, socket) => socket.destroy()],
    "no HTTP": [(_request, socket) => socket.end("SSH-2.0-OpenSSH_9\r\n")],
    "half a head": [(_request, socket) => socket.end("HTTP/1.1 202 Acc")],
    "endless head": [(_request, socket) => socket.end(head(202, { "x-long": "x".repeat(2_000_000) }))],
    "half a body": [(_request, socket) => socket.end(`${head(202, { "content-length": "100" })}{"id":"a`)],
    "half a chunk": [
      (_request, socket) => socket.end(`${head(202, { "transfer-encoding": "chunked" })}10\r\n{"i`),
    ],
  };
  for (const [name, [answer, onConnection]] of Object.entries(breaks)) {
    await using one = await bench(answer, {}, onConnection);
    assert.equal((await errorOf(one.provider.create(CALL))).kind, "unknown", name);
    const read = await errorOf(one.provider.get("a-1"));
    assert.notEqual(read.kind, "refused", name);
  }
});

test("createHttpProvider() gives up on a provider that hangs or drips, once for connecting, waiting and reading", async () => {
  const cases: Record<string, (request: RawRequest, socket: Duplex) => void> = {
    "no answer": () => {},
    "no body": (_request, socket) => void socket.write(head(200, { "content-length": "50" })),
    "one byte at a time": (_request, socket) => {
      socket.write(head(200, { "content-length": "5000" }));
      const drip = setInterval(() => socket.write(" "), 5);
      socket.on("close", () => clearInterval(drip));
    },
  };
  for (const [name, answer] of Object.entries(cases)) {
    await using one = await bench(answer, { timeouts: short });
    const started = performance.now();
    const created = await errorOf(one.provider.create(CALL));
    assert.equal(created.kind, "unknown", name);
    assert.match(created.message, /60 ms/);
    // Half an answer is no answer: only a whole one can contradict what is on record.
    assert.equal((await errorOf(one.provider.get("a-1"))).kind, "unknown", name);
    assert.ok(performance.now() - started < 1000, name);
  }
});

test("createHttpProvider() gives up by its clock alone, even on a fetch that ignores its signal", async () => {
  const clock = new FakeClock(0);
  let late: (response: Response) => void = () => {};
  let cancelled = false;
  const provider = createHttpProvider(specOf("http://127.0.0.1:9/backups"), {
    http: () => new Promise((resolve) => late = resolve),
    clock,
    sink: { emit() {} },
  });
  const created = errorOf(provider.create(CALL));
  await clock.advance(2000);
  assert.equal((await created).kind, "unknown");
  late(new Response(new ReadableStream({ cancel: () => void (cancelled = true) })));
  await clock.settle();
  assert.ok(cancelled, "an answer that comes too late is let go");
  assert.equal(clock.sleeping, 0);
});

test("createHttpProvider() waits a second at most for the body of an answer whose status says it all", async () => {
  const clock = new FakeClock(0);
  let cancelled = 0;
  let connection: AbortSignal | undefined;
  const provider = createHttpProvider(
    specOf("http://127.0.0.1:9/backups", { timeouts: { ...short, getMs: 60_000 } }),
    {
      http(request) {
        connection = request.signal;
        return Promise.resolve(
          new Response(new ReadableStream({ cancel: () => void cancelled++ }), { status: 404 }),
        );
      },
      clock,
      sink: { emit() {} },
    },
  );
  const answer = provider.get("a-1");
  await clock.advance(1000);
  assert.deepEqual(await answer, { found: "no" });
  assert.deepEqual([cancelled, clock.sleeping], [1, 0]);
  assert.ok(connection?.aborted, "the connection is not left open behind the answer");
});

test("createHttpProvider() reads at most 1 MiB, packed or not", async () => {
  const large = JSON.stringify({ id: "a-1", status: "available", message: "x".repeat(1024 * 1024) });
  const bomb = gzipSync(new Uint8Array(100_000_000).fill(32));
  const fits = JSON.stringify({ id: "a-1", status: "available", message: "x".repeat(1_000_000) });
  const cases: Record<string, (socket: Duplex) => void> = {
    "declared large": (socket) => reply(socket, 200, large),
    "gzip bomb": (socket) => reply(socket, 200, bomb, { "content-encoding": "gzip" }),
    "endless stream": (socket) => {
      socket.write(head(200));
      const block = " ".repeat(65_536);
      const pump = () => {
        while (socket.writable && socket.write(block));
      };
      socket.on("drain", pump);
      pump();
    },
  };
  for (const [name, answer] of Object.entries(cases)) {
    await using one = await bench((_request, socket) => answer(socket));
    const error = await errorOf(one.provider.create(CALL));
    assert.equal(error.kind, "unknown", name);
    assert.match(error.message, /larger than 1048576 bytes/);
    assert.equal((await errorOf(one.provider.get("a-1"))).kind, "malformed", name);
  }
  await using one = await bench((_request, socket) => reply(socket, 200, fits));
  assert.equal((await one.provider.create(CALL)).state, "available");
  await using packed = await bench((_request, socket) =>
    reply(socket, 200, gzipSync(RUNNING), { "content-encoding": "gzip" })
  );
  assert.equal((await packed.provider.create(CALL)).id, "a-1");
});

test("createHttpProvider() follows no redirect and names its target without query or credentials", async () => {
  await using one = await bench((request, socket) =>
    reply(socket, 302, "", { location: `http://me:secret@127.0.0.1:1${request.target}?token=hidden` })
  );
  for (
    const call of [
      one.provider.create(CALL),
      one.provider.get("a-1"),
      one.provider.delete("a-1", undefined, 1),
    ]
  ) {
    const error = await errorOf(call);
    assert.equal(error.kind, "unsent");
    assert.match(error.message, /a redirect to 'http:\/\/127.0.0.1:1\/backups.*not followed/);
    assert.doesNotMatch(error.message, /secret|hidden/);
  }
  assert.equal(one.server.requests.length, 3);
});

test("createHttpProvider() reads Retry-After as seconds or date and passes over nonsense", async () => {
  let value = "";
  await using one = await bench((_request, socket) => reply(socket, 503, "busy", { "retry-after": value }));
  const wait = async (header: string) => {
    value = header;
    return (await errorOf(one.provider.create(CALL))).retryAfterMs;
  };
  assert.equal(await wait("120"), 120_000);
  const dated = await wait(new Date(Date.now() + 60_000).toUTCString());
  assert.ok(dated !== undefined && dated > 50_000 && dated <= 60_000);
  assert.equal(await wait("-5"), undefined);
  assert.equal(await wait("soon"), undefined);
  assert.equal(await wait("999999999"), 24 * 3600 * 1000);
});

test("createHttpProvider() lets no secret into a message or event, even when the provider repeats it", async () => {
  const secrets = ["key-1234", "tok-5678", "pass word", "query-secret"];
  const basic = `Basic ${btoa("user:pass word")}`;
  let status = 0;
  const echo = (request: RawRequest, socket: Duplex) => {
    const all = `${request.target} ${JSON.stringify(request.headers)} ${secrets.join(" ")}`;
    const words = { id: "a-1", status: `odd ${secrets.join(" ")}`, message: all };
    reply(socket, status, status === 200 || status === 202 ? JSON.stringify(words) : all);
  };
  await using server = await startRawServer(echo);
  const events: EngineEvent[] = [];
  const spec = specOf(`${server.url}/backups?key=query-secret`, {
    headers: { "X-Api-Key": "key-1234", Authorization: "Bearer tok-5678", "Proxy-Auth": basic },
  });
  const seen: string[] = [];
  const ports = {
    http: systemHttp,
    clock: systemClock,
    sink: { emit: (event: EngineEvent) => void events.push(event) },
  };
  const provider = createHttpProvider(spec, ports);
  const record = (promise: Promise<unknown>) =>
    promise.then(
      (value) => void seen.push(JSON.stringify({ ...(value as object), status: "" })),
      (error) => void seen.push(`${error.message} ${error.stack} ${error.cause}`),
    );
  for (status of [200, 202, 302, 400, 401, 404, 409, 500, 503]) {
    await record(provider.create(CALL));
    await record(provider.get("a-1").then((answer) => answer.found === "yes" ? answer.backup : {}));
    await record(provider.delete("a-1", undefined, 1));
    await record(provider.lookup("run-1"));
    await record(provider.list());
    await record(provider.check());
  }
  const down = createHttpProvider({ ...spec, url: "http://127.0.0.1:1/backups?key=query-secret" }, ports);
  await record(down.create(CALL));
  await record(down.check());
  const text = `${seen.join("\n")}\n${JSON.stringify(events)}`;
  for (const secret of [...secrets, basic, btoa("user:pass word")]) {
    assert.ok(
      !text.includes(secret),
      `'${secret}' in ${text.slice(Math.max(0, text.indexOf(secret) - 300)).slice(0, 400)}`,
    );
  }
});

test("createHttpProvider() refuses a header that cannot be sent, without quoting it", async () => {
  await using one = await bench((_request, socket) => reply(socket, 202, RUNNING), {
    headers: { "X-Key": "日secret" },
  });
  const error = await errorOf(one.provider.create(CALL));
  assert.equal(error.kind, "refused");
  assert.doesNotMatch(error.message, /secret/);
  assert.equal(one.server.requests.length, 0);
});

test("createHttpProvider() emits one provider.call for each call", async () => {
  let status = 202;
  await using one = await bench((_request, socket) =>
    status === 0 ? socket.destroy() : reply(socket, status, RUNNING)
  );
  await one.provider.create(CALL);
  status = 404;
  await one.provider.get("a-1");
  await one.provider.delete("a-1", undefined, 1);
  status = 405;
  await one.provider.capabilities();
  status = 0;
  await errorOf(one.provider.list());
  await errorOf(one.provider.lookup("run-1"));
  const calls = one.events.map(({ type, data }) => [type, data!.provider, data!.operation, data!.status]);
  assert.deepEqual(calls, [
    ["provider.call", "main", "create", 202],
    ["provider.call", "main", "info", 404],
    ["provider.call", "main", "delete", 404],
    ["provider.call", "main", "options", 405],
    ["provider.call", "main", "list", "error"],
    ["provider.call", "main", "lookup", "error"],
  ]);
  assert.equal(one.events[0]!.runId, "run-1");
  assert.equal(one.events[0]!.job, "postgres");
  for (const event of one.events) assert.ok(Number.isInteger(event.data!.duration_ms));
});

test("createHttpProvider() tells of a trouble once, of each new one, and again after a good answer", async () => {
  let status = 0;
  await using one = await bench((_request, socket) =>
    status === 0 ? socket.destroy() : reply(socket, status, RUNNING)
  );
  for (status of [0, 0, 500, 500, 202, 0, 0]) await one.provider.create(CALL).catch(() => {});
  assert.deepEqual(
    one.events.map(({ level, data }) => [level, data!.status]),
    [
      ["info", "error"],
      ["debug", "error"],
      ["info", 500],
      ["debug", 500],
      ["debug", 202],
      ["info", "error"],
      ["debug", "error"],
    ],
  );
});

test("createHttpProvider() tells of a good answer without the JSON that was asked for", async () => {
  let body = "<html>Please log in</html>";
  await using one = await bench((_request, socket) => reply(socket, 202, body));
  await errorOf(one.provider.create(CALL));
  await one.provider.delete("a-1", undefined, 1);
  body = RUNNING;
  await one.provider.create(CALL);
  const told = one.events.map(({ level, data }) => [level, data!.operation, data!.status, data!.unreadable]);
  assert.deepEqual(told, [
    ["info", "create", 202, true],
    ["debug", "delete", 202, undefined],
    ["debug", "create", 202, undefined],
  ]);
});

test("createHttpProvider() tells an oddity once and not at every poll", async () => {
  const body = JSON.stringify({ id: "a-1", status: "verifying", size_mb: -4 });
  await using one = await bench((_request, socket) => reply(socket, 200, body));
  for (let n = 0; n < 3; n++) {
    const answer = await one.provider.get("a-1");
    assert.ok(
      answer.found === "yes" && answer.backup.state === "running" && answer.backup.sizeMb === undefined,
    );
  }
  const odd = one.events.filter((event) => event.type === "provider.odd").map((event) => event.data!.note);
  assert.deepEqual(odd, [
    "the status 'verifying' is not of the protocol and counts as running",
    "'size_mb' is no believable size and was dropped",
  ]);
});

test("createHttpProvider() capabilities are read from the header of any answer and none without it", async () => {
  let status = 200;
  let headers: Record<string, string> = {};
  await using one = await bench((_request, socket) => reply(socket, status, "", headers));
  const ask = () =>
    createHttpProvider(specOf(`${one.server.url}/backups`), {
      http: systemHttp,
      clock: systemClock,
      sink: { emit() {} },
    }).capabilities();
  const none = { idempotency: false, list: false, lookup: false, fence: false };
  for (status of [200, 204, 302, 400, 401, 403, 404, 405, 501]) {
    assert.deepEqual(await ask(), none, String(status));
  }
  headers = { "schelly-provider": "idempotency, lookup" };
  for (status of [200, 204, 405]) {
    assert.deepEqual(await ask(), { ...none, idempotency: true, lookup: true }, String(status));
  }
  headers = {};
  for (status of [408, 429, 500, 502, 503, 504]) assert.equal((await errorOf(ask())).status, status);
});

test("createHttpProvider() remembers capabilities for 10 minutes and trouble not at all", async () => {
  const clock = new FakeClock(0);
  let answer = () => new Response(null, { status: 503 });
  let asked = 0;
  const provider = createHttpProvider(specOf("http://127.0.0.1:9/backups"), {
    http: () => (asked++, Promise.resolve(answer())),
    clock,
    sink: { emit() {} },
  });
  await errorOf(provider.capabilities());
  answer = () => new Response(null, { status: 204, headers: { "schelly-provider": "list" } });
  const both = await Promise.all([provider.capabilities(), provider.capabilities()]);
  assert.ok(both.every((capabilities) => capabilities.list));
  assert.equal(asked, 2, "callers at the same time share one question");
  await clock.advance(10 * 60_000 - 1);
  await provider.capabilities();
  assert.equal(asked, 2);
  await clock.advance(1);
  answer = () => new Response(null, { status: 405 });
  assert.equal((await provider.capabilities()).list, false);
  assert.equal(asked, 3);
});

test("createHttpProvider() lookup believes only what names our run", async () => {
  let status = 200;
  let body: unknown = [];
  await using one = await bench((_request, socket) => reply(socket, status, JSON.stringify(body)));
  const item = (id: string, run_id?: string, state = "running") => ({ id, status: state, run_id });
  assert.equal(await one.provider.lookup("run-1"), undefined);
  body = item("a", "run-1");
  assert.equal((await one.provider.lookup("run-1"))?.id, "a");
  body = [item("a", "run-1", "failed"), item("b", "run-1", "available"), item("c", "run-1")];
  assert.equal((await one.provider.lookup("run-1"))?.id, "b");
  body = [item("x", "run-2"), item("a", "run-1")];
  assert.equal((await one.provider.lookup("run-1"))?.id, "a");
  const nothingProven = [
    [item("a")],
    [item("a", "run-2")],
    {},
    [item("a", "run-1"), { id: 5 }],
    null,
    "none",
  ];
  for (body of nothingProven) {
    assert.equal((await errorOf(one.provider.lookup("run-1"))).kind, "malformed", JSON.stringify(body));
  }
  // A wrong path or a proxy says 404 as well: it is no proof that nothing was started.
  status = 404;
  assert.equal((await errorOf(one.provider.lookup("run-1"))).kind, "malformed");
});

test("createHttpProvider() reads a list of ten thousand backups, and none of more than 8 MiB", async () => {
  const backups = (count: number, message: string) =>
    JSON.stringify(
      Array.from({ length: count }, (_, n) => ({ id: `backup-${n}`, status: "available", message })),
    );
  const long = backups(10_000, "x".repeat(400));
  assert.ok(long.length > 4 * 1024 * 1024);
  await using one = await bench((_request, socket) => reply(socket, 200, long));
  assert.equal((await one.provider.list()).length, 10_000);
  await using two = await bench((_request, socket) => reply(socket, 200, backups(10_000, "x".repeat(900))));
  const error = await errorOf(two.provider.list());
  assert.equal(error.kind, "malformed");
  assert.match(error.message, /larger than 8388608 bytes/);
});

test("createHttpProvider() list takes a whole list or none of it", async () => {
  let status = 200;
  let body: unknown = [];
  await using one = await bench((_request, socket) => reply(socket, status, JSON.stringify(body)));
  assert.deepEqual(await one.provider.list(), []);
  body = [{ id: "a", status: "available", run_id: "r", start_time: "2026-11-20T03:00:00Z" }];
  assert.deepEqual(await one.provider.list(), [
    { id: "a", state: "available", status: "available", runId: "r", startTime: Date.UTC(2026, 10, 20, 3) },
  ]);
  const cases = [
    {},
    null,
    "[]",
    [{ id: "a", status: "available" }, {}],
    Array(10_001).fill({ id: "a", status: "x" }),
  ];
  for (body of cases) assert.equal((await errorOf(one.provider.list())).kind, "malformed");
  status = 405;
  assert.equal((await errorOf(one.provider.list())).kind, "refused");
});

test("createHttpProvider() check changes nothing, and says what is wrong without throwing", async () => {
  await using original = await startOriginalProvider();
  const ports = { http: systemHttp, clock: systemClock, sink: { emit() {} } };
  const good = await createHttpProvider(specOf(original.url), ports).check();
  assert.deepEqual(good.map(({ name, ok }) => [name, ok]), [
    ["provider answers", true],
    ["provider path", true],
    ["provider extensions", true],
    ["deletions", true],
  ]);
  assert.match(good[1]!.message, /lists 0 backups/);
  assert.equal(original.calls("POST").length + original.calls("DELETE").length, 0);
  const wrongPath = await createHttpProvider(specOf(original.url.replace("backups", "backup")), ports)
    .check();
  assert.match(wrongPath[1]!.message, /wrong path/);
  const down = await createHttpProvider(specOf("http://127.0.0.1:1/backups"), ports).check();
  assert.deepEqual(down.map(({ ok }) => ok), [false], "whom nobody reaches is asked nothing more");
  assert.match(down[0]!.message, /^connection refused: cannot /);
  await using login = await bench((_request, socket) => reply(socket, 401, "who are you?"));
  const denied = await login.provider.check();
  assert.equal(denied[0]!.ok, false);
  assert.match(denied[0]!.message, /^'who are you\?' \(status 401\): cannot /);
});

test("createHttpProvider() knows that nothing arrived where the two did not take each other's certificates", async () => {
  const said = async (end: string) => {
    const http = () =>
      Promise.reject(new TypeError(`error sending request for https://nas/backups: client error ${end}`));
    const provider = createHttpProvider(specOf("https://nas/backups"), {
      http,
      clock: systemClock,
      sink: { emit() {} },
    });
    return await errorOf(provider.create(CALL));
  };
  // As Deno says it under TLS 1.3 and 1.2.
  for (const phase of ["(SendRequest): connection error", "(Connect)"]) {
    const refused = await said(`${phase}: received fatal alert: CertificateRequired`);
    assert.equal(refused.kind, "unsent");
    assert.match(
      refused.message,
      /does not take our certificate \(CertificateRequired\).*check client_cert_file/,
    );
  }
  const stranger = await said("(Connect): invalid peer certificate: UnknownIssuer");
  assert.equal(stranger.kind, "unsent");
  assert.match(stranger.message, /nobody whom this machine trusts signed .* name who did in ca_file/);
  assert.equal(
    (await said("(SendRequest): connection error: received fatal alert: InternalError")).kind,
    "unknown",
  );
});

test("createHttpProvider() meets the original's busy and failed answers", async () => {
  await using original = await startOriginalProvider({ durationMs: 60_000 });
  const provider = createHttpProvider(specOf(original.url), {
    http: systemHttp,
    clock: systemClock,
    sink: { emit() {} },
  });
  const { id } = await provider.create(CALL);
  const busy = await errorOf(provider.create({ ...CALL, runId: "run-2" }));
  assert.deepEqual([busy.kind, busy.status], ["unsent", 409]);
  assert.match(busy.message, /already running/);
  original.failRunning();
  assert.deepEqual(await provider.get(id), { found: "no" });
  original.fault("POST", { fault: "lost_reply" });
  assert.equal((await errorOf(provider.create({ ...CALL, runId: "run-3" }))).kind, "unknown");
  assert.notEqual(original.running(), undefined, "it began all the same");
});

test("a provider that says why it begins nothing until somebody fixes it is believed, and in known words only", async () => {
  const ask = async (reason: unknown, status = 503) => {
    const text = JSON.stringify({ error: "no", reason });
    await using one = await bench((_request, socket) => reply(socket, status, text, { "retry-after": "5" }));
    return (await errorOf(one.provider.create(CALL))).unusable;
  };
  assert.equal(await ask("wrong_password"), "wrong_password");
  for (const reason of ["tired", 7, null]) assert.equal(await ask(reason), undefined, String(reason));
  assert.equal(await ask("wrong_password", 502), undefined, "what may have begun is no such refusal");
});

test("a 503, 425 or 429 to a start may be a gateway's, unless it names a time or speaks the protocol", async () => {
  const ask = async (status: number, headers: Record<string, string>, what: "create" | "get") => {
    await using one = await bench((_request, socket) => reply(socket, status, "<h1>busy</h1>", headers));
    const error = await errorOf(what === "create" ? one.provider.create(CALL) : one.provider.get("a-1"));
    assert.equal(error.kind, "unsent");
    return error.gateway;
  };
  for (const status of [425, 429, 503]) assert.equal(await ask(status, {}, "create"), true, String(status));
  assert.equal(await ask(503, { "retry-after": "5" }, "create"), undefined);
  assert.equal(await ask(503, { "schelly-provider": "idempotency" }, "create"), undefined);
  assert.equal(await ask(409, {}, "create"), undefined);
  assert.equal(await ask(503, {}, "get"), undefined);
});

test("createHttpProvider() delete reads a lock, and until when, from a refusal", async () => {
  const date = "2027-01-01T00:00:00Z";
  const until = Date.parse(date);
  const body = JSON.stringify({ error: "object lock", locked_until: date });
  const cases: [status: number, body: string, headers: Record<string, string>, lock: unknown][] = [
    [423, body, {}, { until }],
    [403, body, {}, { until }],
    [409, body, { "retry-after": "5" }, { until }],
    [423, "locked", {}, { until: null }],
    [423, JSON.stringify({ locked_until: "some day" }), {}, { until: null }],
    [423, "busy", { "retry-after": "5" }, undefined],
    [403, "object lock", {}, undefined],
    [500, body, {}, undefined],
  ];
  let answer = cases[0]!;
  await using one = await bench((_request, socket) => reply(socket, answer[0], answer[1], answer[2]));
  for (answer of cases) {
    const error = await errorOf(one.provider.delete("a-1", undefined, 7));
    assert.deepEqual(error.lock, answer[3], `${answer[0]} ${answer[1]}`);
    if (answer[3] !== undefined) assert.equal(error.kind, "unsent");
  }
});

test("every call to one of several hosts says which one is meant, whatever is configured; others say nothing", async () => {
  for (const host of ["web-1", undefined]) {
    const named: (string | undefined)[] = [];
    await using rig = await bench((request, socket) => {
      named.push(request.headers["x-schelly-host"]);
      reply(socket, 200, request.method === "GET" ? "[]" : RUNNING);
    }, { headers: { "X-Tenant": "a" }, ...(host === undefined ? {} : { host }) });
    await rig.provider.create(CALL);
    await rig.provider.list();
    await rig.provider.capabilities();
    await rig.provider.delete("a-1", undefined, 7);
    assert.deepEqual(named, Array(4).fill(host));
  }
});
