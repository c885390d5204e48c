// Answers as people give them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameFor, readPolicy, readTime } from "../../../src/cli/config/first_answers.ts";

test("readTime() takes a time of each day, or a cron pattern as it is", () => {
  assert.deepEqual(readTime(" 2:05 "), { value: "5 2 * * *" });
  assert.deepEqual(readTime("23:59"), { value: "59 23 * * *" });
  assert.deepEqual(readTime("@hourly"), { value: "@hourly" });
  for (const wrong of ["24:00", "12:60", ""]) assert.ok("error" in readTime(wrong), wrong);
});

test("readPolicy() takes words in either order", () => {
  for (const said of ["daily=7,weekly=4", "7 daily, 4 weekly", "daily: 7 weekly: 4", "DAILY = 7, weekly=4"]) {
    assert.deepEqual(readPolicy(said), { value: "daily=7,weekly=4" }, said);
  }
  for (const wrong of ["7", "often", "daily=0"]) assert.ok("error" in readPolicy(wrong), wrong);
});

test("nameFor() is a name that a job may have, of whatever is backed up", () => {
  const names: [string, string][] = [
    ["/home", "home"],
    ["/srv/Fotos Übersee/", "fotos-ubersee"],
    ["/", "backup"],
    ["/srv/...", "backup"],
    ["http://NAS.local:7070/backups", "nas.local"],
    [`/${"x".repeat(100)}`, "x".repeat(63)],
  ];
  for (const [source, name] of names) assert.equal(nameFor(source), name);
});
