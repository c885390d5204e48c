// Every example of a configuration, in files and in the documentation, fits schelly.schema.json, as editors judge it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { codeBlocks } from "../../support/markdown.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
const schema = JSON.parse(read("schelly.schema.json"));
const ajv = new Ajv({ allowUnionTypes: true });
const validate = ajv.compile(schema);

/** What does not fit; null when all does. */
function troubles(value: unknown): string | null {
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

const FILES = [
  "schelly.example.yaml",
  "deploy/kubernetes/base/config/schelly.yaml",
  ...readdirSync(`${ROOT}deploy/examples`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory()).map(({ name }) => `deploy/examples/${name}/schelly.yaml`),
];
/** Pages that show configurations; those of docs/bad_config.md are wrong on purpose. */
const PAGES = [
  "README.md",
  "deploy/examples/README.md",
  ...readdirSync(`${ROOT}docs`).filter((name) => name.endsWith(".md") && name !== "bad_config.md")
    .map((name) => `docs/${name}`),
];

for (const file of FILES) {
  test(`${file} fits the published schema`, () => {
    assert.equal(troubles(parse(read(file))), null);
  });
}

test("schelly.example.yaml fits the published schema with every commented key made live", () => {
  const whole = read("schelly.example.yaml").replace(/^(\s*)#(?=(?:- )?[a-z0-9_-]+:)/gm, "$1");
  assert.equal(troubles(parse(whole)), null);
});

test("every configuration that the documentation shows fits the published schema", () => {
  const found: string[] = [];
  let judged = 0;
  for (const page of PAGES) {
    for (const { language, text, line } of codeBlocks(read(page))) {
      if (language !== "yaml") continue;
      const whole = wholeOf(parse(text));
      if (whole === undefined) continue;
      judged++;
      const trouble = troubles(whole);
      if (trouble !== null) found.push(`${page}:${line}: ${trouble}`);
    }
  }
  assert.deepEqual(found, []);
  assert.ok(judged >= 4, `${judged} were judged`);
});

/** A configuration with the block in it; undefined for what is one of Docker's. */
function wholeOf(block: Record<string, unknown>): unknown {
  const keys = Object.keys(block);
  if (keys.includes("services") || keys.includes("image")) return undefined;
  if (keys.every((key) => key in schema.properties)) {
    return { jobs: [{ name: "a", provider: { url: "http://p/b" } }], ...block };
  }
  return { jobs: [{ name: "a", provider: { url: "http://p/b" }, ...block }] };
}

test("the judge of examples sees what is wrong", () => {
  const job = { name: "a", provider: { url: "http://p/b" } };
  assert.equal(troubles({ jobs: [job] }), null);
  assert.match(troubles({ jobs: [{ ...job, retentoin: { daily: 3 } }] })!, /additional properties/);
  assert.match(troubles({ jobs: [job], log: { level: "loud" } })!, /log\/level/);
});
