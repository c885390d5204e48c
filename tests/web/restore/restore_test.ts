// The place Restore: which job, which moment, which path, where to; exactly what will be done; and what came of it.
// Also tests addresses.ts, api_order.ts, commands.tsx, files_page.tsx, jobs_page.tsx, moments.ts, moments_page.tsx,
// operation_page.tsx, order.ts, order_page.tsx, order_routes.tsx,
// read_backup.ts, restore_routes.tsx, roots.ts and sheet_page.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackupView } from "../../../src/ports/views/backup.ts";
import type { RestoreView } from "../../../src/ports/views/restores.ts";
import { restoreCommand } from "../../../src/web/restore/commands.tsx";
import { jobZones } from "../../../src/web/components/job_zones.ts";
import { FilesPage } from "../../../src/web/restore/files_page.tsx";
import { RestoreJobsPage } from "../../../src/web/restore/jobs_page.tsx";
import { MomentsPage } from "../../../src/web/restore/moments_page.tsx";
import { OperationPage } from "../../../src/web/restore/operation_page.tsx";
import { orderWords } from "../../../src/web/restore/order.ts";
import { OrderPage } from "../../../src/web/restore/order_page.tsx";
import { rootsIn } from "../../../src/web/restore/roots.ts";
import { SheetPage } from "../../../src/web/restore/sheet_page.tsx";
import { authOf } from "../../support/auth_of.ts";
import { testJob, testRestore } from "../../support/fake_operations.ts";
import { testRun } from "../../support/memory_reads.ts";
import { type Browser, csrfOf, testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
const DAY = 86_400_000;
const START = Date.UTC(2026, 1, 20, 2);

function rig(auth?: Awaited<ReturnType<typeof authOf>>) {
  const web = testWeb(auth === undefined ? {} : { auth });
  web.operations.names = ["db", "home"];
  const roots = { path: "restore.roots", value: "[ /srv/restored ]", source: "schelly.yaml:1" };
  web.operations.settings = () => Promise.resolve([roots]);
  web.reads.runRows = [
    testRun({ runId: "r1", id: "b1", startTime: START, verification: "passed", verifiedAt: START + DAY }),
    testRun({ runId: "r2", id: "b2", startTime: START + DAY, holdAt: START, holdReason: "audit" }),
    testRun({
      ...{ runId: "r3", id: "b3", startTime: START + 2 * DAY, verification: "failed" },
      ...{ verifiedAt: START + 3 * DAY, suspectAt: START, suspectReason: "it lacks a file" },
    }),
  ];
  return web;
}

/** As the form is sent that the page of an order shows. */
async function order(one: Browser, fields: Record<string, string>): Promise<Response> {
  const page = await text(
    one.get(`/ui/restore/order?${new URLSearchParams({ ...fields, target: "/srv/restored/x" })}`),
  );
  return await one.send("/ui/restore/order", { csrf: csrfOf(page) ?? "", ...fields });
}

async function text(answer: Response | Promise<Response>): Promise<string> {
  return await (await answer).text();
}

test("from the first page to a folder of the newest sound backup it takes three choices", async () => {
  const web = rig();
  const one = web.browser();
  const jobs = await text(one.get("/ui/restore"));
  assert.match(jobs, /aria-current="page"[^>]*>[\s\S]{0,400}Restore/);
  assert.match(jobs, /href="\/ui\/restore\/moments\?job=db"/);
  assert.ok(!(await text(one.get("/ui/restore?find=hom"))).includes("moments?job=db"));

  const moments = await text(one.get("/ui/restore/moments?job=db"));
  const [chosen, ...more] = moments.match(/<input[^>]*type="radio"[^>]*checked[^>]*>/g) ?? [];
  assert.match(chosen!, /value="r2"/);
  assert.deepEqual(more, []);
  for (const mark of ["damaged", "proved", "held", "suspect"]) assert.ok(moments.includes(`>${mark}<`), mark);
  assert.match(moments, /The newest backup is passed over: it is damaged/);

  const files = await text(one.get("/ui/restore/files?run=r2&path=srv/data"));
  assert.match(files, /a\.txt/);
  assert.match(files, /href="\/ui\/restore\/files\?run=r2&amp;path=srv"/);
  assert.match(files, /href="\/ui\/restore\/files\?run=r2&amp;path=srv%2Fdata&amp;after=a\.txt"/);
  assert.match(files, /schelly backups restore b2 --job db --to \S+ --include srv\/data/);
  const asked = web.operations.calls.filter(({ name }) => name === "filesOf").at(-1)!;
  assert.equal(asked.args[1], "srv/data");
});

test("where its provider cannot look in, that is said in its words, and the command stays", async () => {
  const web = rig();
  web.operations.filesOutcome = { outcome: "conflict", message: "provider 'p' has no extension 'browse'" };
  const page = await text(web.browser().get("/ui/restore/files?run=r1"));
  assert.match(page, /no extension &#39;browse&#39;/);
  assert.match(page, /schelly backups restore b1/);
  assert.match(await text(web.browser().get("/ui/restore/files?run=r1&path=../x")), /would lead out/);
});

test("what will be done is shown before it is, and then done once, as it was shown", async () => {
  const web = rig();
  const one = web.browser();
  const form = await text(one.get("/ui/restore/order?run=r2&path=srv/data"));
  assert.match(form, /<textarea[^>]*>srv\/data<\/textarea>/);
  const shown = await text(one.get("/ui/restore/order?run=r2&include=srv/data&target=/srv/restored/x"));
  for (
    const words of [
      /Backup b2 of db, of [^<]*, is restored: of it only srv\/data\./,
      /srv\/data becomes \/srv\/restored\/x\/srv\/data/,
      /Where that folder is not empty, nothing is written/,
    ]
  ) assert.match(shown, words);
  const key = /name="key" value="([^"]+)"/.exec(shown)![1]!;
  const fields = { run: "r2", include: "srv/data", target: "/srv/restored/x", key };
  const done = await order(one, { ...fields, do: "restore" });
  assert.deepEqual([done.status, done.headers.get("location")], [303, "/ui/restore/operation?id=o-1"]);
  const { args } = web.operations.calls.find(({ name }) => name === "restoreBackup")!;
  const { callerKey, ...wish } = args[1] as { callerKey: string };
  assert.equal(callerKey, `page-${key}`);
  assert.deepEqual(wish, {
    ...{ target: "/srv/restored/x", include: ["srv/data"] },
    ...{ dryRun: false, overwrite: false, anyOwner: false },
  });
  await order(one, { ...fields, do: "try" });
  const tried = web.operations.calls.findLast(({ name }) => name === "restoreBackup")!;
  assert.equal((tried.args[1] as { dryRun: boolean }).dryRun, true);
  assert.match(await text(one.get("/ui/restore/operation?id=o-1")), /restoring/);
});

test("what may replace files, or is damaged, wants its word typed; a try does not", async () => {
  const web = rig();
  const one = web.browser();
  const at = "/ui/restore/order?run=r3&target=/srv/restored/x&overwrite=yes";
  const shown = await text(one.get(at));
  assert.match(shown, /Think before you trust it: it is damaged/);
  assert.match(shown, /What is there with the same path is replaced/);
  const fields = {
    run: "r3",
    target: "/srv/restored/x",
    overwrite: "yes",
    key: "k".repeat(20),
    do: "restore",
  };
  const began = () => web.operations.calls.filter(({ name }) => name === "restoreBackup").length;
  const both = { typed_overwrite: "replace", typed_anyway: "anyway" };
  const half: Record<string, string>[] = [{}, { typed_overwrite: "replace" }, {
    ...both,
    typed_overwrite: "yes",
  }];
  for (const typed of half) {
    const answer = await order(one, { ...fields, ...typed });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /Nothing was restored\.[\s\S]*was typed: expected/);
  }
  assert.equal(began(), 0);
  assert.equal((await order(one, { ...fields, do: "try" })).status, 303);
  assert.equal((await order(one, { ...fields, ...both })).status, 303);
  assert.equal(began(), 2);
});

test("what the API refuses is told in its words, with what was filled in", async () => {
  const web = rig();
  const message = "Cannot restore into '/etc': restore.roots in the configuration allows '/srv' alone";
  web.operations.restoreOutcome = { outcome: "refused", message };
  const fields = { run: "r2", target: `/etc/${HOSTILE}`, key: "k".repeat(20), do: "restore" };
  const answer = await order(web.browser(), fields);
  const page = await answer.text();
  assert.equal(answer.status, 422);
  assert.match(page, /restore\.roots in the configuration allows/);
  assert.deepEqual(unruly(page), []);
});

test("only who may finds the way to it: nobody has dead buttons", async () => {
  const web = rig(
    await authOf([
      { name: "grafana", role: "viewer", token: "v" },
      { name: "ops", role: "operator", token: "o" },
    ]),
  );
  const [viewer, operator] = [web.browser(), web.browser()];
  await viewer.send("/ui/login", { token: "v" });
  await operator.send("/ui/login", { token: "o" });
  const seen = await text(viewer.get("/ui/restore/files?run=r2"));
  assert.match(seen, /shown to operators and admins alone/);
  assert.ok(!seen.includes("/ui/restore/order") && !seen.includes("/ui/restore/sheet"));
  assert.equal(web.operations.calls.some(({ name }) => name === "filesOf"), false);
  assert.equal((await viewer.get("/ui/restore/sheet")).status, 403);
  const files = await text(operator.get("/ui/restore/files?run=r2"));
  assert.ok(files.includes("a.txt") && !files.includes("/ui/restore/order"));
  assert.match(await text(operator.get("/ui/restore/sheet")), /# Sheet/);
  assert.equal((await operator.get("/ui/restore/order?run=r2")).status, 403);
  const fields = { run: "r2", target: "/srv/x", key: "k".repeat(20), do: "restore" };
  assert.equal((await order(operator, fields)).status, 403);
  assert.equal(web.operations.calls.some(({ name }) => name === "restoreBackup"), false);
  assert.ok(!(await text(viewer.get("/ui/restore/operation?id=o-1"))).includes("/ui/acts/end_restore"));
});

test("a restore under way is cancelled by an act of its own; one that is gone is said to be", async () => {
  const web = rig();
  const one = web.browser();
  const page = await text(one.get("/ui/restore/operation?id=o-1"));
  assert.match(page, /\/ui\/acts\/end_restore\?of=o-1/);
  assert.match(page, /hx-trigger="every 2s"/);
  assert.match(await text(one.get("/ui/acts/end_restore?of=o-1")), /stays where it is/);
  const back = "/ui/restore/operation?id=o-1";
  const done = await one.send("/ui/acts/end_restore", { of: "o-1", back });
  assert.match(done.headers.get("location")!, /^\/ui\/restore\/operation\?id=o-1&said=/);
  assert.ok(web.operations.calls.some(({ name, args }) => name === "cancelRestore" && args[0] === "o-1"));
  web.operations.restoreOutcome = { outcome: "conflict", message: "The restore is over, it is 'done'" };
  assert.match(await text(one.send("/ui/acts/end_restore", { of: "o-1", back })), /The restore is over/);
  for (const gone of ["operation?id=none", "files?run=none", "moments?job=none", "order?run=none"]) {
    assert.equal((await one.get(`/ui/restore/${gone}`)).status, 404, gone);
  }
});

test("of a backup that is deleted, or not there, no page offers a restore: it says so, and where to go on", async () => {
  const web = rig();
  web.reads.runRows = [
    testRun({ runId: "r1", id: "b1", status: "deleted" }),
    testRun({ runId: "r2", id: "b2", status: "missing" }),
  ];
  const one = web.browser();
  const key = "k".repeat(20);
  for (
    const [run, status, words] of [["r1", 410, /b1&#39; of db is deleted/], [
      "r2",
      409,
      /is &#39;missing/,
    ]] as const
  ) {
    for (const at of [`files?run=${run}`, `order?run=${run}`, `order?run=${run}&target=/srv/restored/x`]) {
      const answer = await one.get(`/ui/restore/${at}`);
      const html = await answer.text();
      assert.equal(answer.status, status, at);
      assert.match(html, words);
      assert.match(html, /href="\/ui\/restore\/moments\?job=db"[^>]*>Choose another moment/);
      assert.ok(!html.includes('name="target"') && !html.includes("schelly backups restore"), at);
    }
    const csrf = csrfOf(await text(one.get("/ui/acts/pause?of=db"))) ?? "";
    const sent = await one.send("/ui/restore/order", {
      csrf,
      run,
      target: "/srv/restored/x",
      key,
      do: "restore",
    });
    assert.equal(sent.status, status);
  }
  assert.ok(!web.operations.calls.some(({ name }) => name === "restoreBackup" || name === "filesOf"));
});

test("a restore that ended says what came of it, in the words of its provider, and looks no more", () => {
  const page = (fields: Partial<RestoreView>) =>
    String(OperationPage({ frame: testFrame(), zone: "UTC", restore: { ...view(), ...fields } }));
  const failed = page({ state: "failed", message: "no space left" });
  assert.match(failed, /It failed\.[\s\S]*no space left/);
  assert.match(failed, /Change it, and try again/);
  assert.ok(!failed.includes("hx-trigger"));
  assert.match(page({ state: "done", message: "120 files" }), /It is restored\.[\s\S]*120 files/);
  assert.match(
    page({ state: "done", dry_run: true }),
    /Nothing was written\.[\s\S]*Now restore it|Now restore it/,
  );
});

test("the folders that are allowed are read out of the configuration; without any the command is shown instead", () => {
  const setting = (value: string) => [{ path: "restore.roots", value, source: "default" }];
  assert.deepEqual(rootsIn(setting(`[ /srv/a b, "/x" ]`)), ["/srv/a b", "/x"]);
  assert.deepEqual(rootsIn([]), []);
  assert.equal(rootsIn(setting("<redacted>")), null);
  const page = String(OrderPage({ ...asked(), roots: [] }));
  assert.match(page, /The server restores nowhere/);
  assert.match(page, /schelly backups restore/);
  assert.ok(!page.includes('name="target"'));
});

test("a command for a shell holds whatever a path is called as one word", () => {
  const line = restoreCommand({ id: "b 1", job: "db", include: ["it's; rm -rf /"] });
  assert.equal(
    line,
    `schelly backups restore 'b 1' --job db --to /path/to/an/empty/folder --include 'it'\\''s; rm -rf /'`,
  );
});

test("many paths are counted, not listed without an end", () => {
  const include = Array.from({ length: 25 }, (_, at) => `p${at}`);
  const [first] = orderWords({ ...asked().order, include }, backup(), "Mon 02:00");
  assert.match(first!, /p19 and 5 more/);
});

test("what others wrote stays a text on every page of the place", () => {
  const frame = testFrame();
  const job = { ...testJob(HOSTILE), job: HOSTILE };
  const rows = { jobs: [job], count: 1, pages: 2, page: 1, counts: counts() };
  const entry = { path: `x/${HOSTILE}`, type: "folder", size: 1, modified_at: null } as const;
  const files = { entries: [entry], next: HOSTILE };
  const one = { frame, backup: backup(), timezone: "UTC" };
  const pages = [
    RestoreJobsPage({ frame, zones: jobZones([job]), rows, find: HOSTILE, restores: [hostile()] }),
    RestoreJobsPage({
      frame,
      zones: jobZones([job]),
      rows: { ...rows, jobs: [] },
      find: HOSTILE,
      restores: HOSTILE,
    }),
    MomentsPage({ frame, job, backups: [backup()], next: HOSTILE, isFirstPage: true }),
    MomentsPage({ frame, job, backups: [], next: null, isFirstPage: false }),
    FilesPage({ ...one, path: `x/${HOSTILE}`, files }),
    FilesPage({ ...one, path: "", files: HOSTILE }),
    OrderPage({ ...asked(), trouble: HOSTILE }),
    OrderPage({ ...asked(), key: HOSTILE }),
    OperationPage({ frame, zone: "UTC", restore: hostile() }),
    OperationPage({ frame, zone: "UTC", restore: { ...hostile(), state: "failed" } }),
    SheetPage({ frame, text: HOSTILE }),
  ];
  for (const page of pages) assert.deepEqual(unruly(String(page)), []);
});

function counts() {
  return { all: 1, unwell: 0, running: 0, not_due: 0, first: 0, resting: 0, safe: 1 };
}

function asked() {
  const order = {
    ...{ run: HOSTILE, target: HOSTILE, include: [HOSTILE] },
    ...{ overwrite: true, anyOwner: true },
  };
  return {
    ...{ frame: testFrame(), backup: backup(), timezone: "UTC", order, csrf: "c" },
    roots: [HOSTILE] as string[],
    canTry: true,
  };
}

function view(): RestoreView {
  const { operationId, job, id, runId, target } = testRestore();
  return {
    ...{ operation_id: operationId, job, id, run_id: runId, state: "running", target, include: [] },
    ...{ dry_run: false, overwrite: false, any_owner: false, warning: null, asked_by: "ann", message: "" },
    ...{ files: null, bytes: null, started_at: "2026-03-01T11:00:00.000Z", ended_at: null },
  };
}

function hostile(): RestoreView {
  return {
    ...view(),
    ...{ operation_id: HOSTILE, job: HOSTILE, id: HOSTILE, run_id: HOSTILE, target: HOSTILE },
    ...{ include: [HOSTILE], warning: HOSTILE, asked_by: HOSTILE, message: HOSTILE },
  };
}

function backup(): BackupView {
  return {
    ...{ id: HOSTILE, data_id: HOSTILE, status: "available", start_time: null, end_time: null },
    ...{ custom_data: HOSTILE, size: null, tags: [], job: HOSTILE, run_id: HOSTILE, slot: null },
    ...{ period_time: null, state: "available", size_mb: null, reasons: [], kept_for: [], suspect: true },
    ...{ suspect_reason: HOSTILE, rejected: false, verification: "none", verified_at: null, hold: null },
    ...{ lock: null, leftover: null, ended_as: null },
  };
}

test("an order that surely would be refused is refused before it is shown as what will be done", async () => {
  const web = rig();
  const one = web.browser();
  const unfit: [Record<string, string>, RegExp][] = [
    [{ target: "/etc/x" }, /restore\.roots in the configuration allows &#39;\/srv\/restored&#39; alone/],
    [{ target: "../x" }, /expected an absolute path/],
    [{ target: "/srv/restored/../x" }, /expected a path without/],
    [{ target: "/srv/restored/x", include: "../../etc/passwd" }, /would lead out of the backup/],
  ];
  for (const [fields, why] of unfit) {
    const answer = await one.get(`/ui/restore/order?${new URLSearchParams({ run: "r2", ...fields })}`);
    assert.equal(answer.status, 422);
    const page = await answer.text();
    assert.match(page, why);
    assert.ok(!page.includes("This will be done") && !page.includes('name="do"'));
  }
  const fine = await text(one.get("/ui/restore/order?run=r2&target=/srv/restored/x"));
  assert.match(
    fine,
    /This will be done[\s\S]*Links on the way[\s\S]*below \/srv\/restored[\s\S]*value="try"/,
  );
  web.reads.runRows = web.reads.runRows.map((run) => ({ ...run, providerKey: "command:db" }));
  const command = await text(one.get("/ui/restore/order?run=r2&target=/srv/restored/x"));
  assert.match(command, /It cannot be tried/);
  assert.ok(!command.includes('value="try"'));
  web.reads.runRows = [testRun({ runId: "r9", id: "b9", status: "deleted" })];
  assert.equal((await one.get("/ui/restore/order?run=r9")).status, 410);
});

test("a path chosen by a link is one path, and one that no form can carry is said to be", async () => {
  const one = rig().browser();
  for (const path of ["new\nline.txt", " ", "a\rb"]) {
    const fields = new URLSearchParams({ run: "r2", path });
    const page = await text(one.get(`/ui/restore/order?${fields}&target=/srv/restored/x`));
    assert.match(page, /no form can carry/);
    assert.ok(!page.includes("textarea") && !page.includes('name="do"'));
    assert.match(page, /schelly backups restore b2/);
  }
});

test("only what the form says is done, and a form that is sent twice leads to one restore", async () => {
  const web = rig();
  const one = web.browser();
  const fields = { run: "r2", target: "/srv/restored/x", key: "k".repeat(20) };
  const began = () => web.operations.calls.filter(({ name }) => name === "restoreBackup");
  for (const wish of ["junk", ""]) {
    const refused = await order(one, { ...fields, do: wish });
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /expected &#39;restore&#39; or &#39;try&#39;/);
  }
  assert.equal(began().length, 0);
  const both = [order(one, { ...fields, do: "restore" }), order(one, { ...fields, do: "restore" })];
  for (const answer of await Promise.all(both)) {
    assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/ui/restore/operation?id=o-1"]);
  }
  // By one key the restore is known to have begun, however soon the second comes.
  const keys = began().map(({ args }) => (args[1] as { callerKey: string }).callerKey);
  assert.deepEqual(keys, [`page-${fields.key}`, `page-${fields.key}`]);
});

test("what a look at the folder finds against it is said before anything could be begun", async () => {
  const web = rig();
  const message = "Cannot restore into '/srv/restored/x': it is a link to '/etc': name the folder itself";
  web.operations.unfitTargets.set("/srv/restored/x", { outcome: "refused", message });
  const answer = await web.browser().get("/ui/restore/order?run=r2&target=/srv/restored/x");
  assert.equal(answer.status, 422);
  const page = await answer.text();
  assert.match(page, /Nothing was restored[\s\S]*it is a link to/);
  assert.ok(!page.includes("This will be done") && !page.includes('name="do"'));
  assert.match(page, /value="\/srv\/restored\/x"/);
});
