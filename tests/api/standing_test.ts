// Who is let in first when there is not room for all.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Auth } from "../../src/api/auth.ts";
import { createStanding } from "../../src/api/standing.ts";
import { authOf } from "../support/auth_of.ts";

const TOKEN = "viewer-token-0123456789";
const OLD_TOKEN = "former-token-0123456789";
const NOW = Date.UTC(2026, 2, 1);
const NAMED = await authOf([
  { name: "grafana", role: "viewer", token: TOKEN, expires: NOW + 1 },
  { name: "former", role: "viewer", token: OLD_TOKEN, expires: NOW },
]);

function standing(auth: Auth, line: string, authorization?: string): string {
  const [method, path] = line.split(" ") as [string, string];
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const request = new Request(`http://schelly:8080${path}`, { method, headers });
  return createStanding(() => auth, { now: () => NOW })(request, { local: false, remote: "192.0.2.1:50000" });
}

test("probes are let in first, whoever asks, and nothing that says more", () => {
  for (const auth of [NAMED, { kind: "default" }, { kind: "none" }] as const) {
    for (const line of ["GET /livez", "HEAD /readyz", "GET /healthz"]) {
      assert.equal(standing(auth, line), "probe");
    }
    for (const line of ["POST /livez", "GET /readyz?verbose", "GET /livez/", "GET /jobs", "GET /"]) {
      assert.equal(standing(auth, line), "unknown", line);
    }
  }
});

test("whoever shows a token that is in force is known, and nobody else", () => {
  assert.equal(standing(NAMED, "POST /backups", `Bearer ${TOKEN}`), "known");
  assert.equal(standing(NAMED, "GET /nowhere", `bearer ${TOKEN}`), "known");
  for (
    const shown of [
      undefined,
      "Bearer wrong-token-0123456789",
      `Basic ${TOKEN}`,
      TOKEN,
      `Bearer ${OLD_TOKEN}`,
    ]
  ) {
    assert.equal(standing(NAMED, "GET /jobs", shown), "unknown", `${shown}`);
  }
  assert.equal(standing({ kind: "none" }, "GET /jobs", `Bearer ${TOKEN}`), "unknown");
});
