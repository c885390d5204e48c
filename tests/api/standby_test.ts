// An instance on standby shows everything and changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RULES } from "../../src/api/auth.ts";
import { InstanceView } from "../../src/ports/views/instance.ts";
import { testApi } from "../support/test_api.ts";

const STANDBY: InstanceView = {
  role: "standby",
  node: "node-b",
  active: { node: "node-a", address: "http://node-a:8080" },
  same_configuration: true,
};

test("every change is refused on standby with the address of the active one, and no operation is asked", async () => {
  const { ask, operations } = testApi();
  operations.instanceAnswer = STANDBY;
  const changes = Object.keys(RULES).filter((rule) => !rule.startsWith("GET "));
  let refused = 0;
  for (const rule of changes) {
    operations.calls.length = 0;
    const response = await ask(rule.replaceAll(/\{[a-z_]+\}/g, "db"));
    if (["POST /-/reload", "POST /audit/verify"].includes(rule)) {
      assert.notEqual(response.status, 503, rule);
      continue;
    }
    const problem = await response.json();
    assert.equal(response.status, 503, rule);
    assert.equal(
      problem.detail,
      "This instance is on standby and changes nothing: 'node-a' (http://node-a:8080) is active, ask that one",
    );
    assert.equal(problem.reason, "standby");
    assert.deepEqual(operations.calls, [], rule);
    refused++;
  }
  assert.ok(refused > 20, String(refused));
});

test("reads are answered on standby, and whoever may not ask is refused as ever", async () => {
  const { ask, operations } = testApi();
  operations.instanceAnswer = STANDBY;
  operations.statusAnswer = { ...operations.statusAnswer, instance: STANDBY };
  const status = await (await ask("GET /status")).json();
  assert.deepEqual(InstanceView.parse(status.instance), STANDBY);
  assert.equal((await ask("GET /jobs")).status, 200);
  assert.equal((await ask("HEAD /jobs")).status, 200);
  const named = testApi({ auth: { kind: "named", tokens: [], users: [], openMetrics: false } });
  named.operations.instanceAnswer = STANDBY;
  assert.equal((await named.askTcp("PUT /freeze")).status, 401);
});

test("a standby is not ready and is well; one that is not well is neither", async () => {
  const { ask, operations } = testApi();
  const probe = async (path: string) => {
    const response = await ask(`GET ${path}`);
    return [response.status, await response.json()] as const;
  };
  operations.ready = { ready: false, isStandby: true, checks: [] };
  assert.deepEqual(await probe("/readyz"), [503, { ready: false, role: "standby" }]);
  assert.deepEqual(await probe("/healthz"), [200, { ready: false, role: "standby" }]);
  operations.ready = { ready: false, checks: [] };
  assert.deepEqual(await probe("/healthz"), [503, { ready: false }]);
});
