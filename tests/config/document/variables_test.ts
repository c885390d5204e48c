// What variables gave to a document, and texts about it that say their names instead.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYaml } from "../../../src/config/document/document.ts";
import type { Marks } from "../../../src/config/document/tree.ts";
import {
  secretValuesIn,
  templateAt,
  unexpander,
  valuesInAddress,
} from "../../../src/config/document/variables.ts";
import { issuesOf } from "../../support/load_text.ts";

const env = {
  URL: "https://user-name:pass-word@host.example/long-path/x",
  PORT: "8080",
  SCHEME: "https",
  NAME: "abc",
  DB_PASSWORD: "hunter2",
  PLACE: "production",
};

function written(text: string) {
  const marks: Marks = new WeakMap();
  return { root: parseYaml("a.yaml", text, env, marks).tree!, marks, env };
}

test("valuesInAddress() names values and their longer parts, and no words that every address has", () => {
  const of = (address: string) => valuesInAddress(written(`a: "${address}"`), ["a"]);
  assert.deepEqual(of("http://h/x"), []);
  assert.deepEqual(of("${SCHEME}://h:${PORT}/${NAME}"), []);
  assert.deepEqual(of("http://h/${PLACE}"), ["production"]);
  assert.deepEqual(of("${URL}"), [env.URL, "user-name", "pass-word", "host.example", "long-path"]);
  assert.deepEqual(of("http://h/${GONE:-given}"), []);
});

test("secretValuesIn() looks through all that stands below, for variables named like secrets", () => {
  const document = written('a: { b: [ "x ${DB_PASSWORD} y", "${PLACE}" ], c: { d: "${DB_PASSWORD}" } }');
  assert.deepEqual(secretValuesIn(document, ["a"]), ["hunter2", "hunter2"]);
  assert.deepEqual(secretValuesIn(document, ["gone"]), []);
});

test("templateAt() is the text as it was written, where a variable stands in it", () => {
  const document = written('a: "x ${PLACE}"\nb: "$${PLACE}"\nc: plain');
  assert.deepEqual(["a", "b", "c", "d"].map((key) => templateAt(document, [key])), [
    "x ${PLACE}",
    undefined,
    undefined,
    undefined,
  ]);
});

test("unexpander() puts names back, the longest value first, and leaves short words alone", () => {
  const text = unexpander({ A: "long-value", B: "long-value-more", C: "jobs" }, ["A", "B", "C", "GONE"]);
  assert.equal(text("'long-value-more' and long-value of jobs"), "'${B}' and ${A} of jobs");
});

test("no refusal shows what a variable holds, also where a value is cut", async () => {
  const secrets = { S: "secret-of-a-variable", Q: "key=query-of-a-variable" };
  const url = (text: string) => `jobs: [ { name: a, provider: { url: "${text}" } } ]`;
  const texts = [
    url("http://p/b?${Q}"),
    url("http://p/b?key=secret-of-a-variable"),
    url("http://p/b#${S}"),
    url("ftp://${S}"),
    url("${S}"),
    url("http://" + "a".repeat(60) + "${S} ${S}"),
    'jobs: [ { name: a, provider: "${S}" } ]',
    'jobs: [ { name: a, timezone: "${S}", provider: { url: "http://p" } } ]',
    'jobs: [ { name: a, schedule: "0 0 ${S} * *", provider: { url: "http://p" } } ]',
    'jobs: [ { name: a, retention: { daily: "${S}" }, provider: { url: "http://p" } } ]',
    'server: { listen: "${S}" }\njobs: []',
    'state: { url: "ftp://h/${S}?${Q}" }\njobs: []',
    'jobs: [ { name: "${S} ${S} ${S} ${S} ${S}", provider: { url: "http://p" } } ]',
    'jobs: [ { name: a, provider: { backy2: { config_file: /c, source: "${S}" } } } ]',
    'jobs: [ { name: a, renamed_from: "${S}", provider: { url: "http://p" } }, { name: "${S}", provider: { url: "http://p" } } ]',
  ];
  for (const text of texts) {
    const issues = (await issuesOf(text, { env: secrets })).join("\n");
    assert.doesNotMatch(issues, /secret-of|query-of|secret-|query-/, text);
  }
});
