// Who may ask, and with which certificate: what of it is kept, followed and refused.
// Also tests build_tls.ts and password_hash.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { hashPassword, isPassword, parsePasswordHash } from "../../../src/config/values/password_hash.ts";
import { issuesOf, load, notesOf } from "../../support/load_text.ts";

const JOBS = `jobs: [{ name: a, provider: { url: "http://p/b" } }]\n`;
const SALT = Uint8Array.from({ length: 16 }, (_, at) => at);
const PASSWORD = "correct horse";
/** Made by Python's hashlib.pbkdf2_hmac("sha256", b"correct horse", bytes(range(16)), 100000). */
const HASH = "$pbkdf2-sha256$i=100000$AAECAwQFBgcICQoLDA0ODw$V/LC8HOXSNUWQZsGKohGZjI8WD6krhZVBKgfe1PGKgk";

function withUsers(users: string): string {
  return `server: { auth: { users: [ ${users} ] } }\n${JOBS}`;
}

async function usersOf(text: string, options: Parameters<typeof load>[1] = {}) {
  const { server } = await load(text, options);
  assert.ok(server.auth.kind === "named");
  return server.auth.users;
}

test("hashPassword() writes what PBKDF2 of others writes, and isPassword() reads it", async () => {
  assert.equal(await hashPassword(PASSWORD, SALT, 100_000), HASH);
  const hash = parsePasswordHash(HASH)!;
  assert.equal(await isPassword(hash, PASSWORD), true);
  assert.equal(await isPassword(hash, `${PASSWORD} `), false);
  // é as one character and as e with an accent after it.
  const accented = parsePasswordHash(await hashPassword("caf\u00e9", SALT, 10))!;
  assert.equal(await isPassword(accented, "cafe\u0301"), true);
});

test("parsePasswordHash() takes nothing that was cut off or costs too much", () => {
  for (
    const text of [
      HASH.slice(0, -1),
      `${HASH}A`,
      HASH.replace("i=100000", "i=0"),
      HASH.replace("i=100000", "i=99999999"),
      HASH.replace("sha256", "sha1"),
      "$2y$05$abcdefghijklmnopqrstuu",
    ]
  ) assert.equal(parsePasswordHash(text), undefined, text);
});

test("loadConfig() takes a password or its hash, in place or from a file", async () => {
  const users = await usersOf(
    withUsers(
      `{ name: a, role: viewer, password: "${PASSWORD}" }, { name: b, role: operator, password: "${HASH}" }, ` +
        `{ name: c, role: admin, password_file: c }, { name: d, role: admin, password_file: d }, ` +
        `{ name: e, role: viewer, password: "\${PW}" }`,
    ),
    { env: { PW: PASSWORD }, files: { "/home/me/c": `${PASSWORD}\n`, "/home/me/d": `${HASH}\n` } },
  );
  assert.deepEqual(users.map(({ name, role }) => `${name} ${role}`), [
    "a viewer",
    "b operator",
    "c admin",
    "d admin",
    "e viewer",
  ]);
  for (const user of users) {
    assert.equal(await user.isPassword(PASSWORD), true, user.name);
    assert.equal(await user.isPassword("another"), false, user.name);
  }
});

test("loadConfig() makes a password as dear to guess as `schelly password hash` does, all of them at once", async () => {
  const written = (await hashPassword(PASSWORD, SALT)).split("$")[2];
  const users = await usersOf(
    withUsers(
      ["a", "b", "c"].map((name) => `{ name: ${name}, role: viewer, password: "${PASSWORD}" }`).join(),
    ),
  );
  assert.equal(written, "i=600000");
  assert.deepEqual(users.map(({ hash }) => hash.split("$")[2]), [written, written, written]);
  assert.equal(new Set(users.map(({ hash }) => hash)).size, 3);
});

test("loadConfig() keeps neither tokens nor passwords of files, only what tells an edit by", async () => {
  const text = `server: { auth: { users: [ { name: a, role: viewer, password_file: a } ] } }\n${JOBS}`;
  const loadWith = (password: string, token: string) =>
    load(text, {
      env: { SCHELLY_TOKENS_FILE: "tokens" },
      files: { "/home/me/a": password, "/home/me/tokens": `t viewer ${token}` },
    });
  const config = await loadWith("a long password", "a-long-enough-token");
  const values = config.effectiveValues("as they are");
  let step = values.next();
  while (!step.done) step = values.next();
  assert.doesNotMatch(JSON.stringify([config, step.value]), /a long password|a-long-enough-token/);
  const { server } = await loadWith("a long password", "a-long-enough-token");
  assert.deepEqual(JSON.stringify(server), JSON.stringify(config.server));
  const edited = await loadWith("another password", "a-long-enough-token");
  assert.notDeepEqual(JSON.stringify(edited.server), JSON.stringify(config.server));
});

test("loadConfig() shows neither passwords nor their hashes among the effective values", async () => {
  const { effective } = await load(
    withUsers(
      `{ name: a, role: viewer, password: "${PASSWORD}" }, { name: b, role: admin, password: "${HASH}" }`,
    ),
  );
  const users = effective.find(({ path }) => path === "server.auth.users")!;
  assert.equal(
    users.value,
    "[ { name: a, role: viewer, password: <redacted> }, { name: b, role: admin, password: <redacted> } ]",
  );
});

test("loadConfig() says what is wrong with users", async () => {
  const issue = async (users: string) =>
    (await issuesOf(withUsers(users))).map((text) => text.split(": ").slice(1).join(": "));
  assert.deepEqual(await issue("{ name: a, role: viewer }"), [
    "server.auth.users[0]: has no password: expected password_file, or password",
  ]);
  assert.deepEqual(await issue(`{ name: a, role: viewer, password: x, password_file: y }`), [
    "server.auth.users[0].password_file: 'y' is not there: expected a file at /home/me/y",
  ]);
  assert.deepEqual(await issue(`{ name: a, role: viewer, password: "${HASH.slice(0, -2)}" }`), [
    "server.auth.users[0].password: the hash cannot be read: expected one line as `schelly password hash` prints it, whole",
  ]);
  assert.deepEqual(
    await issuesOf(
      `server: { auth: { tokens: [ { name: a, role: viewer, token: 0123456789abcdef } ], ` +
        `users: [ { name: a, role: viewer, password: "${HASH}" } ] } }\n${JOBS}`,
    ),
    ["schelly.yaml:1:100: server.auth.users[0].name: the name 'a' is given twice: expected another one"],
  );
  assert.deepEqual(await issuesOf(`server: { auth: { metrics: open } }\n${JOBS}`), [
    "schelly.yaml:1:17: server.auth: names nobody: expected tokens or users, or none",
  ]);
});

test("loadConfig() warns of passwords that can be guessed, never showing one", async () => {
  assert.deepEqual(await notesOf(withUsers("{ name: a, role: viewer, password: secret }")), [
    "warning schelly.yaml:1:63: server.auth.users[0].password: the password has 6 characters, which can be " +
    "guessed: expected at least 12",
  ]);
  const cheap = await hashPassword(PASSWORD, SALT, 1000);
  assert.deepEqual(await notesOf(withUsers(`{ name: a, role: viewer, password: "${cheap}" }`)), [
    "warning schelly.yaml:1:63: server.auth.users[0].password: the hash takes only 1000 iterations to try a " +
    "password: expected at least 100000; make it anew with `schelly password hash`",
  ]);
});

test("loadConfig() adds the tokens of SCHELLY_TOKENS_FILE to the users of the file, and follows it", async () => {
  const text =
    `server: { auth: { users: [ { name: b, role: operator, password: "${HASH}" } ], metrics: open, ` +
    `tokens: [ { name: old, role: admin, token: 0123456789abcdef } ] } }\n${JOBS}`;
  const config = await load(text, {
    env: { SCHELLY_TOKENS_FILE: "tokens" },
    files: { "/home/me/tokens": "new viewer fedcba9876543210" },
  });
  const { auth } = config.server;
  assert.ok(auth.kind === "named");
  assert.deepEqual(auth.tokens, [
    { name: "new", role: "viewer", hash: createHash("sha256").update("fedcba9876543210").digest("hex") },
  ]);
  assert.deepEqual([auth.users.map(({ name }) => name), auth.openMetrics], [["b"], true]);
  assert.deepEqual(config.secretFiles, ["/home/me/tokens"]);
});

test("loadConfig() takes the day or instant at which a token expires, and warns before and after", async () => {
  const withToken = (expires: string) =>
    `server: { auth: { tokens: [ { name: a, role: viewer, token: 0123456789abcdef, expires: ${expires} } ] } }\n${JOBS}`;
  const expiresOf = async (expires: string) => {
    const { server: { auth } } = await load(withToken(expires));
    assert.ok(auth.kind === "named");
    return auth.tokens[0]!.expires;
  };
  assert.equal(await expiresOf("2027-12-31"), Date.UTC(2028, 0, 1));
  assert.equal(await expiresOf("2027-12-31T18:00:00+01:00"), Date.UTC(2027, 11, 31, 17));
  assert.deepEqual(await notesOf(withToken("2027-12-31")), []);
  const told = (what: string) => [
    `warning schelly.yaml:1:88: server.auth.tokens[0].expires: the token 'a' ${what}: give whoever uses it another one, ` +
    "or write a later day",
  ];
  assert.deepEqual(
    await notesOf(withToken("2026-12-03")),
    told("expires at 2026-12-04T00:00:00.000Z (in 13 days)"),
  );
  assert.deepEqual(
    await notesOf(withToken("2026-11-19")),
    told("expired at 2026-11-20T00:00:00.000Z (less than a day ago)"),
  );
  const issue = async (expires: string) =>
    (await issuesOf(withToken(expires))).map((text) => text.split("expires: ")[1]);
  assert.deepEqual(await issue("2027-02-30"), [
    "'2027-02-30' is no day of the calendar: expected one such as 2026-12-31",
  ]);
  for (const nonsense of ["soon", "30d", "2027-12-31T18:00", "31.12.2027"]) {
    assert.deepEqual(await issue(nonsense), [
      `'${nonsense}' is not a date: expected 2026-12-31, or 2026-12-31T18:00:00Z with Z or an offset`,
    ]);
  }
});

test("a line of SCHELLY_TOKENS_FILE may end with the day on which the token expires", async () => {
  const { server: { auth } } = await load(JOBS, {
    env: { SCHELLY_TOKENS_FILE: "tokens" },
    files: { "/home/me/tokens": "new viewer fedcba9876543210 2027-12-31\nold viewer 0123456789abcdef" },
  });
  assert.ok(auth.kind === "named");
  assert.deepEqual(auth.tokens.map(({ expires }) => expires), [Date.UTC(2028, 0, 1), undefined]);
  const wrong = await issuesOf(JOBS, {
    env: { SCHELLY_TOKENS_FILE: "tokens" },
    files: { "/home/me/tokens": "new viewer fedcba9876543210 soon" },
  });
  assert.match(wrong.join(), /SCHELLY_TOKENS_FILE: 'soon' is not a date/);
});

const proxied = (auth: string, server = "trusted_proxies: [ 10.0.0.0/8 ], ") =>
  `server: { ${server}auth: { proxy_header: { ${auth} } } }\n${JOBS}`;

test("loadConfig() takes whom a trusted proxy names, by the roles of their groups", async () => {
  const { server: { auth, trustedProxies, basePath } } = await load(
    proxied(
      "user: Remote-User, groups: Remote-Groups, roles: { staff: viewer }",
      "trusted_proxies: [ ::1 ], base_path: /a, ",
    ),
  );
  assert.ok(auth.kind === "named");
  assert.deepEqual(auth.proxy, { user: "remote-user", groups: "remote-groups", roles: { staff: "viewer" } });
  assert.deepEqual([trustedProxies!.length, basePath], [1, "/a"]);
});

test("loadConfig() says what is wrong with proxies", async () => {
  const issue = async (text: string) =>
    (await issuesOf(text)).map((found) => found.replace(/^\S+ server\./, ""));
  assert.deepEqual(await issue(proxied("user: Remote-User, role: viewer", "")), [
    "auth.proxy_header: is believed of nobody: expected server.trusted_proxies with the address of the proxy",
  ]);
  assert.deepEqual(await issue(proxied("user: Remote-User")), [
    "auth.proxy_header: lets nobody in: expected groups and roles, or role",
  ]);
  assert.deepEqual(await issue(proxied("user: Authorization, role: viewer")), [
    "auth.proxy_header.user: 'Authorization' says something else: expected a header of the proxy's own",
  ]);
  assert.deepEqual(await issue(proxied("user: Remote-User, roles: { a: admin }")), [
    "auth.proxy_header.roles: needs groups: expected the header with the groups beside it",
  ]);
  assert.deepEqual(await issue(`server: { trusted_proxies: [ nginx, 0.0.0.0/0, "::/0" ] }\n${JOBS}`), [
    "trusted_proxies[0]: 'nginx' is no address: expected one such as 10.0.0.7, 10.0.0.0/8 or fd00::/8",
    "trusted_proxies[1]: '0.0.0.0/0' is everybody: expected the proxies alone",
    "trusted_proxies[2]: '::/0' is everybody: expected the proxies alone",
  ]);
  assert.match(
    (await issue(`server: { base_path: /a/ }\n${JOBS}`)).join(),
    /'\/a\/' is not a path: expected one such as \/schelly/,
  );
});

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
const TLS = `server: { tls: { cert_file: c.pem, key_file: k.pem } }\n${JOBS}`;
const key = (kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----\nMA==\n-----END ${kind}PRIVATE KEY-----\n`;

test("loadConfig() reads the certificate and its key, and follows both", async () => {
  for (const kind of ["", "RSA ", "EC "]) {
    const config = await load(TLS, { files: { "/home/me/c.pem": CERTIFICATE, "/home/me/k.pem": key(kind) } });
    assert.deepEqual(config.server.tls, {
      certFile: "/home/me/c.pem",
      keyFile: "/home/me/k.pem",
      cert: CERTIFICATE.trimEnd(),
      key: key(kind).trimEnd(),
    });
    assert.deepEqual(config.secretFiles, ["/home/me/c.pem", "/home/me/k.pem"]);
  }
});

test("loadConfig() says when certificate and key are none, or each other", async () => {
  const issues = (cert: string, keyText: string) =>
    issuesOf(TLS, { files: { "/home/me/c.pem": cert, "/home/me/k.pem": keyText } });
  assert.deepEqual(await issues(key(""), CERTIFICATE), [
    "schelly.yaml:1:29: server.tls.cert_file: 'c.pem' holds a key: expected PEM with BEGIN CERTIFICATE, " +
    "the server's own first",
    "schelly.yaml:1:46: server.tls.key_file: 'k.pem' holds a certificate: expected PEM with BEGIN PRIVATE KEY",
  ]);
  assert.deepEqual(await issues("x", "y"), [
    "schelly.yaml:1:29: server.tls.cert_file: 'c.pem' holds no certificate: expected PEM with BEGIN CERTIFICATE, " +
    "the server's own first",
    "schelly.yaml:1:46: server.tls.key_file: 'k.pem' holds no key: expected PEM with BEGIN PRIVATE KEY",
  ]);
  assert.deepEqual(await issues(CERTIFICATE, key("ENCRYPTED ")), [
    "schelly.yaml:1:46: server.tls.key_file: 'k.pem' is encrypted: expected a key without a passphrase " +
    "(openssl pkey -in KEY -out PLAIN)",
  ]);
  assert.deepEqual(await issuesOf(TLS), [
    "schelly.yaml:1:29: server.tls.cert_file: 'c.pem' is not there: expected a file at /home/me/c.pem",
    "schelly.yaml:1:46: server.tls.key_file: 'k.pem' is not there: expected a file at /home/me/k.pem",
  ]);
});
