// Variables of Schelly's own environment that commands name and are not given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { notesOf } from "../../support/load_text.ts";

const job = (provider: string) => `jobs:\n  - { name: a, provider: { ${provider} } }\n`;
const command = (create: string, more = "") => job(`command: { create: ${create}, delete: ["true"]${more} }`);
const ENV = {
  PATH: "/bin",
  DB_URL: "postgres://db",
  OTHER: "x",
  PGPASSWORD: "pw",
  PWD: "/",
  DB_PORT: "5432",
};

const notes = async (text: string) =>
  (await notesOf(text, { env: ENV })).filter((note) => /Schelly/.test(note));

test("a command that names a variable which is not handed on is a warning with what to write", async () => {
  const text = command('{ shell: "dump $DB_URL $DB_PORT $PGPASSWORD $PWD $1" }');
  const [note, warning, ...rest] = (await notes(text)).toSorted();
  assert.match(
    warning!,
    /^warning schelly\.yaml:2:.*: a command names DB_PORT, DB_URL, which Schelly was started with/,
  );
  assert.match(warning!, /env: \{ DB_PORT: "\$\{DB_PORT\}", DB_URL: "\$\{DB_URL\}" \}/);
  assert.match(
    note!,
    /^note environment: OTHER: not handed on to programs: what a script needs of Schelly's own environment/,
  );
  assert.deepEqual(rest, []);
});

test("what env of the provider gives is not missed, and neither is anything where no command is run", async () => {
  const given = command('{ shell: "dump $DB_URL" }', ', env: { DB_URL: "${DB_URL}", OTHER: "y" }');
  assert.deepEqual(await notes(given), []);
  assert.deepEqual(await notes(job('url: "http://p/b"')), []);
  const restic = "restic: { repository: /r, password: pw, paths: [ /p ], prune: never, check: never";
  assert.deepEqual(await notes(job(`${restic} }`)), []);
  assert.equal((await notes(job(`${restic}, pre: { shell: "dump $OTHER" } }`))).length, 2);
});
