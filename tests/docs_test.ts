// The documentation leads where it says, names every page and every part of the program, and forgets none.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { anchorsOf, codeBlocks, linksOf } from "./support/markdown.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
const docs = readdirSync(`${ROOT}docs`).filter((name) => name.endsWith(".md"));
const pages = [
  "README.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "deploy/examples/README.md",
  ...docs.map((name) => `docs/${name}`),
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

test("docs/architecture.md names every folder of src/ and every file beside them", () => {
  const page = read("docs/architecture.md");
  const missing = readdirSync(`${ROOT}src`, { withFileTypes: true })
    .map((entry) => entry.isDirectory() ? `${entry.name}/` : entry.name)
    .filter((name) => !page.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
});

test("codeBlocks(), linksOf() and anchorsOf() tell code from words", () => {
  const page =
    "# A `b`: c\n[x](y.md#z) ![p](q.svg)\n```sh\n# no\n[n](o)\n```\n1. l\n   ```yaml\n   k: 1\n     m\n   ```\n## D e_f\n";
  assert.deepEqual(codeBlocks(page), [
    { language: "sh", text: "# no\n[n](o)\n", line: 4 },
    { language: "yaml", text: "k: 1\n  m\n", line: 9 },
  ]);
  assert.deepEqual(linksOf(page), ["y.md#z", "q.svg"]);
  assert.deepEqual([...anchorsOf(page)], ["a-b-c", "d-e_f"]);
});
