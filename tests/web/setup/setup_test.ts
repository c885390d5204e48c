// The page while there is no configuration: what it shows, to whom, and that its examples are right. Also tests own_host.ts and
// config_issues.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigIssue } from "../../../src/domain/errors.ts";
import { BY_COMMAND, BY_HTTP, BY_RESTIC } from "../../../src/web/overview/first_run.tsx";
import { createSetup, SetupPage } from "../../../src/web/setup/setup.tsx";
import { load } from "../../support/load_text.ts";
import { testFrame } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
const PEER = { local: false, remote: "127.0.0.1:50000" };
const ISSUE: ConfigIssue = {
  file: "schelly.yaml",
  line: 2,
  column: 3,
  path: "jobs",
  message: "no",
  severity: "error",
};

function rig() {
  const state = { issues: [] as ConfigIssue[], turn: 0 };
  const handler = createSetup({
    ...{ clock: { now: () => 0 }, version: "1.2.3", file: "/home/me/schelly.yaml" },
    issues: () => state.issues,
    turn: () => state.turn,
  });
  const ask = async (
    path: string,
    { method = "GET", accept = "text/html,*/*", host = "127.0.0.1:8080" } = {},
  ) =>
    await handler(new Request(`http://127.0.0.1:8080${path}`, { method, headers: { accept, host } }), PEER);
  return { state, ask };
}

test("a browser is shown how to begin, and then what is wrong with what it began", async () => {
  const { state, ask } = rig();
  const first = await ask("/");
  assert.equal(first.status, 200);
  assert.match(first.headers.get("content-security-policy")!, /default-src 'none'/);
  const page = await first.text();
  assert.match(page, /Nothing is backed up yet[\s\S]*\/home\/me\/schelly\.yaml/);
  assert.match(page, /data-setup="0"/);
  assert.ok(!page.includes("<nav"), "there is nowhere to go yet");
  const [style] = /\/ui\/assets\/style\.[0-9a-f]+\.css/.exec(page)!;
  assert.equal((await ask(style!)).headers.get("content-type"), "text/css; charset=utf-8");
  Object.assign(state, { issues: [ISSUE], turn: 1 });
  assert.match(
    await (await ask("/ui/jobs/x")).text(),
    /data-setup="1"[\s\S]*It cannot be used: 1 error\.[\s\S]*schelly\.yaml:2:3/,
  );
});

test("programs are told that nothing is scheduled, and strangers' names nothing", async () => {
  const { ask } = rig();
  for (
    const [path, asked] of [["/readyz", {}], ["/", { accept: "*/*" }], ["/ui/", { method: "POST" }], [
      "/jobs",
      {},
    ]] as const
  ) {
    const answer = await ask(path, asked);
    assert.deepEqual([answer.status, await answer.text()], [
      503,
      "There is no configuration yet: nothing is scheduled.\n",
    ], path);
  }
  for (const host of ["evil.example", "127.0.0.1.evil.example:8080", "192.0.2.1"]) {
    assert.equal((await ask("/", { host })).status, 421, host);
  }
  for (const host of ["localhost", "127.0.0.2:80", "[::1]:8080"]) {
    assert.equal((await ask("/", { host })).status, 200);
  }
});

test("each configuration to begin with is a valid one", async () => {
  for (const text of [BY_RESTIC, BY_HTTP, BY_COMMAND]) {
    const { jobs } = await load(text, { secrets: "optional" });
    assert.deepEqual(jobs.map(({ retention }) => retention.levels.daily.count), [7]);
  }
});

test("names and texts of others stay texts", () => {
  const issue = { ...ISSUE, message: HOSTILE, file: HOSTILE, excerpt: { text: HOSTILE, column: 1 } };
  const page = String(
    SetupPage({ frame: testFrame({ viewer: null }), file: HOSTILE, issues: [issue], turn: 1 }),
  );
  assert.deepEqual(unruly(page), []);
});
