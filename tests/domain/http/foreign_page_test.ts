// How a browser that a stranger's page has sent gives itself away.

import assert from "node:assert/strict";
import { test } from "node:test";
import { foreignHost, foreignPage } from "../../../src/domain/http/foreign_page.ts";

const asked = (headers: Record<string, string>, method = "POST", url = "http://nas:8080/backups") => ({
  method,
  url,
  headers: new Headers(headers),
});
const hostOf = (host: string) => foreignHost(asked({ host }), new Set(["backup.example.org"]));

test("foreignHost() lets in addresses, names without a dot, private names and our own", () => {
  const ours = [
    "127.0.0.1:8080",
    "[::1]:8080",
    "nas",
    "nas:8080",
    "nas.local",
    "a.svc",
    "a.localhost",
    "b.internal.",
  ];
  for (const host of [...ours, "backup.example.org:443", "BACKUP.example.org."]) {
    assert.equal(hostOf(host), undefined, host);
  }
});

test("foreignHost() tells every name that a stranger may have pointed here, shortened", () => {
  for (const host of ["evil.example", "backup.example.org.evil.example", "nas.local.evil.example", "a b"]) {
    assert.equal(hostOf(host), host);
  }
  assert.equal(hostOf(`${"a".repeat(90)}.example`)?.length, 80);
});

test("foreignPage() tells a change that another site asks for, by its origin or the browser's word", () => {
  const evil = "https://evil.example";
  assert.equal(foreignPage(asked({ host: "nas:8080", origin: evil })), evil);
  assert.equal(foreignPage(asked({ host: "nas:8080", origin: evil, "sec-fetch-site": "cross-site" })), evil);
  assert.equal(foreignPage(asked({ host: "nas:8080", "sec-fetch-site": "cross-site" })), "another site");
  assert.equal(foreignPage(asked({ host: "nas:8080", origin: "null" })), "null");
});

test("foreignPage() lets in programs, own pages, and what only reads", () => {
  assert.equal(foreignPage(asked({ host: "nas:8080" })), undefined);
  assert.equal(foreignPage(asked({ host: "nas:8080", origin: "http://nas:8080" })), undefined);
  assert.equal(
    foreignPage(asked({ host: "inner", origin: "https://outer", "sec-fetch-site": "same-origin" })),
    undefined,
  );
  assert.equal(foreignPage(asked({ host: "nas", origin: "https://evil.example" }, "GET")), undefined);
});
