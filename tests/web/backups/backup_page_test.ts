// The page of a backup: why it stays, what can be done with it, what is in it; and of a run that brought none.
// Also tests backup_routes.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackupView } from "../../../src/ports/views/backup.ts";
import { BackupPage } from "../../../src/web/backups/backup_page.tsx";
import { testVerification } from "../../support/fake_operations.ts";
import { testRun } from "../../support/memory_reads.ts";
import { testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

test("a backup says why it stays, how to hold, verify and restore it, and what is in it once that is asked", async () => {
  const web = testWeb();
  web.reads.runRows = [testRun({ runId: "r1", id: "b1", sizeMb: 1200, message: "all well" })];
  const one = web.browser();
  const html = await (await one.get("/ui/backups/r1")).text();
  assert.match(html, /The backup of/);
  assert.match(html, /\/ui\/acts\/hold\?of=r1/);
  assert.match(html, /\/ui\/acts\/verify\?of=r1/);
  assert.match(html, /\/ui\/acts\/delete\?of=r1/);
  assert.match(html, /\/ui\/restore\/files\?run=r1/);
  assert.match(html, /schelly backups restore b1 --job db --to/);
  assert.ok(!html.includes("srv/a.txt"));
  assert.match(await (await one.get("/ui/backups/r1?browse=/srv")).text(), /srv\/a\.txt/);
});

test("a backup that failed is told as that, and offers nothing that only one which can be restored has", async () => {
  const web = testWeb();
  web.reads.runRows = [testRun({ runId: "r1", id: "b1", status: "failed", message: "no space left" })];
  const html = await (await web.browser().get("/ui/backups/r1")).text();
  assert.match(html, /The run of [^<]*: failed/);
  assert.match(html, /no space left/);
  assert.ok(!html.includes("/ui/acts/hold") && !html.includes("backups restore"));
});

test("a verification under way is told beside the facts, and so is one that found nothing out, with its words", async () => {
  const web = testWeb();
  web.reads.runRows = [testRun({ runId: "r1", id: "b1" })];
  const ended = Date.UTC(2026, 2, 1, 11);
  web.operations.verificationsOf = () =>
    Promise.resolve([
      testVerification({ state: "running", createdAt: ended + 1_000, message: "3 of 9 files" }),
      testVerification({
        ...{ state: "inconclusive", createdAt: ended - 1_000, endedAt: ended },
        message: "there is none of that id",
      }),
    ]);
  const html = await (await web.browser().get("/ui/backups/r1")).text();
  assert.match(
    html,
    /<dt>Last verification<\/dt><dd>inconclusive, [^<]*11:00[^<]*: there is none of that id</,
  );
  assert.match(html, /<dt>Being verified<\/dt><dd>asked for [^<]*: 3 of 9 files</);
});

test("what is no backup leads to the page of its run", async () => {
  const answer = await testWeb().browser().get("/ui/backups/r-gone");
  assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/ui/runs/r-gone"]);
});

test("a held one can be released, a suspect one accepted or rejected; what others wrote stays a text", () => {
  const backup: BackupView = {
    ...{
      id: HOSTILE,
      data_id: HOSTILE,
      status: "available",
      start_time: null,
      end_time: null,
      custom_data: HOSTILE,
    },
    ...{
      size: null,
      tags: [],
      job: HOSTILE,
      run_id: "r1",
      slot: null,
      period_time: null,
      state: "available",
    },
    ...{ size_mb: null, reasons: [], kept_for: [], suspect: true, suspect_reason: HOSTILE, rejected: false },
    ...{ verification: "none" as const, verified_at: null, lock: null, leftover: null, ended_as: null },
    hold: { reason: HOSTILE, owner: HOSTILE, since: "2026-03-01T00:00:00.000Z", until: null },
  };
  const html = String(BackupPage({
    frame: testFrame(),
    reading: {
      backup,
      ...{ explain: HOSTILE, verification: HOSTILE, timezone: "UTC" },
      files: { path: `/${HOSTILE}`, found: HOSTILE },
    },
  }));
  assert.ok(!html.includes("/ui/acts/delete"), "what is held is not offered for deletion");
  for (const act of ["release", "accept", "reject"]) assert.ok(html.includes(`/ui/acts/${act}?of=r1`), act);
  assert.deepEqual(unruly(html), []);
});
