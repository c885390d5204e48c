// Files with secrets that every user of the machine may read, and those that nobody else gets to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { notesOf } from "../support/load_text.ts";

const FILES = { "/etc/s/token": "token-0123456789abcdef", "/etc/s/password": "restic password" };
const FOLDERS = { "/etc": 0o755, "/etc/s": 0o755, "/home": 0o755, "/home/me": 0o755 };
const JOB = 'jobs: [ { name: a, provider: { url: "http://p/b" } } ]\n';

/** The warnings about files of these modes. */
async function warnings(
  text: string,
  modes: Record<string, number>,
  options: { env?: Record<string, string>; files?: Record<string, string>; secrets?: "optional" } = {},
): Promise<string[]> {
  const notes = await notesOf(text, {
    ...options,
    files: { ...FILES, ...options.files },
    prepare(files) {
      for (const [path, mode] of Object.entries({ ...FOLDERS, ...modes })) void files.setMode(path, mode);
    },
  });
  return notes.filter((note) => /every user of this machine/.test(note));
}

const TOKEN = `server: { auth: { tokens: [ { name: a, role: viewer, token_file: /etc/s/token } ] } }\n${JOB}`;

test("a secret file is warned of when others may read it and get to it", async () => {
  const [warning, ...rest] = await warnings(TOKEN, { "/etc/s/token": 0o644 });
  assert.match(warning!, /^warning \/etc\/s\/token: .*every user of this machine may read this file/);
  assert.deepEqual(rest, []);
  assert.deepEqual(await warnings(TOKEN, { "/etc/s/token": 0o640 }), []);
  assert.deepEqual(await warnings(TOKEN, { "/etc/s/token": 0o644, "/etc/s": 0o750 }), []);
  assert.deepEqual(await warnings(TOKEN, { "/etc/s/token": 0o644 }, { secrets: "optional" }), []);
});

test("a file that is handed to a program is warned of too, one that was mounted is not", async () => {
  const restic = "jobs: [ { name: a, provider: { restic: { repository: /r, paths: [ /p ], password_file: " +
    "/etc/s/password, prune: never, check: never } } } ]\n";
  assert.equal((await warnings(restic, { "/etc/s/password": 0o604 })).length, 1);
  const mounted = TOKEN.replace("/etc/s/token", "token");
  for (const folder of ["/run/secrets", "/run/credentials/schelly"]) {
    const found = await warnings(mounted, { [`${folder}/token`]: 0o444, "/run": 0o755, [folder]: 0o755 }, {
      files: { [`${folder}/token`]: FILES["/etc/s/token"] },
      env: { CREDENTIALS_DIRECTORY: "/run/credentials/schelly" },
    });
    assert.deepEqual(found, []);
  }
});

test("a configuration is warned of only where a secret is written out in it", async () => {
  const open = { "/home/me/schelly.yaml": 0o644 };
  const env = { S: "a-secret-of-some-length" };
  const token = (value: string) =>
    `server: { auth: { tokens: [ { name: a, role: viewer, token: "${value}" } ] } }\n${JOB}`;
  const provider = (text: string) => `jobs: [ { name: a, provider: { url: "http://p/b", ${text} } } ]\n`;
  const written: Record<string, string> = {
    "a token": token("written-0123456789abcdef"),
    "a header": provider("headers: { Authorization: x }"),
    "a body": provider("body: { login: { password: x } }"),
    "a password in a URL": JOB.replace("http://", "http://me:pw@"),
  };
  for (const [what, text] of Object.entries(written)) {
    const [warning, ...rest] = await warnings(text, open, { env });
    assert.match(warning ?? "", /^warning schelly\.yaml:1:\d+: .*a secret is written here/, what);
    assert.deepEqual(rest, [], what);
    assert.deepEqual(await warnings(text, {}, { env }), [], what);
  }
  const others = [JOB, provider("headers: { Accept: x }")];
  for (const text of others) assert.deepEqual(await warnings(text, open, { env }), []);
});

test("what a variable gives is not written in the file", async () => {
  const text = `server: { auth: { tokens: [ { name: a, role: viewer, token: "\${S}" } ] } }\n` +
    'jobs: [ { name: a, provider: { url: "http://me:${S}@p/b" } } ]\n';
  const found = await warnings(text, { "/home/me/schelly.yaml": 0o644 }, {
    env: { S: "a-secret-of-some-length" },
  });
  assert.deepEqual(found, []);
});
