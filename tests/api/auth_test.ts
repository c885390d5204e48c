// Credentials: how they are told apart, what a wrong one is answered, and what a stranger's page may not do with them.
// Also tests callers.ts, door.ts, identify.ts, last_uses.ts and passwords.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Auth } from "../../src/api/auth.ts";
import { authOf, basic } from "../support/auth_of.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const TOKENS = await authOf([
  { name: "grafana", role: "viewer", token: "view-token" },
  { name: "ops", role: "operator", token: "ops-token" },
]);
const PEOPLE = await authOf(
  [{ name: "grafana", role: "viewer", token: "view-token" }],
  [{ name: "zoë", role: "operator", password: "päss: word" }],
);
const ZOE = basic("zoë", "päss: word");

function withToken(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

test("/readyz?verbose needs the role viewer, for its words name jobs", async () => {
  const { askTcp } = testApi({ auth: TOKENS });
  for (const path of ["/readyz", "/healthz"]) {
    assert.equal((await askTcp(`GET ${path}?verbose`)).status, 401);
    assert.equal((await askTcp(`GET ${path}?verbose`, withToken("view-token"))).status, 200);
  }
});

test("401 says how to authenticate, and tells a missing token from a wrong one", async () => {
  const { askTcp } = testApi({ auth: TOKENS });
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

test("the event of a refused request says where it came from, that of others does not", async () => {
  const { askTcp, events } = testApi({ auth: TOKENS });
  await askTcp("GET /backups", withToken("wrong-token"));
  await askTcp("DELETE /backups/b1", withToken("ops-token"));
  await askTcp("GET /backups", withToken("ops-token"));
  assert.deepEqual(events.map(({ level, data }) => [level, data?.status, data?.caller, data?.remote]), [
    ["info", 401, null, "127.0.0.1:50000"],
    ["info", 403, "ops", "127.0.0.1:50000"],
    ["debug", 200, "ops", undefined],
  ]);
});

test("who asked reaches the engine and the event of the request", async () => {
  const { askTcp, operations, events } = testApi({ auth: TOKENS });
  await askTcp("POST /backups", withToken("ops-token"));
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
    (await tokens.askTcp("GET http://any.example/backups", withToken("view-token"))).status,
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

test("the browser's word on where a request comes from counts before its Origin", async () => {
  const { askTcp } = testApi({ auth: { kind: "none" } });
  const ask = async (headers: Record<string, string>) =>
    (await askTcp("POST http://localhost:8080/backups", { headers })).status;
  // As behind a proxy that asks for another host than the browser did.
  const proxied = { origin: "https://backup.example.com" };
  assert.equal(await ask({ ...proxied, "sec-fetch-site": "same-origin" }), 202);
  for (const site of ["cross-site", "same-site", "strange"]) {
    assert.equal(await ask({ origin: "http://localhost:8080", "sec-fetch-site": site }), 403, site);
    assert.equal(await ask({ "sec-fetch-site": site }), 403, site);
  }
});

test("a password lets a person in, and a stranger's page with it in nothing but reading", async () => {
  const { askTcp, operations, events } = testApi({ auth: PEOPLE });
  const ask = (line: string, headers: Record<string, string> = {}) =>
    askTcp(line, { headers: { authorization: ZOE, ...headers } });
  assert.equal((await ask("GET /backups")).status, 200);
  assert.equal(events.at(-1)!.data?.caller, "zoë");
  const foreign = await problemOf(await ask("POST /backups", { origin: "https://evil.example" }));
  assert.equal(foreign.status, 403);
  assert.match(foreign.detail, /A page of 'https:\/\/evil\.example' may not ask this/);
  assert.equal(operations.calls.length, 0);
  assert.equal((await ask("POST /backups", { "sec-fetch-site": "cross-site" })).status, 403);
  assert.equal((await ask("POST /backups", { origin: "http://localhost" })).status, 202);
  assert.deepEqual(operations.calls[0]!.args[1], { name: "zoë", role: "operator" });
  // A token is sent by a program that was given it, wherever its page came from: its role decides.
  const program = { authorization: "Bearer view-token", origin: "https://evil.example" };
  const refused = await problemOf(await askTcp("POST /backups", { headers: program }));
  assert.match(refused.detail, /'grafana' is viewer/);
});

test("401 asks a browser for a name and password where there are any, and says which was wrong", async () => {
  const { askTcp } = testApi({ auth: PEOPLE });
  const challenges = 'Basic realm="schelly", charset="UTF-8", Bearer realm="schelly"';
  const missing = await askTcp("GET /backups");
  assert.equal(missing.headers.get("www-authenticate"), challenges);
  assert.match((await problemOf(missing)).detail, /needs a token, or a name and password/);
  const wrong = await askTcp("GET /backups", { headers: { authorization: basic("zoë", "päss") } });
  assert.equal(wrong.headers.get("www-authenticate"), challenges);
  assert.equal((await problemOf(wrong)).detail, "The name or the password is wrong");
  const garbage = ["Basic", "Basic ", "Basic %%%", `Basic ${btoa("no colon")}`, `Basic ${btoa("\xff:\xff")}`];
  for (const authorization of garbage) {
    assert.equal((await askTcp("GET /backups", { headers: { authorization } })).status, 401, authorization);
  }
});

test("/metrics is open where the configuration says so, and nothing else with it", async () => {
  const closed = testApi({ auth: TOKENS });
  assert.equal((await closed.askTcp("GET /metrics")).status, 401);
  const open = testApi({ auth: { ...TOKENS as Auth & { kind: "named" }, openMetrics: true } });
  assert.equal((await open.askTcp("GET /metrics")).status, 200);
  assert.equal((await open.askTcp("GET http://any.example/metrics")).status, 200);
  assert.equal((await open.askTcp("GET /jobs")).status, 401);
  assert.equal((await open.askTcp("POST /metrics")).status, 405);
});

test("an edit of who may ask counts from the next request on", async () => {
  const { askTcp, changeAuth } = testApi({ auth: TOKENS });
  assert.equal((await askTcp("GET /backups", withToken("ops-token"))).status, 200);
  changeAuth(PEOPLE);
  assert.equal((await askTcp("GET /backups", withToken("ops-token"))).status, 401);
  assert.equal((await askTcp("GET /backups", { headers: { authorization: ZOE } })).status, 200);
  changeAuth({ kind: "default" });
  assert.equal((await askTcp("GET /backups")).status, 200);
});

test("a stream of events ends when who may ask was changed; one over the socket goes on", async () => {
  const { ask, askTcp, changeAuth, clock } = testApi({ auth: TOKENS });
  const accept = { accept: "text/event-stream" };
  const open = async (stream: Response) => {
    const reader = stream.body!.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "retry: 2000\n\n");
    return reader;
  };
  const remote = await open(
    await askTcp("GET /events", { headers: { ...accept, ...withToken("view-token").headers } }),
  );
  const local = await open(await ask("GET /events", { headers: accept }));
  changeAuth(PEOPLE);
  const [left, kept] = [remote.read(), local.read()];
  await clock.advance(15_000);
  assert.match(new TextDecoder().decode((await kept).value), /still here/);
  const last = await left;
  assert.ok(last.done || (await remote.read()).done);
  await local.cancel();
});

/** People whose passwords are right when they say so, and how often that was worked out. */
function countedPeople(isPassword: (password: string) => Promise<boolean>) {
  const seen = { asked: 0, atOnce: 0, most: 0 };
  const user = (name: string) => ({
    name,
    role: "viewer" as const,
    async isPassword(password: string) {
      seen.asked++;
      seen.most = Math.max(seen.most, ++seen.atOnce);
      return await isPassword(password).finally(() => seen.atOnce--);
    },
  });
  const auth: Auth = { kind: "named", tokens: [], users: [user("ann"), user("bob")], openMetrics: false };
  return { auth, seen };
}

test("a right password is worked out once, a wrong one each time, and no name is told by the time", async () => {
  const { auth, seen } = countedPeople((password) => Promise.resolve(password === "right"));
  const { askTcp } = testApi({ auth });
  const ask = async (name: string, password: string) =>
    (await askTcp("GET /backups", { headers: { authorization: basic(name, password) } })).status;
  const page = await Promise.all(Array.from({ length: 12 }, () => ask("bob", "right")));
  assert.deepEqual([new Set(page), seen.asked], [new Set([200]), 1]);
  assert.deepEqual([await ask("bob", "right"), seen.asked], [200, 1]);
  assert.deepEqual([await ask("bob", "wrong"), seen.asked], [401, 2]);
  assert.deepEqual([await ask("bob", "wrong"), seen.asked], [401, 3]);
  assert.deepEqual([await ask("nobody", "right"), seen.asked], [401, 4]);
  assert.deepEqual([await ask("ann", "right"), seen.asked], [200, 5]);
});

test("passwords are worked out one at a time, and a flood of them is turned away", async () => {
  const gate = Promise.withResolvers<boolean>();
  const { auth, seen } = countedPeople((password) =>
    password === "known" ? Promise.resolve(true) : gate.promise
  );
  const { askTcp } = testApi({ auth });
  const ask = (password: string) =>
    askTcp("GET /backups", { headers: { authorization: basic("ann", password) } });
  assert.equal((await ask("known")).status, 200);
  const flood = Array.from({ length: 40 }, (_, at) => ask(`guess ${at}`));
  const isFull = Promise.withResolvers<void>();
  let away = 0;
  for (const answer of flood) {
    void answer.then(() => ++away === 24 && isFull.resolve());
  }
  const turnedAway = await Promise.race(flood);
  assert.equal(turnedAway.status, 429);
  assert.equal(turnedAway.headers.get("retry-after"), "3");
  // Who is known already does not wait.
  assert.equal((await ask("known")).status, 200);
  // Else one that comes late would find room.
  await isFull.promise;
  gate.resolve(false);
  const statuses = (await Promise.all(flood)).map(({ status }) => status);
  assert.deepEqual(
    [statuses.filter((status) => status === 401).length, statuses.filter((status) => status === 429).length],
    [16, 24],
  );
  assert.equal(seen.most, 1);
  assert.equal((await ask("another guess")).status, 401);
});

test("an expired token is answered as one that nobody has, and told to the log alone", async () => {
  const token = "ops-token";
  const start = Date.UTC(2026, 2, 1, 12);
  const auth = await authOf([{ name: "ops", role: "operator", token, expires: start + 60_000 }]);
  const { askTcp, events, clock } = testApi({ auth });
  assert.equal((await askTcp("GET /backups", withToken(token))).status, 200);
  await clock.advance(60_000);
  const expired = await askTcp("GET /backups", withToken(token));
  const unknown = await askTcp("GET /backups", withToken("nope"));
  assert.equal(expired.status, 401);
  assert.deepEqual([...expired.headers], [...unknown.headers]);
  const problem = await problemOf(expired);
  assert.equal(problem.detail, "The token is not valid");
  assert.deepEqual(problem, await problemOf(unknown));
  assert.deepEqual(events.slice(1).map(({ data }) => [data?.caller, data?.claimed, data?.expired]), [
    [null, "ops", "2026-03-01T12:01:00.000Z"],
    [null, undefined, undefined],
  ]);
});

test("a stream of events ends with the token that opened it", async () => {
  const start = Date.UTC(2026, 2, 1, 12);
  const auth = await authOf([{ name: "ops", role: "operator", token: "ops-token", expires: start + 60_000 }]);
  const { askTcp, clock } = testApi({ auth });
  const stream = await askTcp("GET /events", {
    headers: { accept: "text/event-stream", ...withToken("ops-token").headers },
  });
  const reader = stream.body!.getReader();
  await reader.read();
  let last = reader.read();
  for (let beats = 0; beats < 5; beats++) {
    await clock.advance(15_000);
    if ((await last).done) return;
    last = reader.read();
  }
  assert.fail("it goes on");
});

test("GET /config/callers says who may ask, until when, and when they last did", async () => {
  const start = Date.UTC(2026, 2, 1, 12);
  const day = 86_400_000;
  const auth = await authOf(
    [
      { name: "ops", role: "operator", token: "ops-token" },
      { name: "soon", role: "viewer", token: "soon-token", expires: start + 3 * day },
      { name: "gone", role: "viewer", token: "gone-token", expires: start },
    ],
    [{ name: "ann", role: "admin", password: "her password" }],
  );
  const { ask, askTcp, clock } = testApi({ auth });
  await askTcp("GET /jobs", withToken("ops-token"));
  await clock.advance(1_000);
  await askTcp("GET /jobs", withToken("gone-token"));
  await askTcp("GET /jobs", { headers: { authorization: basic("ann", "wrong") } });
  await askTcp("GET /jobs", { headers: { authorization: basic("ann", "her password") } });
  const answer = await ask("GET /config/callers");
  assert.deepEqual(await answer.json(), [
    caller("token", "ops", "operator", "valid", null, "2026-03-01T12:00:00.000Z"),
    caller("token", "soon", "viewer", "expiring", "2026-03-04T12:00:00.000Z", null),
    caller("token", "gone", "viewer", "expired", "2026-03-01T12:00:00.000Z", null),
    caller("user", "ann", "admin", "valid", null, "2026-03-01T12:00:01.000Z"),
  ]);
  assert.deepEqual(await (await testApi().ask("GET /config/callers")).json(), []);
});

function caller(
  kind: string,
  name: string,
  role: string,
  state: string,
  expires: string | null,
  lastUsed: string | null,
) {
  return { kind, name, role, state, expires, last_used: lastUsed };
}
