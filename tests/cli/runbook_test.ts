// Whoever is told of a trouble by a word finds that word in docs/runbook.md: how jobs do, guards, notes of `status`, errors
// of the log, exit codes, known causes, and the commands for the state.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { EXIT } from "../../src/cli/terminal/exit.ts";
import { UNWELL_STATES } from "../../src/domain/health.ts";
import { KNOWN_CAUSES } from "../../src/domain/known_cause.ts";
import { GUARDS } from "../../src/domain/retention/guard.ts";
import { CAUSE_CASES } from "../support/known_cause_cases.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RUNBOOK = readFileSync(`${ROOT}docs/runbook.md`, "utf8");
const SOURCES = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => readFileSync(`${ROOT}src/${path}`, "utf8"));

/** The text below a heading of the second level. */
function section(name: string): string {
  const found = RUNBOOK.split(/^## /m).find((text) => text.startsWith(`${name}\n`));
  assert.ok(found !== undefined, `no section '${name}'`);
  return found;
}

const headings = (name: string) =>
  [...section(name).matchAll(/^### `?([^`\n]+)`?$/gm)].map(([, word]) => word!);

/** First cells of the rows of its table, and the others. */
function rows(name: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, first, rest] of section(name).matchAll(/^\| (?!---)(.+?) +\| (.+?) +\|$/gm)) {
    found.set(first!, rest!);
  }
  return found;
}

const wordsOf = (name: string) =>
  [...rows(name).keys()].flatMap((cell) => cell.split(", ").map((one) => one.replaceAll("`", "")));

test("each word for a job that somebody has to look at has its section, and so has each guard", () => {
  assert.deepEqual(headings("How a job does"), [...UNWELL_STATES]);
  assert.deepEqual(headings("Guards"), Object.keys(GUARDS));
});

test("each exit code has its section", () => {
  assert.deepEqual(headings("Exit codes"), Object.values(EXIT).map((code) => `Exit code ${code}`));
});

test("each event that is logged as an error has its row", () => {
  const logged = new Set(SOURCES.flatMap((text) =>
    [
      ...text.matchAll(/["`]([a-z]+\.[a-z_]+|run\.\$\{status\})["`],\s*"error"/g),
      ...text.matchAll(/type: "([a-z]+\.[a-z_]+)",\s*level: "error"/g),
    ].flatMap(([, type]) => type === "run.${status}" ? ["run.failed", "run.lost", "run.expired"] : [type!])
  ));
  assert.ok(logged.size >= 15, `${logged.size} found`);
  const told = new Set(wordsOf("Errors of the log"));
  assert.deepEqual([...logged].filter((type) => !told.has(type)), []);
});

test("each note of `status` has its row", () => {
  const parts = ["status", "readiness"].map((name) =>
    readFileSync(`${ROOT}src/app/operations/${name}.ts`, "utf8")
  );
  const named = parts.flatMap((
    text,
  ) => [...text.matchAll(/name: ["`]([a-z ]+?)(?: \$\{\w+(?:\.\w+)?\})?["`]/g)])
    .map(([, name]) => name!).filter((name) => !["job", "jobs"].includes(name));
  assert.ok(named.length >= 8, `${named.length} found`);
  const told = wordsOf("Notes of `status`").map((name) => name.replace(/ NAME$/, ""));
  assert.deepEqual(
    named.filter((name) => !told.some((one) => one === name || name.startsWith(`${one} of`))),
    [],
  );
});

test("each known cause has its row, with all that is advised for it", () => {
  const advised = new Map<string, Set<string>>();
  for (const [words, , advice] of CAUSE_CASES) {
    const { short } = KNOWN_CAUSES.find((cause) => cause.words.test(words))!;
    advised.set(short, (advised.get(short) ?? new Set()).add(advice.replaceAll("files'", "JOB'")));
  }
  const table = [...advised].map(([short, advice]) => [short, [...advice].join("; or: ")]);
  assert.deepEqual(
    [...rows("Known causes")].filter(([short]) => short !== "cause"),
    table,
    table.map(([short, advice]) => `| ${short} | ${advice} |`).join("\n"),
  );
});

test("each command for the state has its word", () => {
  const commands = SOURCES.flatMap((text) => [...text.matchAll(/\bstate\.command\("([a-z-]+)"\)/g)]).map((
    [, name],
  ) => name!);
  assert.ok(commands.includes("compact"), commands.join());
  assert.deepEqual(commands.filter((name) => !section("The state").includes(`schelly state ${name}`)), []);
});
