// What the cookie of a session is called, and when it goes over TLS alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecure, sessionToken, setCookie } from "../../src/web/cookie.ts";

const DIRECT = { local: false, remote: "192.0.2.1:50000" };
const PROXIED = { ...DIRECT, proxy: "10.0.0.7" };
const request = (url: string, headers: Record<string, string> = {}) => new Request(url, { headers });

test("the cookie is out of reach of scripts and other sites, and below the base path", () => {
  assert.equal(
    setCookie("abc", "/schelly", request("http://nas:8080/"), DIRECT),
    "schelly_8080=abc; Path=/schelly/; HttpOnly; SameSite=Strict; Max-Age=604800",
  );
  assert.match(
    setCookie(null, "", request("http://nas/"), DIRECT),
    /^schelly_session=; Path=\/; .*Max-Age=0$/,
  );
});

test("it is secure over TLS, to us or to a proxy that is trusted; anybody else's word counts for nothing", () => {
  const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "backup.example.org:8443" };
  assert.ok(isSecure(request("https://nas/"), DIRECT));
  assert.ok(isSecure(request("http://nas/", forwarded), PROXIED));
  assert.ok(!isSecure(request("http://nas/", forwarded), DIRECT));
  assert.match(
    setCookie("abc", "", request("http://nas/", forwarded), PROXIED),
    /^schelly_8443=abc;.*; Secure/,
  );
  assert.match(setCookie("abc", "", request("http://nas/", forwarded), DIRECT), /^schelly_session=abc;/);
});

test("only the cookie of this very server is looked at", () => {
  const header = { cookie: "a=b; schelly_8081=other; schelly_8080=ours", host: "localhost:8080" };
  assert.equal(sessionToken(request("http://localhost:8080/", header), DIRECT), "ours");
  assert.equal(
    sessionToken(request("http://localhost:8080/", { cookie: "schelly_8081=other" }), DIRECT),
    undefined,
  );
});
