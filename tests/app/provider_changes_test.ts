// What is told of providers after an edit.

import assert from "node:assert/strict";
import { test } from "node:test";
import { providerChanges } from "../../src/app/provider_changes.ts";
import { load } from "../support/load_text.ts";

async function providers(hosts: string, more = "") {
  const text = `providers:\n  nas: { url: "http://{host}/b", hosts: [${hosts}]${more} }\n` +
    `  one: { url: "http://one/b"${more} }\njobs: [{ name: x, provider: one }]\n`;
  return (await load(text)).providers;
}

test("an edit of hosts is told by what became of each", async () => {
  const before = await providers("a, b, c");
  assert.deepEqual(providerChanges(before, await providers("a, b, c")), []);
  assert.deepEqual(providerChanges(before, await providers("a, d, { name: e, renamed_from: b }, f")), [
    "host 'b' of provider 'nas' is called 'e' now",
    "hosts 'd', 'f' of provider 'nas' added",
    "host 'c' of provider 'nas' removed, what is backed up there stays untouched",
  ]);
});

test("what changes on many hosts is one sentence", async () => {
  const many = Array.from({ length: 200 }, (_, index) => `h${index}`).join(", ");
  assert.deepEqual(providerChanges(await providers(many), await providers(many, ", poll_interval: 9s")), [
    "provider 'one' changed",
    "200 hosts ('h0', 'h1', 'h2', 'h3', 'h4', …) of provider 'nas' changed",
  ]);
});
