// The keys of providers that are known by an address of which variables give a part.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressKey, withoutCredentials } from "../../../src/config/build/address_key.ts";
import { issuesOf, load } from "../../support/load_text.ts";

test("addressKey() shows what was written, tells values apart, and leaves an address without variables alone", () => {
  const key = (plain: string, template?: string) => addressKey(plain, "", template);
  assert.equal(key("http://p/b"), "http://p/b");
  assert.equal(key("http://p/b", "http://u:${PASSWORD}@p/b"), "http://p/b");
  assert.equal(key("http://p/b", "http://${USER}:${PASSWORD:-a/b@c?d#e}@p/b"), "http://p/b");
  assert.equal(key("http://p/${b}", "http://p/$${b}"), "http://p/${b}");
  assert.match(key("http://p/b", "http://p/${X}/"), /^http:\/\/p\/\$\{X\}#[0-9a-f]{8}$/);
  assert.match(key("http://p/b", "${URL}"), /^\$\{URL\}#[0-9a-f]{8}$/);
  assert.equal(key("http://p/b", "${URL}"), key("http://p/b", "${URL}"));
  assert.notEqual(key("http://p/b", "${URL}"), key("http://p/c", "${URL}"));
  assert.match(
    addressKey("restic:rest:http://p/b", "restic:", "rest:http://u:w@p/${B}"),
    /^restic:rest:http:\/\/p\/\$\{B\}#/,
  );
});

test("withoutCredentials() takes user, password and query off a template", () => {
  assert.equal(withoutCredentials("http://a:${B:-x@y}@h/${C:-d?e}?f=${G}"), "http://h/${C:-d?e}");
});

const job = (name: string, url: string) => `  - { name: ${name}, provider: { url: "${url}" } }\n`;

test("a provider in a job keeps the backups of its key with all in it, which an earlier version or an edit made", async () => {
  const env = { X: "secret", Y: "secret", PASSWORD: "w" };
  const keys = async (text: string, of = env) =>
    (await load(`jobs:\n${text}`, { env: of })).jobs.map(({ providerKeys }) => providerKeys);
  const [[key, former]] = await keys(job("a", "http://p/${X}")) as [string[]];
  assert.equal(former, "http://p/secret");
  assert.match(key!, /^http:\/\/p\/\$\{X\}#/);
  // Another value is another provider, whose backups are not asked for there.
  const [[other]] = await keys(job("a", "http://p/${X}"), { ...env, X: "other" }) as [string[]];
  assert.notEqual(other, key);
  // However it is written, it is one service and one queue.
  const twice = await keys(
    job("a", "http://p/${X}") + job("b", "http://u:${PASSWORD}@p/${X}").replace(/u:.*@/, "") +
      job("c", "http://p/secret"),
  );
  assert.deepEqual(twice, [[key, former], [key, former], [key, former]]);
  const [[, ...formers]] = await keys(job("a", "http://p/${X}") + job("b", "http://p/${Y}")) as [string[]];
  assert.equal(formers.length, 2);
});

test("one that moves to a name takes all its keys along, unless it is still written in a job", async () => {
  const env = { X: "secret" };
  const named = (more = "") =>
    `providers: { p: { url: "http://p/\${X}" } }\njobs:\n  - { name: a, provider: p }\n${more}`;
  const { jobs } = await load(named(), { env });
  assert.equal(jobs[0]!.providerKeys.length, 3);
  assert.deepEqual(jobs[0]!.providerKeys.filter((key) => key === "p" || key === "http://p/secret").length, 2);
  const both = await load(named(job("b", "http://p/secret")), { env });
  assert.deepEqual(both.jobs.map(({ providerKeys }) => providerKeys.includes("http://p/secret")), [
    false,
    true,
  ]);
});

test("two descriptions of one service that differ are refused, and nothing tells the value", async () => {
  const text = `jobs:\n${job("a", "http://p/${X}")}${
    job("b", "http://p/${Y}").replace(" }", ", max_concurrent: 7 }")
  }`;
  const issues = await issuesOf(text, { env: { X: "long-secret", Y: "long-secret" } });
  assert.equal(issues.length, 1);
  assert.match(issues[0]!, /differs in max_concurrent from the same provider \(http:\/\/p\/\$\{X\}#/);
});
