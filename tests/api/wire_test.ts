// The API behind the real listener, asked byte by byte over TCP and over the socket: one request is one request, and
// whatever is too large or no request at all is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { listen } from "../../src/runtime/listen.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { authOf } from "../support/auth_of.ts";
import { withFolder } from "../support/folder.ts";
import { testApi } from "../support/test_api.ts";

const HOST = "\r\nHost: localhost\r\n";

/** What came back until the server was silent for a moment or hung up. */
interface Told {
  /** Of each answer, in order. */
  statuses: number[];
  text: string;
  closed: boolean;
}

async function tell(to: Place, text: string): Promise<Told> {
  const connection = await Deno.connect(to as Deno.ConnectOptions);
  const told: Told = { statuses: [], text: "", closed: false };
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  // Refused before its end, it may not be taken whole.
  const sent = write(connection, new TextEncoder().encode(text)).catch(() => {});
  for (;;) {
    const silence = new AbortController();
    const wait = told.text === "" ? 5_000 : 60;
    const count = await Promise.race([
      connection.read(buffer).catch(() => null),
      systemClock.sleep(wait, silence.signal).then(() => "silent" as const, () => "silent" as const),
    ]);
    silence.abort();
    told.closed = count === null;
    if (typeof count !== "number") break;
    told.text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  connection.close();
  await sent;
  told.statuses = [...told.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return told;
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

type Place = Deno.ConnectOptions | Deno.UnixConnectOptions;

async function serving(
  work: (places: { tcp: Place; socket: Place }, asked: () => string[]) => Promise<void>,
): Promise<void> {
  const { handler, events } = testApi({
    auth: await authOf([{ name: "ops", role: "admin", token: "ops-token-0123456789" }]),
    clock: systemClock,
  });
  await withFolder(async (folder) => {
    const path = `${folder}/s.sock`;
    const tcp = await listen({ tcp: { hostname: "127.0.0.1", port: 0 } }, handler);
    const unix = await listen({ unix: { path } }, handler);
    const asked = () => events.splice(0).map(({ data }) => `${data!.method} ${data!.status}`);
    try {
      const port = Number(new URL(tcp.address).port);
      await work(
        { tcp: { hostname: "127.0.0.1", port }, socket: { transport: "unix", path } },
        asked,
      );
    } finally {
      await tcp.close(0);
      await unix.close(0);
    }
  });
}

test("what is too large is refused over TCP and the socket, by us in words or by the runtime", () =>
  serving(async (places, asked) => {
    for (const [place, to] of Object.entries(places)) {
      const cases = [
        [`GET /${"a".repeat(20_000)} HTTP/1.1${HOST}\r\n`, 414, true],
        [`GET /${"a".repeat(70_000)} HTTP/1.1${HOST}\r\n`, 414, false],
        [`GET / HTTP/1.1${HOST}X-Big: ${"a".repeat(40_000)}\r\n\r\n`, 431, true],
        [`GET / HTTP/1.1${HOST}X-Big: ${"a".repeat(600_000)}\r\n\r\n`, 431, false],
        [`GET / HTTP/1.1${HOST}${"X-Many: a\r\n".repeat(150)}\r\n`, 431, false],
        [`GET /runs?${"a=b&".repeat(300)} HTTP/1.1${HOST}\r\n`, 400, true],
        [`POST /backups HTTP/1.1${HOST}Content-Length: 2000000\r\n\r\n`, place === "tcp" ? 401 : 413, true],
      ] as const;
      for (const [text, status, isOurs] of cases) {
        const told = await tell(to, text);
        assert.deepEqual(told.statuses, [status], `${place}: ${text.slice(0, 60)}`);
        assert.equal(
          told.text.includes("application/problem+json"),
          isOurs,
          `${place}: ${text.slice(0, 60)}`,
        );
      }
      assert.ok(asked().length > 0);
    }
  }));

test("what is no request, or could be two, never reaches the API", () =>
  serving(async (places, asked) => {
    const smuggled = `DELETE /backups/b1 HTTP/1.1${HOST}\r\n`;
    for (const [place, to] of Object.entries(places)) {
      for (
        const text of [
          `POST /backups HTTP/1.1${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
          `POST /backups HTTP/1.1${HOST}Content-Length: -1\r\n\r\n`,
          `POST /backups HTTP/1.1${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
          `POST /backups HTTP/1.1${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
          `GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n`,
          `GET / HTTP/1.1\r\nHost: localhost\r\nX-A : x\r\n\r\n`,
          `GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\rb\r\n\r\n`,
          `GET /a b HTTP/1.1${HOST}\r\n`,
          `G@T / HTTP/1.1${HOST}\r\n`,
          `\x16\x03\x01\r\n\r\n`,
        ]
      ) {
        const told = await tell(to, text);
        assert.deepEqual([told.statuses, told.closed], [[400], true], `${place}: ${text.slice(0, 80)}`);
        assert.deepEqual(asked(), []);
      }
    }
  }));

test("methods that nothing has, and hosts that are none, are refused in words and without a stack", () =>
  serving(async ({ tcp, socket }, asked) => {
    for (const body of ["", "Content-Length: 3\r\n"]) {
      const rest = `${body}\r\n${body === "" ? "" : "abc"}`;
      for (
        const line of [
          "TRACE /",
          "TRACE /jobs",
          "get /jobs",
          "Post /backups",
          "FOO /jobs",
          "PROPFIND /backups",
        ]
      ) {
        const told = await tell(socket!, `${line} HTTP/1.1${HOST}${rest}`);
        assert.deepEqual(told.statuses, [405], line);
        assert.match(told.text, /\r\nallow: GET, HEAD/, line);
        assert.match(told.text, /"detail":"\w+ is not possible at/, line);
        assert.deepEqual(asked(), [`${line.split(" ")[0]} 405`]);
      }
      const connect = await tell(socket!, `CONNECT example.com:443 HTTP/1.1${HOST}${rest}`);
      assert.deepEqual([connect.statuses, connect.closed], [[405], true]);
      assert.match(connect.text, /\r\nallow: DELETE, GET.*no proxy/s);
      for (const host of ["[", "a^b", "a b", "%", "localhost:99999"]) {
        const told = await tell(tcp, `GET /jobs HTTP/1.1\r\nHost: ${host}\r\n${rest}`);
        assert.deepEqual([told.statuses, told.closed], [[400], true], host);
        assert.match(told.text, /"detail":"The header Host names no host/, host);
      }
      assert.deepEqual(asked(), []);
    }
  }));

test("what follows a body that nobody read, or whose end a proxy may see elsewhere, is not taken for a request", () =>
  serving(async ({ tcp, socket }, asked) => {
    const smuggled = `DELETE /backups/b1 HTTP/1.1${HOST}\r\n`;
    const length = `Content-Length: ${smuggled.length}\r\n\r\n`;
    // Of a stranger the body is not read; a GET has none that counts.
    for (const line of ["POST /backups", "GET /backups", "DELETE /backups/b1"]) {
      const told = await tell(tcp, `${line} HTTP/1.1${HOST}${length}${smuggled}`);
      assert.deepEqual([told.statuses, asked().length], [[401], 1], line);
    }
    // Nor of those that lead nowhere, or to what takes none.
    const unread = [["POST /nope", 404], ["PUT /backups", 405], ["POST /backups", 202], ["GET /jobs", 200]];
    for (const [line, status] of unread) {
      const told = await tell(socket!, `${line} HTTP/1.1${HOST}${length}${smuggled}`);
      assert.deepEqual([told.statuses, told.closed, asked().length], [[status], true, 1], `${line}`);
    }
    for (const both of ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked"]) {
      const told = await tell(
        socket!,
        `POST /jobs/db/pause HTTP/1.1${HOST}${both}\r\n\r\n0\r\n\r\n${smuggled}`,
      );
      assert.deepEqual([told.statuses, told.closed, asked()], [[200], true, ["POST 200"]], both);
    }
  }));
