// Who may ask what: every endpoint with every kind of caller.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Auth, RULES } from "../../src/api/auth.ts";
import { testRun } from "../support/memory_reads.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const TOKENS: Auth = {
  kind: "tokens",
  tokens: [
    { name: "grafana", role: "viewer", token: "view-token" },
    { name: "ops", role: "operator", token: "ops-token" },
    { name: "root", role: "admin", token: "root-token" },
  ],
};
const RANK = ["open", "viewer", "trigger", "operator", "admin"];

/** The promise in words: viewers read, operators act, admins do what cannot be undone. */
function needed(method: string, path: string): string {
  if (["/livez", "/readyz", "/healthz"].includes(path)) return "open";
  // Commands and addresses stand there as they were written.
  if (path === "/config") return "operator";
  if (method === "GET") return "viewer";
  if (
    method === "DELETE" ||
    /approve$|\/accept$|\/reject$|\/import$|\/migrate$|^\/-\/reload$|^\/clock\/trust$|^\/state\/snapshot$/
      .test(path)
  ) {
    return "admin";
  }
  return path === "/backups" || path.endsWith("/trigger") ? "trigger" : "operator";
}

async function endpoints(): Promise<{ method: string; path: string; url: string }[]> {
  const document = await (await testApi().ask("GET /openapi.json")).json();
  return Object.entries(document.paths as Record<string, Record<string, unknown>>).flatMap((
    [path, methods],
  ) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path,
      url: path.replace("{id}", "b1").replace("{run_id}", "r1").replace("{job}", "db"),
    }))
  );
}

function apiWith(auth: Auth) {
  const api = testApi({ auth });
  api.reads.runRows = [testRun({ runId: "r1", id: "b1" })];
  return api;
}

function initOf(method: string, path: string, token?: string): RequestInit {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const body = method === "GET" ? undefined : bodyOf(path);
  if (body === undefined) return { headers };
  return { headers: { ...headers, "content-type": "application/json" }, body };
}

function bodyOf(path: string): string | undefined {
  if (path.endsWith("/approve")) return '{"digest":"d1"}';
  if (path.endsWith("/migrate")) return '{"path":"/old/sqlite.db"}';
  if (path === "/state/snapshot") return '{"path":"/tmp/copy.db"}';
  return path === "/freeze" || path.endsWith("/hold") ? '{"reason":"audit"}' : undefined;
}

test("RULES has exactly one rule for each documented endpoint, the one the roles promise", async () => {
  const found = await endpoints();
  assert.ok(found.length >= 25);
  for (const { method, path } of found) {
    assert.equal(RULES[`${method} ${path}`], needed(method, path), `${method} ${path}`);
  }
  const ruled = Object.keys(RULES).filter((rule) => !rule.endsWith("?verbose"));
  assert.deepEqual(ruled.sort(), found.map(({ method, path }) => `${method} ${path}`).sort());
});

test("every endpoint lets in the roles it should and no others, token by token", async () => {
  const { askTcp, operations } = apiWith(TOKENS);
  const callers = [["viewer", "view-token"], ["operator", "ops-token"], ["admin", "root-token"]] as const;
  for (const { method, path, url } of await endpoints()) {
    const need = needed(method, path);
    const line = `${method} ${url}`;
    const open = need === "open";
    const nobody = await askTcp(line, initOf(method, path));
    assert.equal(nobody.status === 401, !open, line);
    const stranger = await askTcp(line, initOf(method, path, "wrong-token"));
    assert.equal(stranger.status === 401, !open, line);
    for (const [role, token] of callers) {
      operations.calls = [];
      const response = await askTcp(line, initOf(method, path, token));
      const allowed = RANK.indexOf(role) >= RANK.indexOf(need);
      assert.equal(response.status < 300, allowed, `${line} as ${role}: ${response.status}`);
      if (allowed) continue;
      const problem = await problemOf(response);
      assert.equal(problem.status, 403);
      assert.match(problem.detail, new RegExp(`needs the role ${need}: '.*' is ${role}`));
      assert.deepEqual(operations.calls, [], `${line} as ${role} reached the engine`);
    }
  }
});

test("without tokens TCP reads and triggers, and is told what more would need", async () => {
  const { askTcp } = apiWith({ kind: "default" });
  for (const { method, path, url } of await endpoints()) {
    const response = await askTcp(`${method} ${url}`, initOf(method, path));
    const allowed = ["open", "viewer", "trigger"].includes(needed(method, path));
    assert.equal(response.status < 300, allowed, `${method} ${url}: ${response.status}`);
    if (!allowed) {
      assert.match((await problemOf(response)).detail, /unix socket, or set server\.auth\.tokens/);
    }
  }
});

test("auth none opens all over TCP; the socket is admin whatever the tokens are", async () => {
  for (const { method, path, url } of await endpoints()) {
    const line = `${method} ${url}`;
    assert.ok((await apiWith({ kind: "none" }).askTcp(line, initOf(method, path))).status < 300, line);
    assert.ok((await apiWith(TOKENS).ask(line, initOf(method, path))).status < 300, line);
  }
});

test("/readyz?verbose needs the role viewer, for its words name jobs", async () => {
  const { askTcp } = apiWith(TOKENS);
  for (const path of ["/readyz", "/healthz"]) {
    assert.equal((await askTcp(`GET ${path}?verbose`)).status, 401);
    assert.equal((await askTcp(`GET ${path}?verbose`, initOf("GET", "", "view-token"))).status, 200);
  }
});

test("401 says how to authenticate, and tells a missing token from a wrong one", async () => {
  const { askTcp } = apiWith(TOKENS);
  const missing = await askTcp("GET /backups");
  assert.equal(missing.headers.get("www-authenticate"), 'Bearer realm="schelly"');
  assert.match((await problemOf(missing)).detail, /Authorization: Bearer/);
  for (
    const authorization of [
      "Bearer nope",
      "bearer view-token2",
      "Basic dmlldy10b2tlbg==",
      "view-token",
      "Bearer",
    ]
  ) {
    const wrong = await askTcp("GET /backups", { headers: { authorization } });
    assert.equal(
      wrong.headers.get("www-authenticate"),
      'Bearer realm="schelly", error="invalid_token"',
      authorization,
    );
    assert.doesNotMatch(await wrong.text(), /nope|view-token/);
  }
  assert.equal(
    (await askTcp("GET /backups", { headers: { authorization: "bearer view-token" } })).status,
    200,
  );
});

test("who asked reaches the engine and the event of the request", async () => {
  const { askTcp, operations, events } = apiWith(TOKENS);
  await askTcp("POST /backups", initOf("GET", "", "ops-token"));
  assert.deepEqual(operations.calls[0]!.args[1], { name: "ops", role: "operator" });
  assert.equal(events[0]!.data?.caller, "ops");
});

test("without tokens a foreign Host is refused: a stranger's page may have pointed its name here", async () => {
  for (const kind of ["default", "none"] as const) {
    const { askTcp } = testApi({ auth: { kind }, hostnames: ["backup.example.com"] });
    for (
      const host of [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8080",
        "a.b.",
        "1.2.3.4.nip.io",
      ]
    ) {
      const problem = await problemOf(await askTcp(`GET http://${host}/backups`));
      assert.equal(problem.status, 421, host);
    }
    const ours = [
      "localhost:8080",
      "127.0.0.1:8080",
      "[::1]:8080",
      "10.0.0.7",
      "schelly:8080",
      "x.localhost",
      "schelly.backups.svc.cluster.local:8080",
      "BACKUP.example.com",
    ];
    for (const host of ours) assert.equal((await askTcp(`GET http://${host}/backups`)).status, 200, host);
    assert.equal((await askTcp("GET http://evil.example/livez")).status, 200);
  }
  const tokens = testApi({ auth: TOKENS });
  assert.equal(
    (await tokens.askTcp("GET http://any.example/backups", initOf("GET", "", "view-token"))).status,
    200,
  );
});

test("without tokens a stranger's page cannot post: its Origin is not ours", async () => {
  const { askTcp, operations } = testApi({ auth: { kind: "none" } });
  for (const origin of ["https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1"]) {
    const problem = await problemOf(
      await askTcp("POST http://localhost:8080/backups", { headers: { origin } }),
    );
    assert.equal(problem.status, 403, origin);
  }
  assert.deepEqual(operations.calls, []);
  const own = { headers: { origin: "http://localhost:8080" } };
  assert.equal((await askTcp("POST http://localhost:8080/backups", own)).status, 202);
});
