// Answers as people give them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameFor, readPolicy, readTime } from "../../../src/cli/config/first_answers.ts";

test("readTime() takes a time of each day, or a cron pattern as it is", () => {
  assert.deepEqual(readTime(" 2:05 "), { value: "5 2 * * *" });
  assert.deepEqual(readTime("23:59"), { value: "59 23 * * *" });
  assert.deepEqual(readTime("@hourly"), { value: "@hourly" });
  const times: Record<string, string> = {
    "3am": "0 3 * * *",
    "3:30am": "30 3 * * *",
    "3:30 p.m.": "30 15 * * *",
    "12 AM": "0 0 * * *",
    "12pm": "0 12 * * *",
    "03.30": "30 3 * * *",
    "at 3:30": "30 3 * * *",
    "Every day at 3am": "0 3 * * *",
    "daily, 02:00": "0 2 * * *",
  };
  for (const [said, value] of Object.entries(times)) assert.deepEqual(readTime(said), { value }, said);
  for (const wrong of ["24:00", "12:60", "13am", "0pm", "3:70am", ""]) {
    assert.ok("error" in readTime(wrong), wrong);
  }
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
    ["https://me:secret@nas:7070/backups", "nas"],
    [`/${"x".repeat(100)}`, "x".repeat(63)],
  ];
  for (const [source, name] of names) assert.equal(nameFor(source), name);
});
