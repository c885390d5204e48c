// Addresses of checks in the configuration: where they may stand, whose they are, and that nothing ever shows them.
// Also tests schema_ping.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../../src/config/values/config.ts";
import { issuesOf, load, notesOf } from "../../support/load_text.ts";

const SECRET = "5f8b1a52-3a1e-4f8e-9a5b-0c8d6f1e2a3b";
const job = (name: string, rest = "") => `  - name: ${name}\n    provider: { url: "http://p/b" }\n${rest}`;
const pingsOf = ({ jobs }: Config) => Object.fromEntries(jobs.map(({ name, ping }) => [name, ping]));

test("an address with a ping key in the defaults is the check of each job's own; a job may have another, or none", async () => {
  const text = `heartbeat: { url: "https://hc-ping.com/${SECRET}", every: 5m }
defaults: { ping: { url_file: key, start: false } }
jobs:
${job("db.eu")}${job("own", `    ping: { url: "https://h/${SECRET}" }\n`)}${job("none", "    ping: off\n")}`;
  const config = await load(text, { files: { "/home/me/key": "https://hc-ping.com/KEY/{job}?create=1\n" } });
  assert.deepEqual(pingsOf(config), {
    "db.eu": { url: "https://hc-ping.com/KEY/db-eu?create=1", start: false, output: true },
    own: { url: `https://h/${SECRET}`, start: true, output: true },
    none: undefined,
  });
  assert.deepEqual(config.heartbeat, { url: `https://hc-ping.com/${SECRET}`, everyMs: 300_000 });
  const shown = config.effective.map(({ path, value, source }) => `${path} = ${value}  # ${source}`);
  assert.doesNotMatch(shown.join("\n"), new RegExp(SECRET));
  assert.deepEqual(shown.filter((row) => /heartbeat|ping/.test(row)), [
    "heartbeat.every = 5m  # schelly.yaml:1",
    "heartbeat.url = <redacted>  # schelly.yaml:1",
    "jobs.db.eu.ping.start = false  # defaults (schelly.yaml:2)",
    "jobs.db.eu.ping.output = true  # default",
    "jobs.db.eu.ping.url_file = key  # defaults (schelly.yaml:2)",
    "jobs.own.ping.start = true  # default",
    "jobs.own.ping.output = true  # default",
    `jobs.own.ping.url = <redacted>  # schelly.yaml:${
      text.split("\n").findIndex((line) => line.includes("own")) + 3
    }`,
  ]);
});

test("nothing is told where nothing is written", async () => {
  const config = await load(`jobs:\n${job("a")}`);
  assert.deepEqual([pingsOf(config), config.heartbeat], [{ a: undefined }, undefined]);
  assert.ok(!config.effective.some(({ path }) => /heartbeat|ping/.test(path)));
});

test("two jobs with one check are told of, since the living one hides the dead", async () => {
  const shared = `defaults: { ping: { url: "https://h/${SECRET}" } }\njobs:\n${job("a")}${job("b")}${
    job("c")
  }`;
  const notes = await notesOf(shared);
  assert.equal(notes.length, 2);
  for (const note of notes) assert.doesNotMatch(note, new RegExp(SECRET));
  assert.match(
    notes[0]!,
    /^warning schelly\.yaml:1:\d+: defaults\.ping: job 'b' has the check of job 'a': as long as one of them lives/,
  );
});

test("what is no address is refused at its place, and not shown", async () => {
  const cases: [string, RegExp][] = [
    [`{ url: "${SECRET}" }`, /jobs\[0\]\.ping\.url: the value is no address: expected one such as https:/],
    [`{ url: "ftp://h/${SECRET}" }`, /the value is no address/],
    ["{ start: true }", /jobs\[0\]\.ping: .*names no address: expected url_file, or url/],
    [`{ url: "https://h/${SECRET}", url_file: key }`, /has url and url_file: expected one of them/],
    ["{ url_file: bad }", /the file holds no address/],
    ["{ url_file: absent }", /'absent' is not there/],
    [`"https://h/${SECRET}"`, /the value does not fit: expected off or a mapping with keys/],
    [`{ uri: "https://h/${SECRET}" }`, /unknown key 'uri'/],
    [`{ url: "https://h/${SECRET}", start: sometimes }`, /'sometimes' is not true or false/],
  ];
  for (const [written, expected] of cases) {
    const issues = await issuesOf(`jobs:\n${job("a", `    ping: ${written}\n`)}`, {
      files: { "/home/me/bad": SECRET, "/home/me/key": "https://h/x" },
    });
    assert.match(issues.join("\n"), expected, written);
    assert.doesNotMatch(issues.join("\n"), new RegExp(SECRET), written);
  }
});

test("a heartbeat is judged alike", async () => {
  const cases: [string, RegExp][] = [
    ["{ every: 1m }", /heartbeat: .*names no address/],
    [`{ url: "${SECRET}" }`, /heartbeat\.url: the value is no address/],
    [
      `{ url: "https://h/${SECRET}", every: 1s }`,
      /heartbeat\.every: '1s' is too short: expected at least 10s/,
    ],
    [`"https://h/${SECRET}"`, /heartbeat: the value is not a mapping/],
  ];
  for (const [written, expected] of cases) {
    const issues = await issuesOf(`heartbeat: ${written}\njobs:\n${job("a")}`);
    assert.match(issues.join("\n"), expected, written);
    assert.doesNotMatch(issues.join("\n"), new RegExp(SECRET), written);
  }
});

test("in CI, where the secrets are not, an absent file and an unset variable are notes", async () => {
  const text = `heartbeat: { url: "\${HEART}" }\njobs:\n${job("a", "    ping: { url_file: absent }\n")}`;
  const config = await load(text, { secrets: "optional" });
  assert.deepEqual([pingsOf(config), config.heartbeat], [{ a: undefined }, undefined]);
  assert.deepEqual(config.notes.map(({ severity }) => severity), ["note", "note"]);
});
