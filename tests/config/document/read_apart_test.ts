// A text whose jobs are read one by one gives what the whole text gives, to the column. Also tests pieces.ts and
// plain_item.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { parseYaml } from "../../../src/config/document/document.ts";
import { cutAtJobs } from "../../../src/config/document/pieces.ts";
import { readPlainItem } from "../../../src/config/document/plain_item.ts";
import { readApart } from "../../../src/config/document/read_apart.ts";
import { markAt, type Marks } from "../../../src/config/document/tree.ts";

const ENV = { A: "a", HOST: "nas" };

/** All that a text gives: values, what is wrong, variables, and where everything stands. */
function given(text: string, whole: boolean) {
  const marks: Marks = new WeakMap();
  const { tree, issues, variables, source } = parseYaml("a.yaml", text, ENV, marks, { whole });
  const places: unknown[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, mark] of marks.get(value) ?? []) {
      const { keyAt, valueAt, raw, told } = mark;
      places.push([key, keyAt, valueAt, source.position(keyAt!), source.position(valueAt!), raw, told]);
    }
    Object.values(value).forEach(walk);
  };
  // Whoever asks for the place of anything in a job makes all of its places known.
  const jobs = tree?.jobs;
  if (Array.isArray(jobs)) { for (const index of jobs.keys()) markAt(tree!, marks, ["jobs", index, "name"]); }
  walk(tree);
  return {
    tree: JSON.stringify(tree),
    issues: issues.map((issue) => ({ ...issue, at: source.position(issue.offset) })),
    variables: [...variables],
    places,
  };
}

/** True when the text was read apart. */
function agrees(text: string): boolean {
  assert.deepEqual(given(text, false), given(text, true), JSON.stringify(text));
  const apart = readApart(text);
  return apart !== undefined &&
    apart.places.pieces.every((piece) => apart.places.read(piece.text) !== undefined);
}

const HEAD = `# yaml-language-server: $schema=./schelly.schema.json
server:
  listen: "127.0.0.1:0"
providers:
  nas: { url: "http://\${HOST}:7070/backups", timeout: { create: 60s } }
defaults: { timezone: Europe/Berlin }
`;
const ITEMS = [
  '- name: a\n  provider: nas\n  schedule: "0 0 */4 * * *"\n  retention: { daily: 7@3, weekly: 4 }\n',
  "- { name: b, schedule: '0 0 3 * * *', provider: p, retention: { daily: 7 }, x: [1, true, two words] }\n",
  "- name: c\n\n  # why\n  provider:\n    url: http://${HOST}:9/\n    headers:\n      X-Key: ${UNSET}\n  jitter: 5m\n",
  '- name: d\n  provider:\n    restic:\n      paths:\n        - /home\n        - "/srv/a b"\n      exclude: []\n',
  "- name: e\n  body: |\n    several\n      lines\n  note: >-\n    folded\n    text\n  max: 1e3\n",
  "- name: f\n  a: \"with \\\"escapes\\\"\"\n  b: 'it''s'\n  c: 0x1f\n  d: -1\n  e: ~\n  f:\n  g: 12345678901234567890\n",
  "-\n  name: g\n  name: g\n",
  '- name: h # a word on it\n  expect:\n    - after: 400d\n      monthly: ">=12"\n    - { max_gap: 26h, within: 30d }\n',
  "# between\n- name: i\n  __proto__: 1\n  <<: 2\n# after\n",
  "- text\n",
  "- null\n",
  "- - a\n  - b\n",
  '- name: "${A} and ${"\n  other: $${A}\n',
];
const TAILS = ["", "log: { level: debug }\n", "# the end\n", "\n\nstate:\n  url: file:/x\n"];

const document = fc.tuple(
  fc.constantFrom("", HEAD, "---\n", "# only this\n"),
  fc.array(fc.constantFrom(...ITEMS), { minLength: 1, maxLength: 5 }),
  fc.constantFrom("", "  ", "    "),
  fc.constantFrom(...TAILS),
  fc.boolean(),
  fc.constantFrom("\n", "\n", "\r\n"),
).map(([head, items, indent, tail, ended, lineEnd]) => {
  const inner = items.join("").replace(/^(?=.)/gm, indent);
  const text = `${head}jobs:\n${inner}${tail}`;
  return (ended ? text : text.replace(/\n$/, "")).replaceAll("\n", lineEnd);
});

test("parseYaml() gives of jobs read apart what it gives of the whole text", () => {
  let apart = 0;
  fc.assert(fc.property(document, (text) => void (apart += agrees(text) ? 1 : 0)), {
    numRuns: 1_500,
    seed: 1,
  });
  assert.ok(apart > 750, `only ${apart} were read apart`);
});

const SIGNS = [
  ..."\n \t:-?[]{},&*!|>'\"%@`#$~.0aT\r\u2028\ufeff",
  ": ",
  " #",
  "\n  ",
  "- ",
  "\n# a comment\n",
  "\n#",
  "\n- ",
  "---\n",
  "...\n",
];

test("parseYaml() gives the same however the text was damaged", () => {
  const slip = fc.tuple(
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    fc.nat(4),
    fc.oneof(
      fc.constantFrom(...SIGNS),
      fc.constantFrom("jobs:\n", "null", "1_0", "0o7", ".5", "*x", "&x ", "!t ", "true"),
    ),
  );
  const damaged = fc.tuple(document, fc.array(slip, { minLength: 1, maxLength: 4 })).map(([text, slips]) =>
    slips.reduce((text, [place, gone, word]) => {
      const at = Math.floor(place * text.length);
      return text.slice(0, at) + word + text.slice(at + gone);
    }, text)
  );
  let apart = 0;
  const runs = Number(process.env.SLIPS ?? 3_000);
  const seed = Number(process.env.SEED ?? 2);
  fc.assert(fc.property(damaged, (text) => void (apart += agrees(text) ? 1 : 0)), { numRuns: runs, seed });
  assert.ok(apart > runs / 10, `only ${apart} were read apart`);
});

test("readPlainItem() gives the same of any words between signs", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "a",
      "key: ",
      "1",
      "007",
      "1.5",
      "1e3",
      "0x1",
      "0o7",
      "true",
      "null",
      "~",
      "7d",
      "a b",
      "a:b",
      ": ",
    ),
    fc.constantFrom(
      ", ",
      ",",
      "{ ",
      " }",
      "[",
      "]",
      "'x'",
      '"y z"',
      "\n  ",
      "\n    ",
      "\n- ",
      " ",
      "'",
      "#",
      " #",
      "${A}",
      "-",
      ".",
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 14 }), (words) => void agrees(`jobs:\n- ${words.join("")}\n`)),
    { numRuns: 5_000, seed: 3 },
  );
});

test("plain items need no parser", () => {
  for (const item of ITEMS.slice(0, 4)) {
    assert.notEqual(readPlainItem(item), undefined, item);
    assert.notEqual(readPlainItem(item.replaceAll("\n", "\r\n")), undefined, item);
  }
});

test("a comment at the margin amid a job is one, also where the text is too long to be parsed as a whole", () => {
  const job = (name: string) => `  - name: ${name}\n# why\n    provider: nas\n`;
  const jobs = Array.from({ length: 30_000 }, (_, at) => job(`job${at}`));
  const text = `jobs:\n${jobs.join("")}`;
  assert.ok(text.length > 1024 * 1024);
  const { tree, issues } = parseYaml("a.yaml", text, ENV, new WeakMap());
  assert.deepEqual(issues, []);
  assert.deepEqual((tree as any).jobs.at(-1), { name: "job29999", provider: "nas" });
  assert.ok(agrees(`jobs:\n${job("a")}${job("b")}`));
});

test("cutAtJobs() cuts nothing where a sign at the margin may be part of a text", () => {
  const quoted = readApart('jobs:\n- name: "a\n# b"\n  c: 1\n')!;
  assert.deepEqual(quoted.places.pieces.map(({ text }) => quoted.places.read(text)), [undefined]);
  assert.equal(cutAtJobs("%YAML 1.1\n---\njobs:\n- a\n"), undefined);
  assert.equal(cutAtJobs("jobs: [\n- a\n"), undefined);
  assert.equal(readApart("x: &a 1\njobs:\n- *a\n")!.places.read("- *a\n"), undefined);
  assert.equal(readApart("jobs:\n- &a 1\n- *a\n")!.places.read("- &a 1\n"), undefined);
  assert.equal(readApart('x: "\njobs:\n- a\n"\n'), undefined);
});
