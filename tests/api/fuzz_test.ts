// Whatever is sent to the API of the real program: an answer that its document foresees, never a failure of its own.
// Also tests inputs.ts.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import type { PeerInfo } from "../../src/ports/host.ts";
import { startInProcess } from "../support/in_process_app.ts";
import { type Case, casesOf, type Document } from "../support/openapi_cases.ts";
import { type Judge, judgeBy } from "../support/openapi_judge.ts";

/** By hand: SCHELLY_FUZZ_CASES=50000 SCHELLY_FUZZ_SEED=7. */
const CASES = Number(process.env.SCHELLY_FUZZ_CASES ?? 10_000);
const SEED = Number(process.env.SCHELLY_FUZZ_SEED ?? 1);
/** What each 10,000 requests may add to memory: some of it is rows, the rest is garbage not yet collected. */
const MOST_MEMORY = 256 * 1024 * 1024 * Math.max(1, CASES / 10_000);

const NEVER = "0 0 0 29 2 *";
const YAML = `jobs:
  - { name: a, schedule: "${NEVER}", provider: { url: "http://provider/a" }, retention: { secondly: 5 } }
  - { name: b, schedule: "${NEVER}", provider: { url: "http://provider/b" }, retention: { daily: 7, monthly: 2 } }
  - { name: c, schedule: "*/10 * * * *", timezone: Europe/Berlin, enabled: false, provider: { url: "http://provider/c" } }
`;
const TOKENS = { viewer: "v".repeat(20), operator: "o".repeat(20), admin: "a".repeat(20) };
const AUTH = `auth: { tokens: [ ${
  Object.entries(TOKENS).map(([role, token]) => `{ name: ${role}, role: ${role}, token: "${token}" }`).join(
    ", ",
  )
} ] }`;
const SOCKET: PeerInfo = { local: true, remote: "unix" };

/** Ids that providers are free to choose. */
const IDS = ["plain", "a/b", "..%2f", "日本", "a b?c#d", "%41", "x".repeat(1000), "'; --", "../../etc"];

/** A provider of the original's manners whose ids are as odd as they may be. */
function oddProvider(): (request: Request) => Promise<Response> {
  const living = new Set<string>();
  let made = 0;
  return (request) => {
    const id = decodeURIComponent(new URL(request.url).pathname.split("/")[2] ?? "");
    const answer = (status: number, body: unknown) => Promise.resolve(Response.json(body, { status }));
    if (request.method === "POST") {
      const id = `${IDS[made % IDS.length]}${made < IDS.length ? "" : made}`;
      made++;
      living.add(id);
      return answer(202, {
        id,
        data_id: id,
        status: "available",
        message: "ok\n\u001b[2J\u202e",
        size_mb: made,
      });
    }
    if (request.method === "OPTIONS") return answer(405, {});
    if (id === "") return answer(200, [...living].map((id) => ({ id, status: "available" })));
    if (!living.has(id)) return answer(404, {});
    if (request.method === "DELETE") living.delete(id);
    return answer(200, { id, data_id: id, status: "available" });
  };
}

test("no request makes the API fail, promise what its document does not, or write a broken log", async () => {
  await using app = await startInProcess({ yaml: YAML, server: AUTH, http: oddProvider() });
  const admin = (line: string) => {
    const [method, path] = line.split(" ");
    return app.ask(new Request(`http://127.0.0.1:8080${path}`, { method }), SOCKET);
  };
  const document = await (await admin("GET /openapi.json")).json() as Document;
  for (let n = 0; n < 12; n++) await (await admin("POST /jobs/a/trigger")).body?.cancel();
  const runs = await (await admin("GET /runs")).json() as { run_id: string; id: string | null }[];
  const ids = [...runs.map((run) => run.run_id), ...runs.flatMap((run) => run.id ?? [])];
  mkdirSync(`${app.folder}/out`);
  const known = {
    job: ["a", "b", "c"],
    id: ids,
    run_id: runs.map((run) => run.run_id),
    // Nothing is written elsewhere.
    path: [
      `${app.folder}/out/copy`,
      `${app.folder}/schelly.db`,
      `${app.folder}/none/x`,
      "relative",
      "/dev/null/x",
    ],
    verbose: ["", "true"],
    digest: ["none"],
  };
  const judge = judgeBy(document);
  const caller = fc.constantFrom("socket", "nobody", "wrong", "viewer", "operator", "admin", "admin");
  const statuses = new Map<number, number>();
  const before = process.memoryUsage().rss;

  await fc.assert(
    fc.asyncProperty(casesOf(document, known), caller, async (sent, who) => {
      const request = requestOf(sent, who, app.folder);
      if (request === undefined) return;
      const answer = await app.ask(request, who === "socket" ? SOCKET : undefined);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      await look(answer, sent, judge);
    }),
    { numRuns: CASES, seed: SEED },
  );

  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < MOST_MEMORY, `memory grew by ${Math.round(grown / 1024 / 1024)} MiB`);
  // Else the cases were no good: every kind of answer is to be seen.
  for (const status of [200, 202, 400, 401, 403, 404, 405, 409, 415]) {
    assert.ok(statuses.has(status), `${status}`);
  }
  for (const line of app.log) {
    // deno-lint-ignore no-control-regex
    assert.match(line, /^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*\n$/);
    const { level, event } = JSON.parse(line);
    // Retention may well have its troubles with such callers.
    assert.ok(level !== "error" || /^retention\./.test(event), line);
    for (const token of Object.values(TOKENS)) assert.ok(!line.includes(token));
  }
});

function requestOf(sent: Case, who: string, folder: string): Request | undefined {
  const { method, path, headers, body } = sent;
  // A state would be copied to wherever a guess points.
  if (typeof body === "string" && sent.operation.endsWith("/state/snapshot") && !body.includes(folder)) {
    if (/"path":\s*"\//.test(body)) return undefined;
  }
  const token = who === "wrong" ? "w".repeat(20) : TOKENS[who as keyof typeof TOKENS];
  const all = new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` });
  for (const [name, value] of headers) all.append(name, value);
  return new Request(`http://127.0.0.1:8080${path}`, {
    method,
    headers: all,
    body: body as Uint8Array<ArrayBuffer> | string | undefined,
  });
}

async function look(answer: Response, sent: Case, judge: Judge): Promise<void> {
  const { status, headers } = answer;
  const line = `${sent.method} ${sent.path.slice(0, 200)} ${String(sent.body).slice(0, 200)} -> ${status}`;
  assert.equal(headers.get("x-content-type-options"), "nosniff", line);
  assert.equal(headers.get("cache-control"), "no-store", line);
  assert.equal(headers.get("access-control-allow-origin"), null, line);
  const type = headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) return await answer.body?.cancel();
  const text = await answer.text();
  assert.ok(text.length < 8 * 1024 * 1024, line);
  assert.ok(status < 500, `${line}: ${text}`);
  if (status >= 400) assert.equal(type, sent.method === "HEAD" ? type : "application/problem+json", line);
  const trouble = judge(sent.method, sent.path, { status, type: type.replace(/;.*/, ""), body: text });
  assert.equal(trouble, undefined, `${line}: ${text.slice(0, 500)}`);
}
