// Whom a request comes from: by the word of trusted proxies, and of nobody else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRange } from "../../../src/domain/http/address_range.ts";
import { peerBehind } from "../../../src/domain/http/proxies.ts";

const TRUSTED = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].map((text) => parseRange(text)!);

function remoteOf(headers: Record<string, string>, remote = "127.0.0.1:50000"): string {
  return peerBehind(TRUSTED, { local: false, remote }, new Headers(headers)).remote;
}

test("a trusted proxy says where a request comes from: the first from the right that is none of them", () => {
  const cases: [forwarded: string, remote: string][] = [
    ["203.0.113.9", "203.0.113.9"],
    ["1.1.1.1, 203.0.113.9", "203.0.113.9"],
    ["127.0.0.1, 203.0.113.9", "203.0.113.9"],
    ["1.1.1.1, 203.0.113.9, 10.1.2.3, 10.9.9.9", "203.0.113.9"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["[2001:db8::9]:4711", "2001:db8::9"],
    ["10.1.2.3, 10.9.9.9", "10.1.2.3"],
  ];
  for (const [forwarded, remote] of cases) {
    assert.equal(remoteOf({ "x-forwarded-for": forwarded }), remote, forwarded);
  }
  assert.equal(
    remoteOf({ forwarded: 'for=1.1.1.1;proto=https, for="[2001:db8::9]:4711";by=10.0.0.1' }),
    "2001:db8::9",
  );
});

test("what cannot be read, or is said in two ways, leaves the proxy's own address", () => {
  for (const forwarded of ["", "unknown", "203.0.113.9, unknown", "203.0.113.9, _hidden", "a.example"]) {
    assert.equal(remoteOf({ "x-forwarded-for": forwarded }), "127.0.0.1:50000", forwarded);
  }
  assert.equal(remoteOf({}), "127.0.0.1:50000");
  assert.equal(
    remoteOf({ "x-forwarded-for": "203.0.113.9", forwarded: "for=198.51.100.1" }),
    "127.0.0.1:50000",
  );
  assert.equal(remoteOf({ "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.9" }), "203.0.113.9");
});

test("nobody else is believed, and the socket is no proxy", () => {
  const headers = new Headers({ "x-forwarded-for": "203.0.113.9" });
  const stranger = { local: false, remote: "192.0.2.1:50000" };
  assert.deepEqual(peerBehind(TRUSTED, stranger, headers), stranger);
  assert.deepEqual(peerBehind([], { local: false, remote: "127.0.0.1:1" }, headers).proxy, undefined);
  assert.deepEqual(peerBehind(TRUSTED, { local: true, remote: "unix" }, headers), {
    local: true,
    remote: "unix",
  });
  assert.equal(peerBehind(TRUSTED, { local: false, remote: "[fd00::1]:9" }, headers).proxy, "fd00::1");
});
