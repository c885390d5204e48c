// Runs the tests of the runtime-agnostic core, and of what is made for Node, under Node: bundled, since Node reads no
// TypeScript.

import ts from "typescript";
import { copyLibsql } from "./libsql_packages.ts";
import { type Outcome, runCommand } from "./run_command.ts";

const STAGE = "dist/core_on_node";
const OLDEST_NODE = 20;
/** Of the tests that run on Node too. */
export const CORE_FOLDERS = ["tests/domain", "tests/engine", "tests/store", "tests/provider/protocol"];
const FILES = ["tests/runtime/node_ports_on_node.ts"];

/** Undefined when Node is there and new enough, else why it is not used. */
export async function whyNoNode(): Promise<string | undefined> {
  try {
    const { code, output } = await runCommand(["node", "--version"], { limitSeconds: 20 });
    const major = Number(/^v(\d+)\./.exec(output)?.[1]);
    if (code === 0 && major >= OLDEST_NODE) return undefined;
    return `Node ${OLDEST_NODE} or later is needed, and this is ${output.trim()}`;
  } catch {
    return "Node is not installed";
  }
}

/** Bundles the tests and runs them; the outcome is of whatever failed first, else of Node, whose output is TAP. */
export async function runCoreOnNode(
  options: { limitSeconds: number; env: Record<string, string> },
): Promise<Outcome> {
  const tests = [...FILES];
  for (const folder of CORE_FOLDERS) tests.push(...await testsIn(folder));
  await Deno.remove(STAGE, { recursive: true }).catch(() => {});
  await copyLibsql(STAGE);
  await Deno.writeTextFile(`${STAGE}/package.json`, '{ "type": "module" }\n');
  // Tests find their data beside their folder.
  await Deno.symlink(await Deno.realPath("tests/testdata"), `${STAGE}/testdata`);
  const bundled = await runCommand(
    [
      Deno.execPath(),
      ...["bundle", "--quiet", "--code-splitting", "--external", "libsql", "--outdir", STAGE],
      ...tests,
    ],
    { limitSeconds: 120 },
  );
  if (bundled.code !== 0) return bundled;
  const compiled = tests.map((test) => test.replace(/^tests\/(.*)\.ts$/, `${STAGE}/$1.js`));
  for await (const file of scriptsIn(STAGE)) await lower(file);
  const outcome = await runCommand(["node", "--test", "--test-reporter=tap", ...compiled], options);
  await Deno.remove(STAGE, { recursive: true });
  return outcome;
}

/** Those in a folder and its rooms; none where there is no such folder. */
async function testsIn(folder: string): Promise<string[]> {
  const tests: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) tests.push(...await testsIn(`${folder}/${name}`));
      else if (name.endsWith("_test.ts")) tests.push(`${folder}/${name}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return tests.sort();
}

async function* scriptsIn(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "node_modules") yield* scriptsIn(path);
    else if (entry.isFile && path.endsWith(".js")) yield path;
  }
}

/** Rewrites `using`, which tests use and Node 20 does not know. */
async function lower(file: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  if (!/\busing\b/.test(text)) return;
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  await Deno.writeTextFile(file, outputText);
}
