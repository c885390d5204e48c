// The values of a configuration by the job they belong to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf, sortSettings } from "../../src/config/sorted_settings.ts";
import { diffSettings } from "../../src/domain/settings_diff.ts";
import { load } from "../support/load_text.ts";

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
