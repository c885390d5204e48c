// `validate config` warns of what can be used and is hardly meant.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost } from "../../support/fake_host.ts";

async function validate(yaml: string, files: Record<string, string> = {}) {
  const host = fakeHost({ files: { "/home/me/schelly.yaml": yaml, ...files } });
  const code = await main(["validate", "config"], host);
  return { code, err: host.err() };
}

const http = (rest: string) => `jobs:\n  - name: a\n    provider: { url: "http://p/b" }\n${rest}`;

test("a schedule too coarse for a level is a warning that names the job and what fits", async () => {
  const { code, err } = await validate(
    http('    schedule: "0 2 * * *"\n    retention: { hourly: 6, daily: 7 }\n'),
  );
  assert.equal(code, 0);
  assert.match(
    err,
    /^warning: schelly\.yaml: job a: 'hourly: 6' keeps 6 backups that lie 1d or more apart.*\(write 'daily: 6'/m,
  );
});

test("a schedule whose backups a level thins at once is a warning", async () => {
  const { err } = await validate(http('    schedule: "*/5 * * * *"\n    retention: { daily: 7 }\n'));
  assert.match(err, /^warning: .*job a: the schedule '\*\/5 \* \* \* \*' fires 288 times a day.*'daily'/m);
});

test("what fits is not mentioned, nor is a job that is switched off", async () => {
  const fits = await validate(http('    schedule: "0 2 * * *"\n    retention: { daily: 7 }\n'));
  assert.doesNotMatch(fits.err, /job a/);
  const off = await validate(
    http('    enabled: false\n    schedule: "0 2 * * *"\n    retention: { hourly: 6 }\n'),
  );
  assert.doesNotMatch(off.err, /job a/);
});

test("a level of seconds is for trials, and no warning; one beside it still is", async () => {
  const { err } = await validate(
    http('    schedule: "0 2 * * *"\n    retention: { secondly: 5, hourly: 6 }\n'),
  );
  assert.doesNotMatch(err, /secondly/);
  assert.match(err, /^warning: .*'hourly: 6'/m);
});

const restic = (paths: string, rest = "") =>
  `jobs:\n  - name: a\n    provider: { restic: { repository: /srv/data/repo, password: x, paths: [${paths}]${rest} } }\n`;

test("a path that is not there is a warning", async () => {
  const { code, err } = await validate(restic("/etc/schelly, /nope"), { "/etc/schelly/x": "" });
  assert.equal(code, 0);
  assert.match(err, /^warning: .*'\/nope' is to be backed up and is not there/m);
  assert.doesNotMatch(err, /'\/etc\/schelly' is to/);
});

test("a repository within what it backs up is a warning at the path, unless it is excluded", async () => {
  for (const path of ["/srv/data", "/srv/data/", "/", "/srv/data/repo"]) {
    const { err } = await validate(restic(path));
    assert.match(
      err,
      /^warning: schelly\.yaml:3:\d+: .*paths\[0\]: .*each backup takes in all backups before it/m,
      path,
    );
  }
  const { err: beside } = await validate(restic("/srv/data/repository"));
  assert.doesNotMatch(beside, /takes in all/);
  const { err: excluded } = await validate(restic("/srv/data", ", exclude: [/srv/data/repo]"));
  assert.doesNotMatch(excluded, /takes in all/);
});
