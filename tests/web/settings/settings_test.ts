// What is configured, who is told, where backups go. Also tests providers.tsx and setting_rows.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { providersOf } from "../../../src/web/settings/providers.tsx";
import { readSettingsAsked, settingRows } from "../../../src/web/settings/setting_rows.ts";
import { SettingsPage } from "../../../src/web/settings/settings.tsx";
import { authOf } from "../../support/auth_of.ts";
import { testJob } from "../../support/fake_operations.ts";
import { testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

test("operators see each value with where it was said; viewers see no value at all", async () => {
  const { browser, operations } = testWeb({
    auth: await authOf([
      { name: "v", role: "viewer", token: "v" },
      { name: "o", role: "operator", token: "o" },
    ]),
  });

  const [viewer, operator] = [browser(), browser()];
  await viewer.send("/ui/login", { token: "v" });
  await operator.send("/ui/login", { token: "o" });
  const seen = await (await operator.get("/ui/settings")).text();
  assert.match(seen, /jobs\.db\.name/);
  assert.match(seen, /schelly\.yaml:3/);
  assert.match(seen, /\/ui\/acts\/test\?of=ops/);
  // Reloading is an admin's.
  assert.doesNotMatch(seen, /\/ui\/acts\/reload/);
  const hidden = await (await viewer.get("/ui/settings")).text();
  assert.doesNotMatch(hidden, /jobs\.db\.name/);
  assert.doesNotMatch(hidden, /\/ui\/acts\//);
  assert.equal(operations.calls.filter(({ name }) => name === "settings").length, 1);
});

test("values are searched in keys and values, two hundred a page", () => {
  const settings = Array.from(
    { length: 450 },
    (_, at) => ({ path: `jobs.a${at}.name`, value: `a${at}`, source: "default" }),
  );
  const asked = (fields: Record<string, string>) => readSettingsAsked((name) => fields[name]);
  const last = settingRows(settings, asked({ page: "9" }));
  assert.deepEqual([last.page, last.pages, last.count, last.rows.length], [3, 3, 450, 50]);
  assert.deepEqual(settingRows(settings, asked({ key: "A449" })).rows.map(({ path }) => path), [
    "jobs.a449.name",
  ]);
});

test("providers are told once, those with trouble first, with the jobs that use them", () => {
  const rows = providersOf([
    testJob("a", { provider: "restic-a" }),
    testJob("b", { provider: "restic-b", provider_trouble: "it does not open" }),
    testJob("c", { provider: "restic-a" }),
    testJob("gone", { provider: "restic-c", managed: false }),
    testJob("d", {
      provider: "nas@a",
      contact: {
        answered_at: null,
        trouble: { since: "2026-03-01T12:00:00.000Z", message: "refused", calls: 1 },
      },
    }),
  ]);
  assert.deepEqual(rows.map(({ provider, jobs, trouble }) => [provider, jobs, trouble]), [
    ["restic-b", ["b"], "it does not open"],
    ["nas@a", ["d"], null],
    ["restic-a", ["a", "c"], null],
  ]);
});

test("a channel that is deaf says why; hostile text in every field stays text", () => {
  const frame = testFrame();
  const trouble = { since: "2026-03-01T12:00:00.000Z", message: HOSTILE, calls: 1 };
  const contact = { answered_at: null, trouble };
  const jobs = [testJob(HOSTILE, { provider: HOSTILE, provider_trouble: HOSTILE, contact })];
  const rule = {
    to: [HOSTILE],
    on: ["failing" as const],
    jobs: [HOSTILE],
    repeat_seconds: null,
    quiet: HOSTILE,
  };
  const page = String(SettingsPage({
    ...{ frame, jobs, asked: { key: HOSTILE, page: 1 } },
    notify: {
      ...{ name: HOSTILE, timezone: HOSTILE, rules: [{ ...rule, digest: "daily" }] },
      channels: [{
        name: HOSTILE,
        type: "ntfy",
        waiting: 2,
        held_jobs: 1,
        oldest: null,
        error: `refused ${HOSTILE}`,
      }],
    },
    readiness: { ready: false, checks: [{ name: HOSTILE, ok: false, fatal: true, message: HOSTILE }] },
    settings: [{ path: HOSTILE, value: HOSTILE, source: HOSTILE }],
  }));
  assert.match(page, /refused/);
  assert.match(page, /2 messages in the outbox/);
  assert.deepEqual(unruly(page), []);
});
