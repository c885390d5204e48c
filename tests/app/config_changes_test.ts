// Edits in words: jobs and providers by name; of the server's own settings which count at once, which need a restart.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthConfig, ServerConfig } from "../../src/config/values/config.ts";
import { ConfigError } from "../../src/domain/errors.ts";
import type { Listener, TlsKeys } from "../../src/ports/host.ts";
import {
  changesOf,
  isSameAccess,
  partsForRestart,
  renewCertificate,
  serverChanges,
} from "../../src/app/config_changes.ts";
import { load } from "../support/load_text.ts";

const TLS = { certFile: "/c.pem", keyFile: "/k.pem", cert: "C", key: "K" };
const NAMED: AuthConfig = {
  kind: "named",
  tokens: [{ name: "ops", role: "operator", hash: "1" }, { name: "old", role: "viewer", hash: "2" }],
  users: [{ name: "ann", role: "admin", hash: "3", isPassword: () => Promise.resolve(false) }],
  openMetrics: false,
};

function server(changes: Partial<ServerConfig> = {}): ServerConfig {
  return {
    listen: { hostname: "127.0.0.1", port: 8080 },
    socket: null,
    tls: TLS,
    auth: NAMED,
    stopTimeoutMs: 30_000,
    ...changes,
  };
}

test("serverChanges() says nothing of what is the same, read anew", () => {
  const again = server({ auth: { ...NAMED, users: NAMED.users.map((user) => ({ ...user })) } });
  assert.deepEqual(serverChanges(server(), again), []);
  assert.equal(isSameAccess(NAMED, again.auth), true);
});

test("serverChanges() takes the same tokens and users in another order for the same", () => {
  const auth: AuthConfig = {
    ...NAMED,
    tokens: NAMED.tokens.toReversed().map(({ name, role, hash }) => ({ hash, role, name })),
  };
  assert.deepEqual(serverChanges(server(), server({ auth })), []);
  assert.equal(isSameAccess(NAMED, auth), true);
});

test("serverChanges() names the tokens and users that were added, changed and removed", () => {
  const auth: AuthConfig = {
    ...NAMED,
    tokens: [{ name: "ops", role: "operator", hash: "9" }, { name: "new", role: "viewer", hash: "4" }],
    users: [],
    openMetrics: true,
  };
  assert.deepEqual(serverChanges(server(), server({ auth })), [
    "token 'ops' changed",
    "token 'new' added",
    "token 'old' removed",
    "user 'ann' removed",
    "/metrics is open now",
  ]);
  assert.equal(isSameAccess(NAMED, auth), false);
});

test("serverChanges() says what a door that opens or closes means", () => {
  assert.match(
    serverChanges(server(), server({ auth: { kind: "none" } }))[0]!,
    /may do everything, deletions included/,
  );
  assert.match(serverChanges(server(), server({ auth: { kind: "default" } }))[0]!, /read and start backups/);
  assert.deepEqual(serverChanges(server({ auth: { kind: "none" } }), server()), [
    "tokens and users are asked for now",
  ]);
});

test("serverChanges() asks for a restart only for what was bound or begun at the start", () => {
  const restart = ["'server' changed: needs a restart"];
  assert.deepEqual(serverChanges(server(), server({ listen: null })), restart);
  assert.deepEqual(serverChanges(server(), server({ socket: "/s" })), restart);
  assert.deepEqual(serverChanges(server(), server({ tls: null })), restart);
  assert.deepEqual(serverChanges(server({ tls: null }), server()), restart);
  assert.deepEqual(serverChanges(server(), server({ stopTimeoutMs: 1 })), restart);
  assert.deepEqual(serverChanges(server(), server({ tls: { ...TLS, cert: "D" } })), [
    "the TLS certificate was renewed",
  ]);
  assert.deepEqual(serverChanges(server(), server({ tls: { ...TLS, certFile: "/elsewhere.pem" } })), []);
});

test("renewCertificate() hands on what is new, and refuses as a configuration what cannot be used", async () => {
  const renewed: TlsKeys[] = [];
  const listener = {
    renew: (tls: TlsKeys) => Promise.resolve(void renewed.push(tls)),
  } as unknown as Listener;
  await renewCertificate(listener, server(), server());
  await renewCertificate(listener, server({ tls: null }), server());
  await renewCertificate(listener, server(), server({ tls: null }));
  await renewCertificate(undefined, server(), server({ tls: { ...TLS, key: "L" } }));
  assert.equal(renewed.length, 0);
  await renewCertificate(listener, server(), server({ tls: { ...TLS, key: "L" } }));
  assert.equal(renewed[0]!.key, "L");
  const broken = {
    renew: () => Promise.reject(new Error("the certificate or its key cannot be used")),
  } as unknown as Listener;
  await assert.rejects(renewCertificate(broken, server(), server({ tls: { ...TLS, key: "L" } })), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.message, "/c.pem: the certificate or its key cannot be used");
    return true;
  });
});

test("changesOf() names the jobs and providers that an edit touches, and what needs a restart", async () => {
  const providers = (more: string) =>
    `providers: { nas: { url: "http://nas:8080" }, usb: { url: "http://usb:8080"${more} } }`;
  const before = await load(`${providers("")}
jobs:
  - { name: db, schedule: "@daily", provider: nas }
  - { name: www, schedule: "@daily", provider: usb }
`);
  assert.deepEqual(changesOf(before, before), ["nothing changed"]);
  const after = await load(`${providers(", max_concurrent: 2")}
log: { level: debug }
jobs:
  - { name: new, schedule: "@daily", provider: usb }
  - { provider: nas, schedule: "@hourly", name: db }
`);
  assert.deepEqual(changesOf(before, after), [
    "job 'new' added",
    "job 'db' changed",
    "job 'www' removed, its backups stay untouched",
    "provider 'usb' changed",
    "'log' changed: needs a restart",
  ]);
});

test("partsForRestart() names what is not in force yet, and nothing once it is written as it was", async () => {
  const jobs = 'jobs: [{ name: a, schedule: "@daily", provider: { url: "http://p" } }]';
  const started = await load(`server: { listen: "127.0.0.1:8080" }\n${jobs}\n`);
  const edited = await load(
    `server: { listen: "127.0.0.1:8081", stop_timeout: 5s }\nlog: { level: debug }\n${jobs}\n`,
  );
  assert.deepEqual(partsForRestart(started, edited), ["server.listen", "server.stop_timeout", "log"]);
  const back = await load(`server: { listen: "127.0.0.1:8080" }\n${jobs.replace("daily", "hourly")}\n`);
  assert.deepEqual(partsForRestart(started, back), []);
});

test("changesOf() finds nothing in what was only read anew", async () => {
  const text = `server: { auth: { tokens: [{ name: ops, role: operator, token: ${"a".repeat(64)} }] } }
providers:
  nas: { url: "http://nas:8080", headers: { x-tenant: a }, body: { deep: [1, { x: null }] }, formerly: [old] }
  here: { restic: { repository: /r, password: p, paths: [/data] } }
jobs:
  - name: db
    schedule: "@daily"
    provider: nas
    retention: { daily: 7, keep_oldest: true, guard: { max_percent: 30 } }
  - { name: www, schedule: "@daily", provider: here }
`;
  assert.deepEqual(changesOf(await load(text), await load(text)), ["nothing changed"]);
});

test("changesOf() finds nothing in promises and former names that are written in another order", async () => {
  const text = (expect: string, formerly: string) =>
    `providers: { nas: { url: "http://nas:8080", formerly: ${formerly} } }
jobs: [ { name: db, schedule: "@daily", provider: nas, expect: ${expect} } ]
`;
  const [one, two] = ['{ after: 8d, daily: ">=7" }', "{ within: 30d, max_gap: 26h }"];
  const before = await load(text(`[${one}, ${two}]`, "[old, older]"));
  assert.deepEqual(changesOf(before, await load(text(`[${two}, ${one}]`, "[older, old]"))), [
    "nothing changed",
  ]);
  assert.deepEqual(changesOf(before, await load(text(`[${two}, ${two}]`, "[older, old]"))), [
    "job 'db' changed",
  ]);
});

test("changesOf() says of a job that bears another name that it does, and not that it was removed", async () => {
  const text = (job: string) => `providers: { nas: { url: "http://nas:8080" } }\njobs: [ ${job} ]\n`;
  const before = await load(text('{ name: db, schedule: "@daily", provider: nas }'));
  const after = (more: string) => load(text(`{ name: sql, renamed_from: db, provider: nas, ${more} }`));
  const told = "job 'db' is called 'sql' now, its backups are with it";
  assert.deepEqual(changesOf(before, await after('schedule: "@daily"')), [told]);
  assert.deepEqual(changesOf(before, await after('schedule: "@hourly"')), [told, "job 'sql' changed"]);
  assert.deepEqual(changesOf(await after('schedule: "@daily"'), await after('schedule: "@daily"')), [
    "nothing changed",
  ]);
});
