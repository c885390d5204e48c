// Small values: variables put into texts, addresses, sizes.
// Also tests interpolate.ts, listen.ts and sizes.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { interpolate } from "../../../src/config/document/interpolate.ts";
import { isHostname, parseListen } from "../../../src/config/values/listen.ts";
import { nearest } from "../../../src/config/values/nearest.ts";
import { redactUrl } from "../../../src/config/document/redact.ts";
import { parseSizeMb } from "../../../src/config/values/sizes.ts";
import { issuesOf, load } from "../../support/load_text.ts";

test("interpolate() puts variables in as a shell would", () => {
  const env = { A: "1", EMPTY: "", SHELL_LIKE: "${A}" };
  const table: [string, string][] = [
    ["${A}", "1"],
    ["x${A}y${A}", "x1y1"],
    ["${NONE:-d}", "d"],
    ["${EMPTY:-d}", "d"],
    ["${EMPTY}", ""],
    ["${A:-d}", "1"],
    ["${NONE:-}", ""],
    ["${NONE:-a:-b}", "a:-b"],
    ["$${A}", "${A}"],
    ["$$${A}", "$${A}"],
    ["$A $$ $(A) ${A}", "$A $$ $(A) 1"],
    // What a variable holds is not read again.
    ["${SHELL_LIKE}", "${A}"],
  ];
  for (const [written, expected] of table) assert.equal(interpolate(written, env)?.text, expected, written);
  assert.equal(interpolate("plain $A", env), undefined);
});

test("interpolate() names unset variables and bad notation", () => {
  assert.deepEqual(interpolate("${B}${C:-x}${toString}", {})!.unset, ["B", "toString"]);
  for (const written of ["${", "${}", "${1A}", "${A", "${A-b}", "${A B}"]) {
    assert.match(interpolate(written, { A: "1" })!.error!, /is not a variable: expected \$\{NAME\}/, written);
  }
});

test("loadConfig() puts variables into values, not into keys, and reads them as numbers where needed", async () => {
  const text = `jobs:
  - name: \${N:-job}
    enabled: \${ON}
    provider: { url: "http://\${H}/b", max_concurrent: "\${MAX}", headers: { X-A: "\${NUM}" } }
    retention:
      daily: \${D}
      min_keep: \${MAX}
`;
  const { jobs: [job], providers } = await load(text, {
    env: { ON: "false", H: "p", MAX: "3", NUM: "12345", D: "7@3" },
  });
  assert.equal(job!.name, "job");
  assert.equal(job!.enabled, false);
  assert.deepEqual(job!.retention.levels.daily, { count: 7, reference: 3 });
  assert.equal(job!.retention.minKeep, 3);
  const spec = providers.get(job!.providerKey)!;
  assert.equal(spec.maxConcurrent, 3);
  assert.deepEqual(spec.kind === "http" && spec.headers, { "X-A": "12345" });
});

test("loadConfig() refuses a variable that holds no number where one is needed", async () => {
  const text = 'jobs: [{ name: a, provider: { url: "http://p/b", max_concurrent: "${MAX}" } }]\n';
  assert.deepEqual(await issuesOf(text, { env: { MAX: "many" } }), [
    "schelly.yaml:1:66: jobs[0].provider.max_concurrent: '${MAX}' is not a number",
  ]);
});

test("loadConfig() says how to write a variable inside braces", async () => {
  assert.match((await issuesOf("jobs: [ { name: ${N} } ]\n"))[0]!, /put \$\{…\} in quotes within/);
});

test("loadConfig() puts a variable in through an alias too", async () => {
  const text =
    `defaults: { timezone: &z "\${Z}" }\njobs: [{ name: a, timezone: *z, provider: { url: "http://p/b" } }]\n`;
  assert.equal((await load(text, { env: { Z: "Asia/Tokyo" } })).jobs[0]!.timezone, "Asia/Tokyo");
});

test("loadConfig() never lets a variable change the structure of the document", async () => {
  const text = "jobs:\n  - name: a\n    provider:\n      url: ${U}\n";
  const env = { U: 'http://p/b }\nserver: { auth: none }\n#"' };
  assert.match((await issuesOf(text, { env })).join("\n"), /jobs\[0\]\.provider\.url: /);
});

test("parseSizeMb() reads sizes in megabytes of a million bytes", () => {
  const table: [string, number | undefined][] = [
    ["1MB", 1],
    ["10MiB", 10.48576],
    ["1.5GB", 1500],
    ["512B", 0.000512],
    ["1kB", 0.001],
    ["2TiB", 2199023.255552],
    ["10", undefined],
    ["-1MB", undefined],
    ["1 MB", undefined],
    ["1mb", undefined],
    ["MB", undefined],
  ];
  for (const [text, mb] of table) assert.equal(parseSizeMb(text), mb, text);
});

test("parseListen() reads addresses and refuses what is none", () => {
  assert.deepEqual(parseListen("localhost:80"), { hostname: "localhost", port: 80 });
  assert.deepEqual(parseListen("[fe80::1]:80"), { hostname: "fe80::1", port: 80 });
  assert.deepEqual(parseListen("0.0.0.0:0"), { hostname: "0.0.0.0", port: 0 });
  for (
    const text of [
      "",
      "80",
      "a b:80",
      "::1:80",
      "[x]:80",
      "h:",
      "h:99999",
      "h:-1",
      "http://h:80",
      "[1.2.3.4]:1",
    ]
  ) {
    assert.equal("error" in parseListen(text), true, text);
  }
  assert.equal(isHostname("256.1.1.1"), false);
  assert.equal(isHostname("::"), true);
});

test("nearest() finds the word that was meant, or none", () => {
  const words = ["schedule", "retention", "timezone", "to", "from", "warning"];
  assert.equal(nearest("shedule", words), "schedule");
  assert.equal(nearest("Retension", words), "retention");
  assert.equal(nearest("timezoen", words), "timezone");
  assert.equal(nearest("warn", words), "warning");
  assert.equal(nearest("fromm", words), "from");
  assert.equal(nearest("elephant", words), undefined);
  assert.equal(nearest("x".repeat(1_000_000), words), undefined);
});

test("redactUrl() takes user and password out of any URL in a text, also where they make it no URL", () => {
  for (
    const [text, shown] of [
      ["https://me:pw@h/x", "https://<redacted>@h/x"],
      ["rest:http://me@h/", "rest:http://<redacted>@h/"],
      ["http://me:p@ss@h/x", "http://<redacted>@h/x"],
      ["http://me:p/w@h:80/x", "http://<redacted>@h:80/x"],
      ["http://me:p w?/x#@h/x", "http://<redacted>@h/x"],
      ["http://a:b@h/x and http://c:d@i/y", "http://<redacted>@h/x and http://<redacted>@i/y"],
      ["http://h/x?key=a&b=c", "http://h/x?<redacted>"],
      ["curl 'http://h/?key=a' | x", "curl 'http://h/?<redacted>' | x"],
    ] as const
  ) assert.equal(redactUrl(text), shown);
  for (const plain of ["http://h/a@b", "http://h:8080/a@b", "http://h:8080 of a@b", "file:///a@b"]) {
    assert.equal(redactUrl(plain), plain);
  }
});
