// Whatever answers at the address of a state server, a call ends in time, is said in one sentence, and a change counts as not
// saved only where that is sure. Also tests open_database.ts, server_database.ts and server_errors.ts.

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import type { Clock } from "../../../src/ports/host.ts";
import type { Database } from "../../../src/store/database/database.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { stateLocation } from "../../../src/store/database/state_location.ts";
import { nodeFiles } from "../../support/node_files.ts";
import { head, type RawRequest, type RawServer, reply, startRawServer } from "../../support/raw_server.ts";

const READ = { sql: "SELECT 1", args: [] };
/** Of one call: short where it is to run out, else longer than anything takes. */
const [SHORT, LONG] = [100, 60_000];

type Answer = (request: RawRequest, socket: Duplex) => void;

/** How a read and a change fail where this answers. */
async function failures(answer: Answer, limitMs = LONG): Promise<{ read: StoreError; write: StoreError }> {
  await using server = await startRawServer(answer);
  const database = await open(server, limitMs);
  const read = await failureOf(database.read(READ));
  const write = await failureOf(database.write([READ]));
  await database.close();
  return { read, write };
}

function open(
  { url }: Pick<RawServer, "url">,
  limitMs: number,
  token: string | null = null,
): Promise<Database> {
  return openDatabase(stateLocation(url), {
    files: nodeFiles,
    clock: REAL,
    http: (request) => fetch(request),
  }, {
    ...{ token, waitMs: 1, requestTimeoutMs: limitMs },
  });
}

const REAL = {
  timeout(ms: number) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new DOMException("too late", "TimeoutError")), ms);
    return { signal: limit.signal, dispose: () => clearTimeout(timer) };
  },
} as Clock;

async function failureOf(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof StoreError, `expected a StoreError: ${error}`);
  assert.doesNotMatch(error.message, /\n/);
  return error;
}

const page = (socket: Duplex, status: number, body = "<html><h1>Hello</h1></html>") =>
  reply(socket, status, body, { "content-type": "text/html" });
const json = (socket: Duplex, status: number, body: unknown) =>
  reply(socket, status, JSON.stringify(body), { "content-type": "application/json" });

/** What answers, how long it may take, and what is said: of a read always `failed`, of a change the kind. */
const CASES: [what: string, answer: Answer, kind: StoreError["kind"], said: RegExp, limitMs?: number][] = [
  ["nothing at all", () => {}, "unknown", /no whole answer came within 0.1 s/, SHORT],
  [
    "a head and no body",
    (_, socket) =>
      void socket.write(head(200, { "content-length": "500", "content-type": "application/json" })),
    "unknown",
    /no whole answer came within 0.1 s/,
    SHORT,
  ],
  ["bytes that trickle", trickle, "unknown", /no whole answer came within 0.1 s/, SHORT],
  [
    "half an answer",
    (_, socket) => void socket.end(head(200, { "content-length": "500" }) + '{"results":['),
    "unknown",
    /./,
  ],
  ["an end at once", (_, socket) => void socket.end(), "unknown", /./],
  ["what is no HTTP", (_, socket) => void socket.end("E\0\0\0\x85SFATAL\0C0A000\0"), "unknown", /./],
  ["a page", (_, socket) => page(socket, 200), "unknown", /'<html><h1>Hello.*no libSQL server answers there/],
  ["an empty page", (_, socket) => page(socket, 200, ""), "unknown", /200 with nothing: no libSQL server/],
  [
    "a page that is not there",
    (_, socket) => page(socket, 404),
    "failed",
    /404: no libSQL server answers there/,
  ],
  ["a server of files", (_, socket) => page(socket, 501), "failed", /501: no libSQL server answers there/],
  ["another JSON", (_, socket) => json(socket, 200, { hello: 1 }), "unknown", /./],
  ["a proxy in trouble", (_, socket) => page(socket, 502), "unknown", /it answers 502: /],
  ["a server in trouble", (_, socket) => json(socket, 500, { error: "disk" }), "unknown", /'disk' \(500\)/],
  ["a proxy's time limit", (_, socket) => page(socket, 504), "unknown", /it answers 504: /],
  ["a time limit", (_, socket) => page(socket, 408), "unknown", /it answers 408: /],
  [
    "another address",
    (_, socket) => reply(socket, 307, "", { location: "http://elsewhere/v2/pipeline" }),
    "failed",
    /leads elsewhere \(307\), to 'http:\/\/elsewhere.*: expected the server's own address in 'state.url'/,
  ],
  [
    "a token that is wrong",
    (_, socket) => json(socket, 401, { error: "Unauthorized: `The JWT is invalid`" }),
    "failed",
    /JWT is invalid.*expected a token that the server takes: check 'state.token_file'/,
  ],
  [
    "a token without write",
    (_, socket) => json(socket, 403, { error: "no Write permission" }),
    "failed",
    /no Write permission.*expected a token with the right to write/,
  ],
  [
    "no such database",
    (_, socket) => json(socket, 404, { error: "Namespace `nope` doesn't exist" }),
    "failed",
    /Namespace `nope` doesn't exist' \(404\): the server has no such database/,
  ],
  [
    "a long refusal",
    (_, socket) => json(socket, 400, { error: "no\n".repeat(5_000) }),
    "failed",
    /it answers 400|no no no/,
  ],
];

for (const [what, answer, kind, said, limitMs] of CASES) {
  test(`server calls: ${what}`, async () => {
    const { read, write } = await failures(answer, limitMs);
    assert.deepEqual([read.kind, write.kind], ["failed", kind]);
    assert.match(read.message, said);
    assert.match(read.message, /^Cannot read the state at 'http:\/\/127/);
    assert.match(write.message, kind === "unknown" ? /^Cannot write the state/ : said);
    assert.ok(read.message.length < 600, read.message);
  });
}

test("server calls: the token goes nowhere but to the server itself", async () => {
  await using other = await startRawServer((_, socket) => json(socket, 200, {}));
  await using server = await startRawServer((_, socket) => reply(socket, 308, "", { location: other.url }));
  const database = await open(server, LONG, "hush");
  await failureOf(database.read(READ));
  assert.equal(server.requests[0]!.headers.authorization, "Bearer hush");
  assert.deepEqual(other.requests, []);
});

test("server calls: many reads of a silent server end within the time of two, and a change waits for none of them", async () => {
  await using server = await startRawServer(() => {});
  const limits: { ms: number; end(): void }[] = [];
  const clock = {
    timeout(ms: number) {
      const limit = new AbortController();
      limits.push({ ms, end: () => limit.abort(new DOMException("too late", "TimeoutError")) });
      return { signal: limit.signal, dispose() {} };
    },
  } as Clock;
  const database = await openDatabase(
    stateLocation(server.url),
    { files: nodeFiles, clock, http: (request) => fetch(request) },
    { token: null, waitMs: 1, requestTimeoutMs: 5_000 },
  );
  const reads = Array.from({ length: 50 }, () => failureOf(database.read(READ)));
  const write = failureOf(database.write([READ]));
  await untilThere(server, 5);
  assert.equal(limits.length, 51, "each has a limit, those that wait as well");
  for (const { end } of limits) end();
  const errors = await Promise.all([...reads, write]);
  assert.equal(
    errors.filter(({ message }) => /reads before this one are not answered/.test(message)).length,
    46,
  );
  assert.equal(errors.at(-1)!.kind, "unknown");
});

/** Waits until so many have asked. */
async function untilThere(server: RawServer, count: number): Promise<void> {
  while (server.requests.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Goes on for as long as somebody reads. */
function trickle(_: RawRequest, socket: Duplex): void {
  socket.write(head(200, { "content-length": "100000", "content-type": "application/json" }) + "{");
  const timer = setInterval(() => socket.destroyed ? clearInterval(timer) : socket.write(" "), 5);
  socket.on("close", () => clearInterval(timer));
}
