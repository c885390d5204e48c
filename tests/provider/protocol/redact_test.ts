// What is secret is hidden in texts of providers, in every spelling, and the rest stays readable.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRedactor, excerpt, secretsIn } from "../../../src/provider/protocol/redact.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const PASSWORD = "päss/word";

test("createRedactor() hides header values, credentials in them and values of the query, in every spelling", () => {
  const pair = btoa(String.fromCharCode(...encode(`user:${PASSWORD}`)));
  const redact = createRedactor({
    url: "http://host/backups?token=querysecret&a=b",
    headers: { Authorization: `Basic ${pair}`, "X-Api-Key": 'k"ey-1234', "X-Bearer": "Bearer tok-5678" },
  });
  for (
    const secret of [
      `Basic ${pair}`,
      pair,
      PASSWORD,
      encodeURIComponent(PASSWORD),
      'k"ey-1234',
      'k\\"ey-1234',
      "tok-5678",
    ]
  ) {
    assert.equal(redact(`before ${secret} after`), "before <redacted> after", secret);
  }
  assert.equal(redact("querysecret"), "<redacted>");
  assert.equal(redact("ab"), "ab");
});

test("createRedactor() leaves what no one hides", () => {
  const redact = createRedactor({
    url: "http://host/",
    headers: { "Content-Type": "application/json", "X-A": "1" },
  });
  assert.equal(redact("application/json 1"), "application/json 1");
});

test("excerpt() is one line, at most 200 characters, without control characters or pieces of a secret", () => {
  const redact = createRedactor({ url: "http://host/", headers: { "X-Api-Key": "verysecretkey" } });
  assert.equal(excerpt(encode("  a\r\n\tb\0\x1b[31mc  "), redact), "a b[31mc");
  assert.equal(excerpt(encode("very\0secret\0key"), redact), "<redacted>");
  const long = excerpt(encode(`${"x".repeat(195)}verysecretkey`), redact);
  assert.ok(!long.includes("very"));
  assert.equal(long.length, 201);
  assert.equal(excerpt(new Uint8Array(), redact), "");
  assert.equal(excerpt(new Uint8Array([0xff, 0x41]), redact), "�A");
});

test("createRedactor() hides a token that stands where the user name does", () => {
  const redact = createRedactor({
    url: "http://host/",
    headers: { Authorization: `Basic ${btoa("tok-5678:")}` },
  });
  assert.equal(redact("tok-5678 is not known"), "<redacted> is not known");
});

test("secretsIn() finds what a body says under names for secrets, and leaves the rest readable", () => {
  const body = {
    source: "/data",
    key: "backups/db.tar",
    login: { user: "me", password: "planted-1" },
    env: [{ name: "x", api_key: "planted-2" }],
    secrets: ["planted-3", { a: "planted-4" }],
  };
  assert.deepEqual([...secretsIn(body)], ["planted-1", "planted-2", "planted-3", "planted-4"]);
  const redact = createRedactor({ url: "http://host/", headers: {} }, secretsIn(body));
  assert.equal(redact("planted-1 of /data"), "<redacted> of /data");
});

test("excerpt() hides a secret with spaces in a row", () => {
  const redact = createRedactor({ url: "http://host/", headers: { "X-Key": "two  spaces" } });
  assert.equal(excerpt(encode("it was two  spaces"), redact), "it was <redacted>");
});
