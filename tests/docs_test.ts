// The documentation leads where it says, names every page and every part of the program, and forgets none.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BUGS } from "./planted/bugs.ts";
import { anchorsOf, codeBlocks, filesIn, linksOf } from "./support/markdown.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
const docs = readdirSync(`${ROOT}docs`).filter((name) => name.endsWith(".md"));
const decisions = readdirSync(`${ROOT}docs/decisions`);
const quickstarts = readdirSync(`${ROOT}docs/quickstart`);
const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "deploy/examples/README.md",
  ...docs.map((name) => `docs/${name}`),
  ...decisions.map((name) => `docs/decisions/${name}`),
  ...quickstarts.map((name) => `docs/quickstart/${name}`),
];
/** For people who work on Schelly: what they name must be there. */
const maps = [
  "CONTRIBUTING.md",
  "docs/architecture.md",
  ...decisions.map((name) => `docs/decisions/${name}`),
];

test("every link of the documentation leads to a file, and to a heading in it", () => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const link of linksOf(read(page))) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path, anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path!);
      if (!existsSync(`${ROOT}${target}`)) broken.push(`${page}: ${link}`);
      else if (anchor !== undefined && !anchorsOf(read(target)).has(anchor)) broken.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(broken, []);
});

test("docs/README.md leads to every page", () => {
  const named = linksOf(read("docs/README.md"));
  assert.deepEqual(docs.filter((name) => name !== "README.md" && !named.includes(name)), []);
});

test("docs/quickstart/README.md leads to every beginning", () => {
  const named = linksOf(read("docs/quickstart/README.md"));
  assert.deepEqual(quickstarts.filter((name) => name !== "README.md" && !named.includes(name)), []);
});

test("docs/architecture.md names every folder of src/ and every file beside them", () => {
  const page = read("docs/architecture.md");
  const foldersIn = (folder: string): string[] =>
    readdirSync(`${ROOT}src/${folder}`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [`${folder}${name}/`, ...foldersIn(`${folder}${name}/`)]);
  const files = readdirSync(`${ROOT}src`).filter((name) => name.endsWith(".ts"));
  const missing = [...foldersIn(""), ...files].filter((name) => !page.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
});

test("every file that the pages for those who work on Schelly name is there", () => {
  const isThere = (name: string) => existsSync(`${ROOT}${name}`) || existsSync(`${ROOT}src/${name}`);
  const gone = maps.flatMap((page) =>
    filesIn(read(page)).filter((name) => !isThere(name)).map((name) => `${page}: ${name}`)
  );
  assert.deepEqual(gone, []);
});

test("every test that docs/security.md names is there", () => {
  const named = [...read("docs/security.md").matchAll(/`(tests\/[\w/]+\.ts)`/g)].map(([, name]) => name!);
  assert.ok(named.length >= 20);
  assert.deepEqual(named.filter((name) => !existsSync(`${ROOT}${name}`)), []);
});

test("CONTRIBUTING.md names every target of the Makefile and no other, and its exercises can be done", () => {
  const page = read("CONTRIBUTING.md");
  const targets = [...read("Makefile").matchAll(/^([a-z]+):.*## /gm)].map(([, name]) => name!);
  const named = [...page.matchAll(/(?:`|^)make ([a-z]+)/gm)].map(([, name]) => name!);
  assert.deepEqual([...new Set(named)].sort(), targets.filter((name) => name !== "help").sort());
  const planted = [...page.matchAll(/\b([A-Z]\d+)\b/g)].map(([, id]) =>
    BUGS.find((bug) => bug.id === id)?.id ?? id
  );
  assert.deepEqual([...new Set(planted)], ["S1", "G8"]);
  assert.equal(read("src/domain/hold.ts").split("run.holdUntil > now").length, 2);
  assert.equal(read("src/engine/context/retry.ts").split("function resendDelay(").length, 2);
});

test("each decision has a number, a status, a date and its three parts, and stands in the list", () => {
  const records = decisions.filter((name) => name !== "README.md").sort();
  const rows = read("docs/decisions/README.md").split("\n").filter((line) => /^\| +\d/.test(line));
  const expected = records.map((name, at) => {
    const [, number, title, status, date] =
      /^# (\d+)\. (.+)\n\nStatus: (.+)\\\nDate: (\d{4}-\d\d-\d\d)(?:, amended \d{4}-\d\d-\d\d)?\n/.exec(
        read(`docs/decisions/${name}`),
      ) ??
        [];
    assert.equal(Number(number), at + 1, `${name} opens with its number, its status and its date`);
    assert.ok(name.startsWith(`${number!.padStart(4, "0")}-`), name);
    return [number, `[${title}](${name})`, date, status];
  });
  assert.deepEqual(rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim())), expected);
  for (const name of records) {
    const headings = [...read(`docs/decisions/${name}`).matchAll(/^## (.*)$/gm)].map(([, text]) => text);
    assert.deepEqual(headings, ["Context", "Decision", "Consequences"], name);
  }
});

test("codeBlocks(), linksOf(), anchorsOf() and filesIn() tell code from words", () => {
  const page =
    "# A `b`: c\n[x](y.md#z) ![p](q.svg)\n```sh\n# no\n[n](o)\n```\n1. l\n   ```yaml\n   k: 1\n     m\n   ```\n## D e_f\n";
  assert.deepEqual(codeBlocks(page), [
    { language: "sh", text: "# no\n[n](o)\n", line: 4 },
    { language: "yaml", text: "k: 1\n  m\n", line: 9 },
  ]);
  assert.deepEqual(linksOf(page), ["y.md#z", "q.svg"]);
  assert.deepEqual([...anchorsOf(page)], ["a-b-c", "d-e_f"]);
  assert.deepEqual(
    filesIn(
      "`a/b.ts`, `c/`, `d`, c/d.ts, `make e.sh`\n```sh\nmake f ONLY=g/h.ts # i/\n```\n```yaml\nj: k.ts\n```\n",
    ),
    ["a/b.ts", "c/", "e.sh", "g/h.ts", "i/"],
  );
});
