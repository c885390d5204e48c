// What the section standby gives, and what it demands of the rest of the configuration.
// Also tests jobs_fingerprint.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drain } from "../../../src/domain/slices.ts";
import { jobsFingerprint } from "../../../src/config/jobs_fingerprint.ts";
import { issuesOf, load } from "../../support/load_text.ts";

const SERVER = 'state: { url: "http://db:8080" }\n';
const JOB = 'jobs: [{ name: a, provider: { url: "http://p/b" }, retention: { daily: 7 } }]\n';

test("standby is absent, plain, or has a name and an address", async () => {
  assert.equal((await load(SERVER + JOB)).standby, undefined);
  assert.deepEqual((await load(`${SERVER}standby: {}\n${JOB}`)).standby, {
    name: null,
    address: null,
    ttlMs: 30_000,
  });
  const { standby } = await load(
    `${SERVER}standby: { name: Node-A.lan, address: "http://node-a:8080/" }\n${JOB}`,
  );
  assert.deepEqual(standby, { name: "Node-A.lan", address: "http://node-a:8080", ttlMs: 30_000 });
});

test("standby needs a libSQL server", async () => {
  for (const state of ["", 'state: { url: "file:/srv/s.db" }\n']) {
    const [issue, ...others] = await issuesOf(`${state}standby: {}\n${JOB}`);
    assert.match(issue!, /standby: needs a state that both instances reach.*a file of this machine alone/);
    assert.deepEqual(others, []);
  }
  await load(`standby: {}\n${JOB}`, { env: { SCHELLY_STATE_URL: "http://db:8080" } });
});

test("standby and built-ins exclude each other, and each job is named", async () => {
  const jobs = "jobs:\n" +
    "  - { name: a, provider: { command: { create: [make], delete: [rm] } } }\n" +
    "  - { name: b, provider: { restic: { repository: /srv/r, password: x, paths: [/home] } } }\n" +
    '  - { name: c, provider: { url: "http://p/b" } }\n';
  const issues = (await issuesOf(`${SERVER}standby: {}\n${jobs}`)).filter((issue) =>
    issue.includes("standby")
  );
  assert.equal(issues.length, 2);
  assert.match(
    issues[0]!,
    /jobs\[0\]\.provider: job 'a' uses the built-in 'command', which runs on this host/,
  );
  assert.match(issues[1]!, /jobs\[1\]\.provider: job 'b' uses the built-in 'restic'.*provider serve restic/s);
});

test("odd settings of standby are refused in words", async () => {
  const one = async (standby: string) => (await issuesOf(`${SERVER}standby: ${standby}\n${JOB}`))[0]!;
  assert.match(await one("{ address: node-b }"), /standby\.address: 'node-b' is no address of an instance/);
  assert.match(await one('{ address: "http://u:p@node-b" }'), /standby\.address: carries a user or password/);
  assert.match(await one('{ name: "a b" }'), /standby\.name: .*is not a name/);
  assert.match(await one("{ node: a }"), /standby\.node: unknown key 'node'/);
  assert.match(await one("true"), /standby: /);
  assert.match(await one("{ ttl: 4s }"), /standby\.ttl: '4s' is too short: expected at least 5s/);
  assert.match(await one("{ ttl: 11m }"), /standby\.ttl: '11m' is too long: expected at most 10m/);
});

test("jobsFingerprint() tells other work apart, and nothing else", async () => {
  const of = async (text: string) => drain(jobsFingerprint(await load(text)));
  const own = await of(SERVER + JOB);
  assert.match(own, /^[0-9a-f]{16}$/);
  assert.equal(await of(`server: { listen: "127.0.0.1:9999" }\n${SERVER}standby: { name: x }\n${JOB}`), own);
  assert.notEqual(await of(SERVER + JOB.replace("daily: 7", "daily: 8")), own);
  assert.notEqual(await of(SERVER + JOB.replace("//p/b", "//q/b")), own);
});
