// `schelly schedule lint`: from a configuration alone, with a server's durations, and how it ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const provider = "{ command: { create: [/bin/true], delete: [/bin/true] } }";

function config(...jobs: string[]): string {
  return `providers:\n  box: ${provider}\njobs:\n${
    jobs.map((job) => `  - { provider: box, ${job} }\n`).join("")
  }`;
}

const CLASHING = config(
  'name: a, schedule: "0 0 2 * * *", retention: { daily: 7 }',
  'name: b, schedule: "0 0 2 * * *", retention: { daily: 7 }',
);
const CONTRADICTING = config('name: a, schedule: "0 0 3 * * *", retention: { hourly: 24, daily: 7 }');
const SOUND = config("name: a, retention: { daily: 7 }");

async function lint(yaml: string, args: string[] = [], servers: Record<string, Answer> = {}) {
  const host = fakeHost({ files: { "/home/me/schelly.yaml": yaml }, servers });
  const code = await main(["schedule", "lint", ...args], host);
  return { code, out: host.out(), err: host.err(), requests: host.requests };
}

const jobs: Answer = (request) =>
  jsonAnswer(
    new URL(request.url).pathname === "/jobs"
      ? [{ job: "a", last_duration_seconds: 1200 }, { job: "b", last_duration_seconds: null }]
      : {},
  );

test("schedule lint says what contradicts and what to do, and ends with 0 unless --strict", async () => {
  const { code, out, err } = await lint(CONTRADICTING, ["--offline"]);
  assert.equal(code, 0);
  assert.match(
    out,
    /^warning finer_level: a\n {2}'hourly: 24' keeps 24 backups .*\.\n {2}To do: write 'daily: 24'/m,
  );
  assert.match(err, /^1 warning, 0 notices over 1 job, 0 measured durations\.$/m);
  assert.equal((await lint(CONTRADICTING, ["--offline", "--strict"])).code, 1);
  assert.equal((await lint(CLASHING, ["--offline", "--strict"])).code, 0);
  const sound = await lint(SOUND, ["--offline", "--strict"]);
  assert.deepEqual([sound.code, sound.out], [0, ""]);
});

test("schedule lint asks a server for durations, where one answers or is named, and proposes times", async () => {
  const found = await lint(CLASHING, [], { [SERVER]: jobs });
  assert.match(found.out, /^notice collision: b$/m);
  assert.match(found.out, /'b' waits up to 20m behind 'a' \(2026-11-23T02:00Z\)/);
  assert.match(found.out, /^ {4}b: schedule: "0 25 2 \* \* \*"$/m);
  assert.match(found.err, /1 measured duration\./);
  const without = await lint(CLASHING);
  assert.equal(without.code, 0);
  assert.match(without.err, /Without measured durations: Cannot reach a running server/);
  assert.equal((await lint(CLASHING, ["--server", SERVER])).code, 4);
  assert.deepEqual((await lint(CLASHING, ["--offline"], { [SERVER]: jobs })).requests, []);
});

test("schedule lint --json prints every finding as data", async () => {
  const { out, err } = await lint(CLASHING, ["--json", "--server", SERVER], { [SERVER]: jobs });
  const answer = JSON.parse(out);
  assert.deepEqual([answer.jobs, answer.measured, err], [2, 1, ""]);
  const [finding] = answer.findings;
  assert.deepEqual([finding.rule, finding.severity, finding.jobs], ["collision", "notice", ["b"]]);
  assert.deepEqual(finding.at, ["2026-11-23T02:00:00.000Z"]);
  assert.deepEqual(finding.proposals, [{ job: "b", schedule: "0 25 2 * * *" }]);
});

test("schedule lint refuses a configuration that cannot be used, and options that contradict", async () => {
  const never = await lint(config('name: a, schedule: "0 0 30 2 *", retention: { daily: 7 }'), ["--offline"]);
  assert.deepEqual([never.code, never.out], [3, ""]);
  assert.match(never.err, /schelly\.yaml:4:\d+: .*'0 0 30 2 \*'.* never fires/);
  const both = await lint(SOUND, ["--offline", "--server", SERVER]);
  assert.equal(both.code, 2);
  assert.match(both.err, /--offline and ask a server: expected one of the two/);
  assert.equal(await main(["schedule", "lint", "--offline"], fakeHost()), 3);
});
