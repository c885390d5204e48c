// The file of one job: what is read of it, how it is written, and what of it only those on the machine may say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isJobName, jobText, nameIn, readJobText, reservedIn } from "../../src/config/job_text.ts";
import type { Mapping } from "../../src/config/document/tree.ts";

type ReadText = { own: Mapping; variables: ReadonlySet<string> };
const read = (text: string) => readJobText(`jobs:\n  - ${text}\n`, "db") as ReadText;

test("what is written is read back as it was, whatever words YAML has for it", () => {
  const odd = {
    name: "db",
    schedule: "@daily",
    a: "yes",
    b: "12:30",
    c: "null",
    d: "- x: # y",
    e: "* * * * *",
    f: "1_0",
  };
  assert.deepEqual(readJobText(jobText(odd), "db"), { own: odd, variables: new Set() });
  assert.equal(nameIn(jobText(odd)), "db");
});

test("a text holds one job of this name and nothing else; a variable stays as it is written", () => {
  assert.deepEqual(read("{ name: db, timezone: '${TZ}' }").own.name, "db");
  for (
    const [text, why] of [
      ["", /empty/],
      ["jobs: []", /has 0 jobs: expected one job/],
      ["jobs: [ { name: a }, { name: b } ]", /has 2 jobs/],
      ["jobs: { name: db }", /no list of jobs/],
      ["jobs: [ { name: other } ]", /is called "other": expected 'db'/],
      ["jobs: [ { } ]", /is called null/],
      ["jobs: [ { name: db } ]\nserver: {}", /'server' stands beside 'jobs'/],
      ["jobs: [", /^1:8: /],
      ["jobs: [ { name: db, name: db } ]", /^1:/],
    ] as const
  ) {
    const read = readJobText(text, "db");
    assert.ok("problems" in read, text);
    assert.match(read.problems.join("; "), why);
  }
  assert.deepEqual([nameIn("jobs: [ { name: a }, { name: b } ]"), nameIn("jobs: ["), nameIn("x: 1")], [
    undefined,
    undefined,
    undefined,
  ]);
});

test("what would run or send something, name a file or show a variable is for those on the machine", () => {
  const keys = (text: string) => reservedIn(read(text), text).map((found) => found.split(":")[0]);
  assert.deepEqual(keys("{ name: db, provider: store, retention: { daily: 3 }, on_success: 'off' }"), []);
  assert.deepEqual(keys("{ name: db, provider: { use: store, body: { a: 1 } } }"), []);
  assert.deepEqual(keys("{ name: db, provider: { url: 'http://x' } }"), ["provider"]);
  assert.deepEqual(keys("{ name: db, provider: { command: { create: [a] } } }"), ["provider"]);
  for (const key of ["on_success", "on_failure", "ping", "notify"]) {
    assert.deepEqual(keys(`{ name: db, ${key}: { command: [a] } }`), [key]);
  }
  assert.deepEqual(keys("{ name: db, provider: { use: store, body: { x: [ { y_file: a } ] } } }"), [
    "y_file",
  ]);
  assert.deepEqual(keys("{ name: db, timezone: '${TZ}' }"), ["${"]);
  assert.deepEqual(keys("{ name: db } # ${X}"), ["${"]);
  // YAML has other ways to write the same signs.
  for (const sign of ["$\\x7bTZ}", "$\\u007bTZ}", "\\x24{TZ:-x}", "$\\U0000007bTZ}"]) {
    assert.deepEqual(keys(`{ name: db, timezone: "${sign}" }`), ["${"], sign);
    assert.deepEqual(keys(`{ name: db, provider: { use: s, body: { a: [ "b ${sign}" ] } } }`), ["${"], sign);
  }
});

test("the name of a job is the name of its file, and leads nowhere else", () => {
  for (const name of ["db", "a..b", "0.yaml", "x".repeat(63)]) assert.ok(isJobName(name), name);
  for (const name of ["", ".", "..", "a/b", ".a", "-a", "A", "ä", "a\n", "a\0", "x".repeat(64)]) {
    assert.ok(!isJobName(name), name);
  }
});
