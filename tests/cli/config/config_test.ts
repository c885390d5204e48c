// Checking and showing the configuration.
// Also tests promises.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";

const GOOD = `
providers:
  r: { url: "http://p:7070/backups", headers: { X-Api-Key: "\${KEY}" } }
jobs:
  - { name: a, provider: r }
  - { name: b, provider: r }
`;

async function config(args: string[], options: FakeHostOptions = {}) {
  const host = fakeHost({
    files: { "/home/me/schelly.yaml": GOOD, "/home/me/bad.yaml": "jobs: 7\nx: 1\n" },
    ...options,
  });
  const code = await main(args, host);
  return { code, out: host.out(), err: host.err() };
}

for (const words of [["validate", "config"], ["config", "validate"]]) {
  const name = words.join(" ");

  test(`${name} says what is valid`, async () => {
    const { code, out } = await config(words, { env: { KEY: "s3cret" } });
    assert.deepEqual([code, out], [0, "schelly.yaml is valid: 2 jobs (a, b)\n"]);
  });

  test(`${name} names ten jobs and counts the others`, async () => {
    const jobs = Array.from(
      { length: 12 },
      (_, at) => `- { name: j${at}, provider: { url: "http://p/b" } }\n`,
    );
    const files = { "/home/me/schelly.yaml": `jobs:\n${jobs.join("")}` };
    const { out } = await config(words, { files });
    const named = "j0, j1, j2, j3, j4, j5, j6, j7, j8, j9";
    assert.equal(out, `schelly.yaml is valid: 12 jobs (${named} and 2 more)\n`);
  });

  test(`${name} prints every problem with its place, exit 3`, async () => {
    const { code, out, err } = await config([...words, "bad.yaml"]);
    assert.equal(code, 3);
    assert.equal(out, "");
    assert.match(err, /bad\.yaml:1:\d+: .*jobs/);
    assert.match(err, /bad\.yaml:2:1: .*x/);
  });

  test(`${name} --json gives the issues as data`, async () => {
    const { code, out } = await config([...words, "bad.yaml", "--json"]);
    assert.equal(code, 3);
    const { valid, issues } = JSON.parse(out);
    assert.equal(valid, false);
    assert.ok(issues.length >= 2);
    assert.deepEqual([issues[0].file, issues[0].line, issues[0].severity], ["bad.yaml", 1, "error"]);
  });

  test(`${name} --no-secrets passes where the secrets are not, and notes them`, async () => {
    assert.equal((await config(words)).code, 3);
    const { code, err } = await config([...words, "--no-secrets"]);
    assert.equal(code, 0);
    assert.match(err, /note: .*KEY/);
  });
}

test("config show prints every value with its source and no secret", async () => {
  const { code, out } = await config(["config", "show"], { env: { KEY: "s3cret" } });
  assert.equal(code, 0);
  assert.match(out, /^KEY\s+VALUE\s+SOURCE$/m);
  assert.match(out, /default/);
  assert.doesNotMatch(out, /s3cret/);
});

test("config show --json is an array of path, value and source", async () => {
  const { out } = await config(["config", "show", "--json"], { env: { KEY: "s3cret" } });
  const values = JSON.parse(out);
  assert.ok(values.length > 5);
  assert.deepEqual(Object.keys(values[0]), ["path", "value", "source"]);
  assert.doesNotMatch(out, /s3cret/);
});

test("config schema prints a draft-7 JSON schema", async () => {
  const { code, out } = await config(["config", "schema"]);
  assert.equal(code, 0);
  assert.match(JSON.parse(out).$schema, /draft-07/);
});

const PROMISING = `
jobs:
  - name: a
    schedule: "0 0 3 * * *"
    provider: { url: "http://p/b" }
    retention: { daily: 7 }
    expect: [ { after: 9d, daily: ">=7" }, { after: 9d, daily: ">=8" } ]
`;
const promising = { files: { "/home/me/schelly.yaml": PROMISING } };

test("validate config exits 6 for a broken promise, with its place and the first date", async () => {
  const { code, out, err } = await config(["validate", "config"], promising);
  assert.deepEqual([code, out], [6, ""]);
  assert.equal(
    err,
    "schelly: the configuration breaks 1 promise\n" +
      "  schelly.yaml:7:44: jobs[0].expect[1]: job 'a' would break the promise of at least 8 daily backups " +
      "at 2026-12-02T00:00:00.000Z: there would be 7 (keep more, run more often, or promise less)\n",
  );
});

test("validate config --json gives broken promises as data", async () => {
  const { code, out } = await config(["validate", "config", "--json"], promising);
  assert.equal(code, 6);
  const { valid, jobs, issues, broken_promises } = JSON.parse(out);
  assert.deepEqual([valid, jobs, issues.length, issues[0].severity], [false, ["a"], 1, "error"]);
  assert.deepEqual(broken_promises, [{
    ...{ file: "schelly.yaml", line: 7, column: 44, path: "jobs[0].expect[1]", jobs: ["a"] },
    ...{ promise: "after 9d: daily >=8", promised: "at least 8 daily backups", found: "7" },
    at: "2026-12-02T00:00:00.000Z",
  }]);
});

test("validate config exits 3 where more than promises is wrong", async () => {
  const files = { "/home/me/schelly.yaml": `${PROMISING}    jitter: 5\n` };
  assert.equal((await config(["validate", "config"], { files })).code, 3);
});

test("of a folder of broken files 20 errors are printed, and how many more there are in how many files", async () => {
  const files: Record<string, string> = {};
  for (let n = 10; n < 27; n++) {
    files[`/home/me/conf/${n}.yaml`] = `jobs:\n  - { name: A${n}, provider: { url: "http://p/b" } }\n` +
      `  - { name: b${n}, provider: { url: "http://p/b" }, schedule: "99 * * * *", jitter: 5 }\n`;
  }
  const host = fakeHost({ files });
  assert.equal(await main(["validate", "config", "conf"], host), 3);
  const lines = host.err().split("\n");
  assert.match(lines[0]!, /cannot be used: 51 errors$/);
  assert.equal(lines.filter((line) => /^ {2}conf/.test(line)).length, 20, host.err());
  assert.match(host.err(), /^ {2}… and 31 more errors in 11 files$/m);
});

test("more errors than are kept are counted all the same", async () => {
  const jobs = Array.from(
    { length: 300 },
    (_, n) => `  - { name: A${n}, provider: { url: "http://p/b" } }\n`,
  );
  const host = fakeHost({ files: { "/home/me/schelly.yaml": `jobs:\n${jobs.join("")}` } });
  assert.equal(await main(["validate", "config"], host), 3);
  assert.match(host.err(), /cannot be used: 300 errors\n[^]*… and 280 more errors in 1 file\n/);
});
