// What people read where a channel takes nothing: the cause first, and what to do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HTTP_KEYS, MAIL_KEYS, refusal, unreachable } from "../../../src/observe/notify/unreachable.ts";

test("what runtimes and mailers say is told in words with a remedy", () => {
  const table: [said: string, cause: string, http: RegExp, mail: RegExp][] = [
    [
      "client error (Connect): tcp connect error: Connection refused (os error 111)",
      "connection refused",
      /'url' leads to it$/,
      /'host' and 'port' lead to it$/,
    ],
    ["connect ECONNREFUSED 127.0.0.1:9", "connection refused", /its server runs/, /its server runs/],
    [
      "client error (Connect): received corrupt message of type InvalidContentType",
      "what answers there speaks no TLS",
      /write http:\/\//,
      /set 'security'/,
    ],
    [
      "client error (Connect): invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
      "its certificate is not trusted",
      /in 'ca_file'$/,
      /in 'ca_file'$/,
    ],
    ["invalid peer certificate: UnknownIssuer", "its certificate is not trusted", /'ca_file'/, /'ca_file'/],
    ["invalid peer certificate: Expired", "its certificate has expired", /renew/, /renew/],
    ["invalid peer certificate: NotValidForName", "its certificate is of another name", /'url'/, /'host'/],
    [
      "client error (Connect): dns error: failed to lookup address information: Name or service not known",
      "the host name is not known",
      /correct 'url'/,
      /correct 'host'/,
    ],
    ["getaddrinfo ENOTFOUND mail.invalid", "the host name is not known", /./, /./],
    [
      "Invalid login: 535 5.7.8 Error: authentication failed",
      "it does not let us in",
      /./,
      /'password_file'$/,
    ],
    [
      "Error upgrading connection with STARTTLS: 454 TLS not available",
      "it offers no STARTTLS",
      /./,
      /'security'/,
    ],
    ["Connection timeout: connect ETIMEDOUT", "no answer", /firewall/, /firewall/],
    ["read ECONNRESET", "the connection broke", /log$/, /log$/],
  ];
  for (const [said, cause, http, mail] of table) {
    const told = [unreachable(said, HTTP_KEYS), unreachable(said, MAIL_KEYS)] as const;
    for (const text of told) {
      assert.ok(text.startsWith(`${cause}: it cannot be reached: `), text);
      assert.doesNotMatch(text, /client error|InvalidContentType|OtherError|os error|E[A-Z]{6}/);
    }
    assert.match(told[0], http);
    assert.match(told[1], mail);
  }
  assert.equal(unreachable("no network", HTTP_KEYS), "it cannot be reached: no network");
});

test("an answer that is no success says what to do", () => {
  for (const status of [302, 401, 403, 404, 410, 413, 429, 500, 503]) {
    assert.match(refusal(status), new RegExp(`^it answers ${status}, .`));
  }
  assert.equal(refusal(418), "it answers 418");
});
