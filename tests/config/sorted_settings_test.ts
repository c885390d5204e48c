// The effective values of a configuration, each below the job that it belongs to, whatever dots are in its name.
// Also tests named_settings.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf, sortSettings } from "../../src/config/sorted_settings.ts";
import { diffSettings } from "../../src/domain/settings_diff.ts";
import { load } from "../support/load_text.ts";

test("values stand below their job, all others by their whole key; a secret is compared and not shown", async () => {
  const text = `providers: { p: { url: "http://p/b", headers: { X-Key: secret } } }
jobs:
  - { name: a, provider: p, grace_time: 2h }
  - { name: a.retention, provider: p, retention: { daily: 3 } }
`;
  const { jobs, besides } = settingsOf(await load(text));
  assert.deepEqual([...jobs.keys()], ["a", "a.retention"]);
  assert.equal(jobs.get("a")!.get("grace_time")!.shown, "2h");
  assert.equal(jobs.get("a.retention")!.get("retention.daily")!.shown, "3@L");
  const header = [...besides].find(([key]) => key.endsWith("X-Key"))![1];
  assert.deepEqual([header.shown, header.exact], ["<redacted>", "secret"]);
});

test("names with dots, and those that a variable gives, have their own values", async () => {
  const env = { NAME: "from.env" };
  const config = await load(
    'jobs:\n  - { name: a.b, provider: { url: "http://p/b" } }\n  - { name: "${NAME}", provider: { url: "http://p/c" } }\n',
    { env },
  );
  const { jobs, besides } = settingsOf(config);
  assert.deepEqual([...jobs.keys()], ["a.b", "from.env"]);
  assert.equal(jobs.get("from.env")!.get("name")!.shown, '"${NAME}"');
  assert.ok(besides.has("log.level") && !besides.has("name"));
});

test("two sortings of rows alone are compared by what they show", () => {
  const rows = (daily: string) => [
    { path: "log.level", value: "info" },
    { path: "jobs.db.name", value: "db" },
    { path: "jobs.db.retention.daily", value: daily },
  ];
  const [before, after] = ["7", "3"].map((daily) => sortSettings(rows(daily), ["db"]).jobs.get("db")!);
  assert.deepEqual(diffSettings(before!, after!), [{ key: "retention.daily", old: "7", new: "3" }]);
});

const TOKEN = "abcdefghijklmnopqrstuvwxyz";
const NAMED = `server:
  auth:
    tokens: [{ name: grafana, role: viewer, token: ${TOKEN}1 }, { name: ops, role: operator, token: ${TOKEN}2 }]
providers:
  nas: { url: "http://p/b" }
  fleet: { url: "https://{host}:7070/b", hosts: [web-1, { name: db.example.org, address: 192.0.2.1 }] }
jobs:
  - { name: a, provider: nas }
`;

async function changed(...edits: [from: string, to: string][]) {
  const edited = edits.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  }, NAMED);
  const [before, after] = [settingsOf(await load(NAMED)), settingsOf(await load(edited))];
  return diffSettings(before.besides, after.besides).map(({ key, old, new: value }) => [key, old, value]);
}

test("an item put above the others of a list is the one that was added, and order alone changes nothing", async () => {
  const [first, second] = [
    `{ name: grafana, role: viewer, token: ${TOKEN}1 }`,
    `{ name: ops, role: operator, token: ${TOKEN}2 }`,
  ];
  const added = `{ name: new, role: viewer, token: ${TOKEN}3 }`;
  assert.deepEqual(await changed(["tokens: [", `tokens: [${added}, `], ["hosts: [", "hosts: [web-0, "]), [
    ["server.auth.tokens[new]", null, "{ role: viewer, token: <redacted> }"],
    ["providers.fleet.hosts[web-0]", null, "web-0"],
  ]);
  assert.deepEqual(await changed([`[${first}, ${second}]`, `[${second}, ${first}]`]), []);
  assert.deepEqual(await changed(["role: operator", "role: admin"]), [[
    "server.auth.tokens[ops]",
    "{ role: operator, token: <redacted> }",
    "{ role: admin, token: <redacted> }",
  ]]);
  assert.deepEqual(await changed([`${TOKEN}2`, `${TOKEN}4`]), [[
    "server.auth.tokens[ops]",
    "{ role: operator, token: <redacted> }",
    "{ role: operator, token: <redacted> }",
  ]], "a secret is compared");
});

test("a rename shows as one, of providers and of hosts with dots in their names", async () => {
  assert.deepEqual(
    await changed(['nas: { url: "http://p/b"', 'house: { url: "http://p/c", formerly: [nas]'], [
      "provider: nas",
      "provider: house",
    ]),
    [["providers.house", "nas", "house"], ["providers.house.url", "http://p/b", "http://p/c"]],
  );
  const renamed = "{ name: db.example.net, renamed_from: db.example.org, ";
  const host = "providers.fleet.hosts[db.example.net]";
  const names = [host, "db.example.org", "db.example.net"];
  assert.deepEqual(await changed(["{ name: db.example.org, ", renamed]), [names]);
  assert.deepEqual(
    await changed(["{ name: db.example.org, address: 192.0.2.1 }", `${renamed}address: 192.0.2.2 }`]),
    [names, [host, "{ address: 192.0.2.1 }", "{ address: 192.0.2.2 }"]],
  );
  assert.deepEqual(await changed(["[web-1,", "[{ name: web-2, renamed_from: web-1 },"]), [
    ["providers.fleet.hosts[web-2]", "web-1", "web-2"],
  ]);
});

test("of what is added or goes the defaults are not told, and a former name of nothing is no rename", async () => {
  const other = 'providers:\n  other: { url: "http://q/b", formerly: [gone] }\n';
  assert.deepEqual(await changed(["providers:\n", other]), [
    ["providers.other.url", null, "http://q/b"],
    ["providers.other.formerly", null, "[ gone ]"],
  ]);
  assert.deepEqual(
    await changed(['  nas: { url: "http://p/b" }', '  house: { url: "http://p/b" }'], [
      "provider: nas",
      "provider: house",
    ]),
    [["providers.house.url", null, "http://p/b"], ["providers.nas.url", "http://p/b", null]],
  );
});
