// The effective values of a configuration, each below the job that it belongs to, whatever dots are in its name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf } from "../../src/config/sorted_settings.ts";
import { load } from "../support/load_text.ts";

test("values stand below their job, all others by their whole key; a secret is compared and not shown", async () => {
  const text = `providers: { p: { url: "http://p/b", headers: { X-Key: secret } } }
jobs:
  - { name: a, provider: p, grace_time: 2h }
  - { name: a.retention, provider: p, retention: { daily: 3 } }
`;
  const { jobs, besides } = settingsOf(await load(text));
  assert.deepEqual([...jobs.keys()], ["a", "a.retention"]);
  assert.equal(jobs.get("a")!.get("grace_time")!.shown, "2h");
  assert.equal(jobs.get("a.retention")!.get("retention.daily")!.shown, "3@L");
  const header = [...besides].find(([key]) => key.endsWith("X-Key"))![1];
  assert.deepEqual([header.shown, header.exact], ["<redacted>", "secret"]);
});
