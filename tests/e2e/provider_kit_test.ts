// The library for authors of providers as they get it: its tarball installed into an empty folder, the guide's provider
// on it under Deno and under Node, examined whole, and killed on the way.
// Also tests runtime/node_errors.ts, runtime/node_file_lock.ts, runtime/node_files.ts,
// runtime/node_listen.ts, runtime/node_processes.ts and runtime/provider_host.ts.

import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { examine, example, restoreRoot, slowTar } from "../support/examine_provider.ts";
import { freePort, programTest, type Rig } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const skip = requireTool("npm", ["--version"]) || requireTool("node", ["--version"]);

/** A folder with nothing but the library in it. */
async function withLibrary(rig: Rig): Promise<string> {
  const built = await rig.spawn("make kit", [
    ...[Deno.execPath(), "run", "-q", "-P=default", "--no-check", "--config", `${ROOT}deno.json`],
    ...[`${ROOT}scripts/dist_kit.ts`, `${rig.folder}/dist`],
  ]).end();
  assert.equal(built.code, 0, built.out + built.err);
  const tarball = (await readdir(`${rig.folder}/dist`)).find((name) => name.endsWith(".tgz"));
  const folder = `${rig.folder}/empty`;
  await mkdir(folder);
  await writeFile(`${folder}/package.json`, '{ "type": "module", "private": true }');
  const argv = ["npm", "install", "--prefix", folder, "--offline", "--no-audit", "--no-fund"];
  const installed = await rig.spawn("npm install", [...argv, `${rig.folder}/dist/${tarball}`]).end();
  assert.equal(installed.code, 0, installed.out + installed.err);
  assert.deepEqual(await readdir(`${folder}/node_modules/schelly-provider`).then((names) => names.sort()), [
    ...["LICENSE", "README.md", "package.json", "schelly-provider.d.ts", "schelly-provider.js"],
  ]);
  await writeFile(`${folder}/deno.json`, '{ "nodeModulesDir": "manual", "lock": false }');
  return folder;
}

/** The single file beside a program, without npm; and a mistake is seen. */
async function examineTypes(rig: Rig, source: string): Promise<void> {
  const folder = `${rig.folder}/dist`;
  await writeFile(`${folder}/deno.json`, '{ "imports": { "schelly-provider": "./schelly-provider.js" } }');
  const check = async (text: string) => {
    await writeFile(`${folder}/checked.ts`, text);
    const argv = [Deno.execPath(), "check", "-q", "--no-lock", "--config", `${folder}/deno.json`];
    return await rig.spawn("deno check", [...argv, `${folder}/checked.ts`]).end();
  };
  assert.deepEqual(await check(source), { code: 0, out: "", err: "" });
  assert.match((await check(source.replace("sizeMb: size", "sizeMB: size"))).err, /sizeMB/);
}

for (const runtime of ["Deno", "Node"]) {
  programTest(
    `the guide's provider on the installed library keeps the whole protocol under ${runtime}`,
    async (rig) => {
      const folder = await withLibrary(rig);
      const source = await example("ts");
      await writeFile(`${folder}/tar_provider.ts`, source);
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      });
      await writeFile(`${folder}/tar_provider.js`, outputText);
      await examineTypes(rig, source);
      const env = await slowTar(rig);
      const port = String(freePort());
      const folders = [`${rig.folder}/source`, `${rig.folder}/store`];
      const run = runtime === "Node" ? ["node", `${folder}/tar_provider.js`] : [
        Deno.execPath(),
        "run",
        "-q",
        "-A",
        "--no-check",
        "--config",
        `${folder}/deno.json`,
        `${folder}/tar_provider.ts`,
      ];
      const start = () => rig.spawn("tar provider", [...run, ...folders, port, restoreRoot(rig)], env);
      const url = `http://127.0.0.1:${port}/backups`;
      await examine(rig, { start, ready: ["out", /Serving http/], url }, "TypeScript");
      assert.deepEqual((await readdir(`${rig.folder}/store`)).filter((name) => name !== ".journal"), []);
    },
    { skip },
  );
}
