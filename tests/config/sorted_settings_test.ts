// The effective values of a configuration, each below the job that it belongs to, whatever dots are in its name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf, sortSettings } from "../../src/config/sorted_settings.ts";
import { diffSettings } from "../../src/domain/settings_diff.ts";
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

test("names with dots, and those that a variable gives, have their own values", async () => {
  const env = { NAME: "from.env" };
  const config = await load(
    'jobs:\n  - { name: a.b, provider: { url: "http://p/b" } }\n  - { name: "${NAME}", provider: { url: "http://p/c" } }\n',
    { env },
  );
  const { jobs, besides } = settingsOf(config);
  assert.deepEqual([...jobs.keys()], ["a.b", "from.env"]);
  assert.equal(jobs.get("from.env")!.get("name")!.shown, '"${NAME}"');
  assert.ok(besides.has("log.level") && !besides.has("name"));
});

test("two sortings of rows alone are compared by what they show", () => {
  const rows = (daily: string) => [
    { path: "log.level", value: "info" },
    { path: "jobs.db.name", value: "db" },
    { path: "jobs.db.retention.daily", value: daily },
  ];
  const [before, after] = ["7", "3"].map((daily) => sortSettings(rows(daily), ["db"]).jobs.get("db")!);
  assert.deepEqual(diffSettings(before!, after!), [{ key: "retention.daily", old: "7", new: "3" }]);
});
