// Whatever a provider answers, byte by byte: a result that its answer bears out, or an error that can be acted on.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import { createHttpProvider } from "../../../src/provider/client/http_provider.ts";
import { idProblem, MAX_LIST } from "../../../src/provider/protocol/protocol.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { systemHttp } from "../../../src/runtime/http.ts";
import { type RawRequest, startRawServer } from "../../support/raw_server.ts";
import { httpSpec } from "../../support/http_spec.ts";

/** By hand: SCHELLY_FUZZ_CASES=50000 SCHELLY_FUZZ_SEED=7. */
const CASES = Number(process.env.SCHELLY_FUZZ_CASES ?? 10_000);
const SEED = Number(process.env.SCHELLY_FUZZ_SEED ?? 1);
/** Answers that are under way at once. */
const AT_ONCE = 25;
const MOST_MEMORY = 256 * 1024 * 1024;
const SECRET = "planted-secret-7";
const LIMIT_MS = 500;

/** How an answer's bytes go over the wire. */
type Delivery =
  | "whole"
  | "chunked"
  | "until closed"
  | "gzip"
  | "broken gzip"
  | "too short"
  | "broken chunk"
  | "cut in the head"
  | "nothing"
  | "two lengths"
  | "never ends";

interface Answer {
  status: string;
  headers: [string, string][];
  body: Uint8Array;
  delivery: Delivery;
}

const WORDS = [
  "available",
  "AVAILABLE ",
  "running",
  "failed",
  "deleted",
  "",
  "avail\u0000able",
  "\u202e",
  "日本",
];
const anyWord = fc.oneof(
  fc.constantFrom(...WORDS, ".", "..", "a/b?c#d", "\r\nX: 1", "\ud800", "x".repeat(4_097)),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const anyText = fc.oneof(
  { weight: 6, arbitrary: anyWord },
  {
    weight: 1,
    arbitrary: fc.constantFrom(SECRET, `planted\u0000-secret-7`, `${"x".repeat(4_090)}${SECRET}`),
  },
);
const anyValue = fc.oneof(
  anyText,
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1e308,
    2 ** 60,
    [],
    {},
    [[]],
    "2026-03-01T00:00:00Z",
    "2026-03-01",
  ),
);

/** The body of a backup in which nothing, or anything, is as it should be. `ID` and `RUN` become what was asked for. */
const backup = fc.record({
  id: fc.oneof(
    { weight: 4, arbitrary: fc.constant<unknown>("ID") },
    { weight: 1, arbitrary: fc.oneof(anyWord, fc.constantFrom<unknown>(null, 0, {}, [])) },
  ),
  status: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<unknown>(...WORDS) },
    { weight: 1, arbitrary: anyValue },
  ),
  data_id: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<unknown>("d", "ID", null) },
    { weight: 1, arbitrary: anyValue },
  ),
  message: anyValue,
  run_id: fc.oneof(fc.constant<unknown>("RUN"), anyValue),
  size_mb: fc.oneof(anyValue, fc.double()),
  start_time: anyValue,
  end_time: anyValue,
  reason: anyValue,
  __proto__: anyValue,
}, { requiredKeys: [] });

const text = fc.oneof(
  { weight: 6, arbitrary: backup.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.array(backup, { maxLength: 4 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: anyValue.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: anyText },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "{",
      '{"id":"ID","status":"available"',
      '{"id":"ID","status":"available"}x',
      '{"id":"other","id":"ID","status":"available"}',
      '\ufeff{"id":"ID","status":"available"}',
      `<html>${SECRET}\r\n\u001b[2J</html>`,
      "[".repeat(20_000),
    ),
  },
);
const body = fc.oneof(
  { weight: 12, arbitrary: text.map((value) => new TextEncoder().encode(value)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constant(0).map(() => new Uint8Array(1024 * 1024 + 1).fill(0x20)) },
);

const headerName = fc.constantFrom(
  "content-type",
  "content-encoding",
  "retry-after",
  "location",
  "schelly-provider",
  "set-cookie",
  "link",
  "x-odd",
);
const headerValue = fc.oneof(
  fc.constantFrom(
    "application/json",
    "gzip",
    "br, gzip",
    "-1",
    "99999999999",
    "Fri, 31 Dec 9999 23:59:59 GMT",
  ),
  fc.constantFrom("http://u:p@h/", "//", "idempotency, list, lookup, fence", "x".repeat(9_000), SECRET),
  fc.string({ maxLength: 10 }),
);

const statusLine = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(200, 200, 200, 200, 201, 202, 204, 404, 410, 409, 500, 503).map(String),
  },
  { weight: 3, arbitrary: fc.integer({ min: 200, max: 599 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("100", "101", "000", "999", "20", "2000", "OK", "-1") },
);

const answer: fc.Arbitrary<Answer> = fc.record({
  status: statusLine,
  headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 3 }),
  body,
  delivery: fc.oneof(
    { weight: 10, arbitrary: fc.constant<Delivery>("whole") },
    {
      weight: 8,
      arbitrary: fc.constantFrom<Delivery>(
        "chunked",
        "until closed",
        "gzip",
        "broken gzip",
        "too short",
        "broken chunk",
        "cut in the head",
        "nothing",
        "two lengths",
      ),
    },
  ),
});
/** Seldom, since each takes its whole time limit. */
const endless = answer.map((made): Answer => ({ ...made, delivery: "never ends" }));

const OPERATIONS = ["create", "get", "delete", "list", "lookup", "capabilities"] as const;

test("createHttpProvider() concludes nothing that an answer does not say, whatever the answer", async () => {
  let answers: Answer[] = [];
  await using server = await startRawServer((request, socket) => {
    const { bytes, then } = bytesOf(answers[Number(request.headers["x-odd-run"])]!, request);
    if (then === "hold") socket.write(bytes);
    else socket.end(bytes);
  });
  const events: EngineEvent[] = [];
  const before = process.memoryUsage().rss;
  const seen = new Map<string, number>();
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  const one = fc.tuple(
    fc.constantFrom(...OPERATIONS),
    fc.oneof({ weight: 4_000, arbitrary: answer }, { weight: 1, arbitrary: endless }),
  );

  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (cases) => {
      answers = cases.map(([, answer]) => answer);
      events.length = 0;
      await Promise.all(cases.map(async ([operation, answer], index) => {
        const spec = httpSpec(`${server.url}/b`, {
          headers: { "X-Key": SECRET, "X-Odd-Run": String(index) },
          timeouts: { createMs: LIMIT_MS, getMs: LIMIT_MS, deleteMs: LIMIT_MS },
        });
        const sink = { emit: (event: EngineEvent) => void events.push(event) };
        const provider = createHttpProvider(spec, { http: systemHttp, clock: systemClock, sink });
        const call = { runId: `run-${index}`, job: "j", slot: null, fence: 1, body: undefined };
        try {
          switch (operation) {
            case "create": {
              const made = await provider.create(call);
              assert.ok([200, 201, 202].includes(Number(answer.status)));
              assert.equal(idProblem(made.id), undefined);
              assert.ok(made.runId === undefined || made.runId === call.runId);
              believable(made, answer);
              break;
            }
            case "get": {
              const got = await provider.get(`id-${index}`);
              const status = { yes: "200", no: "404", gone: "410" }[got.found];
              assert.equal(answer.status, status);
              if (got.found !== "yes") break;
              assert.equal(got.backup.id, `id-${index}`);
              believable(got.backup, answer);
              break;
            }
            case "delete": {
              const outcome = await provider.delete(`id-${index}`, undefined, 1);
              const statuses = { deleted: ["200", "204"], accepted: ["202"], absent: ["404"], gone: ["410"] };
              assert.ok(statuses[outcome].includes(answer.status), `${outcome} of ${answer.status}`);
              break;
            }
            case "list": {
              const all = await provider.list();
              assert.equal(answer.status, "200");
              assert.ok(all.length <= MAX_LIST);
              for (const found of all) believable(found, answer);
              break;
            }
            case "lookup": {
              const found = await provider.lookup(call.runId);
              assert.equal(answer.status, "200");
              if (found !== undefined) assert.equal(found.runId, call.runId);
              break;
            }
            case "capabilities":
              await provider.capabilities();
          }
          count(operation);
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          count(error.kind);
          plain(error.message);
          assert.ok(error.retryAfterMs === undefined || error.retryAfterMs >= 0);
        }
      }));
      for (const event of events) {
        plain(event.message);
        assert.ok(!JSON.stringify(event).includes(SECRET), event.message);
      }
    }),
    { numRuns: CASES / AT_ONCE, seed: SEED },
  );

  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < MOST_MEMORY, `memory grew by ${Math.round(grown / 1024 / 1024)} MiB`);
  // Else the cases were no good.
  for (const what of [...OPERATIONS, "unsent", "unknown", "refused", "malformed"]) {
    assert.ok(seen.has(what), what);
  }
});

/** One line that a log and a terminal can show, of bearable length, without the secret or a piece of it. */
function plain(text: string): void {
  assert.ok(text.length < 1_500, text);
  assert.doesNotMatch(text, /\p{Cc}/u);
  assert.ok(!text.includes(SECRET.slice(0, 8)), text);
}

function believable(backup: { state: string; status: string; message?: string }, { body }: Answer): void {
  const said = new TextDecoder().decode(body).toLowerCase();
  if (backup.state === "available") assert.ok(said.includes('"available'), said);
  assert.ok(backup.status.length <= 100 && (backup.message ?? "").length <= 4096);
  assert.ok(!JSON.stringify([backup.status, backup.message]).includes(SECRET.slice(0, 8)));
}

/** What is sent, and what becomes of the connection then: `hold` keeps it open until the server is disposed of. */
interface ByteAnswer {
  bytes: Uint8Array;
  then: "close" | "hold";
}

/** What goes over the wire. */
function bytesOf({ status, headers, body, delivery }: Answer, request: RawRequest): ByteAnswer {
  const asked = decodeURIComponent(request.target.split("/")[2] ?? "made");
  const run = request.headers["x-schelly-run"] ?? /run_id=([^&]*)/.exec(request.target)?.[1] ?? "RUN";
  let bytes = body;
  if (body.length < 10_000) {
    const text = Buffer.from(body).toString("latin1").replaceAll('"ID"', `"${asked}"`);
    bytes = Buffer.from(text.replaceAll('"RUN"', `"${run}"`), "latin1");
  }
  if (delivery === "gzip" || delivery === "broken gzip") bytes = gzipSync(bytes);
  if (delivery === "broken gzip") bytes = bytes.slice(0, bytes.length >> 1);
  const own: [string, string][] = [...headers, ["connection", "close"]];
  if (delivery.endsWith("gzip")) own.push(["content-encoding", "gzip"]);
  if (delivery === "chunked" || delivery === "broken chunk") own.push(["transfer-encoding", "chunked"]);
  else if (delivery !== "until closed") {
    const missing = delivery === "too short" || delivery === "never ends" ? 5 : 0;
    own.push(["content-length", String(bytes.length + missing)]);
    if (delivery === "two lengths") own.push(["content-length", "1"]);
  }
  const lines = own.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = Buffer.from(`HTTP/1.1 ${status} Whatever\r\n${lines}\r\n`);
  switch (delivery) {
    case "nothing":
      return { bytes: new Uint8Array(), then: "close" };
    case "cut in the head":
      return { bytes: head.subarray(0, head.length >> 1), then: "close" };
    case "chunked":
      return { bytes: Buffer.concat([head, chunk(bytes, "0\r\n\r\n")]), then: "close" };
    case "broken chunk":
      return { bytes: Buffer.concat([head, chunk(bytes, "zz\r\n")]), then: "close" };
    case "never ends":
      return { bytes: Buffer.concat([head, bytes]), then: "hold" };
    default:
      return { bytes: Buffer.concat([head, bytes]), then: "close" };
  }
}

function chunk(bytes: Uint8Array, end: string): Uint8Array {
  const size = bytes.length === 0 ? "" : `${bytes.length.toString(16)}\r\n`;
  return Buffer.concat([Buffer.from(size), bytes, Buffer.from(size === "" ? end : `\r\n${end}`)]);
}
