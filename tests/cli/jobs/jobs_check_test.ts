// Whether the providers of one job or of all could work, asked on the command line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const JOB = { job: "postgres", enabled: true, available: 7, guards: [] };

function serving(answer: Answer) {
  return fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: answer }, columns: 200 });
}

test("jobs check fails when one of the checks does", async () => {
  const checks = [{ name: "tool", ok: true, message: "restic 0.14" }, {
    name: "repository",
    ok: false,
    message: "locked",
    remedy: "let the other restic end",
  }, {
    name: "copy",
    ok: false,
    message: "locked",
    remedy: "let the other restic end",
  }];
  const bad = serving(() => jsonAnswer(checks));
  assert.equal(await main(["jobs", "check", "postgres"], bad), 1);
  assert.match(bad.out(), /^repository\s+failed\s+locked$/m);
  assert.equal(bad.err(), "repository: let the other restic end\n", "what to do is said once");
  const good = serving(() => jsonAnswer(checks.slice(0, 1)));
  assert.equal(await main(["jobs", "check", "postgres"], good), 0);
});

test("jobs check --dry-run asks what a backup would add", async () => {
  let asked = "";
  const host = serving((request) => {
    asked = new URL(request.url).search;
    return jsonAnswer([{ name: "dry run", ok: true, message: "a backup now would add 3.0 MB" }]);
  });
  assert.equal(await main(["jobs", "check", "postgres", "--dry-run"], host), 0);
  assert.equal(asked, "?dry_run=true");
  assert.match(host.out(), /^dry run\s+ok\s+a backup now would add 3\.0 MB$/m);
});

test("jobs check without a job asks every one that is enabled, and what cannot be asked has failed", async () => {
  const asked: string[] = [];
  const host = serving((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/jobs") {
      const jobs = ["gone", "off", "postgres"].map((job) => ({ ...JOB, job, enabled: job !== "off" }));
      return jsonAnswer(jobs);
    }
    asked.push(pathname);
    if (pathname === "/jobs/gone/check") return jsonAnswer({ title: "no such job" }, 404);
    return jsonAnswer([{ name: "tool", ok: true, message: "restic 0.14" }]);
  });
  assert.equal(await main(["jobs", "check"], host), 1);
  assert.deepEqual(asked.sort(), ["/jobs/gone/check", "/jobs/postgres/check"]);
  assert.match(host.out(), /^gone\s+check\s+failed\s+.*no such job/m);
  assert.match(host.out(), /^postgres\s+tool\s+ok\s+restic 0\.14$/m);
  assert.match(host.err(), /2 checked, 1 failed/);
});

test("jobs check asks all hosts at the same time; one row for each that is well, and what is wrong of the others", async () => {
  const hosts = Array.from({ length: 40 }, (_, index) => `web-${index}`);
  const waiting: (() => void)[] = [];
  const host = serving(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/jobs") {
      return jsonAnswer(hosts.map((name) => ({ ...JOB, job: `files.${name}`, provider: `nas@${name}` })));
    }
    // The first answer comes once all were asked.
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === hosts.length) waiting.forEach((go) => go());
    });
    const ok = pathname !== "/jobs/files.web-7/check";
    return jsonAnswer([
      { name: "provider answers", ok, message: ok ? "it answers" : "connection refused" },
      { name: "deletions", ok: true, message: "fine" },
    ]);
  });
  assert.equal(await main(["jobs", "check"], host), 1);
  assert.match(host.out(), /^files\.web-8 +all 2 +ok +it answers$/m);
  assert.match(host.out(), /^files\.web-7 +provider answers +failed +connection refused$/m);
  assert.equal(host.out().trimEnd().split("\n").length, hosts.length + 1);
  assert.match(host.err(), /40 checked on 40 hosts, 1 failed\./);
});
