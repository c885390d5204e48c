// Puts the state store's native library where a bundle finds it: bundles hold all other packages themselves.

import { runCommand } from "./run_command.ts";
import { ownTarget, type Target } from "./targets.ts";

const MODULES = "node_modules/.deno";
const FETCH_SECONDS = 120;

/** Where `libsql` asks the machine which of its native libraries it needs. */
const ASKING =
  /const \{ load, currentTarget \} = require\("@neon-rs\/load"\);.*?\n\}\n(?=\nconst \{\n {2}databaseOpen,)/s;

/**
 * Copies `libsql` and its native library for `target` into `folder`/node_modules, and nothing else. Answers its version.
 * A native library for another kind of machine is fetched from npm, and must be the one of deno.lock.
 */
export async function copyLibsql(folder: string, target: Target = ownTarget()): Promise<string> {
  const stored = await findPackage("libsql");
  const version = stored.slice(stored.indexOf("@", 1) + 1);
  await copyFolder(`${MODULES}/${stored}/node_modules/libsql`, `${folder}/node_modules/libsql`);
  await nameNative(`${folder}/node_modules/libsql/index.js`, target);
  const native = `${folder}/node_modules/${target.native}`;
  const installed = `${MODULES}/${stored}/node_modules/${target.native}`;
  if (await isThere(installed)) await copyFolder(installed, native);
  else await fetchPackage(target.native, version, native);
  return version;
}

/**
 * Has `libsql` load the one native library that is there. Asking the machine takes longer than to load it: that reads of
 * processors, network interfaces and `ldd`. Throws where a newer version asks otherwise.
 */
async function nameNative(path: string, target: Target): Promise<void> {
  const text = await Deno.readTextFile(path);
  const named = text.replace(
    ASKING,
    `const requireNative = () => require(${JSON.stringify(target.native)});\n`,
  );
  if (named === text) {
    throw new Error(
      `Cannot name the native library in ${path}: expected it to ask for it as libsql 0.5 does`,
    );
  }
  await Deno.writeTextFile(path, named);
}

/** The name under which node_modules keeps a package: `libsql@0.5.29`. */
async function findPackage(name: string): Promise<string> {
  for await (const entry of Deno.readDir(MODULES)) {
    if (entry.name.startsWith(`${name}@`)) return entry.name;
  }
  throw new Error(`Cannot find the package '${name}' in ${MODULES}: expected it there after \`make setup\``);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Unpacks a package of npm into `folder`; rejects when it is not the one of deno.lock. */
async function fetchPackage(name: string, version: string, folder: string): Promise<void> {
  const id = `${name}@${version}`;
  const expected = JSON.parse(await Deno.readTextFile("deno.lock")).npm[id]?.integrity;
  if (expected === undefined) throw new Error(`Cannot fetch ${id}: expected it in deno.lock`);
  const packed = await Deno.makeTempDir({ prefix: "schelly-package-" });
  try {
    await run(["npm", "pack", "--silent", "--pack-destination", packed, id], `fetch ${id}`);
    const [archive] = [...Deno.readDirSync(packed)].map((entry) => `${packed}/${entry.name}`);
    const digest = await crypto.subtle.digest("SHA-512", await Deno.readFile(archive!));
    const found = `sha512-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
    if (found !== expected) {
      throw new Error(`Cannot use ${id} from npm: its digest is ${found}, deno.lock says ${expected}`);
    }
    await Deno.mkdir(folder, { recursive: true });
    await run(["tar", "-xzf", archive!, "-C", folder, "--strip-components=1"], `unpack ${id}`);
  } finally {
    await Deno.remove(packed, { recursive: true });
  }
}

async function run(argv: string[], doing: string): Promise<void> {
  const { code, output } = await runCommand(argv, { limitSeconds: FETCH_SECONDS });
  if (code !== 0) throw new Error(`Cannot ${doing}: ${output.trim() || `exit code ${code}`}`);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if ((await Deno.stat(source)).isDirectory) await copyFolder(source, target);
    else await Deno.copyFile(source, target);
  }
}
