// Strangers announce bodies, send most of them, and wait: they are answered at once, before any of it is read, and what
// they sent stays out of the memory. What was not read is not taken for the next request either.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { systemClock } from "../../src/runtime/clock.ts";
import { type Child, programTest, type Rig } from "../support/program.ts";

const AT_ONCE = 100;
const ANNOUNCED = 1024 * 1024;
const SENT = 900 * 1024;
/** A third of what is sent in one round; read, it takes half as much again. */
const MOST_GROWTH_MB = 32;
/** Two busy cores have 90 MB to carry from one process to the other meanwhile; who waits for the rest waits for ever. */
const AT_ONCE_MS = 20_000;

const JOBS = `jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }
`;
const COMMAND = ["command", "--create", "true", "--delete", "true"];
const AUTH = 'auth: { tokens: [ { name: grafana, role: viewer, token: "viewer-token-0123456789" } ] }';
const VIEWER = "Authorization: Bearer viewer-token-0123456789\r\n";

/** What is asked, with which headers, and what it is answered. */
type Case = [line: string, headers: string, status: number];

/** Sends this, says what came back until the other side hung up. */
async function exchange(url: string, pieces: (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const late = new AbortController();
  void systemClock.sleep(AT_ONCE_MS, late.signal).then(() => connection.close(), () => {});
  const send = async () => {
    for (const piece of pieces) {
      const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    }
  };
  // Answered before its end, it may not be taken whole.
  const sent = send().catch(() => {});
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16 * 1024);
  let text = "";
  try {
    for (;;) {
      // Reset, as some of what was sent was never read.
      const count = await connection.read(buffer).catch((error) =>
        error.name === "ConnectionReset" ? null : error
      );
      if (count === null) break;
      assert.ok(
        typeof count === "number",
        `neither answered whole nor hung up within ${AT_ONCE_MS} ms: ${text}`,
      );
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } finally {
    late.abort();
    await sent;
    try {
      connection.close();
    } catch { /* Closed already. */ }
  }
  return text;
}

function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function peakMb(rig: Rig, child: Child): Promise<number> {
  const status = await rig.tool(["cat", `/proc/${child.pid}/status`]);
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) / 1024;
}

async function flood(rig: Rig, child: Child, url: string, cases: Case[]): Promise<void> {
  const body = new Uint8Array(SENT).fill(32);
  // The first ones make the program compile what it needs for any.
  await exchange(url, [`GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`]);
  const before = await peakMb(rig, child);
  for (const [line, headers, status] of cases) {
    const host = headers.includes("Host:") ? "" : "Host: localhost\r\n";
    const head = `${line} HTTP/1.1\r\n${host}Content-Length: ${ANNOUNCED}\r\n${headers}\r\n`;
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => exchange(url, [head, body])));
    for (const answer of answers) {
      assert.deepEqual(statusesIn(answer), [status], `${line}: ${answer}`);
      assert.match(answer, /\r\nconnection: close\r\n/i, line);
    }
    const grown = await peakMb(rig, child) - before;
    assert.ok(grown < MOST_GROWTH_MB, `${line}: memory grew by ${Math.round(grown)} MiB`);
    const smuggled = `DELETE /backups/b1 HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const whole = head.replace(`${ANNOUNCED}`, `${smuggled.length}`);
    assert.deepEqual(
      statusesIn(await exchange(url, [whole + smuggled])),
      [status],
      `${line}, and one within it`,
    );
  }
}

const options = { skip: process.platform === "linux" ? false as const : "memory is read from /proc" };

programTest("the API reads nothing of what strangers send, nor what leads nowhere", async (rig) => {
  await rig.configure(JOBS, AUTH);
  const named = await rig.server();
  await flood(rig, named.child, named.url, [
    ["POST /nope", "", 401],
    ["POST /backups", "", 401],
    ["POST /nope", VIEWER, 404],
    ["PUT /backups", VIEWER, 405],
    ["POST /-/reload", VIEWER, 403],
    ["POST /state/snapshot", `${VIEWER}Content-Type: application/json\r\n`, 403],
  ]);
  await named.kill("SIGTERM");

  await rig.configure(JOBS);
  const open = await rig.server();
  await flood(rig, open.child, open.url, [
    ["POST /nope", "", 404],
    ["PUT /backups", "", 405],
    ["PUT /freeze", "Content-Type: application/json\r\n", 403],
    ["POST /backups", "Host: evil.example\r\n", 421],
    ["POST /backups", "Origin: http://evil.example\r\n", 403],
  ]);
}, options);

programTest("a served provider reads nothing of what strangers send, nor what leads nowhere", async (rig) => {
  const token = `${rig.folder}/token`;
  await writeFile(token, "provider-token-0123456789\n", { mode: 0o600 });
  const named = await rig.servedProvider([...COMMAND, "--token-file", token]);
  const TOKEN = "Authorization: Bearer provider-token-0123456789\r\n";
  await flood(rig, named.child, new URL(named.url).origin, [
    ["POST /nope", "", 401],
    ["POST /backups", "", 401],
    ["DELETE /backups/b1", "Authorization: Bearer wrong\r\n", 401],
    ["POST /nope", TOKEN, 404],
    ["PUT /backups", TOKEN, 405],
    ["POST /backups", `${TOKEN}Content-Type: text/plain\r\n`, 415],
  ]);
}, options);
