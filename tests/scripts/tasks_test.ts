// The tasks of deno.json: those that people type first work, and the Makefile forwards to the same.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { tasks, version } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));

async function run(program: string, args: string[], env: Record<string, string> = {}) {
  const options = { args, cwd: ROOT, env: { NO_COLOR: "1", ...env }, stdin: "null" } as const;
  const { code, stdout, stderr } = await new Deno.Command(program, options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

test("`deno task install` makes a program that starts from anywhere", async () => {
  const folder = mkdtempSync(`${tmpdir()}/schelly-install-`);
  const before = packagesOfCheckout();
  try {
    const installed = await run(Deno.execPath(), ["task", "install"], { DENO_INSTALL_ROOT: folder });
    assert.equal(installed.code, 0, installed.err);
    // Whatever runs from the checkout just now would miss them.
    assert.deepEqual(packagesOfCheckout(), before);
    const asked = await run(`${folder}/bin/schelly`, ["version"]);
    assert.equal(asked.code, 0, asked.err);
    assert.match(asked.out, new RegExp(`^schelly ${version.replaceAll(".", "\\.")} `));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Which package each package finds under which name, and when that was last decided. */
function packagesOfCheckout(): string[] {
  const modules = `${ROOT}node_modules/.deno`;
  const links = readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink()).map(({ parentPath, name }) => `${parentPath}/${name}`);
  const decidedAt = statSync(`${modules}/.setup-cache.bin`).mtimeMs;
  return [...links.map((path) => `${path} -> ${readlinkSync(path)}`).sort(), `decided at ${decidedAt}`];
}

test("`deno test FILE` says what to type where the permissions are missing", async () => {
  const { code, err } = await run(Deno.execPath(), ["test", "--no-check", "tests/scripts/tests_of_test.ts"]);
  assert.equal(code, 1);
  assert.match(err, /Did you mean to run with `-P`/);
});

test("every task has a description, and every one that the Makefile names is there", () => {
  const named = [...readFileSync(`${ROOT}Makefile`, "utf8").matchAll(/\$\(TASK\) ([a-z]+)/g)].map((
    [, name],
  ) => name!);
  assert.ok(named.length > 5);
  assert.deepEqual(named.filter((name) => tasks[name] === undefined), []);
  for (const [name, task] of Object.entries<{ description: string }>(tasks)) {
    assert.ok(task.description, name);
  }
});
