// Every endpoint of the OpenAPI document with every kind of caller: who gets in, and who reaches nothing.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { type Auth, RULES } from "../../src/api/auth.ts";
import { authOf, basic } from "../support/auth_of.ts";
import { testJobEdit } from "../support/fake_operations.ts";
import { testRun } from "../support/memory_reads.ts";
import { type Endpoint, endpoints, withRoleTable } from "../support/role_table.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const ENDPOINTS = await endpoints();
const RANK = ["open", "viewer", "trigger", "operator", "admin"];
const ROLES = ["viewer", "operator", "admin"] as const;
const NAMED = await authOf(
  ROLES.map((role) => ({ name: `${role}-program`, role, token: `${role}-token` })),
  ROLES.map((role) => ({ name: `${role}-person`, role, password: `${role} password` })),
);

/** The promise in words: viewers read, operators act, admins do what cannot be undone. */
function needed({ method, path }: Endpoint): string {
  if (["/livez", "/readyz", "/healthz"].includes(path)) return "open";
  // Whom to impersonate, and who would not miss it.
  if (path === "/config/callers") return "admin";
  // Commands and addresses stand there as they were written.
  if (path === "/config" || path === "/recovery-sheet") return "operator";
  // What files are called may be as secret as what is in them.
  if (path.endsWith("/files") || path === "/jobs/{job}/file") return "operator";
  // What a job is, and whether there is one.
  if (path === "/jobs/{job}" && method !== "GET") return "admin";
  if (method === "GET") return "viewer";
  if (
    method === "DELETE" ||
    /approve$|\/restore$|^\/operations\/[^/]+\/cancel$|\/unlock$|\/accept$|\/reject$|\/import$|\/migrate$|^\/-\/reload$|^\/clock\/trust$|^\/state\/(snapshot|compact)$|^\/audit\/verify$/
      .test(path)
  ) {
    return "admin";
  }
  return path === "/backups" || path.endsWith("/trigger") ? "trigger" : "operator";
}

/** Who asks, and as what they are taken; null: as nobody. */
const CALLERS: [what: string, authorization: string | undefined, role: string | null][] = [
  ["nobody", undefined, null],
  ["a wrong token", "Bearer wrong-token", null],
  ["a token of another scheme", "Token admin-token", null],
  ["a wrong password", basic("admin-person", "viewer password"), null],
  ["a password without its name", basic("", "admin password"), null],
  ["a name nobody has", basic("nobody", "admin password"), null],
  ["a token as a password", basic("admin-program", "admin-token"), null],
  ["a password as a token", "Bearer admin%20password", null],
  ...ROLES.map((role): [string, string, string] => [`the ${role}'s token`, `Bearer ${role}-token`, role]),
  ...ROLES.map((role): [string, string, string] => [
    `the ${role}'s password`,
    basic(`${role}-person`, `${role} password`),
    role,
  ]),
];

function apiWith(auth: Auth) {
  const api = testApi({ auth });
  api.operations.jobFileOutcome = { outcome: "done", text: "jobs: []\n", etag: '"a"' };
  api.operations.jobEditOutcome = { outcome: "done", view: testJobEdit("db"), created: true };
  api.reads.runRows = [testRun({ runId: "r1", id: "b1" })];
  return api;
}

function lineOf({ method, path }: Endpoint): string {
  const url = path.replace("{id}", "b1").replace("{run_id}", "r1").replace("{job}", "db").replace(
    "{channel}",
    "ops",
  ).replace("{op}", "o-1");
  return `${method} ${url}`;
}

/** A request that would succeed. */
function initOf({ method, path }: Endpoint, authorization?: string): RequestInit {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const body = method === "GET" || method === "HEAD" ? undefined : bodyOf(path, method);
  if (body === undefined) return { headers };
  return { headers: { ...headers, "content-type": "application/json" }, body };
}

function bodyOf(path: string, method: string): string | undefined {
  if (path === "/jobs/{job}") return method === "DELETE" ? undefined : "{}";
  if (path.endsWith("/approve")) return '{"digest":"d1"}';
  if (path.endsWith("/unlock")) return '{"locks":["l1"]}';
  if (path.endsWith("/restore")) return '{"target":"/srv/restored/a"}';
  if (path.endsWith("/migrate")) return '{"path":"/old/sqlite.db"}';
  if (path === "/state/snapshot") return '{"path":"/var/tmp/copy.db"}';
  return path === "/freeze" || path.endsWith("/hold") ? '{"reason":"audit"}' : undefined;
}

test("RULES has exactly one rule for each documented endpoint, the one the roles promise", () => {
  assert.ok(ENDPOINTS.length >= 25);
  for (const endpoint of ENDPOINTS) {
    const rule = `${endpoint.method} ${endpoint.path}`;
    assert.equal(RULES[rule], needed(endpoint), rule);
  }
  const ruled = Object.keys(RULES).filter((rule) => !rule.endsWith("?verbose"));
  assert.deepEqual(ruled.sort(), ENDPOINTS.map(({ method, path }) => `${method} ${path}`).sort());
});

for (const [what, authorization, role] of CALLERS) {
  test(`every endpoint takes ${what} for ${role ?? "nobody"}`, async () => {
    const { askTcp, operations, clock } = apiWith(NAMED);
    for (const endpoint of ENDPOINTS) {
      // Wrong passwords have a budget that fills up with time.
      await clock.advance(2_000);
      const need = needed(endpoint);
      const line = lineOf(endpoint);
      operations.calls = [];
      const response = await askTcp(line, initOf(endpoint, authorization));
      const allowed = need === "open" || (role !== null && RANK.indexOf(role) >= RANK.indexOf(need));
      if (allowed) {
        assert.ok(response.status < 300, `${line}: ${response.status}`);
        continue;
      }
      const { status, detail } = await problemOf(response);
      assert.equal(status, role === null ? 401 : 403, line);
      // Nobody has the role of those without a name.
      const named = need === "trigger" ? "operator" : need;
      if (role !== null) assert.match(detail, new RegExp(`needs the role ${named}: '.*' is ${role}`));
      assert.deepEqual(operations.calls, [], `${line} reached the engine`);
    }
  });
}

test("HEAD asks for the role that GET asks for", async () => {
  const { askTcp } = apiWith(NAMED);
  for (const endpoint of ENDPOINTS.filter(({ method }) => method === "GET")) {
    const head = { ...endpoint, method: "HEAD" };
    const nobody = await askTcp(lineOf(head), initOf(head));
    assert.equal(nobody.status === 401, needed(endpoint) !== "open", endpoint.path);
    const viewer = await askTcp(lineOf(head), initOf(head, "Bearer viewer-token"));
    assert.equal(viewer.status < 300, ["open", "viewer"].includes(needed(endpoint)), endpoint.path);
  }
});

test("no other method gets past what an endpoint asks for", async () => {
  const { askTcp, operations } = apiWith(NAMED);
  for (const path of new Set(ENDPOINTS.map(({ path }) => path))) {
    const known = ENDPOINTS.filter((endpoint) => endpoint.path === path).map(({ method }) => method);
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      if (known.includes(method)) continue;
      const response = await askTcp(lineOf({ method, path, summary: "" }));
      assert.ok([401, 404, 405].includes(response.status), `${method} ${path}: ${response.status}`);
    }
  }
  assert.deepEqual(operations.calls, []);
});

test("without tokens TCP reads and triggers, and is told what more would need", async () => {
  const { askTcp } = apiWith({ kind: "default" });
  for (const endpoint of ENDPOINTS) {
    const response = await askTcp(lineOf(endpoint), initOf(endpoint));
    const allowed = ["open", "viewer", "trigger"].includes(needed(endpoint));
    assert.equal(response.status < 300, allowed, `${lineOf(endpoint)}: ${response.status}`);
    if (!allowed) {
      assert.match(
        (await problemOf(response)).detail,
        /set server\.socket .*, or .* the role (operator|admin) in server\.auth\.tokens$/,
      );
    }
  }
});

test("auth none opens all over TCP; the socket is admin whoever is named", async () => {
  for (const endpoint of ENDPOINTS) {
    const line = lineOf(endpoint);
    assert.ok((await apiWith({ kind: "none" }).askTcp(line, initOf(endpoint))).status < 300, line);
    assert.ok((await apiWith(NAMED).ask(line, initOf(endpoint))).status < 300, line);
  }
});

test("docs/security.md has the table of roles as it is now", async () => {
  const page = await readFile(new URL("../../docs/security.md", import.meta.url), "utf8");
  assert.equal(page, await withRoleTable(page), "write it anew: scripts/security_docs.ts");
});
