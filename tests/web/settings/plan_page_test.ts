// A plan by the page: pasted or uploaded, judged as the command does it, and nothing of it saved. Also tests plan_routes.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanView } from "../../../src/domain/future/plan_view.ts";
import { PlanPage } from "../../../src/web/settings/plan_page.tsx";
import { authOf } from "../../support/auth_of.ts";
import { csrfOf, testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

const view = (text = "x"): PlanView => ({
  jobs: [{
    ...{ job: "db", former: null, change: "changed" as const },
    settings: [{ key: "retention.daily", old: "7", new: "3" }, { key: text, old: null, new: text }],
    backups: {
      ...{ count: 7, unmanaged: 0, deletes_now: { before: 0, after: 4 } },
      deletes_within_30_days: { before: 2, after: 6 },
      oldest: { before: "2026-02-01T02:00:00.000Z", after: "2026-02-05T02:00:00.000Z" },
      remove: [{ id: text, run_id: "r-1", period_time: "2026-02-01T02:00:00.000Z" }],
    },
    notes: [text],
  }],
  ...{
    unchanged: 2,
    besides: [{ key: "log.level", old: "info", new: "debug" }],
    deletes_now: 4,
    deletes_now_by_edit: 4,
  },
  deletes_within_30_days: { before: 2, after: 6 },
  broken_promises: [{
    ...{
      file: "schelly.yaml",
      line: 1,
      path: "",
      jobs: [text],
      promise: "x",
      at: "2026-03-01T02:00:00.000Z",
    },
    ...{ promised: text, found: text },
  }],
  ...{ max_deletes: null, over_budget: false, notes: [text] },
});

test("what an edit would do is shown in words, job by job, with the backups that go", async () => {
  const { browser, operations } = testWeb();
  operations.planOutcome = { outcome: "plan", view: view("a note") };
  const one = browser();
  const asked = await (await one.get("/ui/settings/plan")).text();
  assert.match(asked, /Nothing is saved/);
  assert.ok(!asked.includes('id="file"'), "the configuration is one text");
  const answer = await one.send("/ui/settings/plan", { text: "jobs: []\r\n", csrf: csrfOf(asked)! });
  assert.equal(answer.status, 200);
  const page = await answer.text();
  for (
    const words of [
      /Backups deleted: 4 now, 4 of them by this edit, 6 within 30 days \(before: 2\)/,
      /retention\.daily: 7 → 3/,
      /0 → 4/,
      /2026-02-01 → 2026-02-05/,
      /1 backup of db would go at its next pass/,
      /href="\/ui\/backups\/r-1"/,
      /a note<\/b> promised a note: at .* there would be a note/,
      /log\.level[\s\S]*info → debug/,
      /<textarea[^>]*>jobs: \[\]/,
    ]
  ) assert.match(page, words);
  const [[edit, by]] = operations.calls.filter(({ name }) => name === "plan").map(({ args }) => args) as [[
    unknown,
    { name: string },
  ]];
  assert.deepEqual(edit, { text: "jobs: []\n", file: null });
  assert.equal(by.name, "anonymous");
  assert.ok(!operations.calls.some(({ name }) => name === "reload"));
});

test("a file is uploaded as it is, in place of one of the folder's; one that is no text is refused", async () => {
  const { browser, operations, handler } = testWeb();
  operations.planned = ["conf/a.yaml", "conf/b.yaml"];
  operations.planOutcome = { outcome: "plan", view: view() };
  const asked = await (await browser().get("/ui/settings/plan")).text();
  assert.match(asked, /<option value="conf\/b\.yaml" ?>/);
  const upload = async (bytes: Uint8Array<ArrayBuffer>) => {
    const form = new FormData();
    form.set("csrf", csrfOf(asked)!);
    form.set("text", "pasted");
    form.set("file", "conf/b.yaml");
    form.set("upload", new File([bytes], "b.yaml"));
    const request = new Request("http://localhost:8080/ui/settings/plan", {
      method: "POST",
      headers: { origin: "http://localhost:8080" },
      body: form,
    });
    return await handler(request, { local: false, remote: "127.0.0.1:50000" });
  };
  assert.equal((await upload(new TextEncoder().encode("jobs: [] # ü"))).status, 200);
  const call = operations.calls.find(({ name }) => name === "plan")!;
  assert.deepEqual(call.args[0], { text: "jobs: [] # ü", file: "conf/b.yaml" });
  const binary = await upload(new Uint8Array([0xff, 0xfe, 0x00]));
  assert.equal(binary.status, 400);
  assert.match(await binary.text(), /&#39;b\.yaml&#39; is not UTF-8 text/);
});

test("what cannot be used says why, keeps what was pasted, and an empty form says that it is empty", async () => {
  const { browser, operations } = testWeb();
  const issue = {
    file: "schelly.yaml",
    line: 3,
    column: 5,
    path: "jobs[0].retention",
    severity: "error" as const,
  };
  operations.planOutcome = {
    outcome: "invalid",
    issues: [{
      ...issue,
      message: "unknown key 'dayly'",
      hint: "did you mean 'daily'?",
      excerpt: { text: "dayly: 3", column: 1 },
    }],
  };
  const one = browser();
  const csrf = csrfOf(await (await one.get("/ui/settings/plan")).text())!;
  const answer = await one.send("/ui/settings/plan", { csrf, text: "dayly: 3" });
  assert.equal(answer.status, 422);
  const page = await answer.text();
  assert.match(page, /It cannot be used: 1 error\.[\s\S]*schelly\.yaml:3:5[\s\S]*dayly[\s\S]*did you mean/);
  assert.match(page, /<textarea[^>]*>dayly: 3/);
  const empty = await one.send("/ui/settings/plan", { csrf, text: "  " });
  assert.equal(empty.status, 400);
  assert.match(await empty.text(), /No text was pasted, and no file chosen/);
});

test("who may not see the configuration may not ask either", async () => {
  const { browser, operations } = testWeb({
    auth: await authOf([{ name: "v", role: "viewer", token: "v" }]),
  });
  const viewer = browser();
  await viewer.send("/ui/login", { token: "v" });
  assert.equal((await viewer.get("/ui/settings/plan")).status, 403);
  assert.equal((await viewer.send("/ui/settings/plan", { text: "jobs: []" })).status, 403);
  assert.ok(!(await (await viewer.get("/ui/settings")).text()).includes("/ui/settings/plan"));
  assert.ok(!operations.calls.some(({ name }) => name === "plan"));
});

test("what others wrote stays a text", () => {
  const props = { frame: testFrame(), csrf: "c", files: [HOSTILE], asked: { text: HOSTILE, file: HOSTILE } };
  assert.deepEqual(
    unruly(String(PlanPage({ ...props, outcome: { outcome: "plan", view: view(HOSTILE) } }))),
    [],
  );
  const issues = [{
    ...{ file: HOSTILE, path: HOSTILE, message: HOSTILE, hint: HOSTILE, severity: "error" as const },
    excerpt: { text: HOSTILE, column: 1 },
  }];
  assert.deepEqual(
    unruly(String(PlanPage({ ...props, outcome: { outcome: "invalid", issues }, trouble: HOSTILE }))),
    [],
  );
});
