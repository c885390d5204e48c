// The audit trail over REST: listed, headed and verified as its parts say; and what of requests gets into it.
// Also tests visits.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Visit, Visits } from "../../src/ports/visits.ts";
import { authOf, basic } from "../support/auth_of.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const DIGEST = "b".repeat(64);
const json = (value: unknown): RequestInit => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

test("GET /audit lists events with number and digest, and leads to the next page", async () => {
  const { ask, operations } = testApi();
  const event = { seq: 9, link: 3, digest: DIGEST, at: 0, level: "info", message: "m" } as const;
  operations.auditRows = [{ ...event, type: "freeze.begun", data: { by: "anna" } }];
  const answer = await ask("GET /audit?after=2&limit=1");
  assert.match(answer.headers.get("link") ?? "", /<\/audit\?after=3&limit=1>; rel="next"/);
  const [row] = await answer.json();
  assert.deepEqual([row.link, row.digest, row.seq, row.data.by], [3, DIGEST, 9, "anna"]);
  assert.deepEqual(operations.calls.at(-1)?.args, [{ after: 2, limit: 1 }]);
  assert.equal((await ask("GET /audit")).headers.get("link"), null);
});

test("GET /audit/head is what POST /audit/verify takes, and a head that is none is told", async () => {
  const { ask, operations } = testApi();
  const { head } = await (await ask("GET /audit/head")).json();
  assert.equal(head, `1:${"a".repeat(64)}`);
  await ask("POST /audit/verify", json({ head }));
  assert.deepEqual(operations.calls.at(-1)?.args, [{ link: 1, digest: "a".repeat(64) }]);
  assert.equal((await (await ask("POST /audit/verify", json({}))).json()).whole, true);
  assert.deepEqual(operations.calls.at(-1)?.args, [null]);
  const problem = await problemOf(await ask("POST /audit/verify", json({ head: "12" })));
  assert.match(JSON.stringify(problem), /expected NUMBER:DIGEST/);
});

/** An API whose visits are kept here, as `what METHOD PATH caller status`. */
async function watched() {
  const kept: string[] = [];
  const keep = (what: string) => ({ method, path, caller, status }: Visit) =>
    kept.push(`${what} ${method} ${path} ${caller} ${status}`);
  const visits: Visits = {
    changed: (visit) => Promise.resolve(void keep("changed")(visit)),
    refused: keep("refused"),
    loggedIn: keep("logged in"),
  };
  const auth = await authOf(
    [{ name: "ops", role: "admin", token: "t" }, { name: "eye", role: "viewer", token: "v" }],
    [{ name: "ann", role: "operator", password: "horse" }],
  );
  return { ...testApi({ auth, visits }), kept };
}

test("every change that was made is kept with its caller before it is answered; looks and trials are not", async () => {
  const { ask, askTcp, kept } = await watched();
  const as = (authorization: string, init: RequestInit = {}) => ({
    ...init,
    headers: { authorization, ...init.headers as Record<string, string> },
  });
  await askTcp("POST /jobs/db/pause", as("Bearer t", json({})));
  await ask("POST /-/reload");
  assert.deepEqual(kept.splice(0), [
    "changed POST /jobs/db/pause ops 200",
    "changed POST /-/reload socket 200",
  ]);
  for (
    const line of [
      "GET /jobs",
      "GET /livez",
      "POST /jobs/db/check",
      "POST /jobs/db/locks",
      "POST /jobs/db/retention?dry_run=true",
      "POST /jobs/db/retention?dry_run",
    ]
  ) await askTcp(line, as("Bearer t"));
  await askTcp("POST /audit/verify", as("Bearer t", json({})));
  // Nothing was changed where there is no such job.
  assert.equal((await askTcp("POST /jobs/none/resume", as("Bearer t"))).status, 404);
  assert.deepEqual(kept, []);
});

test("what is refused is kept with who asked, and who shows a password logs in", async () => {
  const { askTcp, kept } = await watched();
  const as = (authorization: string) => ({ headers: { authorization } });
  await askTcp("GET /jobs");
  await askTcp("GET /jobs", as("Bearer wrong"));
  await askTcp("DELETE /freeze", as("Bearer v"));
  await askTcp("GET /jobs", as(basic("ann", "cow")));
  await askTcp("GET /jobs", as(basic("ann", "horse")));
  assert.deepEqual(kept, [
    "refused GET /jobs null 401",
    "refused GET /jobs null 401",
    "refused DELETE /freeze eye 403",
    "refused GET /jobs null 401",
    "logged in GET /jobs ann 200",
  ]);
});
