// The line that an issue shows: its place in it, and never a secret.
// Also tests redact.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { excerptOf } from "../../../src/config/document/excerpt.ts";
import { ConfigError } from "../../../src/domain/errors.ts";
import { load } from "../../support/load_text.ts";

test("excerptOf() shows the line and the column in it", () => {
  const text = "jobs:\n\t- nam: a\r\n";
  assert.deepEqual(excerptOf(text, { line: 2, column: 4 }, []), { text: " - nam: a", column: 4 });
  assert.deepEqual(excerptOf("a: é\nb", { line: 2, column: 1 }, []), { text: "b", column: 1 });
  assert.equal(excerptOf("a\n\n", { line: 2, column: 1 }, []), undefined);
  assert.equal(excerptOf("a", { line: 9, column: 9 }, [])?.column, 2);
});

test("excerptOf() cuts a long line on both sides of its place", () => {
  const excerpt = excerptOf(`${"x ".repeat(500)}HERE${" y".repeat(500)}`, { line: 1, column: 1001 }, [])!;
  assert.equal(excerpt.text.length, 102);
  assert.equal(excerpt.text.slice(excerpt.column - 1).startsWith("HERE"), true);
  assert.match(excerpt.text, /^….*…$/);
});

const SECRETS = [
  "token: geheim",
  "password: [geheim",
  "  X-Api-Key: geheim",
  "url: http://me:geheim@host/?x",
  "- { name: a, headers: { X-A: geheim } }",
  "value: geheim0123456789abcdef0123456789",
  "password: |\n  geheim\n  geheim: x",
  'token: "a\n  geheim\n  geheim"',
  "env:\n  A: geheim",
  "body:\n  a: geheim",
];

test("excerptOf() shows no line that may hold a secret", () => {
  for (const text of SECRETS) {
    const line = text.split("\n").length;
    assert.equal(excerptOf(text, { line, column: 1 }, []), undefined, text);
  }
  assert.equal(
    excerptOf("a: geheim", { line: 1, column: 1 }, ["jobs", 0, "provider", "env", "A"]),
    undefined,
  );
});

test("loadConfig() gives an issue its line, however many there are in bounded time", async () => {
  const text = `jobs:\n  - name: a\n    shedule: x\n${
    Array.from({ length: 5_000 }, (_, at) => `    k${at}: 1\n`).join("")
  }`;
  const error = await load(text).then(() => assert.fail(), (error) => error);
  assert.ok(error instanceof ConfigError);
  assert.deepEqual(error.issues[0]!.excerpt, { text: "    shedule: x", column: 5 });
  assert.ok(error.issues.filter(({ excerpt }) => excerpt !== undefined).length <= 50);
});

const PLANTED = `state: { token: "geheim1", url: "file:/x" }
server:
  auth:
    tokens:
      - { name: a, role: admin, token: "geheim2 mit leer" }
jobs:
  - name: a
    provider:
      url: "http://me:geheim3@p/b"
      headers:
        X-One: geheim4
      create_body:
        user: geheim5
  - name: b
    provider:
      restic:
        repository: "rest:http://me:geheim6@p/"
        paths: [/x]
        password: |
          geheim7
          geheim8
        env:
          AWS: geheim9
`;

test("loadConfig() shows no planted secret in any issue, whichever line is broken", async () => {
  const lines = PLANTED.split("\n");
  const slips = [
    (line: string) => `${line}: x`,
    (line: string) => `${line} "`,
    (line: string) => line.replace(/:/, ""),
    (line: string) => ` ${line}`,
    (line: string) => `\t${line}`,
    (line: string) => line.replace(/^( *)/, "$1&x *y "),
  ];
  let issues = 0;
  for (let at = 0; at < lines.length; at++) {
    for (const slip of slips) {
      const error = await load(lines.with(at, slip(lines[at]!)).join("\n")).then(
        () => null,
        (error) => error,
      );
      if (error === null) continue;
      assert.ok(error instanceof ConfigError);
      for (const { excerpt } of error.issues) assert.doesNotMatch(JSON.stringify(excerpt ?? ""), /geheim/);
      issues += error.issues.length;
    }
  }
  assert.ok(issues > 100);
});
