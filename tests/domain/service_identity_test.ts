// Which provider keys name one service.

import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceOf, serviceOfKey } from "../../src/domain/service_identity.ts";
import type { ProviderSpec } from "../../src/domain/provider_spec.ts";

const services = (keys: string[]) => new Set(keys.map(serviceOfKey)).size;

test("serviceOfKey() is one for all spellings of an address", () => {
  assert.equal(
    services([
      "http://127.0.0.1/backups",
      "http://localhost/backups",
      "http://LOCALHOST.:80/backups/",
      "http://[::1]:80/backups",
      "http://[::ffff:127.0.0.1]//backups/",
      "HTTP://user:word@localhost/./backups",
    ]),
    1,
  );
});

test("serviceOfKey() tells apart what may be two services", () => {
  const keys = [
    "http://localhost/backups",
    "https://localhost/backups",
    "http://localhost:81/backups",
    "http://localhost/Backups",
    "http://localhost/backups?tenant=a",
    "http://localhost/backups?tenant=b",
    "http://127.0.0.2/backups",
    "backups",
    "command:a",
    "restic:/localhost/backups",
  ];
  assert.equal(services(keys), keys.length);
});

test("a restic repository is one however it is spelt, in a job or with a name of its own", () => {
  const spec = { kind: "restic", key: "named", repository: "/mnt/repo/" } as ProviderSpec;
  assert.equal(serviceOf(spec), serviceOfKey("restic:/mnt//repo"));
  const command = { kind: "command", key: "named" } as ProviderSpec;
  assert.equal(serviceOf(command), serviceOfKey("named"));
  const http = { kind: "http", key: "named", url: "http://localhost:80/b" } as ProviderSpec;
  assert.equal(serviceOf(http), serviceOfKey("http://127.0.0.1/b"));
});
