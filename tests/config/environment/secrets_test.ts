// Secrets from files: where they are looked for, and what is said of those that cannot be read.
// Also tests tokens_file.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type {
  CommandProviderSpec,
  HttpProviderSpec,
  ResticProviderSpec,
} from "../../../src/domain/provider_spec.ts";
import { issuesOf, load, notesOf } from "../../support/load_text.ts";

const TOKEN = "0123456789abcdef";
const digest = (text: string) => createHash("sha256").update(text).digest("hex");

/** A server with one token from the given file, and no jobs but a plain one. */
function tokenFile(path: string): string {
  return `server: { auth: { tokens: [ { name: ops, role: operator, token_file: ${path} } ] } }
jobs: [{ name: a, provider: { url: "http://p/b" } }]
`;
}

async function tokenOf(path: string, files: Record<string, string>, env: Record<string, string> = {}) {
  const { server } = await load(tokenFile(path), { files, env });
  return server.auth.kind === "named" ? server.auth.tokens[0]!.hash : undefined;
}

test("loadConfig() looks for a bare secret name in the credentials folder, /run/secrets, then beside the file", async () => {
  const env = { CREDENTIALS_DIRECTORY: "/run/credentials/schelly.service" };
  const files: Record<string, string> = {
    "/run/credentials/schelly.service/ops": `${TOKEN}1\n`,
    "/run/secrets/ops": `${TOKEN}2\n`,
    "/home/me/ops": `${TOKEN}3\r\n`,
    "/else/where": `${TOKEN}4`,
    "/home/me/sub/ops": `${TOKEN}5`,
  };
  assert.equal(await tokenOf("ops", files, env), digest(`${TOKEN}1`));
  assert.equal(await tokenOf("ops", files), digest(`${TOKEN}2`));
  delete files["/run/secrets/ops"];
  assert.equal(await tokenOf("ops", files), digest(`${TOKEN}3`));
  assert.equal(await tokenOf("/else/where", files), digest(`${TOKEN}4`));
  assert.equal(await tokenOf("sub/ops", files), digest(`${TOKEN}5`));
});

/** What is in the file, and the issue. */
const BAD_FILES: [what: string, files: Record<string, string | Uint8Array>, issue: string][] = [
  ["missing", {}, "'ops' is not there: expected a file at /home/me/ops"],
  ["empty", { "/home/me/ops": "\n" }, "'ops' is empty: expected a secret"],
  [
    "all spaces",
    { "/home/me/ops": " \n\t\n" },
    "'ops' holds only spaces and ends of lines: expected a secret",
  ],
  ["a folder", { "/home/me/ops/x": "" }, "'ops' is a folder: expected a file"],
  [
    "too large",
    { "/home/me/ops": "x".repeat(65_537) },
    "'ops' is over 64 KiB: expected a file with one secret",
  ],
  ["binary", { "/home/me/ops": new Uint8Array([0xff, 0xfe]) }, "'ops' is not UTF-8 text: expected a secret"],
  [
    "two lines",
    { "/home/me/ops": "a\nb\n" },
    "the token has spaces or other characters: expected printable ASCII",
  ],
];

for (const [what, files, issue] of BAD_FILES) {
  test(`loadConfig() refuses a secret file that is ${what}`, async () => {
    assert.deepEqual(await issuesOf(tokenFile("ops"), { files }), [
      `schelly.yaml:1:70: server.auth.tokens[0].token_file: ${issue}`,
    ]);
  });
}

const RESTIC = `jobs:
  - { name: r, provider: { restic: { repository: /r, paths: [/x], password_file: pw } } }
  - { name: s, provider: { restic: { repository: /s, paths: [/x], password_file: pw } } }
`;

test("loadConfig() refuses a password that is handed on and is none, at each place", async () => {
  const issues = (text: string) => issuesOf(RESTIC, { files: { "/home/me/pw": text } });
  for (
    const [text, what] of [["", "is empty"], ["\n", "is empty"], [
      " \n\n",
      "holds only spaces and ends of lines",
    ]]
  ) {
    assert.deepEqual(
      await issues(text!),
      [0, 1].map((job) =>
        `schelly.yaml:${
          job + 2
        }:82: jobs[${job}].provider.restic.password_file: 'pw' ${what}: expected a secret`
      ),
    );
  }
  await load(RESTIC, { files: { "/home/me/pw": " p \n" } });
});

test("loadConfig() leaves a password that is handed on to those who may read it", async () => {
  await load(RESTIC, { files: { "/home/me/pw": "" }, prepare: (files) => files.deny("/home/me/pw") });
  await load(RESTIC, { prepare: (files) => files.putOther("/home/me/pw") });
});

test("loadConfig() refuses a secret file it may not read", async () => {
  const issues = await issuesOf(tokenFile("ops"), {
    files: { "/home/me/ops": TOKEN },
    prepare: (files) => files.deny("/home/me/ops"),
  });
  assert.match(issues[0]!, /token_file: 'ops' cannot be read: permission denied$/);
});

const EVERY_SECRET = `state: { url: "https://db/", token_file: state }
server: { auth: { tokens: [ { name: a, role: viewer, token_file: a }, { name: b, role: admin, token: "\${B}" } ] } }
providers:
  h: { url: "http://p/b", headers: { X-Plain: x }, headers_file: { X-Key: key } }
  c: { command: { create: [a], delete: [b], env: { PLAIN: x }, env_file: { PW: pw } } }
  r: { restic: { repository: /r, paths: [/x], password_file: rpw } }
jobs:
  - { name: a, provider: h }
`;

test("loadConfig() reads every secret from its file", async () => {
  const { state, server, providers } = await load(EVERY_SECRET, {
    env: { B: `${TOKEN}b` },
    files: {
      "/home/me/state": "s\n",
      "/home/me/a": `${TOKEN}a\n`,
      "/home/me/key": "k\n",
      "/home/me/pw": "p q\n",
      "/home/me/rpw": "r",
    },
  });
  assert.equal(state.token, "s");
  assert.deepEqual(server.auth.kind === "named" && server.auth.tokens.map(({ hash }) => hash), [
    digest(`${TOKEN}a`),
    digest(`${TOKEN}b`),
  ]);
  assert.deepEqual((providers.get("h") as HttpProviderSpec).headers, { "X-Plain": "x", "X-Key": "k" });
  assert.deepEqual((providers.get("c") as CommandProviderSpec).env, { PLAIN: "x", PW: "p q" });
  assert.equal((providers.get("r") as ResticProviderSpec).passwordFile, "/home/me/rpw");
});

test("loadConfig() tells all absent secrets and unset variables at once", async () => {
  const issues = await issuesOf(EVERY_SECRET);
  assert.deepEqual(issues.map((issue) => issue.split(": ")[1]), [
    "state.token_file",
    "server.auth.tokens[0].token_file",
    "server.auth.tokens[1].token",
    "providers.h.headers_file.X-Key",
    "providers.c.command.env_file.PW",
    "providers.r.restic.password_file",
  ]);
});

test("loadConfig() only notes absent secrets and unset variables where secrets are optional", async () => {
  const notes = (await notesOf(EVERY_SECRET, { secrets: "optional" }))
    .filter((note) => !note.includes("weekly upkeep"));
  assert.equal(notes.length, 6);
  assert.equal(notes.every((note) => note.startsWith("note schelly.yaml:")), true);
});

test("loadConfig() judges all else where secrets are optional", async () => {
  const text = `jobs:
  - name: a
    jitter: \${JITTER}
    provider: { url: "\${URL}", poll_interval: 5 }
  - name: b
    grace_time: x
    provider: \${WHICH}
`;
  assert.deepEqual(await issuesOf(text, { secrets: "optional" }), [
    "note schelly.yaml:3:13: jobs[0].jitter: the variable JITTER is not set (set it, or write ${JITTER:-default})",
    "note schelly.yaml:4:22: jobs[0].provider.url: the variable URL is not set (set it, or write ${URL:-default})",
    "schelly.yaml:4:47: jobs[0].provider.poll_interval: '5' has no unit: expected a duration such as 5s",
    "schelly.yaml:6:17: jobs[1].grace_time: 'x' is not a duration: expected a number with a unit, such as 90s, 5m, 1h30m or 7d",
    "note schelly.yaml:7:15: jobs[1].provider: the variable WHICH is not set (set it, or write ${WHICH:-default})",
  ]);
});

test("loadConfig() refuses a secret that stands there twice", async () => {
  const issues = await issuesOf(
    `state: { url: "https://db/", token: x, token_file: f }
server: { auth: { tokens: [ { name: a, role: viewer, token: ${TOKEN}, token_file: f } ] } }
jobs:
  - { name: r, provider: { restic: { repository: /r, paths: [/x], password: x, password_file: f } } }
  - { name: c, provider: { command: { create: [a], delete: [b], env: { K: x }, env_file: { K: f } } } }
  - { name: h, provider: { url: "http://p", headers: { K: x }, headers_file: { k: f } } }
`,
    { files: { "/home/me/f": "x" } },
  );
  assert.deepEqual(issues.map((issue) => issue.split(": ").slice(1).join(": ")), [
    "state.token_file: stands beside token: expected one of them",
    "server.auth.tokens[0].token_file: stands beside token: expected one of them",
    "jobs[0].provider.restic.password_file: stands beside password: expected one of them",
    "jobs[1].provider.command.env_file.K: stands in env and in env_file: expected one of them",
    "jobs[2].provider.headers_file.k: the header k is given twice: expected once",
  ]);
});

test("loadConfig() refuses tokens that cannot be told apart and warns of short ones", async () => {
  const text = (tokens: string) =>
    `server: { auth: { tokens: [ ${tokens} ] } }\njobs: [{ name: a, provider: { url: "http://p" } }]\n`;
  assert.deepEqual(
    await issuesOf(
      text(`{ name: a, role: viewer, token: ${TOKEN} }, { name: a, role: admin, token: ${TOKEN} }`),
    ),
    [
      "schelly.yaml:1:89: server.auth.tokens[1].name: the name 'a' is given twice: expected another one",
      "schelly.yaml:1:112: server.auth.tokens[1].token: the token is used twice: expected a different one",
    ],
  );
  assert.deepEqual(await notesOf(text("{ name: a, role: viewer, token: short }")), [
    "warning schelly.yaml:1:61: server.auth.tokens[0].token: the token has 5 characters, which can be guessed: " +
    "expected at least 16",
  ]);
});

test("loadConfig() takes tokens from SCHELLY_TOKENS_FILE in the place of the file's", async () => {
  const text = `server: { auth: none }\njobs: [{ name: a, provider: { url: "http://p" } }]\n`;
  const env = { SCHELLY_TOKENS_FILE: "tokens" };
  const files = { "/home/me/tokens": `# who may\n\ngrafana viewer ${TOKEN}1\n  ops\tadmin ${TOKEN}2\n` };
  const { server } = await load(text, { env, files });
  assert.deepEqual(server.auth, {
    kind: "named",
    tokens: [
      { name: "grafana", role: "viewer", hash: digest(`${TOKEN}1`) },
      { name: "ops", role: "admin", hash: digest(`${TOKEN}2`) },
    ],
    users: [],
    openMetrics: false,
  });
  assert.deepEqual(await issuesOf(text, { env }), [
    "environment: SCHELLY_TOKENS_FILE: 'tokens' is not there: expected a file at /home/me/tokens",
  ]);
  assert.deepEqual(await issuesOf(text, { env, files: { "/home/me/tokens": `ops root ${TOKEN}\nbad\n` } }), [
    "tokens: line 2 has 1 words: expected NAME ROLE TOKEN, such as ops operator …",
    "environment: SCHELLY_TOKENS_FILE: 'root' is not known: expected viewer, operator or admin",
  ]);
});

test("loadConfig() reads header values of the environment's job from WEBHOOK_HEADERS_FILE", async () => {
  const env = { WEBHOOK_URL: "http://p/b", WEBHOOK_HEADERS_FILE: "/run/h" };
  const { providers } = await load(null, { env, files: { "/run/h": "X-A=1,X-B=2\n" } });
  assert.deepEqual((providers.get("http://p/b") as HttpProviderSpec).headers, { "X-A": "1", "X-B": "2" });
  assert.deepEqual(await issuesOf(null, { env: { ...env, WEBHOOK_HEADERS: "a=b" } }), [
    "environment: WEBHOOK_HEADERS_FILE: set together with WEBHOOK_HEADERS, which means the same: expected one of them",
  ]);
});
