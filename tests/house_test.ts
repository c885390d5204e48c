// The rules of the house, read from the syntax tree of every source; and that each rule sees what breaks it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { VERSION } from "../src/runtime/version.ts";
import { BUGS } from "./planted/bugs.ts";
import {
  findCycles,
  findDeadFiles,
  findLooseFiles,
  findRingsOfRooms,
  findStrayPackages,
  findUnusedExports,
  findUnusedPackages,
  findUpwardImports,
} from "./support/house/arrows.ts";
import { findBannedNames, findDenoOnNode } from "./support/house/bans.ts";
import {
  findBadNames,
  findLongFiles,
  findLongFunctions,
  findOpenEnds,
  findWordlessExports,
  findWordlessFiles,
} from "./support/house/manners.ts";
import { findLostNames, findStrayTests, findUntested } from "./support/house/mirror.ts";
import { type Project, readProject } from "./support/house/project.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const config = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));
/** Where packages are named that are run, or read by one that is run, and not imported. */
const named = ["scripts/test.ts", "cspell.json"].map((path) => readFileSync(`${ROOT}${path}`, "utf8")).join();
const packages = Object.keys(config.imports).filter((name) => !named.includes(`${name}/`));

const house = readProject(readTexts());

/** What may be longer than 80 lines, and how long it is: this list only gets shorter. */
const LONG_FUNCTIONS: Record<string, number> = {
  "src/provider/builtin/backy2.ts createBacky2Backuper": 241,
  "src/provider/builtin/command.ts createCommandBackuper": 124,
  "src/provider/builtin/restic.ts createResticBackuper": 124,
  "src/provider/builtin/restic_program.ts createResticProgram": 113,
  "src/provider/builtin/restic_repository.ts createResticRepository": 114,
  "src/store/schema/schema.ts firstSchema": 179,
  "src/store/write/group_commit.ts createGroupCommit": 86,
};

function readTexts(): Map<string, string> {
  const texts = new Map<string, string>();
  const read = (folder: string) => {
    for (const entry of readdirSync(`${ROOT}${folder}`, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) read(path);
      else if (/\.tsx?$/.test(path)) texts.set(path, readFileSync(`${ROOT}${path}`, "utf8"));
    }
  };
  for (const folder of ["src", "tests", "bench", "scripts"]) read(folder);
  return texts;
}

/** A house of few files, all with a comment first unless they bring their own. */
function houseOf(files: Record<string, string>): Project {
  return readProject(
    new Map(
      Object.entries(files).map((
        [path, text],
      ) => [path, text.startsWith("/") ? text : `// A file.\n${text}`]),
    ),
  );
}

/** The rule finds nothing in this house, and exactly `expected` in the broken one. */
function rule(
  name: string,
  find: (project: Project, packages: readonly string[]) => string[],
  broken: Record<string, string>,
  expected: string[],
): void {
  test(name, () => {
    assert.deepEqual(find(houseOf(broken), ["zod", "croner", "fast-check", "@libsql/client"]), expected);
    assert.deepEqual(find(house, packages), []);
  });
}

rule("every import follows the arrows", findUpwardImports, {
  "src/domain/a.ts": 'import "../ports/b.ts";',
  "src/ports/b.ts": 'import type { A } from "../domain/a.ts";\nexport * from "../engine/c.ts";',
  "src/engine/c.ts":
    'import "../domain/a.ts";\nimport "../ports/b.ts";\nconst d = await import("../store/d.ts");',
  "src/store/d.ts": 'import "./gone.ts";\nimport "../../tests/x.ts";',
  "src/cli/e.ts": 'import "../app/app.ts";\nimport "../config/f.ts";\nimport "../runtime/g.ts";',
  "src/config/f.ts": 'type D = import("../store/d.ts").D;',
  "src/runtime/g.ts": "",
  "src/app/app.ts": 'import "../runtime/g.ts";\nimport "../provider_kit.ts";\nimport "./operations/jobs.ts";',
  "src/app/operations/jobs.ts": 'import "../../store/d.ts";\nimport "../../cli/e.ts";',
  "src/provider_kit.ts": 'import "./ports/b.ts";\nimport "./runtime/g.ts";\nimport "./store/d.ts";',
  "src/main.ts": 'import "./cli/e.ts";\nimport "./runtime/g.ts";\nimport "./app/app.ts";',
  "src/cellar/h.ts": "",
}, [
  "src/domain/a.ts:2: domain may not import ports (src/ports/b.ts)",
  "src/ports/b.ts:3: ports may not import engine (src/engine/c.ts)",
  "src/engine/c.ts:4: engine may not import store (src/store/d.ts)",
  "src/store/d.ts:2: imports src/store/gone.ts, which is not there",
  "src/store/d.ts:3: imports tests/x.ts, outside src",
  "src/cli/e.ts:4: cli may not import runtime (src/runtime/g.ts)",
  "src/config/f.ts:2: config may not import store (src/store/d.ts)",
  "src/app/app.ts:3: app may not import provider_kit (src/provider_kit.ts)",
  "src/app/operations/jobs.ts:3: app may not import cli (src/cli/e.ts)",
  "src/provider_kit.ts:4: provider_kit may not import store (src/store/d.ts)",
  "src/main.ts:4: main may not import app (src/app/app.ts)",
  "src/cellar/h.ts: 'cellar' is no layer of the house",
]);

rule("every package is declared, and named only where it belongs", findStrayPackages, {
  "src/domain/job.ts": 'import { z } from "zod";',
  "src/domain/schedule/schedule.ts": 'import { Cron } from "croner";',
  "src/engine/a.ts":
    'import fc from "fast-check";\nimport { Cron } from "croner";\nimport x from "left-pad/deep";',
  "src/store/database/database.ts": 'import { createClient } from "@libsql/client/http";',
  "src/store/b.ts": 'import type { Client } from "@libsql/client";\nimport { z } from "zod";',
  "src/ports/clock.ts": 'import { z } from "zod";',
  "src/ports/views/job.ts": 'import { z } from "zod";\nimport fc from "fast-check";',
  "tests/a_test.ts": 'import fc from "fast-check";\nimport { y } from "@left/pad";\nimport "node:fs";',
}, [
  "src/domain/job.ts:2: domain may not import 'zod'",
  "src/engine/a.ts:2: engine may not import 'fast-check'",
  "src/engine/a.ts:3: only src/domain/schedule/schedule.ts may import 'croner'",
  "src/engine/a.ts:4: the package 'left-pad' is not in deno.json",
  "src/store/b.ts:2: only src/store/database/ may import '@libsql/client'",
  "src/ports/clock.ts:2: ports may not import 'zod'",
  "src/ports/views/job.ts:3: ports may not import 'fast-check'",
  "tests/a_test.ts:3: the package '@left/pad' is not in deno.json",
]);

rule("every declared package is used", findUnusedPackages, {
  "src/store/database/database.ts":
    'import { createClient } from "@libsql/client/http";\nimport { z } from "zod";',
  "tests/a_test.ts": 'import fc from "fast-check";',
}, ["deno.json: nobody imports 'croner'"]);

rule("every file of src is reached by the program or the library", findDeadFiles, {
  "src/main.ts": 'const { a } = await import("./cli/a.ts");',
  "src/provider_kit.ts": 'export type { B } from "./domain/b.ts";',
  "src/cli/a.ts": "",
  "src/domain/b.ts": "",
  "src/domain/c.ts": 'import "./b.ts";',
  "tests/c_test.ts": 'import "../src/domain/c.ts";',
}, ["src/domain/c.ts: no entry of the program reaches it"]);

rule("every export of src is taken by another file", findUnusedExports, {
  "src/main.ts": 'export const exit = 1;\nconst { a } = await import("./cli/a.ts");',
  "src/cli/a.ts": [
    "export const a = 1, b = 2;",
    "export function c() {}",
    "export type D = 1;",
    "export interface E {}",
    "export class F {}",
    "const g = 1;",
  ].join("\n"),
  "src/cli/b.ts":
    'import { type D, F as G } from "./a.ts";\nexport const h = 1;\nimport * as all from "./c.ts";',
  "src/cli/c.ts": "export const i = 1;",
  "tests/cli/a_test.ts": 'import { E } from "../../src/cli/a.ts";',
}, [
  "src/cli/a.ts: nobody takes 'b', which needs no export",
  "src/cli/a.ts: nobody takes 'c', which needs no export",
  "src/cli/b.ts: nobody takes 'h', which needs no export",
]);

rule("no files import each other in a ring", findCycles, {
  "src/domain/a.ts": 'import "./b.ts";',
  "src/domain/b.ts": 'import type { C } from "./c.ts";',
  "src/domain/c.ts": 'import "./a.ts";\nimport "./d.ts";',
  "src/domain/d.ts": "",
}, ["src/domain/a.ts -> src/domain/b.ts -> src/domain/c.ts -> src/domain/a.ts: they import each other"]);

rule("rooms of a wing never import each other in a ring", findRingsOfRooms, {
  "src/engine/engine.ts": 'import "./run/start.ts";\nimport "./clock/watch.ts";',
  "src/engine/run/start.ts": 'import "../job.ts";\nimport "../clock/watch.ts";',
  "src/engine/run/poll.ts": "",
  "src/engine/clock/watch.ts": 'import "../../domain/run/a.ts";\nimport "./doubt.ts";',
  "src/engine/clock/doubt.ts": 'import "../run/poll.ts";\nimport "../job.ts";',
  "src/engine/job.ts": "",
  "src/domain/run/a.ts": "",
}, ["engine/run -> engine/clock -> engine/run: these rooms import each other"]);

rule("nothing stands right in src but the entries", findLooseFiles, {
  "src/main.ts": "",
  "src/provider_kit.ts": "",
  "src/app.ts": "",
  "src/app/app.ts": "",
}, ["src/app.ts: nothing but src/main.ts and src/provider_kit.ts stands right in src"]);

rule("only src/runtime touches the outside world", findBannedNames, {
  "src/runtime/clock.ts": 'import "node:timers";\nexport const now = () => Date.now();',
  "src/engine/bad.ts": [
    'import { join } from "node:path";',
    "Deno.exit(process.pid);",
    "function f(x: Deno.Conn) { return x; }",
    'Date.now(); Date["now"](); new Date(); Date();',
    "const clock = Date; const { random } = Math;",
    "Math.random(); performance.now(); Temporal.Now.instant();",
    "setTimeout(f, 1); setInterval(f, 1); setImmediate(f);",
    "AbortSignal.timeout(5); fetch(url); crypto.randomUUID(); crypto.getRandomValues(x);",
    "console.log(1); globalThis.fetch(url);",
    "export const host = { fetch };",
  ].join("\n"),
  "src/engine/good.ts": [
    "export function f(fetch: (url: string) => void, { process }: { process: number }, date: Date) {",
    "  const setTimeout = (x: number) => x;",
    '  fetch("x"); setTimeout(process); date.getTime(); f.process = 1; ({ fetch: 1, Deno: 2 });',
    "  new Date(5); Date.UTC(2026, 1); Date.parse(s); x instanceof Date; Math.max(1);",
    "  crypto.subtle.digest(a, b); new AbortController(); AbortSignal.any([]); queueMicrotask(f);",
    '  return "Deno.exit() and new Date() and console.log"; // process.exit()',
    "}",
    "type Host = { fetch: typeof fetch; console: string; process(): void };",
  ].join("\n"),
  "tests/a_test.ts": "Deno.exit(Date.now());",
}, [
  "src/engine/bad.ts:2: imports 'node:path'",
  "src/engine/bad.ts:3: touches Deno",
  "src/engine/bad.ts:3: touches process",
  "src/engine/bad.ts:4: touches Deno",
  "src/engine/bad.ts:5: touches Date.now",
  "src/engine/bad.ts:5: touches Date.now",
  "src/engine/bad.ts:5: touches new Date() without an argument",
  "src/engine/bad.ts:5: touches Date as a whole",
  "src/engine/bad.ts:6: touches Date as a whole",
  "src/engine/bad.ts:6: touches Math as a whole",
  "src/engine/bad.ts:7: touches Math.random",
  "src/engine/bad.ts:7: touches performance",
  "src/engine/bad.ts:7: touches Temporal.Now",
  "src/engine/bad.ts:8: touches setTimeout",
  "src/engine/bad.ts:8: touches setInterval",
  "src/engine/bad.ts:8: touches setImmediate",
  "src/engine/bad.ts:9: touches AbortSignal.timeout",
  "src/engine/bad.ts:9: touches fetch",
  "src/engine/bad.ts:9: touches crypto.randomUUID",
  "src/engine/bad.ts:9: touches crypto.getRandomValues",
  "src/engine/bad.ts:10: touches console",
  "src/engine/bad.ts:10: touches globalThis",
  "src/engine/bad.ts:11: touches fetch",
]);

rule("tests of the core run on Node too", findDenoOnNode, {
  "tests/store/a_test.ts": "await Deno.copyFile(a, b);\nPromise.withResolvers();",
  "tests/api/a_test.ts": "await Deno.copyFile(a, b);",
}, [
  "tests/store/a_test.ts:2: touches Deno, which Node does not have",
  "tests/store/a_test.ts:3: touches withResolvers, which Node 20 does not have",
]);

rule("no file is a drawer, every name is snake_case", findBadNames, {
  "src/engine/utils.ts": "",
  "src/helpers/a.ts": "",
  "src/engine/jobEngine.ts": "",
  "src/engine/common_cold.ts": "",
}, [
  "src/engine/utils.ts: 'utils' is a drawer: name what is in it",
  "src/helpers/a.ts: 'helpers' is a drawer: name what is in it",
  "src/engine/jobEngine.ts: expected snake_case",
]);

rule("no file of src is longer than 400 lines", findLongFiles, {
  "src/engine/a.ts": "x;\n".repeat(399),
  "src/engine/b.ts": "x;\n".repeat(400),
  "tests/b_test.ts": "x;\n".repeat(500),
}, ["src/engine/b.ts: 401 lines, more than 400"]);

/** A function of so many lines. */
const long = (head: string, lines: number) => `${head} {\n${"x();\n".repeat(lines - 2)}}\n`;

rule(
  "no function of src is longer than 80 lines but those that are listed, each at its length",
  (project) =>
    findLongFunctions(
      project,
      project === house ? LONG_FUNCTIONS : {
        "src/engine/a.ts known": 90,
        "src/engine/a.ts grown": 90,
        "src/engine/a.ts shrunk": 90,
        "src/engine/a.ts short": 90,
        "src/engine/a.ts gone": 90,
      },
    ),
  {
    "src/engine/a.ts": [
      long("function fits()", 80),
      `const tooLong = () => ${long("", 81)};`,
      long("function known()", 90),
      long("function grown()", 91),
      long("function shrunk()", 89),
      long("function short()", 9),
    ].join(""),
    "tests/b_test.ts": long("function ofATest()", 200),
  },
  [
    "src/engine/a.ts:82: tooLong has 81 lines, more than 80",
    "src/engine/a.ts:253: grown has 91 lines, 90 are listed",
    "src/engine/a.ts:344: shrunk has 89 lines, 90 are listed",
    "src/engine/a.ts short: listed as long, and is not",
    "src/engine/a.ts gone: listed as long, and is not",
  ],
);

rule("nothing is left open", findOpenEnds, {
  "src/engine/a.ts": "// TO" + "DO: all of it\nx; // FIX" + "ME",
  "tests/a_test.ts": "METHOD_TODOS;",
}, ["src/engine/a.ts:1: left open", "src/engine/a.ts:2: left open"]);

rule("every file of src opens with what it does", findWordlessFiles, {
  "src/engine/a.ts": "/** Words on something else. */",
  "src/engine/b.ts": "x;",
}, ["src/engine/a.ts: expected a comment first"]);

rule("every exported function and class has a docstring", findWordlessExports, {
  "src/engine/a.ts": [
    "/** Words. */",
    "export function told(a: string): string;",
    "export function told(a: unknown): unknown { return a; }",
    "// Not of this kind.",
    "export async function untold() {}",
    "export class Untold {}",
    "function own() {}",
    "export interface Shape { a: string }",
  ].join("\n"),
}, ["src/engine/a.ts:5: untold has no docstring", "src/engine/a.ts:6: Untold has no docstring"]);

rule("every test stands in a folder that mirrors one of src", findStrayTests, {
  "src/engine/run/a.ts": "",
  "tests/engine/a_test.ts": "",
  "tests/engine/run/a_test.ts": "",
  "tests/engine/ran/a_test.ts": "",
  "tests/engine/ran/rig.ts": "",
  "tests/e2e/a_test.ts": "",
  "tests/a_test.ts": "",
}, ["tests/engine/ran/a_test.ts: there is no folder src/engine/ran"]);

const ACTS = "export const act = () => {};";
rule("every file of src that does something has a test which is found by its name", findUntested, {
  "src/main.ts": "start();",
  "src/engine/own.ts": ACTS,
  "src/engine/run/named.ts": ACTS,
  "src/engine/elsewhere.ts": ACTS,
  "src/engine/run/twice.ts": ACTS,
  "src/engine/clock/twice.ts": ACTS,
  "src/engine/none.ts": "export class None {}",
  "src/engine/types.ts": "export interface Types { act(): void }\nexport const MOST = 2 as const;",
  "tests/engine/own_test.ts": "",
  "tests/engine/many_test.ts":
    "// Many.\n// Also tests run/named.ts,\n// twice.ts and clock/twice.ts.\n\n// none.ts",
  "tests/store/a_test.ts": "// Also tests elsewhere.ts.\n",
  "tests/e2e/a_test.ts": "// Also tests main.ts.\n",
}, [
  "src/engine/elsewhere.ts: expected tests/engine/elsewhere_test.ts, or its name in the first comment of a test of its wing",
  "src/engine/run/twice.ts: expected tests/engine/run/twice_test.ts, or its name in the first comment of a test of its wing",
  "src/engine/none.ts: expected tests/engine/none_test.ts, or its name in the first comment of a test of its wing",
]);

rule("every file that a test opens with the name of is there, and one", findLostNames, {
  "src/engine/run/twice.ts": "",
  "src/engine/clock/twice.ts": "",
  "src/store/a.ts": "",
  "tests/engine/a_test.ts": "// Tests twice.ts, run/twice.ts, store/a.ts, rig.ts and gone.ts.\n",
  "tests/support/rig.ts": "",
}, [
  "tests/engine/a_test.ts: 'twice.ts' may be src/engine/run/twice.ts or src/engine/clock/twice.ts",
  "tests/engine/a_test.ts: there is no 'gone.ts'",
]);

test("the program says the version of deno.json", () => {
  assert.equal(VERSION, config.version);
});

test("the lock file names packages, and no host to fetch them from", () => {
  assert.doesNotMatch(readFileSync(`${ROOT}deno.lock`, "utf8"), /:\/\//);
});

test("every bug that can be planted finds the text that it changes, once", () => {
  const lost = BUGS.filter(({ file, find }) =>
    readFileSync(`${ROOT}${file}`, "utf8").split(find).length !== 2
  );
  assert.deepEqual(lost.map(({ id, what }) => `${id}: ${what}`), []);
  assert.equal(new Set(BUGS.map(({ id }) => id)).size, BUGS.length, "each has an id of its own");
});
