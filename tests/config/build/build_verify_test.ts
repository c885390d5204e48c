// The settings `verify` of jobs and of providers. Also tests verify_settings.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandProviderSpec, ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import { issuesOf, load } from "../../support/load_text.ts";

const HTTP = 'provider: { url: "http://p/b", max_concurrent: 3 }';
const RESTIC = "provider: { restic: { repository: /r, password: x, paths: [/p] } }";
const HOUR = 3_600_000;

function job(name: string, verify: string, provider = HTTP): string {
  return `  - name: ${name}\n    ${provider}\n    ${verify === "" ? "" : `verify: ${verify}`}\n`;
}

test("a schedule is enough; defaults are laid under it, and off ends them", async () => {
  const config = await load(
    `defaults: { timezone: UTC, verify: { schedule: "0 5 * * SUN", every: 60d } }
jobs:
${job("plain", "")}${job("own", "{ select: newest, method: restore, timeout: 30m }")}${job("none", "off")}`,
  );
  const plain = {
    schedule: "0 5 * * SUN",
    select: "each_level",
    method: "check",
    timeoutMs: 6 * HOUR,
    everyMs: 60 * 24 * HOUR,
    maxConcurrent: 3,
  };
  assert.deepEqual(config.jobs.map(({ verify }) => verify), [
    plain,
    { ...plain, select: "newest", method: "restore", timeoutMs: HOUR / 2 },
    undefined,
  ]);
  const shown = config.effective.filter(({ path }) => path.startsWith("jobs.plain.verify"));
  assert.deepEqual(shown.map(({ path, value }) => `${path.slice("jobs.plain.".length)} = ${value}`), [
    "verify.select = each_level",
    "verify.method = check",
    "verify.timeout = 6h",
    "verify.every = 60d",
    "verify.schedule = 0 5 * * SUN",
  ]);
});

test("what cannot be is said at its place", async () => {
  const command = (more = "") => `provider: { command: { create: [a], delete: [b]${more} } }`;
  const issues = await issuesOf(`jobs:
${job("a", "{ select: newest }")}${job("b", '{ schedule: "0 5 * *" }')}${
    job("c", '{ schedule: "@daily", method: restore }', command())
  }${job("d", '{ schedule: "@daily", every: 5m, method: scrub }')}`);
  const text = issues.join("\n");
  assert.match(text, /jobs\[0\]\.verify: says no time: expected a schedule/);
  assert.match(text, /jobs\[1\]\.verify\.schedule: /);
  assert.match(
    text,
    /jobs\[2\]\.verify\.method: 'restore' cannot be done: the command of its provider has no verify/,
  );
  assert.match(text, /jobs\[3\]\.verify/);
  const backy2 = "provider: { backy2: { source: file:///dev/sda, config_file: /backy.cfg } }";
  const files = { "/backy.cfg": "" };
  await load(`jobs:\n${job("e", '{ schedule: "@daily", method: restore }', backy2)}`, { files });
  const fine = await load(
    `jobs:\n${job("c", '{ schedule: "@daily", method: restore }', command(", verify: [v]"))}`,
  );
  assert.deepEqual((fine.providers.get("command:c") as CommandProviderSpec).verify, ["v"]);
});

test("restic takes how its verifications look", async () => {
  const more = RESTIC.replace(
    "paths: [/p]",
    "paths: [/p], verify: { max_size: 2GB, test: { shell: 'true' } }",
  );
  const config = await load(`jobs:\n${job("a", '{ schedule: "@daily" }', more)}`);
  const { verify } = [...config.providers.values()][0] as ResticProviderSpec;
  assert.deepEqual([verify?.parts, verify?.maxSizeMb, verify?.test?.argv.at(-1)], [10, 2000, "true"]);
  const bare = await load(`jobs:\n${job("a", "", RESTIC)}`);
  assert.equal(([...bare.providers.values()][0] as ResticProviderSpec).verify, undefined);
});

test("a promise of proofs needs proofs", async () => {
  const expect = "verify: off\n    expect: [{ verified_within: 30d }]";
  const text = (verify: string) => `jobs:\n${job("a", "").trimEnd()}\n    ${verify}\n`;
  assert.match((await issuesOf(text(expect))).join(), /jobs\[0\]\.expect: verified_within needs verify/);
  const kept = await load(text(expect.replace("verify: off", 'verify: { schedule: "@weekly" }')));
  assert.deepEqual(kept.jobs[0]!.promises.map(({ afterMs, verifiedMs }) => [afterMs, verifiedMs]), [
    [720 * HOUR, 720 * HOUR],
  ]);
});
