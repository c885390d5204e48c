// People whom a proxy has logged in, and those who only say so.
// Also tests base_path.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Auth } from "../../src/api/auth.ts";
import { createStanding } from "../../src/api/standing.ts";
import { authOf, basic } from "../support/auth_of.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const NAMED = await authOf(
  [{ name: "ops", role: "operator", token: "ops-token" }],
  [{ name: "ann", role: "viewer", password: "her password" }],
) as Auth & { kind: "named" };
const PROXY = {
  user: "remote-user",
  groups: "remote-groups",
  roles: { staff: "viewer", backup: "admin" },
} as const;
const AUTH: Auth = { ...NAMED, proxy: PROXY };
const THROUGH = { local: false, remote: "203.0.113.9", proxy: "127.0.0.1" };
const DIRECT = { local: false, remote: "127.0.0.1:50000" };

function rigOf(auth: Auth = AUTH) {
  const api = testApi({ auth });
  const ask = (line: string, headers: Record<string, string>, peer = THROUGH as typeof DIRECT) => {
    const [method, path] = line.split(" ") as [string, string];
    return api.handler(new Request(`http://schelly:8080${path}`, { method, headers }), peer);
  };
  return { ...api, ask };
}

test("whom the proxy names has the highest role of their groups", async () => {
  const { ask, operations } = rigOf();
  const as = (groups: string) => ({ "remote-user": "zoë", "remote-groups": groups });
  assert.equal((await ask("GET /jobs", as("staff"))).status, 200);
  assert.equal((await ask("POST /backups", as("cooks, staff"))).status, 403);
  assert.equal((await ask("POST /backups", as("staff|backup"))).status, 202);
  assert.deepEqual(operations.calls.at(-1)!.args[1], { name: "zoë", role: "admin" });
  const refused = await problemOf(await ask("GET /jobs", as("cooks,toString")));
  assert.deepEqual([refused.status, /'zoë' has no role here/.test(refused.detail)], [403, true]);
  const anybody = rigOf({ ...NAMED, proxy: { ...PROXY, role: "viewer" } });
  assert.equal((await anybody.ask("GET /jobs", as("cooks"))).status, 200);
});

test("the headers of anybody else count for nothing, and that is told once of each", async () => {
  const { ask, events } = rigOf();
  const lie = { "remote-user": "zoë", "remote-groups": "backup" };
  for (let nr = 0; nr < 3; nr++) assert.equal((await ask("GET /jobs", lie, DIRECT)).status, 401);
  const token = { ...lie, authorization: "Bearer ops-token" };
  assert.equal((await ask("POST /backups", token, DIRECT)).status, 202);
  assert.equal((await ask("DELETE /backups/b1", token, DIRECT)).status, 403);
  const told = events.filter(({ type }) => type === "http.ignored");
  assert.deepEqual(told.map(({ message }) => message), [
    "The header remote-user from 127.0.0.1 is ignored: only addresses of server.trusted_proxies are believed",
  ]);
});

test("names beyond ASCII are read as the proxy sends them, in UTF-8", async () => {
  const { ask, events } = rigOf();
  const bytes = String.fromCharCode(...new TextEncoder().encode("zoë"));
  await ask("POST /backups", { "remote-user": bytes, "remote-groups": "backup" });
  assert.equal(events.at(-1)!.data?.caller, "zoë");
});

test("a page of another site may change nothing by what lets a browser through the proxy", async () => {
  const { ask, operations } = rigOf();
  const ann = { "remote-user": "ann", "remote-groups": "backup" };
  const pages: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "https://evil.example", "x-forwarded-host": "backup.example.com" },
    { origin: "null" },
  ];
  for (const foreign of pages) {
    const headers = { ...ann, ...foreign };
    assert.equal((await ask("POST /backups", headers)).status, 403, JSON.stringify(foreign));
    assert.equal((await ask("GET /jobs", headers)).status, 200);
  }
  assert.deepEqual(operations.calls.filter(({ name }) => name === "trigger"), []);
  // The proxy asks us for another host than the browser asked for.
  const own = { ...ann, origin: "https://backup.example.com", "x-forwarded-host": "backup.example.com" };
  assert.equal((await ask("POST /backups", own)).status, 202);
  // That word is the proxy's alone.
  const direct = { ...own, authorization: basic("ann", "her password") };
  assert.equal((await ask("POST /backups", direct, DIRECT)).status, 403);
});

test("a name that the caller sent along with the proxy's is refused, and a token works where none is named", async () => {
  const { ask } = rigOf();
  const twice = await problemOf(
    await ask("GET /jobs", { "remote-user": "admin, zoë", "remote-groups": "backup" }),
  );
  assert.deepEqual([twice.status, /has to set that header itself/.test(twice.detail)], [403, true]);
  assert.equal((await ask("GET /jobs", { authorization: "Bearer ops-token" })).status, 200);
  assert.equal((await ask("GET /jobs", { "remote-user": "" })).status, 401);
  assert.equal((await ask("GET /jobs", { "remote-user": "socket", "remote-groups": "backup" })).status, 403);
  const proxyOnly = rigOf({ ...NAMED, tokens: [], users: [], proxy: PROXY });
  const problem = await problemOf(await proxyOnly.ask("GET /jobs", {}, DIRECT));
  assert.match(problem.detail, /needs to be asked through a proxy of server\.trusted_proxies/);
});

test("whom the proxy names is let in before strangers, and their group shows when it was last used", async () => {
  const standing = (headers: Record<string, string>, peer = THROUGH as typeof DIRECT) =>
    createStanding(() => AUTH, { now: () => 0 })(new Request("http://schelly/jobs", { headers }), peer);
  const zoe = { "remote-user": "zoë", "remote-groups": "staff" };
  assert.deepEqual([standing(zoe), standing(zoe, DIRECT), standing({})], ["known", "unknown", "unknown"]);
  const { ask } = rigOf();
  await ask("GET /jobs", zoe);
  const callers = await (await ask("GET /config/callers", {}, { local: true, remote: "unix" })).json();
  const groups = callers.filter(({ kind }: { kind: string }) => kind === "group");
  assert.deepEqual(
    groups.map(({ name, role, last_used }: Record<string, string>) => [name, role, last_used]),
    [
      ["staff", "viewer", "2026-03-01T12:00:00.000Z"],
      ["backup", "admin", null],
    ],
  );
});

test("below a base path the same is answered, with addresses that lead there", async () => {
  const { askTcp } = testApi({ basePath: () => "/schelly", auth: { kind: "none" } });
  for (const base of ["", "/schelly"]) {
    const started = await askTcp(`POST ${base}/jobs/db/trigger`);
    assert.match(started.headers.get("location")!, /^\/schelly\/runs\//);
    const landing = await (await askTcp(`GET ${base || "/"}`)).json();
    assert.equal(landing.jobs, "/schelly/jobs");
  }
  assert.equal((await askTcp("GET /schellyx/jobs")).status, 404);
  assert.equal((await askTcp("GET /schelly/schelly/jobs")).status, 404);
  const document = await (await askTcp("GET /schelly/openapi.json")).json();
  assert.deepEqual(document.servers, [{ url: "/schelly" }]);
  const probe = createStanding(() => AUTH, { now: () => 0 }, () => "/schelly");
  assert.equal(probe(new Request("http://s/schelly/livez"), DIRECT), "probe");
  assert.equal(probe(new Request("http://s/schelly/readyz?verbose"), DIRECT), "unknown");
});
